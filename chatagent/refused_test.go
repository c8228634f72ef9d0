package chatagent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// What the service refuses for good costs few agent sessions and logins, is said
// loudly, and takes nothing from the chats that can be polled.
func TestWhatIsRefusedForGood(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		op    lptest.Op
		codes []int
	}{
		{"what rings", lptest.OpIncoming, []int{400, 401, 403, 404, 410, 451}},
		{"the availability", lptest.OpAvailability, []int{401, 404, 500}},
		{"the list of chats", lptest.OpChatSessions, []int{401, 404, 500}},
		{"many chats", lptest.OpChats, []int{400, 401, 403, 410}},
	} {
		for _, code := range c.codes {
			t.Run(fmt.Sprint(c.name, " ", code), func(t *testing.T) {
				t.Parallel()
				world(t, 1, func(t *testing.T, f *fleet) {
					var log logged
					var mu sync.Mutex
					troubles := 0
					stop := serving(t, f, echo, chatagent.WithPollInterval(8*time.Second), chatagent.WithLogger(warnings(&log)), chatagent.WithOnUpdate(func(u chatagent.Update) {
						if _, is := u.(chatagent.Trouble); is {
							mu.Lock()
							troubles++
							mu.Unlock()
						}
					}))
					v := f.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "skill of bot0", FirstLine: "hello"})
					_, err := v.WaitLine(t.Context(), 1)
					require.NoError(t, err)
					time.Sleep(5 * time.Second)
					fault := f.srv.AddFault(lptest.Fault{Op: c.op, Status: code})
					sessions, logins := f.srv.Count(lptest.OpSessionStart), f.srv.Count(lptest.OpLogin)
					for n := range 60 {
						v.Say(fmt.Sprint(n))
						time.Sleep(time.Minute)
						require.Equal(t, "chatting", v.Chat().State(), n)
					}
					assert.Len(t, agentLines(v.Chat()), 61)
					sessions, logins = f.srv.Count(lptest.OpSessionStart)-sessions, f.srv.Count(lptest.OpLogin)-logins
					assert.LessOrEqual(t, sessions, 10, "agent sessions in an hour")
					assert.LessOrEqual(t, logins, 10, "logins in an hour")
					mu.Lock()
					if c.op != lptest.OpChats { // else each is asked for by itself
						assert.NotZero(t, troubles)
					}
					mu.Unlock()
					assert.Contains(t, log.String(), "level=WARN")
					assert.Less(t, len(log.String()), 400_000)
					assert.NotZero(t, fault.Hits())
					fault.Remove()
					time.Sleep(20 * time.Minute) // the longest pause
					late := f.srv.Visitor(lptest.Visitor{Name: "Bob", Skill: "skill of bot0", FirstLine: "hello"})
					_, err = late.WaitLine(t.Context(), 1)
					require.NoError(t, err, "and all is well again")
					late.Leave()
					v.Leave()
					time.Sleep(5 * time.Second)
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}

// Accepting that is refused is tried again after growing pauses, and a chat that
// rings on is accepted in the end.
func TestAcceptingIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault lptest.Fault
		most  int // in ten minutes
	}{
		{lptest.Fault{Status: 429}, 10},
		{lptest.Fault{Status: 429, RetryAfter: "1"}, 10},
		{lptest.Fault{Status: 401}, 20},
		{lptest.Fault{Status: 503}, 150}, // perhaps what rang is not there: five tries each
		{lptest.Fault{Status: 500}, 150},
		{lptest.Fault{Kind: lptest.FaultHang}, 60},
	} {
		t.Run(fmt.Sprint(c.fault.Kind, c.fault.Status, c.fault.RetryAfter), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo)
				c.fault.Op = lptest.OpAccept
				fault := f.srv.AddFault(c.fault)
				for range 30 { // one after the other rings
					v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
					time.Sleep(18 * time.Second)
					v.Leave()
					time.Sleep(2 * time.Second)
				}
				assert.LessOrEqual(t, fault.Hits(), c.most)
				assert.NotZero(t, fault.Hits())
				fault.Remove()
				time.Sleep(20 * time.Minute)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				v.Leave()
				assert.ErrorIs(t, stop(), context.Canceled)
			}, lptest.WithRing(19*time.Second))
		})
	}
}

