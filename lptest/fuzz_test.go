package lptest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Whatever is sent, the fake answers, and with a body where it refuses.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][3]string{
		{"POST", "/events?v=1&NC=true", `{"event":{"@type":"line","text":"a","textType":"html"}}`},
		{"POST", "/events?v=1&NC=true", `{"event":{"@type":"state","state":"ended"}}`},
		{"POST", "/transfer?v=1&NC=true", `{"transfer":{"agent":{"id":"7"},"skill":{"id":25975313},"text":"x"}}`},
		{"PUT", "/survey?v=1&NC=true", `{"survey":{"questions":{"question":[{"@id":"1","entry":{"@checked":"true","value":"CATS"}},{"id":2,"answer":["1"]}]}}}`},
		{"PUT", "/info/agentTyping?v=1&NC=true", `{"agentTyping":"typing"}`},
		{"GET", "?from=2&v=1&NC=true", ""},
		{"PUT", "/../../../forms/agent_survey/state?conv=" + conversation + "&skill=42&v=2.0&seqRoot=4", saved},
		{"GET", "/%2e%2e/x%2Fy?v=1&NC=true", "[1e999]"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if strings.HasPrefix(path, "/_sim") {
			return
		}
		srv := brand(t, lptest.WithLenientCookies(), lptest.WithVariants(lptest.VariantRandom))
		srv.AddChatSurvey(chatForm())
		srv.AddSurvey(branching())
		bearer := srv.Bearer(srv.Agents()[0])
		send := func(method, path, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL(), strings.NewReader(body))
			if u, err := r.URL.Parse(path); err == nil {
				r.URL = u
			}
			if method == http.MethodPut && !strings.Contains(r.URL.Path, "/forms/") {
				r.Header.Set("X-HTTP-Method-Override", "PUT")
			} else {
				r.Method = method
			}
			r.Host = srv.Host()
			r.Header.Set("Authorization", "Bearer "+bearer)
			r.Header.Set("Accept", "application/json")
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			srv.ServeHTTP(w, r)
			return w
		}
		href := func(w *httptest.ResponseRecorder) string {
			_, rest, _ := strings.Cut(w.Body.String(), `href":"`+srv.URL())
			path, _, _ := strings.Cut(rest, `"`)
			return path
		}
		as := href(send("POST", "/api/account/12345678/agentSession?v=1&NC=true", `{"loginData":""}`))
		send("PUT", as+"/availability?v=1&NC=true", `{"availability":{"chat":"Online"}}`)
		visit := srv.Visitor(ada())
		ch := href(send("POST", as+"/incomingRequests?v=1&NC=true", `{}`))
		if !strings.HasSuffix(ch, visit.ChatID()) {
			t.Fatal("no chat: ", ch)
		}
		w := send(method, ch+path, body)
		if w.Code >= 400 && w.Body.Len() == 0 {
			t.Fatalf("%d without a body", w.Code)
		}
	})
}

// Whatever the control API is asked, it answers, and says so where it refuses.
func FuzzControl(f *testing.F) {
	for _, seed := range [][3]string{
		{"POST", "/_sim/chats", `{"visitor":"Ada","skill":"","text":"hello"}`},
		{"GET", "/_sim/chats", ""},
		{"GET", "/_sim/chats/%2e", ""},
		{"POST", "/_sim/chats/H1/lines", `{"text":"<b>"}`},
		{"GET", "/_sim/surveys/" + conversation, ""},
		{"GET", "/_sim/requests?op=login", ""},
		{"POST", "/_sim/faults", `{"op":"login","status":503,"times":1,"latency":"1s"}`},
		{"POST", "/_sim/faults", `{"kind":"cut","probability":2,"from":-1}`},
		{"DELETE", "/_sim/faults", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		srv := brand(t)
		srv.AddSurvey(branching())
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL(), strings.NewReader(body))
		u, err := r.URL.Parse(path)
		if err != nil || !strings.HasPrefix(u.Path, "/_sim/") {
			return
		}
		r.URL, r.Method, r.Host = u, method, srv.Host()
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		if w.Code >= 400 && w.Body.Len() == 0 {
			t.Fatalf("%d without a body", w.Code)
		}
	})
}
