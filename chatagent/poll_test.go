package chatagent_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Events that do not follow on those that are known: the ones between are
// fetched.
func TestGapsAreFetched(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]string{"alone": "%[2]s", "after what is known": "%[1]s,%[2]s", "before what is known": "%[2]s,%[1]s"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gapsAreFetched(t, order)
		})
	}
}

func gapsAreFetched(t *testing.T, order string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, agent := newRinging(t)
		const (
			one   = `{"@id":"1","@type":"line","source":"visitor","text":"one"}`
			two   = `{"@id":"2","@type":"line","source":"visitor","text":"two"}`
			three = `{"@id":"3","@type":"line","source":"visitor","text":"three"}`
		)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"events":{"event":[`+fmt.Sprintf(order, hello, three)+`]},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}}`)
		w.on("GET "+ch+"/events", `200 {"events":{"event":[`+one+`,`+two+`,`+three+`]}}`)
		lines, _ := served(t, w, agent, time.Minute)
		assert.Equal(t, []string{"hello", "one", "two", "three"}, lines)
	})
}

// A poll that hangs is given up in time for the platform, which ends a chat
// that nobody asks about for 40 s, and for the visitor.
func TestPollThatHangs(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		stop := serve(t, agent, echo)
		v := srv.Visitor(lptest.Visitor{FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		for i, op := range []lptest.Op{lptest.OpIncoming, lptest.OpChats} {
			srv.AddFault(lptest.Fault{Op: op, Kind: lptest.FaultHang, Nth: 1})
			time.Sleep(4 * time.Second)
			require.Equal(t, lptest.FaultHang, last(srv, op).Fault)
			v.Say("still there?")
			ctx, cancel := context.WithTimeout(t.Context(), 14*time.Second) // 8 s, and a pause of 5 s
			_, err = v.WaitLine(ctx, 2+i)
			cancel()
			require.NoError(t, err)
			time.Sleep(16 * time.Second)
			assert.Empty(t, last(srv, op).Fault)
		}
		v.Leave()
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

// While the answer to an accept is awaited, the chats that run are asked for as
// ever.
func TestAcceptingDoesNotHoldUpPolls(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		stop := serve(t, agent, echo)
		v := srv.Visitor(lptest.Visitor{FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Latency: 20 * time.Second})
		srv.Visitor(lptest.Visitor{FirstLine: "two"})
		time.Sleep(4 * time.Second)
		v.Say("still there?")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err = v.WaitLine(ctx, 2)
		require.NoError(t, err)
		v.Leave()
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

// After polls that took longer than the interval none is made up for.
func TestSlowPollsAreNotCaughtUpWith(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		srv.AddFault(lptest.Fault{Op: lptest.OpIncoming, Latency: 7 * time.Second, Nth: 3})
		stop := serve(t, agent, echo)
		time.Sleep(time.Minute)
		require.ErrorIs(t, stop(), context.Canceled)
		polls := requests(srv, lptest.OpIncoming)
		require.Greater(t, len(polls), 20)
		for i := range polls[1:] {
			assert.GreaterOrEqual(t, polls[i+1].Time.Sub(polls[i].Time), 2*time.Second)
		}
		assert.GreaterOrEqual(t, polls[3].Time.Sub(polls[2].Time), 9*time.Second, "the interval follows the answer")
	})
}

// A service that is slow with all chats is asked for each by itself once, to see
// whether that is faster, and not at every poll.
func TestSlowServiceIsNotAskedForEachChat(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		for range 4 {
			f.visitors("hello")
		}
		time.Sleep(10 * time.Second)
		f.srv.AddFault(lptest.Fault{Op: lptest.OpChats, Latency: 5 * time.Second})
		f.srv.AddFault(lptest.Fault{Op: lptest.OpEvents, Latency: 3 * time.Second})
		before := f.srv.Count(lptest.OpEvents)
		time.Sleep(28 * time.Second)
		asked := f.srv.Count(lptest.OpEvents) - before
		assert.Equal(t, 4, asked)
		f.srv.ClearFaults()
		time.Sleep(10 * time.Second)
		for _, v := range f.visits {
			v.Leave()
		}
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// Agents that begin at the same moment do not all ask at the same moment ever
// after.
func TestPollsOfAFleetAreSpread(t *testing.T) {
	t.Parallel()
	const agents = 60
	world(t, agents, func(t *testing.T, f *fleet) {
		begun := time.Now()
		var stops []func() error
		for _, agent := range f.agents {
			stops = append(stops, serve(t, agent, echo))
		}
		time.Sleep(20 * time.Second)
		for _, stop := range stops {
			require.ErrorIs(t, stop(), context.Canceled)
		}
		quarters := map[time.Duration]int{}
		for _, r := range requests(f.srv, lptest.OpIncoming) {
			if at := r.Time.Sub(begun); at >= 10*time.Second && at < 12*time.Second {
				quarters[(at-10*time.Second)/(500*time.Millisecond)]++
			}
		}
		total := 0
		for _, n := range quarters {
			total += n
			assert.Less(t, n, agents*3/4)
		}
		assert.Equal(t, agents, total, "each asks once in 2 s")
	})
}

// While Serve waits for the chats that run, nothing new is accepted.
func TestNothingIsAcceptedWhileServeStops(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		stop := serve(t, agent, echo)
		v := srv.Visitor(lptest.Visitor{FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		go func() {
			time.Sleep(time.Second)
			late := srv.Visitor(lptest.Visitor{FirstLine: "too late"})
			v.Say("two")
			_, err := v.WaitLine(t.Context(), 2)
			assert.NoError(t, err, "the running chat goes on")
			time.Sleep(5 * time.Second)
			assert.Equal(t, "waiting", late.Chat().State())
			v.Leave()
		}()
		require.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, 1, srv.Count(lptest.OpAccept))
	})
}

// serve has an agent work until stop is called.
func serve(t *testing.T, agent *chatagent.Agent, h chatagent.HandlerFunc, opts ...chatagent.Option) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel) // also after a failure: virtual time would never end
	done := make(chan error, 1)
	go func() { done <- agent.Serve(ctx, h, opts...) }()
	return func() error {
		cancel()
		return <-done
	}
}

func last(srv *lptest.Server, op lptest.Op) lptest.Request {
	list := requests(srv, op)
	return list[len(list)-1]
}

// requests are those of one kind.
func requests(srv *lptest.Server, op lptest.Op) []lptest.Request {
	var list []lptest.Request
	for _, r := range srv.Journal() {
		if r.Op == op {
			list = append(list, r)
		}
	}
	return list
}
