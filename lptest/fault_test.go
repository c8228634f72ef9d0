package lptest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// stage is an agent in a chat, the place of most faults. Its connections are
// not kept, because net/http sends some requests again on kept ones.
type stage struct {
	*wire
	srv   *lptest.Server
	visit *lptest.Visit
	url   string
}

func newStage(tb testing.TB, opts ...lptest.Option) *stage {
	tb.Helper()
	srv := brand(tb, opts...)
	w := ann(tb, srv)
	visit := srv.Visitor(ada())
	s := &stage{w, srv, visit, w.accept()}
	transport, _ := srv.Transport().(*http.Transport)
	transport.DisableKeepAlives = true
	return s
}

func (s *stage) say() reply {
	return s.call("POST", s.url+"/events", `{"event":{"@type":"line","text":"Hello"}}`)
}

// said is how many lines of the agent the server has.
func (s *stage) said() int {
	n := 0
	for _, line := range s.visit.Chat().Lines() {
		if line.Source == "agent" {
			n++
		}
	}
	return n
}

// last is the journal's newest entry.
func (s *stage) last() lptest.Request {
	journal := s.srv.Journal()
	return journal[len(journal)-1]
}

func TestFaultStatus(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Status: 503, Times: 1, RetryAfter: "5"})
	r := s.say()
	require.Equal(t, 503, r.status)
	require.Equal(t, "5", r.header.Get("Retry-After"))
	require.Equal(t, `{"error":{"time":"TIME","message":"The service cannot answer now","internalCode":33,"responseStatus":"SERVICE_UNAVAILABLE"}}`, r.shape())
	require.Zero(t, s.said())
	require.Equal(t, lptest.FaultStatus, s.last().Fault)
	require.Empty(t, s.last().Changed)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Status: 500, Times: 1, After: true, Body: "oops", Header: http.Header{"x-test": {"1"}}})
	r = s.say()
	require.Equal(t, 500, r.status)
	require.Equal(t, "oops", r.body)
	require.Equal(t, "text/plain; charset=utf-8", r.header.Get("Content-Type"))
	require.Equal(t, "1", r.header.Get("X-Test"))
	require.Equal(t, 1, s.said(), "made, and then answered with the fault")
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Status: 502, Times: 1, NoBody: true})
	r = s.say()
	require.Equal(t, []any{502, "", ""}, []any{r.status, r.body, r.header.Get("Content-Type")})
	s.srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 500})
	r = newWire(t, s.srv).signIn("ann@brand", "pw-ann")
	require.Equal(t, `{"error":"LeLogin1 failed - the login could not be completed"}`, r.body)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpChat, Status: 429, Body: `{"error":"slow down"}`})
	r = s.call("GET", s.url, "")
	require.Equal(t, 429, r.status)
	require.Equal(t, "application/json", r.header.Get("Content-Type"))
}

func TestFaultRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.srv.Close()
		for _, test := range []struct{ given, sent string }{
			{"0", "0"},
			{"3600", "3600"},
			{"-1", "-1"},
			{"soon", "soon"},
			{"99999999999999999999", "99999999999999999999"},
			{"+5s", "Sat, 01 Jan 2000 00:00:05 GMT"},
			{"Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"},
		} {
			s.srv.AddFault(lptest.Fault{Op: lptest.OpAgentInfo, Status: 429, Times: 1, RetryAfter: test.given})
			require.Equal(t, test.sent, s.call("GET", "/info", "").header.Get("Retry-After"))
		}
	})
}

func TestFaultReset(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultReset, Times: 1})
	require.ErrorIs(t, s.say().err, syscall.ECONNRESET)
	require.Zero(t, s.said())
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultResetAfter, Times: 1})
	require.ErrorIs(t, s.say().err, syscall.ECONNRESET)
	require.Equal(t, 1, s.said())
	entry := s.last()
	require.Equal(t, 0, entry.Status)
	require.Equal(t, "chat "+s.visit.ChatID()+" line 4 by ann@brand", entry.Changed)
	require.Equal(t, 201, s.say().status)
	require.Equal(t, 2, s.srv.CountStatus(lptest.OpSend, 0))
}

// The same over real sockets.
func TestFaultResetOverTCP(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]lptest.Option{nil, {lptest.WithPlainHTTP()}} {
		srv := lptest.NewServer(opts...)
		srv.AddAgent(lptest.Agent{LoginName: "ann", Password: "pw"})
		w := newWire(t, srv)
		srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Kind: lptest.FaultReset, Times: 1})
		require.ErrorIs(t, w.signIn("ann", "pw").err, syscall.ECONNRESET)
		require.Equal(t, 200, w.signIn("ann", "pw").status)
		require.Equal(t, strings.HasPrefix(srv.URL(), "https:"), opts == nil)
		srv.Close()
	}
}

func TestFaultLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.srv.Close()
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultLate, Times: 1, Delay: 7 * time.Second})
		require.Equal(t, 504, s.say().status)
		require.Zero(t, s.said())
		pass(7*time.Second - time.Nanosecond)
		require.Zero(t, s.said())
		pass(time.Nanosecond)
		synctest.Wait()
		require.Equal(t, 1, s.said())
		require.Equal(t, 7*time.Second, s.visit.Chat().Events()[4].Time.Sub(s.visit.Chat().Events()[3].Time))
		require.Contains(t, s.last().Changed, "line 4")
	})
}

func TestFaultLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.srv.Close()
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Latency: 3 * time.Second, Times: 1})
		begin := time.Now()
		require.Equal(t, 201, s.say().status)
		require.Equal(t, 3*time.Second, time.Since(begin))
		require.Equal(t, begin.Add(3*time.Second), s.visit.Chat().Events()[4].Time)
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Latency: 3 * time.Second, After: true, Times: 1})
		begin = time.Now()
		require.Equal(t, 201, s.say().status)
		require.Equal(t, begin, s.visit.Chat().Events()[5].Time, "made at once, answered later")
		require.Equal(t, 3*time.Second, time.Since(begin))
		// A client that gives up before takes its request with it.
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Latency: time.Minute, Times: 1})
		s.client.Timeout = time.Second
		require.Error(t, s.say().err)
		synctest.Wait()
		require.Equal(t, 2, s.said())
		require.Equal(t, 1, s.srv.CountStatus(lptest.OpSend, 0))
	})
}

func TestFaultCut(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultCut, Times: 1})
	r := s.say()
	require.Equal(t, 201, r.status)
	require.ErrorIs(t, r.err, io.ErrUnexpectedEOF)
	require.True(t, strings.HasPrefix(r.body, `{"chatEventLocation":`), r.body)
	require.False(t, json.Valid([]byte(r.body)))
	require.Equal(t, 1, s.said())
}

func TestFaultHang(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHang, Times: 1})
		s.client.Timeout = 10 * time.Second
		begin := time.Now()
		err := s.say().err
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 10*time.Second, time.Since(begin))
		require.Zero(t, s.said())
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHang, After: true, Latency: 4 * time.Second, Times: 1})
		require.ErrorIs(t, s.say().err, syscall.ECONNRESET)
		require.Equal(t, 14*time.Second, time.Since(begin))
		require.Equal(t, 1, s.said())
		// Close lets go who hangs.
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHang})
		s.client.Timeout = 0
		over := make(chan error)
		go func() { over <- s.say().err }()
		synctest.Wait()
		s.srv.Close()
		require.Error(t, <-over)
	})
}

func TestFaultHTML(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHTML, Times: 1})
	r := s.say()
	require.Equal(t, 502, r.status)
	require.Equal(t, "text/html", r.header.Get("Content-Type"))
	require.True(t, strings.HasPrefix(r.body, "<html>"))
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHTML, Status: 200})
	require.Equal(t, 200, s.say().status)
	require.Zero(t, s.said())
}

func TestFaultEmpty(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultEmpty})
	r := s.say()
	require.Equal(t, 200, r.status)
	require.Empty(t, r.body)
	require.Equal(t, 1, s.said())
}

func TestFaultError200(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Kind: lptest.FaultError200})
	const problem = `{"error":{"time":"TIME","message":"The data could not be read","internalCode":12,"responseStatus":"INTERNAL_SERVER_ERROR"}}`
	s.answered(s.say(), 200, problem)
	s.answered(s.call("GET", s.url, ""), 200, `{"chat":`+problem+`}`)
	require.Zero(t, s.said())
}

// ids are the event ids in an answer.
func ids(r reply, path ...any) string {
	r.t.Helper()
	list, _ := r.get(path...).([]any)
	var out []string
	for i := range list {
		out = append(out, r.text(append(append([]any(nil), path...), i, "@id")...))
	}
	return strings.Join(out, " ")
}

func TestFaultEventPages(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for range 4 {
		s.visit.Say("line")
	}
	page := func(from string) (shown, next string) {
		r := s.call("GET", s.url+"/events?from="+from, "")
		_, next, _ = strings.Cut(r.text("events", "link", 1, "@href"), "?from=")
		return ids(r, "events", "event"), next
	}
	for _, test := range []struct {
		kind              lptest.FaultKind
		from, shown, next string
		overlap           int
	}{
		{"", "6", "6 7", "8", 0},
		{lptest.FaultDuplicateEvents, "6", "6 6 7 7", "8", 0},
		{lptest.FaultRepeatEvents, "6", "0 1 2 3 4 5 6 7", "8", 0},
		{lptest.FaultOverlapEvents, "6", "4 5 6 7", "8", 0},
		{lptest.FaultOverlapEvents, "8", "7", "8", 1},
		{lptest.FaultOverlapEvents, "1", "0 1 2 3 4 5 6 7", "8", 5},
	} {
		s.srv.ClearFaults()
		if test.kind != "" {
			s.srv.AddFault(lptest.Fault{Op: lptest.OpEvents, Kind: test.kind, Overlap: test.overlap})
		}
		shown, next := page(test.from)
		require.Equal(t, test.shown, shown)
		require.Equal(t, test.next, next)
	}
	// It goes for the chat and for many chats as well.
	s.srv.AddFault(lptest.Fault{Kind: lptest.FaultRepeatEvents})
	require.Len(t, s.call("GET", s.url+"?from=7", "").get("chat", "events", "event"), 8)
	r := s.call("GET", "/chat?chatSessionKeys="+s.visit.ChatID()+"&fromEventIds=7", "")
	require.Len(t, r.get("chats", "chat", 0, "events", "event"), 8)
}

