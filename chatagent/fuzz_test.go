package chatagent

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// FuzzDocuments feeds every decoder of an answer: no panic, and what one takes
// is handed on in order.
func FuzzDocuments(f *testing.F) {
	for _, s := range []string{
		`{"chat":{"link":[{"@href":"https://x/1","@rel":"self"}],"events":{"event":{"@id":"0","@type":"state","state":"ended"}},"info":{"state":"ended"}}}`,
		`{"chats":{"chat":{"info":{"chatSessionKey":"k"},"events":{"event":[{"id":3},{"id":1}]}}}}`,
		`{"survey":{"questions":{"question":{"entry":{"logic":{"showLogicId":"5"}}}}}}`,
		`{"availableAgents":{"agents":{"agent":{"@id":"1","skills":null}}}}`,
		`{"chatSessions":{"chatSession":{"link":{"href":"x"},"startTime":1}}}`,
		`{"visitInfo":{"time":{"info":{"$":1}}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, doc := range []any{
			&chatDoc{}, &chatsDoc{}, &eventsDoc{}, &infoDoc{}, &surveyDoc{}, &agentsDoc{}, &agentInfoDoc{},
			&chatSessionBody{}, &locationDoc{}, &incomingDoc{}, &participantDoc{}, &transferSkillsDoc{},
			&visitDoc{}, &visitInfoDoc{}, &variablesDoc{}, &availabilityDoc{}, &typingDoc{}, &slotsDoc{},
		} {
			_ = wire.Unmarshal(data, doc)
		}
		var events eventsDoc
		if wire.Unmarshal(data, &events) == nil {
			var feed feed
			list, _ := events.Events.events()
			feed.gap(list)
			feed.add(list)
			feed.add(list)
			last := int64(-1)
			for {
				e, ok := feed.take()
				if !ok {
					break
				}
				assert.Greater(t, e.ID, last, "each once and in order")
				last = e.ID
			}
		}
		var survey surveyDoc
		if wire.Unmarshal(data, &survey) == nil {
			s := survey.survey()
			s.check()
			_, err := wire.Marshal(s.doc())
			assert.NoError(t, err)
		}
		var snap Snapshot
		if json.Unmarshal(data, &snap) == nil {
			_ = snap.String()
		}
	})
}

// FuzzLinks resolves links that the server gives: a request goes to the
// session's own origin or nowhere.
func FuzzLinks(f *testing.F) {
	for _, s := range []string{
		"https://va.agentvep.liveperson.net/chat/1", "https://va.agentvep.liveperson.net:443/chat/1?from=4", "//evil.example/", "https://evil.example",
		"https://va.agentvep.liveperson.net@evil.example/", "https://va.agentvep.liveperson.net/../x", "http://va.agentvep.liveperson.net/", "chat/1", "",
	} {
		f.Add(s)
	}
	base := rest.Host("https", "va.agentvep.liveperson.net", "/api")
	f.Fuzz(func(t *testing.T, href string) {
		hc, err := retry.NewClient(retry.WithTransport(originCheck{t}))
		if err != nil {
			t.Fatal(err)
		}
		client := &rest.Client{Via: rest.Over(hc)}
		_, _, _ = rest.Do[rest.None](t.Context(), client, rest.Request{Op: "x", Method: http.MethodGet, URL: base.Follow("info", href), Query: query})
		_, _, _ = rest.Do[rest.None](t.Context(), client, rest.Request{Op: "x", Method: http.MethodGet, URL: base.Join("/chat/{id}", href), Query: query})
	})
}

type originCheck struct{ t *testing.T }

func (o originCheck) RoundTrip(r *http.Request) (*http.Response, error) {
	assert.Equal(o.t, "https", r.URL.Scheme)
	assert.Equal(o.t, "va.agentvep.liveperson.net", strings.ToLower(r.URL.Hostname()))
	assert.Contains(o.t, []string{"", "443"}, r.URL.Port())
	assert.Nil(o.t, r.URL.User)
	assert.Equal(o.t, "true", r.URL.Query().Get("NC"))
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(nil))}, nil
}

// FuzzSnapshot: whatever document a session is resumed from, requests go to the
// service's own origin only, and a snapshot of it is a document again.
func FuzzSnapshot(f *testing.F) {
	const as = "https://va.agentvep.liveperson.net/api/account/12345678/agentSession/1"
	for _, s := range []string{
		`{"url":"` + as + `","cookies":[{"name":"LPAgent","value":"c00k1e"}],"state":"Occupied","reasonId":"17","chats":[{"id":"H1","url":"` + as + `/chat/H1","from":1,"doubtful":{"text||hi":2}}]}`,
		`{"url":"` + as + `","chats":[{"id":"H1","url":"https://evil.example/chat/H1"},{"id":"H1","url":""}]}`,
		`{"url":"` + as + `/../x"}`, `{"url":"https://evil.example/"}`, `{"url":"` + as + `","chats":[{"url":"` + as + `/chat/H1","from":-1,"doubtful":{"":-1}}]}`,
		`{"url":"` + as + `","cookies":[{"name":"a;b","value":"c\r\nd"}]}`, `null`, `{}`,
	} {
		f.Add([]byte(s))
	}
	hc, err := retry.NewClient(retry.WithTransport(answering{}), retry.WithPolicy(retry.Policy{Waits: []time.Duration{}}))
	require.NoError(f, err)
	domains, err := domain.New(domain.WithHTTPClient(hc), domain.WithTTL(math.MaxInt64))
	require.NoError(f, err)
	domains.Seed("12345678", map[domain.Service]string{domain.AgentVEP: "va.agentvep.liveperson.net"})
	session, err := login.Login(f.Context(), "12345678", login.Bearer("b34r3r", "7"), login.WithHTTPClient(hc), login.WithDomains(domains))
	require.NoError(f, err)
	f.Cleanup(session.Close)
	f.Fuzz(func(t *testing.T, doc []byte) {
		var snap Snapshot
		if json.Unmarshal(doc, &snap) != nil {
			return
		}
		s, err := Resume(t.Context(), session, snap)
		if err != nil {
			assert.Nil(t, s)
			return
		}
		taken, err := s.Snapshot(t.Context())
		require.NoError(t, err)
		s.Close()
		out, err := taken.Reveal()
		require.NoError(t, err)
		var back Snapshot
		require.NoError(t, json.Unmarshal(out, &back), string(out))
		again, err := back.Reveal()
		require.NoError(t, err)
		assert.Equal(t, string(out), string(again))
	})
}

// answering answers every call with a chat, and checks where it goes.
type answering struct{}

func (answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" || strings.ToLower(r.URL.Hostname()) != "va.agentvep.liveperson.net" {
		panic("a request to " + r.URL.String())
	}
	body := `{"chat":{"events":{"event":{"@id":"0","@type":"state","state":"chatting"}},"info":{"state":"chatting"}},"incomingRequests":{"ringingCount":"0"}}`
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// FuzzMarkup parses the markup that passes, as the pages that may show it do,
// and looks for what a browser would run.
func FuzzMarkup(f *testing.F) {
	for _, s := range []string{
		"<b>x</b>", "1 < 2 <3", "a<b", "<script>", "<scr<script>ipt>", "<a href='javascript:x'>", "<img src=x onerror=y>",
		"<a x='>' onclick=y>", "<a x=\"'\" href=&#106;ava&Tab;script&colon;y>", "<!--><img src=x onerror=y>-->", "<!-- --!><script>",
		"<svg><![CDATA[><img src=x onerror=y>]]></svg>", "<title><a title='</title><img src=x onerror=y>'>", "<svg><style><img src=x onerror=y>",
		"<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=y>'>", "<select><textarea></select><img src=x onerror=y>",
		"<img srcset='a 1x, javascript:y 2x'>", "<a href='data:text/html,x'>", "<?x><//x><!x><![x]>", "<img src=x onerror=y ", "<a/=/onclick=y =x>",
		"<template><p/onclick></template>", "<meta http-equiv=refresh>", "<table><tr><td><frameset><image src=x></table><isindex>",
	} {
		f.Add(s)
	}
	// A browser ignores the first in front of a URL, the second anywhere in it.
	const before, within = "\x00\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ", "\t\n\r"
	scriptURL := regexp.MustCompile(`(?i)^(javascript:|vbscript:|data:text/html)`)
	harmful := []string{"script", "iframe", "object", "embed", "applet", "frame", "frameset", "base", "svg", "math", "style"}
	links := []string{"href", "src", "action", "formaction", "poster", "background"}
	check := func(t *testing.T, markup string, n *html.Node) {
		for n := range n.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			assert.NotContains(t, harmful, n.Data, markup)
			for _, a := range n.Attr {
				assert.False(t, len(a.Key) > 2 && strings.HasPrefix(a.Key, "on"), "%s: handler %s", markup, a.Key)
				assert.False(t, n.Data == "meta" && a.Key == "http-equiv", markup)
				if slices.Contains(links, a.Key) {
					url := strings.Map(func(r rune) rune {
						if strings.ContainsRune(within, r) {
							return -1
						}
						return r
					}, strings.TrimLeft(a.Val, before))
					assert.False(t, scriptURL.MatchString(url), "%s: URL %s", markup, url)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, markup string) {
		line := Markup(markup)
		_ = line.looks()
		if _, err := line.body("x"); err != nil {
			return
		}
		for _, in := range []atom.Atom{atom.Div, atom.Body, atom.Td, atom.Select, atom.Template} {
			for _, scripting := range []bool{true, false} {
				nodes, err := html.ParseFragmentWithOptions(strings.NewReader(markup),
					&html.Node{Type: html.ElementNode, Data: in.String(), DataAtom: in}, html.ParseOptionEnableScripting(scripting))
				if err != nil {
					continue // nested too deep for this parser
				}
				for _, n := range nodes {
					check(t, markup, &html.Node{FirstChild: n, LastChild: n})
				}
			}
		}
		page, err := html.Parse(strings.NewReader(`<div title="x">` + markup + `</div><p title='y' class="z">y --></p>`))
		if err == nil {
			check(t, markup, page)
		}
	})
}
