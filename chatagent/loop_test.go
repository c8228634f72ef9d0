package chatagent_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// serving runs Serve for agent 0 of a fleet and returns how to stop it.
func serving(t *testing.T, f *fleet, h chatagent.HandlerFunc, opts ...chatagent.Option) (stop func() error) {
	t.Helper()
	return serve(t, f.agents[0], h, opts...)
}

// id is the user id of an agent.
func (f *fleet) id(t *testing.T, agent int) liveperson.UserID {
	t.Helper()
	return f.agents[agent].Login().User().ID
}

// world runs f in virtual time with a fleet of n agents.
func world(t *testing.T, n int, f func(t *testing.T, f *fleet), opts ...lptest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory(opts...)
		t.Cleanup(srv.Close)
		f(t, newFleet(t, srv, n))
	})
}

func TestBadHandlersHarmOnlyTheirOwnChat(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		var mu sync.Mutex
		failed := map[string]error{}
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			switch chat.Visitor() {
			case "panics":
				panic("boom")
			case "fails":
				return errors.New("no idea")
			case "blocks":
				<-ctx.Done()
				return ctx.Err()
			}
			return echo(ctx, chat)
		}, chatagent.WithOnError(func(chat *chatagent.Chat, err error) {
			mu.Lock()
			defer mu.Unlock()
			failed[chat.Visitor()] = err
		}), chatagent.WithGrace(time.Second))
		visits := map[string]*lptest.Visit{}
		for _, name := range []string{"panics", "fails", "blocks", "good"} {
			visits[name] = f.srv.Visitor(lptest.Visitor{Name: name, Skill: "skill of bot0"})
		}
		time.Sleep(5 * time.Minute)
		visits["good"].Say("still there?")
		line, err := visits["good"].WaitLine(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, "You said: still there?", line.Text)
		for name, state := range map[string]string{"panics": "ended", "fails": "ended", "blocks": "chatting", "good": "chatting"} {
			assert.Equal(t, state, visits[name].Chat().State(), name)
		}
		mu.Lock()
		failures := maps.Clone(failed)
		mu.Unlock()
		var p *chatagent.PanicError
		require.ErrorAs(t, failures["panics"], &p)
		assert.Equal(t, "boom", p.Value)
		assert.NotEmpty(t, p.Stack)
		assert.EqualError(t, failures["fails"], "no idea")
		assert.Len(t, failures, 2)
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, "ended", visits["blocks"].Chat().State())
		assert.Len(t, failed, 2, "a handler that was told to stop has not failed")
	})
}