// What is said to ring, and is not there to accept, is no failure five times in a row: the
// count lags. After that there are growing pauses.
func TestRingingChatThatIsNeverThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer      string
		lasts       time.Duration
		least, most int
	}{
		{"404 ", 10 * time.Second, 5, 5}, // one each time it is asked for
		{"403 ", 10 * time.Second, 5, 5},
		{"400 ", 10 * time.Second, 5, 5},
		{"404 ", 14 * time.Second, 6, 6},
		{"404 ", 10 * time.Minute, 7, 20},
		{"410 ", 10 * time.Minute, 7, 20},
		{"400 ", 10 * time.Minute, 7, 20},
	} {
		synctest.Test(t, func(t *testing.T) {
			w, agent := newTap(t)
			w.on("GET "+as+"/incomingRequests", ringing)
			w.on("POST "+as+"/incomingRequests", c.answer)
			w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{}}`)
			w.on("GET "+as+"/availability", `200 {"availability":{"chat":"Online"}}`)
			w.take()
			_, _ = served(t, w, agent, c.lasts)
			tries := 0
			for _, sent := range w.take() {
				if strings.HasPrefix(sent, "POST "+as+"/incomingRequests") {
					tries++
				}
			}
			assert.GreaterOrEqual(t, tries, c.least)
			assert.LessOrEqual(t, tries, c.most)
		})
	}
}

// other logs the same user in once more, as another process would.
func other(t *testing.T, f *fleet, opts ...login.Option) *chatagent.Agent {
	t.Helper()
	session, err := login.Login(t.Context(), f.srv.Account(), login.Password("bot0", "secret of bot0"),
		append([]login.Option{login.WithHTTPClient(f.srv.Client())}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(session.Close)
	agent, err := chatagent.Start(t.Context(), session)
	require.NoError(t, err)
	return agent
}

// Two processes with one user: one of them backs off and says so, few logins are
// made, and what visitors say is answered once.
func TestTwoProcessesOfOneUser(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		var log logged
		var mu sync.Mutex
		elsewhere, lost, lives := 0, 0, 0
		opts := []chatagent.Option{chatagent.WithLogger(warnings(&log)), chatagent.WithOnUpdate(func(u chatagent.Update) {
			mu.Lock()
			defer mu.Unlock()
			switch u := u.(type) {
			case chatagent.Trouble:
				if isElsewhere(u.Err) {
					elsewhere++
				}
			case chatagent.ChatOpened:
				lives++
			case chatagent.ChatClosed:
				if u.How == chatagent.ClosedLost && isElsewhere(u.Err) {
					lost++
				}
			}
		})}
		stop := serving(t, f, echo, opts...)
		var visits []*lptest.Visit
		for i := range 3 {
			v := f.srv.Visitor(lptest.Visitor{Name: fmt.Sprint("visitor ", i), Skill: "skill of bot0", FirstLine: "hello"})
			visits = append(visits, v)
			_, err := v.WaitLine(t.Context(), 1)
			require.NoError(t, err)
		}
		second := other(t, f)
		stop2 := serve(t, second, echo, opts...)
		time.Sleep(time.Minute) // until one of them knows
		before := f.srv.Count(lptest.OpLogin)
		for n := range 60 {
			for _, v := range visits {
				v.Say(fmt.Sprint(n))
			}
			time.Sleep(time.Minute)
		}
		logins := f.srv.Count(lptest.OpLogin) - before
		assert.LessOrEqual(t, logins, 60, "logins of both in an hour")
		mu.Lock()
		assert.NotZero(t, elsewhere, "the program is told")
		assert.NotZero(t, lost, "and that its chats are lost")
		mu.Unlock()
		assert.LessOrEqual(t, strings.Count(log.String(), "level=WARN"), 30)
		for _, v := range visits {
			assert.Equal(t, "chatting", v.Chat().State())
			heard := map[string]int{}
			for _, text := range agentLines(v.Chat()) {
				heard[text]++
			}
			for n := range 60 {
				assert.Equal(t, 1, heard[fmt.Sprint("You said: ", n)], n)
			}
		}
		require.ErrorIs(t, stop2(), context.Canceled)
		second.Login().Close()
		time.Sleep(20 * time.Minute) // then the first one has its place back
		late := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := late.WaitLine(ctx, 1)
		require.NoError(t, err)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// What another process of this user has answered meanwhile is not answered again by the
// one that is back: nothing tells their lines apart.
func TestGuardLinesOfAnotherProcessOfThisUser(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		var log logged
		var opened atomic.Int64
		stop := serving(t, f, echo, chatagent.WithLogger(warnings(&log)), chatagent.WithOnUpdate(func(u chatagent.Update) {
			if _, is := u.(chatagent.ChatOpened); is {
				opened.Add(1)
			}
		}))
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		keepAlive(t, f)
		for !isElsewhere(err) {
			second, loginErr := login.Login(t.Context(), f.srv.Account(), login.Password("bot0", "secret of bot0"), login.WithHTTPClient(f.srv.Client()))
			require.NoError(t, loginErr)
			second.Close()
			time.Sleep(10 * time.Second)
			_, err = f.agents[0].Login().Trouble()
		}
		lives := opened.Load()
		v.Say("two")
		f.srv.SayAs(f.srv.Agents()[0], v.ChatID(), "to two")
		for opened.Load() == lives {
			time.Sleep(time.Second)
		}
		v.Say("three")
		time.Sleep(10 * time.Second)
		lines := slices.DeleteFunc(agentLines(v.Chat()), func(text string) bool { return text == "still here" })
		assert.Equal(t, []string{"You said: one", "to two", "You said: three"}, lines)
		assert.Regexp(t, `level=WARN msg="[a-z ]+ failed" `, log.String())
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

func isElsewhere(err error) bool { return errors.Is(err, login.ErrLoggedInElsewhere) }

// warnings is a logger that writes to w what is at least a warning.
func warnings(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// A bot that is thrown out again and again waits for its login, and for nothing else:
// that is made as soon as it may be.
func TestBackSoonAfterTheLogin(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		session := f.agents[0].Login()
		time.Sleep(10 * time.Second)
		var until time.Time
		for range 200 { // until it pauses for 8 min
			second, err := login.Login(t.Context(), f.srv.Account(), login.Password("bot0", "secret of bot0"), login.WithHTTPClient(f.srv.Client()))
			require.NoError(t, err)
			second.Close()
			time.Sleep(10 * time.Second)
			if until, err = session.Trouble(); isElsewhere(err) && time.Until(until) > 7*time.Minute {
				break
			}
		}
		require.Greater(t, time.Until(until), 7*time.Minute)
		logins := f.srv.Count(lptest.OpLogin)
		time.Sleep(time.Until(until))
		assert.Equal(t, logins, f.srv.Count(lptest.OpLogin))
		time.Sleep(20 * time.Second)
		assert.Equal(t, logins+1, f.srv.Count(lptest.OpLogin))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// One snapshot, resumed twice in one process: the chats are in the first, and what
// is said is answered once.
func TestOneSnapshotResumedTwice(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo, chatagent.WithLeaveChats())
		v := f.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		require.ErrorIs(t, stop(), context.Canceled)
		snap := snapshot(t, f.agents[0])
		v.Say("two")
		saved := f.agents[0].Login().Save()
		f.agents[0].Login().Close()
		session, err := login.Restore(t.Context(), saved, login.Password("bot0", "secret of bot0"), login.WithHTTPClient(f.srv.Client()))
		require.NoError(t, err)
		t.Cleanup(session.Close)
		var stops []func() error
		for range 2 {
			agent, err := chatagent.Resume(t.Context(), session, snap)
			require.NoError(t, err)
			stops = append(stops, serve(t, agent, echo, chatagent.WithLeaveChats()))
		}
		time.Sleep(2 * time.Minute)
		v.Say("three")
		time.Sleep(2 * time.Minute)
		for _, stop := range stops {
			require.ErrorIs(t, stop(), context.Canceled)
		}
		assert.Equal(t, []string{"You said: one", "You said: two", "You said: three"}, agentLines(v.Chat()))
	})
}

// One snapshot, resumed with two logins: those throw each other out, one backs off,
// and gives up its chats. Once that is known, nothing is answered twice.
func TestOneSnapshotResumedByTwoProcesses(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo, chatagent.WithLeaveChats())
		v := f.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "skill of bot0", FirstLine: "hello"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		require.ErrorIs(t, stop(), context.Canceled)
		snap := snapshot(t, f.agents[0])
		f.agents[0].Login().Close()
		var mu sync.Mutex
		lost := 0
		var stops []func() error
		for range 2 {
			session, err := login.Login(t.Context(), f.srv.Account(), login.Password("bot0", "secret of bot0"), login.WithHTTPClient(f.srv.Client()))
			require.NoError(t, err)
			t.Cleanup(session.Close)
			agent, err := chatagent.Resume(t.Context(), session, snap)
			require.NoError(t, err)
			stops = append(stops, serve(t, agent, echo, chatagent.WithLeaveChats(), chatagent.WithOnUpdate(func(u chatagent.Update) {
				if c, is := u.(chatagent.ChatClosed); is && isElsewhere(c.Err) {
					mu.Lock()
					lost++
					mu.Unlock()
				}
			})))
		}
		time.Sleep(time.Minute)
		for n := range 30 {
			v.Say(fmt.Sprint(n))
			time.Sleep(time.Minute)
		}
		mu.Lock()
		assert.NotZero(t, lost)
		mu.Unlock()
		heard := map[string]int{}
		for _, text := range agentLines(v.Chat()) {
			heard[text]++
		}
		for n := range 30 {
			assert.Equal(t, 1, heard[fmt.Sprint("You said: ", n)], n)
		}
		for _, stop := range stops {
			_ = stop()
		}
	})
}

// More than two processes: nobody is answered twice, and logins stay few.
func TestManyProcessesOfOneUser(t *testing.T) {
	t.Parallel()
	for _, processes := range []int{3, 5} {
		t.Run(fmt.Sprint(processes), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stops := []func() error{serving(t, f, echo, chatagent.WithLeaveChats())}
				for range processes - 1 {
					agent := other(t, f)
					require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
					stops = append(stops, serve(t, agent, echo, chatagent.WithLeaveChats()))
				}
				time.Sleep(5 * time.Minute)
				before := f.srv.Count(lptest.OpLogin)
				answered := 0
				for range 30 {
					v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
					time.Sleep(time.Minute)
					lines := agentLines(v.Chat())
					assert.LessOrEqual(t, len(lines), 1)
					answered += len(lines)
					v.Leave()
				}
				assert.LessOrEqual(t, f.srv.Count(lptest.OpLogin)-before, 30*processes, "in half an hour")
				if processes == 3 { // of five hardly one is left in peace
					assert.GreaterOrEqual(t, answered, 10)
				}
				for _, stop := range stops {
					_ = stop()
				}
			})
		})
	}
}
