package lptest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

func TestRewriters(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ names, sent, stored string }{
		{"", "<b>as it is &amp; 😀", "<b>as it is &amp; 😀"},
		{"links", "see https://a.b/c?d=e&f and http://g", `see <a href="https://a.b/c?d=e&f" target="_blank">https://a.b/c?d=e&f</a> and <a href="http://g" target="_blank">http://g</a>`},
		{"cards", "4111 1111 1111 1234, 4111-1111-1111-1234, 378282246310005, 123456789012", "**** **** **** 1234, ****-****-****-1234, ***********0005, 123456789012"},
		{"emoji", "hi 😀☀ ä 日", "hi ?? ä 日"},
		{"tags", "<p class='x'>one</p><br/>two < three", "onetwo < three"},
		{"entities", "a &amp; b &lt;c&gt; &#8364;", "a & b <c> €"},
		{"cut=3", "äöüß", "äöü"},
		{"cut=3", "äö", "äö"},
		{"tags, cut=2", "<b>abc</b>", "ab"},
	} {
		rewriters, err := lptest.ParseRewriters(test.names)
		require.NoError(t, err)
		text := test.sent
		for _, r := range rewriters {
			text = r(text)
		}
		require.Equal(t, test.stored, text, test.names)
	}
	for _, bad := range []string{"links,", "cut", "cut=0", "cut=x", "cuts=1", "Links"} {
		_, err := lptest.ParseRewriters(bad)
		require.ErrorContains(t, err, "unknown rewriter", bad)
	}
}

// Lines of agents are stored in another form; those of others never are.
func TestStoredText(t *testing.T) {
	t.Parallel()
	s := newStage(t, lptest.WithStoredText(lptest.LinkURLs, lptest.MarkEmoji))
	send := func(event string) string {
		t.Helper()
		r := s.call("POST", s.url+"/events", `{"event":{"@type":"line",`+event+`}}`)
		require.Equal(t, 201, r.status, r.body)
		_, id, _ := strings.Cut(r.text("chatEventLocation", "link", "@href"), "/events/")
		return s.call("GET", s.url+"/events?from="+id, "").text("events", "event", 0, "text")
	}
	require.Equal(t, `<a href="https://a.b" target="_blank">https://a.b</a> ?`, send(`"text":"https://a.b 😀"`))
	require.Equal(t, `<b>?</b>`, send(`"textType":"html","text":"<b>😀</b>"`))
	require.Equal(t, `😀`, send(`"textType":"rich-content","text":"😀","json":{}`))
	s.visit.Say("😀")
	s.visit.Colleague(lptest.Line{Text: "😀"})
	lines := s.visit.Chat().Lines()
	require.Equal(t, []string{"😀", "😀"}, []string{lines[len(lines)-2].Text, lines[len(lines)-1].Text})
	first := true
	s.srv.StoreText(func(text string) string {
		if first {
			first = false
			return "changed"
		}
		return text
	})
	require.Equal(t, "changed", send(`"text":"One"`))
	require.Equal(t, "One", send(`"text":"One"`))
	s.srv.StoreText()
	require.Equal(t, "😀", send(`"text":"😀"`))
	require.Panics(t, func() { s.srv.StoreText(nil) })
	require.Panics(t, func() { s.srv.StoreAnswers(nil) })
}

// The texts in surveys are stored in another form; numbers and choices are not.
func TestStoredAnswers(t *testing.T) {
	t.Parallel()
	srv := brand(t, lptest.WithStoredAnswers(strings.ToUpper))
	w := ann(t, srv)
	srv.AddSurvey(branching())
	const answers = `[{"id":1,"questionStatus":"answer","freeTextReply":"now"},{"id":4,"questionStatus":"answer","replyIds":[11]},` +
		`{"id":9,"questionStatus":"answer","engAttribute":{"type":"service","service":{"topic":"loan","status":3.50}}}]`
	r := w.survey("PUT", "/state", query+"2.0", answers)
	require.Equal(t, 200, r.status, r.body)
	r = w.survey("GET", "/state", query+"2.0&seq=false", "")
	require.Contains(t, r.body, `"questionState":{"id":1,"questionStatus":"answer","freeTextReply":"NOW"}`)
	require.Contains(t, r.body, `"questionState":{"id":4,"questionStatus":"answer","replyIds":[11]}`)
	require.Contains(t, r.body, `"engAttribute":{"service":{"status":3.50,"topic":"LOAN"},"type":"service"}`)
	r = w.survey("POST", "/state", query+"2.0", answers, rev(srv.Survey(conversation, 42).Revision))
	require.Equal(t, 200, r.status, r.body)
	require.Equal(t, "NOW", srv.Survey(conversation, 42).Answers[1].Text)

	srv.AddChatSurvey(chatForm())
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	url := w.accept() + "/survey"
	r = w.call("PUT", url, `{"survey":{"id":77,"question":[{"id":1,"answer":"NONE"},{"id":4,"answer":"a@b.example"}]}}`)
	require.Equal(t, 200, r.status, r.body)
	got, submits := visit.Chat().SurveyAnswers()
	require.Equal(t, map[int64][]string{1: {"NONE"}, 4: {"A@B.EXAMPLE"}}, got)
	require.Equal(t, 1, submits)
	require.Contains(t, w.call("GET", url, "").body, `"lastKnownValue":"A@B.EXAMPLE"`)
	srv.StoreAnswers()
	require.Equal(t, 200, w.call("PUT", url, `{"survey":{"questions":{"question":[{"id":1,"answer":"NONE"},{"id":4,"answer":"a@b.example"}]}}}`).status)
	got, _ = visit.Chat().SurveyAnswers()
	require.Equal(t, []string{"a@b.example"}, got[4])
}

func TestColleague(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	require.Equal(t, 4, s.visit.Colleague(lptest.Line{Text: "Hello"}))
	s.say()
	s.visit.Colleague(lptest.Line{Text: "<b>psst</b>", TextType: "html", SubType: "ONLY_TO_REP", By: "Bob", AgentID: 3705342611})
	s.visit.Colleague(lptest.Line{TextType: "rich-content", JSON: json.RawMessage(`{"a":[]}`)})
	r := s.call("GET", s.url+"/events?from=4", "")
	require.Equal(t, `[{"@id":"4","@type":"line","time":"TIME","textType":"plain","text":"Hello","by":"colleague","source":"agent","subType":"REGULAR"},`+
		`{"@id":"5","@type":"line","time":"TIME","textType":"plain","text":"Hello","by":"Ann","source":"agent","agentId":3705342610,"subType":"REGULAR"},`+
		`{"@id":"6","@type":"line","time":"TIME","textType":"html","text":"<b>psst</b>","by":"Bob","source":"agent","agentId":3705342611,"subType":"ONLY_TO_REP"},`+
		`{"@id":"7","@type":"line","time":"TIME","textType":"rich-content","text":"","by":"colleague","source":"agent","json":{"a":[]},"subType":"REGULAR"}]`, list(r))
	line, err := s.visit.WaitLine(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, 5, line.ID)
	s.visit.Leave()
	require.Equal(t, -1, s.visit.Colleague(lptest.Line{Text: "late"}))
}

// list is the list of events in an answer, as it was sent.
func list(r reply) string {
	_, list, _ := strings.Cut(r.shape(), `"event":`)
	end := strings.LastIndex(list, "]")
	return list[:end+1]
}
