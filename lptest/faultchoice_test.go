package lptest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Which calls a fault hits.
func TestFaultChoice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.srv.Close()
		b := bob(t, s.srv)
		calls := func(w *wire, n int) string {
			out := ""
			for range n {
				out += map[int]string{200: ".", 503: "x"}[w.call("GET", "/info", "").status]
			}
			return out
		}
		for _, test := range []struct {
			fault    lptest.Fault
			ann, bob string
		}{
			{lptest.Fault{Status: 503, Nth: 3}, "..x...", "......"},
			{lptest.Fault{Status: 503, Nth: 3, Times: 2}, "..xx..", "......"},
			{lptest.Fault{Status: 503, Times: 2}, "xx....", "......"},
			{lptest.Fault{Status: 503, Agent: "bob@brand"}, "......", "xxxxxx"},
			{lptest.Fault{Status: 503, Op: lptest.OpIncoming}, "......", "......"},
			{lptest.Fault{Status: 503, Chat: s.visit.ChatID()}, "......", "......"},
			{lptest.Fault{Status: 503}, "xxxxxx", "xxxxxx"},
		} {
			handle := s.srv.AddFault(test.fault)
			require.Equal(t, test.ann, calls(s.wire, 6))
			require.Equal(t, test.bob, calls(b, 6))
			require.Equal(t, strings.Count(test.ann+test.bob, "x"), handle.Hits())
			handle.Remove()
		}
		require.Equal(t, "..", calls(b, 2))
		handle := s.srv.AddFault(lptest.Fault{Status: 503, Begin: 10 * time.Second, End: 15 * time.Second})
		out := ""
		for range 4 {
			out += calls(b, 1)
			pass(5 * time.Second)
		}
		require.Equal(t, "..x.", out)
		require.Equal(t, 1, handle.Hits())
		require.Panics(t, func() { s.srv.AddFault(lptest.Fault{Op: "nothing", Status: 503}) })
		require.Panics(t, func() { s.srv.AddFault(lptest.Fault{}) })
	})
}

// A fault counts a call for its Nth also when an earlier fault takes it; one
// that was to strike then strikes at the next.
func TestFaultNthBesideOthers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.srv.AddFault(lptest.Fault{Op: lptest.OpAgentInfo, Status: 501, Nth: 2})
	third := s.srv.AddFault(lptest.Fault{Op: lptest.OpAgentInfo, Status: 503, Nth: 3})
	second := s.srv.AddFault(lptest.Fault{Status: 502, Nth: 2})
	var got []int
	for range 5 {
		got = append(got, s.call("GET", "/info", "").status)
	}
	require.Equal(t, []int{200, 501, 503, 502, 200}, got)
	require.Equal(t, 1, second.Hits())
	require.Equal(t, 1, third.Hits())
}

// A fault of one chat strikes many-chats calls that ask for it.
func TestFaultChatAmongMany(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	second := s.srv.Visitor(ada())
	s.accept()
	one, two := s.visit.ChatID(), second.ChatID()
	many := func(keys string) reply { return s.call("GET", "/chat?chatSessionKeys="+keys, "") }
	handle := s.srv.AddFault(lptest.Fault{Op: lptest.OpChats, Chat: two, Status: 500})
	require.Equal(t, 200, many(one).status)
	require.Equal(t, 500, many(two).status)
	require.Equal(t, 500, many(one+","+two).status)
	require.Equal(t, 500, many(two+","+one).status)
	require.Equal(t, 200, s.call("GET", "/chat/"+two, "").status)
	require.Equal(t, 3, handle.Hits())
	handle.Remove()

	s.srv.AddFault(lptest.Fault{Chat: two, Kind: lptest.FaultDuplicateEvents})
	r := many(one + "," + two)
	require.Len(t, r.get("chats", "chat", 0, "events", "event"), 4)
	require.Len(t, r.get("chats", "chat", 1, "events", "event"), 8)
}

// By probability, the same seed hits the same calls of an agent, whatever the
// other agents do meanwhile.
func TestFaultProbability(t *testing.T) {
	t.Parallel()
	run := func(seed int64, others int) (string, int) {
		srv := brand(t, lptest.WithSeed(seed))
		a, b := ann(t, srv), bob(t, srv)
		handle := srv.AddFault(lptest.Fault{Op: lptest.OpAgentInfo, Status: 503, Probability: 0.3})
		out := ""
		for i := range 200 {
			out += map[int]string{200: ".", 503: "x"}[a.call("GET", "/info", "").status]
			for range i % 3 * others {
				b.call("GET", "/info", "")
			}
		}
		return out, handle.Hits()
	}
	first, hits := run(1, 0)
	again, _ := run(1, 0)
	beside, _ := run(1, 1)
	other, _ := run(2, 0)
	require.Equal(t, first, again)
	require.Equal(t, first, beside)
	require.NotEqual(t, first, other)
	require.InDelta(t, 60, hits, 20)
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	faults, err := lptest.ParseFaults([]byte(`[
		{"op":"login","nth":1,"status":503,"retryAfter":"5"},
		{"op":"chat.send","kind":"reset-after","probability":0.05,"latency":"1.5s","delay":250,"end":"1m"},
		{"op":"accept","variants":["location","status"]},
		{"kind":"no-link","rel":"next","body":"null"},
		{"kind":"cookies","count":3,"size":10},
		{"op":"transfer","kind":"refuse","to":"Sales"},
		{"kind":"far-id","ahead":5}
	]`))
	require.NoError(t, err)
	require.Equal(t, []lptest.Fault{
		{Op: lptest.OpLogin, Nth: 1, Status: 503, RetryAfter: "5"},
		{Op: lptest.OpSend, Kind: lptest.FaultResetAfter, Probability: 0.05, Latency: 1500 * time.Millisecond, Delay: 250 * time.Millisecond, End: time.Minute},
		{Op: lptest.OpAccept, Variants: []lptest.Variant{lptest.VariantLocation, lptest.VariantStatus}},
		{Kind: lptest.FaultNoLink, Rel: "next", Body: "null"},
		{Kind: lptest.FaultCookies, Count: 3, Size: 10},
		{Op: lptest.OpTransfer, Kind: lptest.FaultRefuse, To: "Sales"},
		{Kind: lptest.FaultFarID, Ahead: 5},
	}, faults)
	one, err := lptest.ParseFaults([]byte(` {"kind":"hang"} `))
	require.NoError(t, err)
	require.Len(t, one, 1)
	data, err := json.Marshal(faults)
	require.NoError(t, err)
	again, err := lptest.ParseFaults(data)
	require.NoError(t, err)
	require.Equal(t, faults, again)
	for _, bad := range []string{
		``, `{}`, `{"kind":"nothing"}`, `{"op":"nothing","status":503}`, `{"kind":"hang","probability":2}`, `{"status":99}`,
		`{"kind":"hang","unknown":1}`, `{"kind":"latency","latency":"soon"}`, `{"kind":"hang","times":-1}`, `{"kind":"hang"} x`, `{"variants":["nothing"]}`, `{"variants":["random"]}`, `{"kind":"no-link","body":"{"}`,
		`{"kind":"cookies","count":-1}`, `{"kind":"cookies","size":-1}`, `{"kind":"latency","latency":[]}`,
		`{"kind":"refuse"}`, `{"kind":"far-id","ahead":-1}`, `{"kind":"hang","to":"Sales"}`,
	} {
		_, err := lptest.ParseFaults([]byte(bad))
		require.Error(t, err, bad)
	}
	require.Len(t, lptest.FaultKinds(), 25)
	require.Len(t, lptest.Ops(), 37)
}
