package chatagent_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
)

// Text is free, and so are tags by which a browser runs nothing.
func TestHarmlessMarkup(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("POST "+ch+"/events", `201 {"chatEventLocation":{"link":{"@href":"`+ch+`/events/5"}}}`)
	for _, text := range []string{
		// words
		`on click = nothing`,
		`a <b>script</b> of the play`,
		`<p>enable JavaScript: open Settings.</p>`,
		`<p>javascript:alert(1) is a script URL, data:text/html, too</p>`,
		`<p>the object: embed an iframe, onload = x</p>`,
		`onclick="alert(1)"`,
		`<p>` + "\u200bjava\u00adscript:" + `</p>`,
		// < and > that are no tags
		`<b>1 < 2 and once = 3</b>`,
		`I <3 you, a << b, c <= d, > onclick=x`,
		`< script>alert(1)</ script>`,
		`<>empty</>`,
		`the end <`,
		`the end </`,
		// entities
		`&lt;iframe&gt;`,
		`&lt;script&gt;alert(1)&lt;/script&gt;`,
		`&#60;img src=x onerror=y&#62;`,
		`&lt;a href="javascript:x"&gt;`,
		`<p title="&lt;script&gt;">&amp;lt;script&amp;gt;</p>`,
		`<a href="/x?a=1&amp;once=2&on=3">x</a>`,
		// attributes
		`<a href="https://example.com/on=1">on=1</a>`,
		`<a href="https://example.com/online=1">x</a>`,
		`<a href='https://example.com/?q= onclick=x'>x</a>`,
		`<p class="online">conscription</p>`,
		`<p title="onclick=x">x</p>`,
		`<p title="a > b onclick=x">x</p>`,
		`<p title='<script>alert(1)</script>'>x</p>`,
		`<p title="javascript: the good parts" alt="vbscript:" data-x="data:text/html">x</p>`,
		`<p on>x</p>`,
		`<p data-online=1 data-on=x add-on=1 content=on>x</p>`,
		`<p style="color: red; background: #fff">x</p>`,
		`<meta charset="utf-8">x`,
		// URLs
		`<a href="/search?q=javascript:x">x</a>`,
		`<a href="#javascript:x">x</a>`,
		`<a href="./javascript:x">x</a>`,
		`<a href="https://javascript.example:8443/">x</a>`,
		`<a href="javascript">x</a>`,
		`<a href="javascripts:x">x</a>`,
		`<a href="javascript&amp;colon;x">x</a>`,
		`<a href="mailto:a@b.example">x</a> <a href=tel:+123>x</a> <a href="sms:1">x</a>`,
		`<a href="data:text/plain,hello">x</a>`,
		`<a href="data:text/plain,<html>">x</a>`,
		`<img src="data:image/png;base64,iVBORw0KGgo=">`,
		`<img src="data:image/svg+xml,%3Csvg/%3E" srcset="data:image/svg+xml;base64,PHN2Zy8+ 2x">`,
		`<img src=/a.png srcset="/a.png 1x, https://example.com/b.png 2x" alt=x>`,
		`<form action="https://example.com/order"><input name=n><button formaction=/x>x</button></form>`,
		`<video poster=/p.png src=/v.mp4></video>`,
		// elements that look like forbidden ones
		`<scripted>x</scripted><x-iframe></x-iframe><objection/><based><linked><titles>`,
		`<header>x</header><details open><summary>x</summary>x</details><template><b>x</b></template>`,
		`<table><tr><td>x</td></tr></table><ul><li>x<br/>y</ul><select><option>x</select>`,
		// tags that are not balanced, comments, declarations
		`<b>x`,
		`x</b>`,
		`<p/>x`,
		`<!-- <script>alert(1)</script> -->x`,
		`<!-- onclick=x`,
		`<!-- a > b --><b>x</b>`,
		`<!DOCTYPE html><?xml version="1.0"?><html><body><p>x</p></body></html>`,
		`<![CDATA[x]]>`,
		`<![if !IE]>x<![endif]>`,
		strings.Repeat("<b>", 20000),
	} {
		w.take()
		_, err := chat.Send(t.Context(), chatagent.Markup(text))
		require.NoError(t, err, text)
		require.Len(t, w.take(), 1, text)
	}
}

