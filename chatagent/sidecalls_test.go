package chatagent_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// pollsOf waits for so long and tells the longest pause between two polls of
// the chats, and of what rings.
func pollsOf(t *testing.T, srv *lptest.Server, op lptest.Op, during time.Duration) (longest time.Duration) {
	t.Helper()
	from := time.Now()
	time.Sleep(during)
	before := from
	for _, r := range requests(srv, op) {
		if r.Time.Before(from) {
			continue
		}
		longest = max(longest, r.Time.Sub(before))
		before = r.Time
	}
	return max(longest, time.Since(before))
}

// The availability cannot be read or set: it hangs, or fails. Polls go on as if
// nothing were.
func TestPollsGoOnWhileTheAvailabilityHangs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault lptest.Fault
		full  bool
		drop  bool // the agent session is lost too
		away  bool // to be set back to Online
	}{
		{name: "staying online", fault: lptest.Fault{Op: lptest.OpAvailability, Kind: lptest.FaultHang}},
		{name: "staying online, setting", fault: lptest.Fault{Op: lptest.OpSetAvailability, Kind: lptest.FaultHang}, away: true},
		{name: "staying online, errors", fault: lptest.Fault{Op: lptest.OpAvailability, Status: 503}},
		{name: "full", fault: lptest.Fault{Op: lptest.OpSetAvailability, Kind: lptest.FaultHang}, full: true},
		{name: "full, errors", fault: lptest.Fault{Op: lptest.OpSetAvailability, Status: 503}, full: true},
		{name: "in a new agent session", fault: lptest.Fault{Op: lptest.OpSetAvailability, Kind: lptest.FaultHang}, drop: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				opts := []chatagent.Option{}
				if c.full {
					opts = append(opts, chatagent.WithMaxChats(1), chatagent.WithWhenFull(chatagent.Occupied))
				}
				fault := f.srv.AddFault(c.fault)
				if c.away {
					fault.Remove() // until it is Away
				}
				stop := serving(t, f, echo, opts...)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				require.NoError(t, v.WaitAccepted(ctx))
				if c.away { // elsewhere
					other, err := chatagent.Start(t.Context(), f.agents[0].Login())
					require.NoError(t, err)
					require.NoError(t, other.SetAvailability(t.Context(), chatagent.Away))
					fault = f.srv.AddFault(c.fault)
				}
				if c.drop {
					f.srv.DropSessions(f.srv.Agents()[0])
					time.Sleep(20 * time.Second)
				}
				time.Sleep(5 * time.Second)
				assert.LessOrEqual(t, pollsOf(t, f.srv, lptest.OpChats, 5*time.Minute), 3*time.Second)
				assert.LessOrEqual(t, pollsOf(t, f.srv, lptest.OpIncoming, time.Minute), 3*time.Second)
				assert.NotZero(t, fault.Hits())
				assert.Less(t, fault.Hits(), 30, "what fails is not asked for at every poll")
				v.Say("still there?")
				line, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				assert.Equal(t, "You said: still there?", line.Text)
				begun := time.Now()
				v.Leave()
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Less(t, time.Since(begun), 10*time.Second, "nor does it hold up Serve's end")
			})
		})
	}
}

// An availability that is as it was set is left alone.
func TestAvailabilityIsNotSetAnew(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		before := f.srv.Count(lptest.OpSetAvailability)
		stop := serving(t, f, echo, chatagent.WithStateOnStop(""))
		time.Sleep(5 * time.Minute)
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, before, f.srv.Count(lptest.OpSetAvailability))
	})
}