// A chat whose handler fails is handed over; so is one that runs when Serve stops, unless
// chats are left open. What is done by then is ended.
func TestHandOver(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		opts            []chatagent.Option
		handed          int
		runs, atTheStop string
	}{
		"by default":    {nil, 3, "waiting", "waiting"},
		"leaving chats": {[]chatagent.Option{chatagent.WithLeaveChats()}, 1, "chatting", "ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 2, func(t *testing.T, f *fleet) {
				var other *lptest.Agent
				for _, a := range f.srv.Agents() {
					if a.LoginName == "bot1" {
						other = &a
					}
				}
				stopped := make(chan struct{})
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					switch chat.Visitor() {
					case "fails":
						return errors.New("no idea")
					case "is done at the stop":
						<-stopped
						time.Sleep(100 * time.Millisecond)
						return nil
					}
					<-ctx.Done()
					return ctx.Err()
				}, append(row.opts, chatagent.WithHandOver(chatagent.TransferTarget{AgentID: liveperson.UserIDOf(other.ID)}, "please help"), chatagent.WithGrace(time.Second))...)
				visits := map[string]*lptest.Visit{}
				for _, name := range []string{"fails", "runs", "is done at the stop"} {
					visits[name] = f.srv.Visitor(lptest.Visitor{Name: name, Skill: "skill of bot0"})
				}
				time.Sleep(5 * time.Second)
				assert.Equal(t, 1, f.srv.CountStatus(lptest.OpTransfer, 200))
				close(stopped)
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Equal(t, row.handed, f.srv.CountStatus(lptest.OpTransfer, 200))
				assert.Equal(t, "waiting", visits["fails"].Chat().State())
				assert.Equal(t, row.runs, visits["runs"].Chat().State())
				assert.Equal(t, row.atTheStop, visits["is done at the stop"].Chat().State())
			})
		})
	}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	for _, state := range []chatagent.Availability{"", chatagent.Occupied, chatagent.Away} {
		t.Run("when full "+string(state), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				var running, most atomic.Int64
				opts := []chatagent.Option{chatagent.WithMaxChats(2)}
				if state != "" {
					opts = append(opts, chatagent.WithWhenFull(state))
				}
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					n := running.Add(1)
					defer running.Add(-1)
					most.Store(max(most.Load(), n))
					for _, err := range chat.Events(ctx) {
						if err != nil {
							return err
						}
					}
					return nil
				}, opts...)
				var visits []*lptest.Visit
				for range 5 {
					visits = append(visits, f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"}))
				}
				time.Sleep(time.Minute)
				assert.Equal(t, int64(2), running.Load())
				for i := range 5 {
					// Whoever has been accepted leaves; then others get their turn.
					for _, v := range visits {
						if v.Chat().State() == "chatting" {
							v.Leave()
						}
					}
					time.Sleep(2 * time.Minute)
					_ = i
				}
				for _, v := range visits {
					assert.Equal(t, "ended", v.Chat().State(), "everybody got a turn")
				}
				assert.Equal(t, int64(2), most.Load())
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

func TestOutagesOfServe(t *testing.T) {
	t.Parallel()
	for _, outage := range []time.Duration{30 * time.Second, 5 * time.Minute, 20 * time.Minute} {
		t.Run(outage.String(), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
				require.NoError(t, v.WaitAccepted(t.Context()))
				f.srv.AddFault(lptest.Fault{Status: 503, End: outage})
				before := len(f.srv.Journal())
				time.Sleep(outage)
				assert.Less(t, len(f.srv.Journal())-before, 2*int(outage/chatagent.MinPollInterval), "an outage is not amplified")
				time.Sleep(20 * time.Minute) // the slowest pause
				late := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "anybody?"})
				line, err := late.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				assert.Equal(t, "You said: anybody?", line.Text)
				late.Leave()
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

func TestOneBadChatDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		var log logged
		stop := serving(t, f, echo, chatagent.WithLogger(warnings(&log)))
		good := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		bad := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		require.NoError(t, good.WaitAccepted(t.Context()))
		require.NoError(t, bad.WaitAccepted(t.Context()))
		time.Sleep(3 * time.Second)
		f.srv.AddFault(lptest.Fault{Op: lptest.OpChats, Status: 400}) // many at once is refused from now on
		f.srv.AddFault(lptest.Fault{Op: lptest.OpEvents, Chat: bad.ChatID(), Status: 500})
		for n := range 20 {
			good.Say(fmt.Sprint(n))
			line, err := good.WaitLine(t.Context(), n+1)
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprint("You said: ", n), line.Text)
			time.Sleep(10 * time.Second)
		}
		assert.Equal(t, "chatting", good.Chat().State())
		good.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Regexp(t, `msg="reading a chat failed".* chat=`+bad.ChatID()+` `, log.String())
		assert.NotContains(t, log.String(), `chat=""`)
	})
}

