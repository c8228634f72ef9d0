package lptest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

func TestDomain(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := newWire(t, srv)
	const one = `{"service":"agentVep","account":"12345678","baseURI":"lptest.liveperson.net"}`
	all := `{"baseURIs":[`
	for _, name := range []string{
		"agentVep", "runtimeFormLogic", "accountConfigReadOnly", "accountConfigReadWrite",
		"sentinel", "asyncMessagingEnt", "msgHist", "leDataReporting", "facadeMsg", "swift",
	} {
		all += strings.Replace(one, "agentVep", name, 1) + ","
	}
	all = strings.TrimSuffix(all, ",") + `]}`
	for _, prefix := range []string{
		"https://api.liveperson.net/api/account/12345678/service/",
		"https://adminlogin.liveperson.net/csdr/account/12345678/service/",
		srv.URL() + "/api/account/12345678/service/",
	} {
		r := w.send("GET", prefix+"agentVep/baseURI.json?version=1.0", "")
		require.Equal(t, 200, r.status)
		require.Equal(t, one, r.body)
		require.Equal(t, "application/json", r.header.Get("Content-Type"))
		r = w.send("GET", prefix+"baseURI.json?version=1.0", "", "Accept: */*")
		require.Equal(t, 200, r.status)
		require.Equal(t, all, r.body)
	}
	odd := newWire(t, brand(t, lptest.WithAccount("le12345678"), lptest.WithBaseURIs(map[lptest.Service]string{
		lptest.LeDataReporting: "data.example", "botPlatform": "bots.fs.liveperson.com", "adminArea": "admin.example",
	})))
	r := odd.send("GET", "https://api.liveperson.net/api/account/le12345678/service/baseURI.json?version=1.0", "")
	require.Equal(t, 200, r.status, r.body)
	require.Contains(t, r.body, `{"service":"leDataReporting","account":"le12345678","baseURI":"data.example"},`+
		`{"service":"facadeMsg","account":"le12345678","baseURI":"lptest.liveperson.net"},`+
		`{"service":"swift","account":"le12345678","baseURI":"lptest.liveperson.net"},`+
		`{"service":"adminArea","account":"le12345678","baseURI":"admin.example"},`+
		`{"service":"botPlatform","account":"le12345678","baseURI":"bots.fs.liveperson.com"}]}`)
	require.Contains(t, r.body, `{"baseURIs":[{"service":"agentVep","account":"le12345678","baseURI":"lptest.liveperson.net"}`)
	r = odd.send("GET", "https://api.liveperson.net/api/account/le12345678/service/botPlatform/baseURI.json?version=1.0", "")
	require.Equal(t, `{"service":"botPlatform","account":"le12345678","baseURI":"bots.fs.liveperson.com"}`, r.body)
	const path = "/api/account/12345678/service/"
	w.send("GET", path+"agentVep/baseURI.json", "").refused(400, "33", "The parameter version=1.0 is missing")
	w.send("GET", path+"baseURI.json?version=2.0", "").refused(400, "33", "The parameter version=1.0 is missing")
	w.send("GET", path+"agentvep/baseURI.json?version=1.0", "").refused(404, "12", "The service agentvep is not known")
	w.send("GET", "/api/account/999/service/agentVep/baseURI.json?version=1.0", "").
		refused(401, "6", "The account 999 is not known")
	w.send("POST", path+"baseURI.json?version=1.0", "{}").refused(405, "33", "The method POST is not allowed here")
	w.send("GET", path+"agentVep?version=1.0", "").refused(404, "28", "No such URI: /api/account/12345678/service/agentVep")
	require.Equal(t, []string{"GET"}, w.send("DELETE", path+"baseURI.json?version=1.0", "").header["Allow"])
}

func TestBaseURIs(t *testing.T) {
	t.Parallel()
	srv := brand(t, lptest.WithBaseURIs(map[lptest.Service]string{
		lptest.AgentVep:         "va.agentvep.liveperson.net",
		lptest.RuntimeFormLogic: "forms.example.test",
	}))
	w := newWire(t, srv)
	r := w.send("GET", "/api/account/12345678/service/agentVep/baseURI.json?version=1.0", "")
	require.Equal(t, "va.agentvep.liveperson.net", r.text("baseURI"))
	w.base = "https://va.agentvep.liveperson.net"
	w.ready("ann@brand", "pw-ann")
	require.True(t, strings.HasPrefix(w.as, "https://va.agentvep.liveperson.net/api/account/12345678/agentSession/"), w.as)
	w.survey("GET", "/", "conv=a&skill=1&v=1.0", "").
		refused(404, "28", "No such URI: /api/account/12345678/forms/agent_survey/")
	w.base = "https://forms.example.test"
	w.survey("GET", "/", "conv=a&skill=1&v=1.0", "").refused(404, "12", "There is no survey for this conversation and skill")
	require.Equal(t, 404, w.send("POST", "/api/account/12345678/login?v=1.3", "{}", jsonHeaders...).status)
	w.send("GET", "https://evil.example/api/account/12345678/login", "").
		refused(421, "28", "The host evil.example is none of LivePerson's")
	require.Len(t, srv.Requests(lptest.OpForeign), 1)
}