// An availability that the server has changed, to whatever, is told of. It is set again
// if that is Online.
func TestAvailabilityThatTheServerHasChanged(t *testing.T) {
	t.Parallel()
	stray := []chatagent.Option{chatagent.WithoutStayOnline()}
	for _, c := range []struct {
		set, there chatagent.Availability
		opts       []chatagent.Option
		told       string
		again      bool
	}{
		{set: "Online", there: "Online"},
		{set: "Online", there: "Away", told: "availability Away, was Online", again: true},
		{set: "Online", there: "Occupied", told: "availability Occupied, was Online", again: true},
		{set: "Online", there: "Offline", told: "availability Offline, was Online", again: true},
		{set: "Online", there: "Occupied", opts: stray, told: "availability Occupied, was Online"},
		{set: "Away", there: "Away"},
		{set: "Away", there: "Online", told: "availability Online, was Away"},
		{there: "Online"},
		{there: "Occupied"},
		{there: "Away", told: "availability Away, was "}, // since something rang for too long
	} {
		synctest.Test(t, func(t *testing.T) {
			w, agent := newTap(t)
			w.on("GET "+as+"/incomingRequests", silence)
			w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{}}`)
			w.on("GET "+as+"/availability", `200 {"availability":{"chat":"`+string(c.there)+`"}}`)
			w.on("POST "+as+"/availability", "200 ")
			if c.set != "" {
				require.NoError(t, agent.SetAvailability(t.Context(), c.set))
			}
			w.take()
			seen := watch(t, agent, c.opts...)
			time.Sleep(50 * time.Second) // it is looked at every 40 s
			var told []string
			if c.told != "" {
				told = []string{c.told}
			}
			assert.Equal(t, told, seen.take())
			again := false
			for _, sent := range w.take() {
				if strings.HasPrefix(sent, "POST ") {
					assert.False(t, again)
					again = true
					assert.Contains(t, sent, `{"availability":{"chat":"Online"}}`)
				}
			}
			assert.Equal(t, c.again, again, "%s %s", c.set, c.there)
			require.ErrorIs(t, seen.stop(), context.Canceled)
			agent.Login().Close()
		})
	}
}

// In a new agent session the availability comes back once it can be set.
func TestAvailabilityComesBackInANewSession(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		time.Sleep(5 * time.Second)
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSetAvailability, Status: 500, Times: 2})
		f.srv.DropSessions(f.srv.Agents()[0])
		time.Sleep(time.Minute)
		assert.Equal(t, "Online", f.srv.Availability(f.srv.Agents()[0]))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// The state that Serve sets for a while never replaces the one that the user
// has set since, whenever that was.
func TestTheUsersAvailabilityWins(t *testing.T) {
	t.Parallel()
	full := []chatagent.Option{chatagent.WithMaxChats(1), chatagent.WithWhenFull(chatagent.Occupied)}
	set := func(t *testing.T, f *fleet, state chatagent.Availability) {
		t.Helper()
		require.NoError(t, f.agents[0].SetAvailability(t.Context(), state))
	}
	is := func(t *testing.T, f *fleet, state string) {
		t.Helper()
		assert.Equal(t, state, f.srv.Availability(f.srv.Agents()[0]))
	}
	visit := func(t *testing.T, f *fleet) *lptest.Visit {
		t.Helper()
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		require.NoError(t, v.WaitAccepted(t.Context()))
		return v
	}
	for name, play := range map[string]func(t *testing.T, f *fleet){
		"Away while full": func(t *testing.T, f *fleet) {
			v := visit(t, f)
			time.Sleep(5 * time.Second)
			is(t, f, "Occupied")
			set(t, f, chatagent.Away)
			v.Leave()
			time.Sleep(time.Minute)
			is(t, f, "Away")
		},
		"Away before it is full": func(t *testing.T, f *fleet) {
			v := visit(t, f)
			set(t, f, chatagent.Away)
			time.Sleep(time.Minute)
			is(t, f, "Away")
			v.Leave()
			time.Sleep(time.Minute)
			is(t, f, "Away")
		},
		"Away while the passing Online is under way": func(t *testing.T, f *fleet) {
			v := visit(t, f)
			time.Sleep(5 * time.Second)
			f.srv.AddFault(lptest.Fault{Op: lptest.OpSetAvailability, Latency: 5 * time.Second})
			v.Leave()
			time.Sleep(5 * time.Second)
			set(t, f, chatagent.Away)
			time.Sleep(time.Minute)
			is(t, f, "Away")
		},
		"Online": func(t *testing.T, f *fleet) {
			v := visit(t, f)
			time.Sleep(5 * time.Second)
			is(t, f, "Occupied")
			v.Leave()
			time.Sleep(5 * time.Second)
			is(t, f, "Online")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo, full...)
				play(t, f)
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// A Serve that ends while the agent is full: the next one brings it back, also
// one without a limit, and one in another process.
func TestNextServeKnowsThatTheAgentWasFull(t *testing.T) {
	t.Parallel()
	full := []chatagent.Option{chatagent.WithMaxChats(1), chatagent.WithWhenFull(chatagent.Occupied), chatagent.WithStateOnStop("")}
	for name, c := range map[string]struct {
		next   []chatagent.Option
		resume bool
	}{
		"the same":                     {next: full},
		"without a limit":              {},
		"in another process":           {next: full, resume: true},
		"without a limit, in another":  {resume: true},
		"without a limit, kept Online": {next: []chatagent.Option{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo, append(full, chatagent.WithLeaveChats())...)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
				require.NoError(t, v.WaitAccepted(t.Context()))
				time.Sleep(5 * time.Second)
				assert.Equal(t, "Occupied", f.srv.Availability(f.srv.Agents()[0]))
				assert.ErrorIs(t, stop(), context.Canceled)
				v.Leave()
				if c.resume {
					doc, err := snapshot(t, f.agents[0]).Reveal()
					require.NoError(t, err)
					assert.Contains(t, string(doc), `,"state":"Online","full":true`)
					var snap chatagent.Snapshot
					require.NoError(t, json.Unmarshal(doc, &snap))
					f.agents[0], err = chatagent.Resume(t.Context(), f.agents[0].Login(), snap)
					require.NoError(t, err)
				}
				stop = serving(t, f, echo, c.next...)
				time.Sleep(10 * time.Second)
				assert.Equal(t, "Online", f.srv.Availability(f.srv.Agents()[0]))
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
