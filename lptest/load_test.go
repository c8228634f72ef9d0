package lptest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// 1,000 agents and 3,000 chats in one process: each visitor says a line, each
// agent answers it, everybody hears what was meant for him. In a bubble, so
// that no chat rings for too long on a slow machine.
func TestThousandAgents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, thousandAgents)
}

func thousandAgents(t *testing.T) {
	t.Helper()
	const agents, chatsEach, workers = 1000, 3, 16
	srv := lptest.NewMemory()
	defer srv.Close()
	for i := range agents {
		srv.AddAgent(lptest.Agent{LoginName: fmt.Sprintf("agent-%d", i), Password: "pw", MaxChats: chatsEach})
	}
	jobs := make(chan int)
	failures := make(chan error, agents)
	wires := make([]*wire, agents)
	each := func(do func(i int) error) {
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for i := range jobs {
					if err := do(i); err != nil {
						failures <- err
					}
				}
			})
		}
		for i := range agents {
			jobs <- i
		}
		close(jobs)
		wg.Wait()
		jobs = make(chan int)
		require.Empty(t, failures)
	}
	each(func(i int) error {
		w := newWire(t, srv)
		wires[i] = w
		if r := w.signIn(fmt.Sprintf("agent-%d", i), "pw"); r.status != 200 {
			return fmt.Errorf("login: %d %s %w", r.status, r.body, r.err)
		}
		if r := w.start(); r.status != 201 {
			return fmt.Errorf("start: %d %s", r.status, r.body)
		}
		if r := w.call("PUT", "/availability", `{"availability":{"chat":"Online"}}`); r.status != 200 {
			return fmt.Errorf("availability: %d %s", r.status, r.body)
		}
		return nil
	})
	visits := make([]*lptest.Visit, agents*chatsEach)
	for i := range visits {
		visits[i] = srv.Visitor(lptest.Visitor{FirstLine: fmt.Sprintf("line %d", i)})
	}
	each(func(i int) error {
		w := wires[i]
		var keys []string
		for range chatsEach {
			r := w.call("POST", "/incomingRequests", "{}")
			if r.status != 201 {
				return fmt.Errorf("accept: %d %s", r.status, r.body)
			}
			href := r.text("chatLocation", "link", "@href")
			keys = append(keys, href[strings.LastIndexByte(href, '/')+1:])
		}
		r := w.call("GET", "/chat?chatSessionKeys="+strings.Join(keys, ","), "")
		for n, key := range keys {
			text := r.text("chats", "chat", n, "events", "event", 2, "text")
			r := w.call("POST", "/chat/"+key+"/events", `{"event":{"@type":"line","text":"re: `+text+`"}}`)
			if r.status != 201 {
				return fmt.Errorf("send: %d %s", r.status, r.body)
			}
		}
		return nil
	})
	for i, visit := range visits {
		line, err := visit.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("re: line %d", i), line.Text)
	}
	require.Equal(t, 3000, srv.CountStatus(lptest.OpSend, 201))
	require.Equal(t, 3000, srv.CountStatus(lptest.OpAccept, 201))
}

// What the fake itself costs for the two calls that a bot makes most. The
// client is net/http, over TLS on loopback and over the in-memory listener.
func BenchmarkCalls(b *testing.B) {
	for _, kind := range []string{"loopback", "memory", "handler"} {
		srv := lptest.NewMemory(lptest.WithJournal(1024))
		if kind == "loopback" {
			srv.Close()
			srv = lptest.NewServer(lptest.WithJournal(1024))
		}
		srv.AddAgent(lptest.Agent{LoginName: "ann@brand", Password: "pw-ann"})
		w := ann(b, srv)
		visit := srv.Visitor(lptest.Visitor{FirstLine: "Good day"})
		url := w.accept()
		headers := http.Header{}
		for _, h := range w.headers() {
			name, value, _ := strings.Cut(h, ": ")
			headers.Add(name, value)
		}
		do := func(b *testing.B, method, target, body string, status int) {
			b.Helper()
			b.ReportAllocs()
			for b.Loop() {
				req, err := http.NewRequestWithContext(b.Context(), method, target, strings.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				req.Header = headers
				if kind == "handler" {
					srv.ServeHTTP(discard{}, req)
					continue
				}
				resp, err := w.client.Do(req)
				if err != nil {
					b.Fatal(err)
				}
				if resp.StatusCode != status {
					b.Fatal(resp.Status)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		}
		b.Run(kind+"/poll", func(b *testing.B) {
			do(b, "GET", w.as+"/chat?chatSessionKeys="+visit.ChatID()+"&fromEventIds=4&v=1&NC=true", "", 200)
		})
		b.Run(kind+"/send", func(b *testing.B) {
			do(b, "POST", url+"/events?v=1&NC=true", `{"event":{"@type":"line","text":"Hello","textType":"plain"}}`, 201)
		})
		srv.Close()
	}
}

// discard is a response that goes nowhere.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