// What a browser would run, also by ways that are odd, is refused and not sent.
func TestHarmfulMarkup(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.take()
	refused := func(rule string, texts ...string) {
		for _, text := range texts {
			for _, line := range []chatagent.Content{chatagent.Markup(text), chatagent.Whisper(chatagent.Markup("<p>x</p>" + text + "<p>y</p>"))} {
				_, err := chat.Send(t.Context(), line)
				var in *liveperson.InputError
				require.ErrorAs(t, err, &in, text)
				assert.Equal(t, "text", in.Field, text)
				assert.Equal(t, rule, in.Rule, text)
			}
		}
	}
	for _, name := range []string{
		"applet", "base", "embed", "frame", "frameset", "iframe", "link", "math", "noembed", "noframes", "noscript", "object",
		"plaintext", "script", "style", "svg", "textarea", "title", "xmp",
	} {
		refused("must not hold the element "+name,
			"<"+name+">", "<"+strings.ToUpper(name)+"\nx=1>", "<"+name+"/src=//evil.example>", "<"+name+"/>", "</"+name+">", "</"+name+" >",
			"<x:"+name+">", "<b<"+name+">x", "<"+name+"\f>",
		)
	}
	refused("must not hold the element script",
		`<scr<script>ipt>alert(1)</scr</script>ipt>`,
		`<p title=">"><script>alert(1)</script>`,
		`<p title='"'><script>"'></script>`,
		`<p title=a"b><script>`,
		`<<script>alert(1)//<</script>`,
		`<!--><script>alert(1)</script>-->`,
		`<!---><script>alert(1)</script>-->`,
		`<!-- --!><script>alert(1)</script>-->`,
		`<!-- x --><script>`,
		`<!x><script>`,
		`<?x><script>`,
		`</ x><script>`,
		`<![CDATA[x><script>]]>`,
		`<![CDATA[<!-- ]]><script>`,
		`</><script>`,
	)
	refused("must not hold the element title", `<title><a title="</title><img src=x onerror=alert(1)>">`)
	refused("must not hold the element svg", `<svg><style><img src=x onerror=alert(1)></style></svg>`, `<svg><![CDATA[><img src=x onerror=alert(1)>]]></svg>`)
	refused("must not hold the element math", `<math><mtext><style><a title="</style><img src=x onerror=alert(1)>">`)
	refused("must not hold an event handler",
		`<img src=x onerror=alert(1)>`,
		`<a x='>' onclick=y>`,
		`<a x=">" onclick=y>`,
		`<a x='"' y='>"' onclick=y>`,
		`<a x=">" href="/" title='"' onclick=y>`,
		`<svg/onload = alert(1)>`,
		`<a href="x"onclick="y">`,
		`<a href='x'onclick='y'>`,
		`<img src=x/ onerror=y>`,
		`<img/src/onerror=y>`,
		"<img src=x\nonerror\n=\ny>",
		"<img src=x\fonerror=y>",
		"<img src=x\tONERROR=y>",
		`<img src=x OnErRoR=y>`,
		`<p onclick>`,
		`<p onfuture=x>`,
		`<a =x onclick=y>`,
		`<a / onclick=y>`,
		`<a "onclick=y>`,
		`<a 'onclick=y>`,
		"<a `onclick=y>",
		`<a =onclick=y>`,
		`<a<onclick=y onclick=y>`,
		`<a <onclick=y>`,
		`<a x:onclick=y>`,
		`<details open ontoggle=x>`,
		`<body onload=x>`,
		`<input autofocus onfocus=x>`,
		`<p <b onclick=x>`,
		`<x-y onpointerrawupdate=x>`,
		`<template><p onclick=x></template>`,
		`<b>1 < 2 <b onclick=y>`,
		`<!-- --><p onclick=x>`,
	)
	refused("must not hold an http-equiv attribute", `<meta http-equiv="refresh" content="0;url=https://evil.example/">`, `<META/HTTP-EQUIV=refresh>`)
	for _, url := range []string{
		`javascript:alert(1)`, `JavaScript:alert(1)`, `vbscript:x`, `VBSCRIPT:x`, `data:text/html,<b>`, `data:text/html;base64,PGI+`, `DATA:Text/HTML,x`,
		`data:application/xhtml+xml,x`, `data:text/xml,x`, `data:;x=text/html,x`,
		"java\nscript:x", "java\tscript:x", "java\r\nscript:x", " \n javascript:x", "\x01javascript:x", "\x1f\x0bjavascript:x", "javascript\t:x", "java\u00a0script:x", "java\u0085script:x",
		"da\tta: text/\nhtml,x",
		`&#106;avascript:x`, `&#x6A;avascript:x`, `&#0000106avascript:x`, `javascript&colon;x`, `javascript&#58;x`, `javascript&#x3a;x`,
		`java&Tab;script:x`, `java&NewLine;script:x`, `java&#10;script:x`, `java&#x0D;script:x`, `&#1;javascript:x`, `&#32;&#9;javascript:x`,
	} {
		refused("must not hold a script URL",
			`<a href="`+url+`">x</a>`, `<a href='`+url+`'>x</a>`, `<p x=">" y='>' href = "`+url+`">`, `<A HREF="`+url+`">`)
	}
	for _, attr := range []string{
		"action", "background", "cite", "dynsrc", "formaction", "href", "imagesrcset", "longdesc", "lowsrc", "ping", "poster", "src", "srcset", "xlink:href", "a:href",
	} {
		refused("must not hold a script URL", `<x `+attr+`=javascript:x>`, `<x `+attr+`="vbscript:x">`, `<x `+attr+`='data:text/html,x'>`, `<x y="`+attr+`=" `+attr+`="java&#9;script:x"/>`)
	}
	refused("must not hold a script URL",
		`<img srcset="/a.png 1x, javascript:x 2x">`,
		`<img srcset="/a.png 1x,`+"\n"+`java&Tab;script:x">`,
		`<a href="data:image/svg+xml,<svg onload=x>">x</a>`,
		`<button formaction=javascript:x>`,
		`<form action=javascript:x>`,
		`<input type=image src=javascript:x>`,
		`<a href=javascript:x>`,
		"<a href=`javascript:x` href=javascript:x><a href=javascript:x>",
		`<a href = javascript:x//>`,
	)
	refused("must not hold a NUL byte", "<scr\x00ipt>", "<\x00script>", "<a href='java\x00script:x'>", "<p on\x00click=x>", "x\x00")
	assert.Empty(t, w.take(), "nothing was sent")
}

// A tag without its end is ended by what the line is shown in.
func TestMarkupThatEndsWithinATag(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.take()
	for _, text := range []string{
		`a<b`, `<img src=x onerror=alert(1) `, `<img src=x onerror=alert(1) title="`, `x<iframe src=//evil.example `, `<b>x</b`, `<script`, `<p title='>`, `<p `, `<p/`, `<p x=`,
		`<p x=y`, `<p title="x"`,
	} {
		_, err := chat.Send(t.Context(), chatagent.Markup(text))
		var in *liveperson.InputError
		require.ErrorAs(t, err, &in, text)
		assert.Equal(t, "text", in.Field, text)
		assert.Equal(t, "must not end within a tag; a < that begins none is &lt;", in.Rule, text)
	}
	assert.Empty(t, w.take(), "nothing was sent")
}
