package lptest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// An agent who lets a chat ring for 20 s turns Away, and it rings elsewhere.
func TestRing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		defer srv.Close()
		a := ann(t, srv)
		first, second := srv.Visitor(lptest.Visitor{Skill: "Sales"}), srv.Visitor(lptest.Visitor{Skill: "Sales"})
		b := bob(t, srv)
		require.Equal(t, "ann@brand", first.Chat().Ringing())
		pass(20*time.Second - time.Nanosecond)
		require.Equal(t, "2", a.call("GET", "/incomingRequests", "").text("incomingRequests", "ringingCount"))
		pass(time.Nanosecond)
		a.answered(a.call("GET", "/incomingRequests", ""), 200, `{"incomingRequests":{"ringingCount":"0"}}`)
		a.answered(a.call("POST", "/incomingRequests", `{}`), 200, `{}`)
		a.answered(a.call("GET", "/availability", ""), 200, `{"availability":{"chat":"Away","voice":"Offline"}}`)
		require.Equal(t, "bob@brand", first.Chat().Ringing())
		require.Equal(t, "bob@brand", second.Chat().Ringing())
		b.accept()
		pass(20 * time.Second)
		require.Equal(t, "Away", b.call("GET", "/availability", "").text("availability", "chat"))
		require.Empty(t, second.Chat().Ringing(), "nobody is left")
		require.Equal(t, "waiting", second.Chat().State())
		a.call("PUT", "/availability", `{"availability":{"chat":"Online"}}`)
		require.Equal(t, "ann@brand", second.Chat().Ringing())
		a.call("PUT", "/availability", `{"availability":{"chat":"Occupied"}}`)
		require.Empty(t, second.Chat().Ringing())
	})
}

// A chat ends 40 s after the last request to it.
func TestChatTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		defer srv.Close()
		w := ann(t, srv)
		one, two := srv.Visitor(lptest.Visitor{Skill: "Sales"}), srv.Visitor(lptest.Visitor{Skill: "Sales"})
		three := srv.Visitor(lptest.Visitor{Skill: "Sales"})
		url := w.accept()
		w.accept()
		w.accept()
		for range 5 {
			pass(39 * time.Second)
			require.Equal(t, 200, w.call("GET", url+"/info", "").status)
			require.Equal(t, 200, w.call("GET", "/chat?chatSessionKeys="+two.ChatID(), "").status)
		}
		require.Equal(t, "ended", three.Chat().State())
		require.Equal(t, 40*time.Second, three.Chat().Events()[4].Time.Sub(three.Chat().Events()[3].Time))
		require.Equal(t, 6, lastMessage(three.Chat()))
		require.Equal(t, "chatting", one.Chat().State())
		require.Equal(t, "chatting", two.Chat().State())
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begin := time.Now()
		require.NoError(t, one.WaitEnded(ctx))
		require.Equal(t, 40*time.Second, time.Since(begin))
		// It stays readable for the agent who had it.
		require.Equal(t, "ended", w.call("GET", url, "").text("chat", "info", "state"))
		require.Equal(t, "235", w.call("GET", url, "").number("chat", "info", "duration"))
	})
}

// A chat that waits needs no requests, and a visitor may vanish.
func TestWaitingAndVanishing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		defer srv.Close()
		visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
		pass(time.Hour)
		require.Equal(t, "waiting", visit.Chat().State())
		w := ann(t, srv)
		w.accept()
		visit.Vanish()
		require.Equal(t, "ended", visit.Chat().State())
		require.Equal(t, 6, lastMessage(visit.Chat()))
		gone := srv.Visitor(lptest.Visitor{Skill: "Sales"})
		gone.Leave()
		w.answered(w.call("GET", "/incomingRequests", ""), 200, `{"incomingRequests":{"ringingCount":"0"}}`)
		require.ErrorIs(t, gone.WaitAccepted(t.Context()), lptest.ErrEnded)
	})
}

// Chats are offered up to an agent's capacity, the oldest first; who comes
// when all are busy is told so.
func TestCapacity(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	var visits []*lptest.Visit
	for range 5 {
		visits = append(visits, srv.Visitor(lptest.Visitor{Skill: "Sales"}))
	}
	require.Equal(t, 4, lastMessage(visits[2].Chat()))
	require.Equal(t, 2, lastMessage(visits[3].Chat()))
	require.Equal(t, "3", w.call("GET", "/incomingRequests", "").text("incomingRequests", "ringingCount"))
	for range 3 {
		w.accept()
	}
	w.answered(w.call("POST", "/incomingRequests", `{}`), 200, `{}`)
	visits[1].Leave()
	require.Equal(t, "ann@brand", visits[3].Chat().Ringing())
	require.Empty(t, visits[4].Chat().Ringing())
	billing := srv.Visitor(lptest.Visitor{Skill: "Billing"})
	require.Empty(t, billing.Chat().Ringing(), "not her skill")
	bob(t, srv)
	require.Equal(t, "bob@brand", billing.Chat().Ringing())
	require.Equal(t, "bob@brand", visits[4].Chat().Ringing())
	require.Len(t, srv.Chats(), 6)
	require.NoError(t, srv.WaitOnline(t.Context(), "Billing"))
	require.Error(t, srv.WaitOnline(cancelled(t), "Nothing"))
}