// One chat makes the request for all of them fail, although it can be asked for: it is
// soon asked for by itself, and the others together, also one that comes then.
func TestAChatThatCannotBeAskedForTogether(t *testing.T) {
	t.Parallel()
	for _, chats := range []int{1, 5} {
		t.Run(fmt.Sprint(chats), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo)
				for range chats {
					f.visitors("hello")
				}
				time.Sleep(10 * time.Second)
				fault := f.srv.AddFault(lptest.Fault{Op: lptest.OpChats, Chat: f.visits[chats/2].ChatID(), Status: 400})
				time.Sleep(20 * time.Second)
				before := fault.Hits()
				assert.LessOrEqual(t, before, 9)
				time.Sleep(20 * time.Second)
				assert.Equal(t, before, fault.Hits())
				f.visitors("hello")
				time.Sleep(20 * time.Second)
				assert.Equal(t, before, fault.Hits())
				next := f.visits[chats]
				assert.Len(t, agentLines(next.Chat()), 1)
				byItself := 0
				for _, r := range f.srv.Requests(lptest.OpEvents) {
					if r.Chat == next.ChatID() {
						byItself++
					}
				}
				assert.LessOrEqual(t, byItself, 3, "while the others are not together yet")
				for _, v := range f.visits {
					assert.Equal(t, "chatting", v.Chat().State())
					v.Leave()
				}
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

func TestAcceptedChatsAreFoundWhateverHappensToTheAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		faults []lptest.Fault
	}{
		{"reset before", []lptest.Fault{{Op: lptest.OpAccept, Nth: 1, Kind: lptest.FaultReset}}},
		{"reset after", []lptest.Fault{{Op: lptest.OpAccept, Nth: 1, Kind: lptest.FaultResetAfter}}},
		{"cut", []lptest.Fault{{Op: lptest.OpAccept, Nth: 1, Kind: lptest.FaultCut}}},
		{"empty", []lptest.Fault{{Op: lptest.OpAccept, Nth: 1, Kind: lptest.FaultEmpty}}},
		{"late", []lptest.Fault{{Op: lptest.OpAccept, Nth: 1, Kind: lptest.FaultLate}}},
		{"chat sessions down", []lptest.Fault{{Op: lptest.OpAccept, Nth: 1, Kind: lptest.FaultResetAfter}, {Op: lptest.OpChatSessions, Status: 500, Times: 2}}},
		{"not readable at first", []lptest.Fault{{Op: lptest.OpChat, Status: 500, Times: 4}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				for _, fault := range c.faults {
					f.srv.AddFault(fault)
				}
				// An earlier chat keeps running meanwhile.
				stop := serving(t, f, echo)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				line, err := v.WaitLine(ctx, 1)
				require.NoError(t, err)
				assert.Equal(t, "You said: hello", line.Text)
				v.Leave()
				time.Sleep(10 * time.Second)
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Len(t, agentLines(v.Chat()), 1)
			})
		})
	}
}

func TestSecondServeIsRefused(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		synctest.Wait()
		assert.ErrorIs(t, f.agents[0].Serve(t.Context(), chatagent.HandlerFunc(echo)), chatagent.ErrServing)
		assert.ErrorIs(t, stop(), context.Canceled)
		stop = serving(t, f, echo)
		assert.ErrorIs(t, stop(), context.Canceled, "after the first has ended another may serve")
	})
}

func TestServeEndsWithItsLogin(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		done := make(chan error, 1)
		go func() { done <- f.agents[0].Serve(t.Context(), chatagent.HandlerFunc(echo)) }()
		time.Sleep(time.Minute)
		f.srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 401})
		f.srv.RevokeBearers(f.srv.Agents()[0])
		err := <-done
		assert.ErrorContains(t, err, "chatagent.Serve: session cannot be saved")
	})
}

// Without Serve, a loop over a chat's lines polls by itself.
func TestLinesWithoutServe(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		agent := f.agents[0]
		n, err := agent.Incoming(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
		chat, err := agent.Accept(t.Context())
		require.NoError(t, err)
		go func() {
			time.Sleep(10 * time.Second)
			v.Say("two")
			time.Sleep(10 * time.Second)
			v.Leave()
		}()
		var got []string
		for line, err := range chat.Lines(t.Context()) {
			require.NoError(t, err)
			got = append(got, line.Text)
		}
		assert.Equal(t, []string{"one", "two"}, got)
		reads := f.srv.Requests(lptest.OpEvents)
		for i := range reads[1:] {
			assert.GreaterOrEqual(t, reads[i+1].Time.Sub(reads[i].Time), chatagent.MinPollInterval)
		}
		_, err = chat.Send(t.Context(), chatagent.Text("too late"))
		assert.ErrorIs(t, err, chatagent.ErrChatEnded)
		require.NoError(t, chat.End(t.Context()), "it has ended")
		assert.Zero(t, f.srv.Count(lptest.OpSend)+f.srv.Count(lptest.OpEnd))
	})
}

// colleague adds a user with no skills of the fleet's, for chats that are
// transferred to him.
func (f *fleet) colleague() lptest.Agent {
	for _, a := range f.srv.Agents() {
		if a.LoginName == "bea" {
			return a
		}
	}
	return f.srv.AddAgent(lptest.Agent{LoginName: "bea", Skills: []string{"skill of bea"}})
}

// userID is the user id of an agent.
func userID(a lptest.Agent) liveperson.UserID { return liveperson.UserIDOf(a.ID) }