func TestFaultRevoke(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultRevoke, Nth: 2})
	require.Equal(t, 201, s.say().status)
	s.say().refused(401, "10", "The bearer has expired")
	s.call("GET", s.url, "").refused(401, "10", "The bearer has expired")
	require.Equal(t, 200, s.signIn("ann@brand", "pw-ann").status)
	require.Equal(t, 201, s.say().status)
	require.Equal(t, 2, s.said())
}

func TestFaultRevision(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddSurvey(branching())
	before := s.srv.Survey(conversation, 42).Revision
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSurveySubmit, Kind: lptest.FaultRevision, Times: 1})
	r := s.survey("POST", "/state", query+"1.0", full, rev(before))
	r.refused(409, "33", "The state was changed since it was read")
	after := s.srv.Survey(conversation, 42).Revision
	require.NotEqual(t, before, after)
	require.Equal(t, 200, s.survey("POST", "/state", query+"1.0", full, rev(after)).status)
}

func TestFaultRotate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.srv.Close()
		old := s.headers()
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultRotate, Times: 1})
		require.Equal(t, 201, s.say().status)
		info := s.as + "/info?v=1&NC=true"
		stale := s.send("GET", info, "", old...)
		require.Equal(t, 403, stale.status)
		require.Contains(t, stale.body, "was replaced")
		require.Equal(t, "stale", s.last().Jar)
		require.Equal(t, 200, s.call("GET", "/info", "").status)
		// With any other fault, and with a time of grace.
		old = s.headers()
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Status: 503, Rotate: true, Delay: 5 * time.Second, Times: 1})
		require.Equal(t, 503, s.say().status)
		require.Equal(t, 200, s.send("GET", info, "", old...).status)
		pass(5 * time.Second)
		require.Equal(t, 403, s.send("GET", info, "", old...).status)
		require.Equal(t, 200, s.call("GET", "/info", "").status)
		require.Equal(t, 1, s.said())
	})
}

func TestFaultHuge(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHuge, Size: 3 << 20, Times: 1})
	r := s.say()
	require.Equal(t, 201, r.status)
	require.Greater(t, len(r.body), 3<<20)
	require.Equal(t, s.url+"/events/4", r.text("chatEventLocation", "link", "@href"), "the answer is in it")
	// One that is never read to its end.
	s.srv.AddFault(lptest.Fault{Op: lptest.OpRefresh, Kind: lptest.FaultHuge, Size: 1 << 40})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.srv.URL()+"/api/account/12345678/refresh",
		strings.NewReader(`{"csrf":"`+s.csrf+`"}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Cookie", "Session_id="+s.login)
	resp, err := s.client.Do(req)
	require.NoError(t, err)
	_, err = io.CopyN(io.Discard, resp.Body, 1<<20)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

func TestFaultRedirect(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultRedirect, Times: 1})
	r := s.say()
	require.Equal(t, 307, r.status)
	require.Equal(t, strings.Replace(s.url, s.srv.URL(), "https://evil.example", 1)+"/events?v=1&NC=true", r.header.Get("Location"))
	require.Zero(t, s.said())
	// A client that follows is seen.
	require.Equal(t, 421, s.send("POST", r.header.Get("Location"), "{}", "Authorization: Bearer x").status)
	require.Equal(t, "evil.example", s.srv.Requests(lptest.OpForeign)[0].Host)
	require.Equal(t, "bearer", s.srv.Requests(lptest.OpForeign)[0].Auth)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultRedirect, Status: 302, Location: "http://h/x"})
	r = s.say()
	require.Equal(t, 302, r.status)
	require.Equal(t, "http://h/x", r.header.Get("Location"))
}

func TestFaultForeign(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpChat, Kind: lptest.FaultForeign, Times: 1})
	r := s.call("GET", s.url, "")
	require.Equal(t, strings.Replace(s.url, s.srv.URL(), "https://evil.example", 1), r.text("chat", "link", 0, "@href"))
	require.NotContains(t, r.body, s.srv.Host())
	s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultForeign, Location: "http://" + s.srv.Host() + "/"})
	require.Equal(t, strings.Replace(s.url, "https://", "http://", 1)+"/events/4", s.say().text("chatEventLocation", "link", "@href"))
}
