package lptest_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// What is left empty is filled.
func TestEmptyFields(t *testing.T) {
	t.Parallel()
	srv := lptest.NewMemory()
	defer srv.Close()
	a := srv.AddAgent(lptest.Agent{})
	require.Equal(t, "agent1@lptest", a.LoginName)
	require.Equal(t, []string{a.LoginName, a.LoginName, "agents"}, []string{a.Nickname, a.Email, a.Group})
	require.NotZero(t, a.ID)
	require.NotZero(t, srv.AddSkill(lptest.Skill{Name: "Sales"}).ID)
	visit := srv.Visitor(lptest.Visitor{})
	require.Equal(t, "visitor", visit.Chat().VisitorName())
	require.Regexp(t, `^H\d{19}-[0-9a-f]{32}K\d{7}$`, visit.ChatID())
	require.Equal(t, visit.ChatID(), srv.Chat(visit.ChatID()).ID())
	require.Nil(t, srv.Chat("x"))
	form := srv.AddChatSurvey(lptest.ChatSurvey{Questions: []lptest.ChatQuestion{{ID: 7}}})
	require.Equal(t, lptest.ChatQuestion{ID: 7, Order: 1, LogicID: 7, Type: lptest.TextField, Validation: "alphanumeric"}, form.Questions[0])
	require.NotZero(t, form.ID)
	answers, submits := visit.Chat().SurveyAnswers()
	require.Nil(t, answers)
	require.Zero(t, submits)
	survey := srv.AddSurvey(lptest.Survey{Conversation: "c", Questions: []lptest.Question{{ID: 5}}})
	require.Equal(t, []any{int64(5), "survey", 127 * time.Minute}, []any{survey.Root, survey.Name, survey.Timeout})
	require.Equal(t, lptest.Question{ID: 5, Order: 1, Category: "free_text", Definition: "regular_question"}, survey.Questions[0])
}

// An agent who is added again is changed.
func TestAgentIsReplaced(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	visit := srv.Visitor(lptest.Visitor{Skill: "Billing"})
	require.Empty(t, visit.Chat().Ringing())
	srv.AddAgent(lptest.Agent{LoginName: "ann@brand", Password: "new", MaxChats: 1, Skills: []string{"Billing"}})
	require.Len(t, srv.Agents(), 3)
	require.Equal(t, "ann@brand", visit.Chat().Ringing())
	other := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	require.Empty(t, other.Chat().Ringing())
	require.Equal(t, "Billing", w.call("GET", "/info", "").text("info", "skillsInfo", "skillInfo", 0, "name"))
	require.Equal(t, 401, newWire(t, srv).signIn("ann@brand", "pw-ann").status)
	require.Equal(t, 200, newWire(t, srv).signIn("ann@brand", "new").status)
}

func TestOtherTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, lptest.WithRing(5*time.Second), lptest.WithChatTimeout(7*time.Second))
		defer srv.Close()
		w := ann(t, srv)
		first := srv.Visitor(lptest.Visitor{Skill: "Sales"})
		url := w.accept()
		srv.Visitor(lptest.Visitor{Skill: "Sales"})
		pass(5 * time.Second)
		require.Equal(t, "Away", w.call("GET", "/availability", "").text("availability", "chat"))
		require.Equal(t, "7", w.call("GET", url+"/info", "").number("info", "chatTimeout"))
		pass(7 * time.Second)
		require.Equal(t, "ended", first.Chat().State())
	})
}

// A client in another language trusts the certificate by its file. A server
// that listens on all addresses goes by every name with its port.
func TestCertificate(t *testing.T) {
	t.Parallel()
	srv, err := lptest.Start(lptest.WithAddr("0.0.0.0:0"))
	require.NoError(t, err)
	defer srv.Close()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(srv.CertificatePEM()))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	w := newWire(t, srv)
	w.client = &http.Client{Transport: transport}
	require.True(t, strings.HasPrefix(srv.Host(), "127.0.0.1:"))
	const path = "/api/account/12345678/service/agentVep/baseURI.json?version=1.0"
	port := srv.Host()[strings.LastIndexByte(srv.Host(), ':'):]
	for _, host := range []string{"127.0.0.1", "localhost"} {
		r := w.send("GET", "https://"+host+port+path, "")
		require.NoError(t, r.err)
		require.Equal(t, host+port, r.text("baseURI"))
	}
	w.client = srv.Client()
	require.Equal(t, "sim.example"+port, w.send("GET", "https://sim.example"+port+path, "").text("baseURI"))
	require.Equal(t, 421, w.send("GET", "https://sim.example:1"+path, "").status)
	require.Equal(t, "lptest.liveperson.net", w.send("GET", "https://api.liveperson.net"+path, "").text("baseURI"))
}

// Close ends what waits, and may be called twice.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		visit := srv.Visitor(lptest.Visitor{})
		over := make(chan error)
		go func() { over <- visit.WaitAccepted(t.Context()) }()
		synctest.Wait()
		srv.Close()
		srv.Close()
		require.ErrorIs(t, <-over, lptest.ErrClosed)
		require.Error(t, newWire(t, srv).send("GET", "/", "").err)
	})
}
