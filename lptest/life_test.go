package lptest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// An agent's life from the domain look-up to the logout.
func life(t *testing.T, srv *lptest.Server) {
	t.Helper()
	ctx := t.Context()
	srv.AddAgent(lptest.Agent{LoginName: "bot@brand", Password: "secret", Nickname: "Botty", MaxChats: 2, Skills: []string{"Sales"}})
	srv.AddSurvey(lptest.Survey{Conversation: "conv1", Skill: 42, Questions: []lptest.Question{
		{ID: 1, Text: "How was it?", Required: true},
	}})
	visit := srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "Sales", FirstLine: "Good day"})
	w := newWire(t, srv)

	r := w.send("GET", "https://api.liveperson.net/api/account/12345678/service/agentVep/baseURI.json?version=1.0", "")
	require.Equal(t, `{"service":"agentVep","account":"12345678","baseURI":"lptest.liveperson.net"}`, r.body)
	r = w.send("GET", "/api/account/12345678/service/agentVep/baseURI.json?version=1.0", "")
	require.Equal(t, `{"service":"agentVep","account":"12345678","baseURI":"`+srv.Host()+`"}`, r.body)

	w.ready("bot@brand", "secret")
	r = w.call("GET", "/incomingRequests", "")
	require.Equal(t, "1", r.text("incomingRequests", "ringingCount"))
	url := w.accept()
	require.NoError(t, visit.WaitAccepted(ctx))
	require.Equal(t, "Good day", w.call("GET", url, "").text("chat", "events", "event", 2, "text"))

	r = w.call("POST", url+"/events", `{"event":{"@type":"line","text":"Hello","textType":"plain"}}`)
	require.Equal(t, 201, r.status, r.body)
	line, err := visit.WaitLine(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, "Hello", line.Text)
	visit.Say("Bye")
	visit.Leave()
	require.NoError(t, visit.WaitEnded(ctx))
	r = w.call("GET", url+"/events?from=6", "")
	require.Equal(t, "Bye", r.text("events", "event", 0, "text"))
	require.Equal(t, "ended", r.text("events", "event", 1, "state"))

	r = w.survey("GET", "/state", "conv=conv1&skill=42&v=1.0", "")
	require.Equal(t, 200, r.status, r.body)
	revision := r.header.Get("x-lp-state-rev")
	r = w.survey("POST", "/state", "conv=conv1&skill=42&v=1.0",
		`[{"id":1,"questionStatus":"answer","freeTextReply":"Fine"}]`, "x-lp-state-rev: "+revision)
	require.Equal(t, "submitted", r.text("agentSurveyStatus"))
	require.Equal(t, "Fine", srv.Survey("conv1", 42).Answers[1].Text)

	r = w.send("POST", "/api/account/12345678/logout", `{"csrf":"`+w.csrf+`"}`,
		append([]string{"Cookie: Session_id=" + w.login}, jsonHeaders...)...)
	require.Equal(t, 200, r.status, r.body)
	require.Equal(t, 401, w.call("GET", "/availability", "").status)
	require.Equal(t, "ended", srv.Chat(visit.ChatID()).State())
	for _, entry := range srv.Journal() {
		require.Equal(t, entry.Status == 200 || entry.Status == 201, !strings.Contains(entry.Path, "availability") || entry.Seq < 10, entry)
	}
}

func TestLife(t *testing.T) {
	t.Parallel()
	srv := lptest.NewServer()
	defer srv.Close()
	life(t, srv)
}

func TestLifeInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		defer srv.Close()
		begin := time.Now()
		life(t, srv)
		require.Zero(t, time.Since(begin), "nothing in it waits")
	})
}
