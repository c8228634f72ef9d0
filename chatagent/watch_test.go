package chatagent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// watched is a Watch under way, and what it has yielded.
type watched struct {
	mu      sync.Mutex
	updates []chatagent.Update
	err     error
	done    chan struct{}
	end     context.CancelFunc
}

// watch has somebody look at what happens to an agent, until stop or the end of the
// test.
func watch(t *testing.T, agent *chatagent.Agent, opts ...chatagent.Option) *watched {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	w := &watched{done: make(chan struct{}), end: cancel}
	go func() {
		defer close(w.done)
		for u, err := range agent.Watch(ctx, opts...) {
			w.mu.Lock()
			if err != nil {
				w.err = err
			} else {
				w.updates = append(w.updates, u)
			}
			w.mu.Unlock()
		}
	}()
	return w
}

// stop ends the Watch and returns what it ended with.
func (w *watched) stop() error {
	w.end()
	<-w.done
	return w.err
}

// take is what has been yielded since the last take, spelled out.
func (w *watched) take() (list []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range w.updates {
		list = append(list, spellUpdate(u))
	}
	w.updates = nil
	return list
}

// spellUpdate writes an update as text, with the name of the visitor whose chat it
// is.
func spellUpdate(u chatagent.Update) string {
	switch u := u.(type) {
	case chatagent.Ringing:
		return fmt.Sprint("ringing ", u.Count)
	case chatagent.ChatOpened:
		var lines []string
		for _, e := range u.History {
			if e.IsLine(chatagent.FromVisitor) || e.IsLine(chatagent.FromAgent) {
				lines = append(lines, e.Text)
			}
		}
		return fmt.Sprintf("%s opened, %s: %s", u.Info.VisitorName, u.How, strings.Join(lines, ", "))
	case chatagent.LineReceived:
		if u.Line.Source == chatagent.FromSystem {
			return fmt.Sprintf("%s system %d", u.Chat.Visitor(), u.Line.SystemMessage)
		}
		return fmt.Sprintf("%s %s: %s", u.Chat.Visitor(), u.Line.Source, u.Line.Text)
	case chatagent.EventReceived:
		return fmt.Sprintf("%s event %s", u.Chat.Visitor(), u.Event.Type)
	case chatagent.VisitorTyping:
		return fmt.Sprintf("%s typing %t", u.Chat.Visitor(), u.Typing)
	case chatagent.ChatStateChanged:
		return fmt.Sprintf("%s is %s", u.Chat.Visitor(), u.State)
	case chatagent.ChatClosed:
		return fmt.Sprintf("%s closed, %s", u.Chat.Visitor(), u.How)
	case chatagent.AvailabilityChanged:
		return fmt.Sprintf("availability %s, was %s", u.To.Chat, u.From)
	case chatagent.SessionReplaced:
		return "session replaced"
	case chatagent.LoginEnded:
		return "login ended"
	case chatagent.Trouble:
		return "trouble " + u.What
	}
	return fmt.Sprintf("unknown %T", u)
}

// watchedDesk is an agent who is watched, with a colleague.
type watchedDesk struct {
	*watched
	srv       *lptest.Server
	agent     *chatagent.Agent
	user      lptest.Agent
	colleague lptest.Agent
	person    *lptest.Person
}

// atDesk runs f with an agent who is watched.
func atDesk(t *testing.T, f func(t *testing.T, d *watchedDesk), opts ...lptest.Option) {
	t.Helper()
	world(t, 1, func(t *testing.T, fl *fleet) {
		d := &watchedDesk{srv: fl.srv, agent: fl.agents[0], user: fl.srv.Agents()[0]}
		d.colleague = fl.srv.AddAgent(lptest.Agent{LoginName: "carol", Password: "c4r0l-word", Skills: []string{"second line"}, MaxChats: 10})
		d.person = fl.srv.Person(d.colleague)
		d.watched = watch(t, d.agent)
		synctest.Wait() // it has begun
		f(t, d)
	}, opts...)
}

// visitor comes to the agent who is watched.
func (d *watchedDesk) visitor(name, first string) *lptest.Visit {
	return d.srv.Visitor(lptest.Visitor{Name: name, Skill: "skill of bot0", FirstLine: first})
}

// accepted has a visitor come, and the agent accept the chat by hand; what was
// yielded until then is taken.
func (d *watchedDesk) accepted(t *testing.T, name, first string) (*lptest.Visit, *chatagent.Chat) {
	t.Helper()
	v := d.visitor(name, first)
	time.Sleep(5 * time.Second)
	chat, err := d.agent.Accept(t.Context())
	require.NoError(t, err)
	time.Sleep(5 * time.Second)
	d.take()
	return v, chat
}

// The story of an agent, as it is yielded: each thing once, in order.
func TestWhatAWatcherSees(t *testing.T) {
	t.Parallel()
	const nap = 5 * time.Second
	for _, c := range []struct {
		name string
		opts []lptest.Option
		play func(t *testing.T, d *watchedDesk)
		want []string
	}{
		{name: "nothing", play: func(*testing.T, *watchedDesk) { time.Sleep(10 * time.Minute) }},
		{
			name: "a chat from its ringing to its end",
			play: func(t *testing.T, d *watchedDesk) {
				v := d.visitor("Ada", "hello")
				time.Sleep(nap)
				chat, err := d.agent.Accept(t.Context())
				require.NoError(t, err)
				time.Sleep(nap)
				_, err = chat.Send(t.Context(), chatagent.Text("hi"))
				require.NoError(t, err)
				time.Sleep(nap)
				v.Type(true)
				time.Sleep(nap)
				v.Say("one")
				v.Say("two")
				v.Type(false)
				v.Event("url", lptest.Pair{Name: "text", Value: "https://example.com"})
				time.Sleep(nap)
				v.Leave()
				time.Sleep(nap)
			},
			want: []string{
				"ringing 1", "Ada opened, accepted: hello", "ringing 0", "Ada agent: hi", "Ada typing true",
				"Ada typing false", "Ada visitor: one", "Ada visitor: two", "Ada event url", "Ada is ended", "Ada closed, ended",
			},
		},
		{
			name: "two that ring, one that is left ringing",
			play: func(t *testing.T, d *watchedDesk) {
				d.visitor("Ada", "hello")
				time.Sleep(nap)
				v := d.visitor("Bob", "good day")
				time.Sleep(nap)
				_, err := d.agent.Accept(t.Context())
				require.NoError(t, err)
				time.Sleep(nap)
				v.Leave()
				time.Sleep(nap)
			},
			want: []string{"ringing 1", "ringing 2", "Ada opened, accepted: hello", "ringing 1", "ringing 0"},
		},
		{
			name: "ended by hand",
			play: func(t *testing.T, d *watchedDesk) {
				_, chat := d.accepted(t, "Ada", "hello")
				require.NoError(t, chat.End(t.Context()))
				time.Sleep(nap)
				require.NoError(t, chat.End(t.Context()))
				time.Sleep(nap)
			},
			want: []string{"Ada system 5", "Ada is ended", "Ada closed, ended"},
		},
		{
			name: "transferred by hand, and back",
			play: func(t *testing.T, d *watchedDesk) {
				v, chat := d.accepted(t, "Ada", "hello")
				require.NoError(t, chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: liveperson.UserIDOf(d.colleague.ID)}, "please"))
				time.Sleep(nap)
				require.Equal(t, v.ChatID(), d.person.Accept())
				d.person.Say(v.ChatID(), "it is me")
				require.NoError(t, d.person.TransferToAgent(v.ChatID(), d.user, "back"))
				time.Sleep(nap)
				again, err := d.agent.Accept(t.Context())
				require.NoError(t, err)
				assert.NotSame(t, chat, again)
				time.Sleep(nap)
				v.Leave()
				time.Sleep(nap)
			},
			want: []string{
				"Ada closed, transferred", "ringing 1", "Ada opened, transferred: hello, it is me, back", "ringing 0",
				"Ada is ended", "Ada closed, ended",
			},
		},
		{
			name: "taken away by the service, and rung again",
			play: func(t *testing.T, d *watchedDesk) {
				v, chat := d.accepted(t, "Ada", "hello")
				v.Requeue()
				time.Sleep(nap)
				again, err := d.agent.Accept(t.Context())
				require.NoError(t, err)
				assert.NotSame(t, chat, again)
				time.Sleep(nap)
			},
			want: []string{"ringing 1", "Ada closed, lost", "Ada opened, accepted: hello", "ringing 0"},
		},
		{
			name: "accepted elsewhere with the same user",
			play: func(t *testing.T, d *watchedDesk) {
				v := d.visitor("Ada", "hello")
				time.Sleep(nap)
				require.Equal(t, v.ChatID(), d.srv.AcceptAs(d.user))
				d.srv.SayAs(d.user, v.ChatID(), "hi from elsewhere")
				time.Sleep(61 * time.Second)
				v.Say("bye")
				time.Sleep(nap)
			},
			want: []string{"ringing 1", "ringing 0", "Ada opened, adopted: hello, hi from elsewhere", "Ada visitor: bye"},
		},
		{
			name: "the agent session is lost",
			play: func(t *testing.T, d *watchedDesk) {
				v, _ := d.accepted(t, "Ada", "hello")
				d.srv.DropSessions(d.user)
				time.Sleep(10 * time.Second)
				v.Say("still there?")
				time.Sleep(nap)
			},
			want: []string{"trouble asking for incoming requests", "session replaced", "Ada visitor: still there?"},
		},
		{
			name: "rings too long",
			play: func(t *testing.T, d *watchedDesk) {
				v := d.visitor("Ada", "hello")
				time.Sleep(30 * time.Second)
				v.Leave()
				time.Sleep(time.Minute)
				assert.Equal(t, "Online", d.srv.Availability(d.user))
			},
			want: []string{"ringing 1", "ringing 0", "availability Away, was Online"},
		},
		{
			name: "a state that the user sets is no change by the server",
			play: func(t *testing.T, d *watchedDesk) {
				require.NoError(t, d.agent.SetAvailability(t.Context(), chatagent.Away))
				time.Sleep(2 * time.Minute)
				require.NoError(t, d.agent.SetAvailability(t.Context(), chatagent.Online))
				time.Sleep(2 * time.Minute)
			},
		},
		{
			name: "a poll that fails",
			play: func(t *testing.T, d *watchedDesk) {
				v, _ := d.accepted(t, "Ada", "hello")
				d.srv.AddFault(lptest.Fault{Op: lptest.OpIncoming, Status: 503, Times: 1})
				time.Sleep(10 * time.Second)
				v.Say("one")
				time.Sleep(nap)
			},
			want: []string{"trouble asking for incoming requests", "Ada visitor: one"},
		},
		{
			name: "the visitor vanishes",
			play: func(t *testing.T, d *watchedDesk) {
				v, _ := d.accepted(t, "Ada", "hello")
				v.Say("last words")
				v.Vanish()
				time.Sleep(nap)
			},
			want: []string{"Ada visitor: last words", "Ada system 6", "Ada is ended", "Ada closed, ended"},
		},
		{
			name: "an accept whose answer is lost",
			play: func(t *testing.T, d *watchedDesk) {
				d.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Nth: 1, Kind: lptest.FaultResetAfter})
				d.visitor("Ada", "hello")
				time.Sleep(nap)
				_, err := d.agent.Accept(t.Context())
				require.NoError(t, err)
				time.Sleep(2 * time.Minute)
			},
			want: []string{"ringing 1", "ringing 0", "Ada opened, accepted: hello"},
		},
		{
			name: "an accept that remains in doubt",
			play: func(t *testing.T, d *watchedDesk) {
				d.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Nth: 1, Kind: lptest.FaultResetAfter})
				d.srv.AddFault(lptest.Fault{Op: lptest.OpChatSessions, Status: 500, Begin: nap, End: 15 * time.Minute})
				d.visitor("Ada", "hello")
				time.Sleep(nap)
				short, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := d.agent.Accept(short)
				require.ErrorIs(t, err, chatagent.ErrUnconfirmed)
				d.srv.ClearFaults()
				time.Sleep(30 * time.Second)
			},
			want: []string{"ringing 1", "ringing 0", "Ada opened, adopted: hello"},
		},
		{
			name: "a colleague has the chat, and the visitor leaves while it waits for us",
			play: func(t *testing.T, d *watchedDesk) {
				v := d.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "second line", FirstLine: "hello"})
				require.Equal(t, v.ChatID(), d.person.Accept())
				require.NoError(t, d.person.TransferToAgent(v.ChatID(), d.user, ""))
				time.Sleep(nap)
				v.Leave()
				time.Sleep(nap)
				_, err := d.agent.Accept(t.Context())
				require.ErrorIs(t, err, chatagent.ErrNoIncoming)
				time.Sleep(nap)
			},
			want: []string{"ringing 1", "ringing 0"},
		},
		{
			name: "pages of one event, each event twice",
			opts: []lptest.Option{lptest.WithPageSize(1)},
			play: func(t *testing.T, d *watchedDesk) {
				v, _ := d.accepted(t, "Ada", "hello")
				d.srv.AddFault(lptest.Fault{Kind: lptest.FaultDuplicateEvents})
				for i := range 4 {
					v.Say(fmt.Sprint(i))
				}
				time.Sleep(30 * time.Second)
				v.Leave()
				time.Sleep(nap)
			},
			want: []string{"Ada visitor: 0", "Ada visitor: 1", "Ada visitor: 2", "Ada visitor: 3", "Ada is ended", "Ada closed, ended"},
		},
		{
			name: "the login ends",
			play: func(t *testing.T, d *watchedDesk) {
				_, chat := d.accepted(t, "Ada", "hello")
				d.srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 401})
				d.srv.RevokeBearers(d.user)
				<-d.done
				require.ErrorIs(t, d.err, d.agent.Login().Err())
				require.Error(t, d.agent.Login().Err())
				_, err := chat.Send(t.Context(), chatagent.Text("too late"))
				require.ErrorIs(t, err, chatagent.ErrChatLost)
			},
			want: []string{"Ada closed, lost", "login ended"},
		},
		{
			name: "the end of the context",
			play: func(t *testing.T, d *watchedDesk) {
				d.accepted(t, "Ada", "hello")
				d.accepted(t, "Bob", "good day")
				begun := time.Now()
				require.ErrorIs(t, d.stop(), context.Canceled)
				assert.Less(t, time.Since(begun), time.Second)
				assert.Equal(t, "Away", d.srv.Availability(d.user))
			},
			want: []string{"Ada closed, left open", "Bob closed, left open"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			atDesk(t, func(t *testing.T, d *watchedDesk) {
				time.Sleep(3 * time.Second)
				d.take()
				c.play(t, d)
				synctest.Wait()
				got := d.take()
				if c.name == "the login ends" { // after what failed before
					for len(got) > 0 && strings.HasPrefix(got[0], "trouble ") {
						got = got[1:]
					}
				}
				// Which poll meets a loss first, and whether the ring or the list does, is a
				// matter of the moment.
				got = slices.DeleteFunc(got, func(u string) bool { return u == "trouble reading the chats" })
				assert.Equal(t, sortedRinging(c.want), sortedRinging(got))
			}, c.opts...)
		})
	}
}

// A consumer that takes minutes for each update holds up nothing, and misses
// nothing.
func TestSlowWatcher(t *testing.T) {
	t.Parallel()
	for _, slow := range []time.Duration{time.Second, time.Minute, 7 * time.Minute} {
		t.Run(slow.String(), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var mu sync.Mutex
				var got []string
				done := make(chan struct{})
				go func() {
					defer close(done)
					for u, err := range f.agents[0].Watch(ctx) {
						if err != nil {
							return
						}
						mu.Lock()
						got = append(got, spellUpdate(u))
						mu.Unlock()
						time.Sleep(slow)
					}
				}()
				v := f.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "skill of bot0", FirstLine: "hello"})
				time.Sleep(5 * time.Second)
				_, err := f.agents[0].Accept(t.Context())
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				want := []string{"ringing 1", "Ada opened, accepted: hello", "ringing 0"}
				for n := range 20 {
					v.Say(fmt.Sprint(n))
					want = append(want, fmt.Sprint("Ada visitor: ", n))
					assert.LessOrEqual(t, pollsOf(t, f.srv, lptest.OpChats, 30*time.Second), 3*time.Second)
				}
				assert.Equal(t, "chatting", v.Chat().State())
				v.Leave()
				want = append(want, "Ada is ended", "Ada closed, ended")
				time.Sleep(30 * slow)
				mu.Lock()
				assert.Equal(t, want, got)
				mu.Unlock()
				cancel()
				<-done
			})
		})
	}
}

// Breaking off after any update ends the Watch: the agent is Away, the chats stay
// open, and the next Watch begins with them and misses nothing.
func TestBreakingOffAWatch(t *testing.T) {
	t.Parallel()
	for after := 1; after <= 5; after++ {
		t.Run(fmt.Sprint("after ", after), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				agent := f.agents[0]
				v := f.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "skill of bot0", FirstLine: "hello"})
				var got []string
				take := func(most int) {
					ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
					defer cancel()
					for u, err := range agent.Watch(ctx) {
						if err != nil {
							require.ErrorIs(t, err, context.DeadlineExceeded)
							return
						}
						switch u := u.(type) {
						case chatagent.Ringing:
							if u.Count > 0 {
								_, err := agent.Accept(t.Context())
								require.NoError(t, err)
								v.Say("one")
								v.Say("two")
							}
						case chatagent.ChatOpened:
							if u.How == chatagent.Accepted {
								assert.Equal(t, "Ada", u.Chat.Visitor())
							}
						}
						got = append(got, spellUpdate(u))
						if most--; most == 0 {
							return
						}
					}
				}
				begun := time.Now()
				take(after)
				assert.Less(t, time.Since(begun), 20*time.Second)
				synctest.Wait()
				assert.Equal(t, "Away", f.srv.Availability(f.srv.Agents()[0]))
				assert.Equal(t, "chatting", v.Chat().State())
				v.Say("three")
				take(-1)
				v.Say("four")
				take(-1)
				heard := map[string]int{}
				for _, line := range []string{"one", "two", "three", "four"} {
					for _, u := range got {
						if strings.Contains(u, line) {
							heard[line]++
						}
					}
				}
				assert.Equal(t, map[string]int{"one": 1, "two": 1, "three": 1, "four": 1}, heard, got)
				assert.Contains(t, strings.Join(got, "\n"), "Ada opened, resumed: ")
				stopKeepingUp(agent.Login())
			})
		})
	}
}

// Agents of one process are watched each by itself.
func TestWatchingSeveralAgents(t *testing.T) {
	t.Parallel()
	world(t, 3, func(t *testing.T, f *fleet) {
		var all []*watched
		for _, agent := range f.agents {
			all = append(all, watch(t, agent))
		}
		f.visitors("hello")
		time.Sleep(5 * time.Second)
		for i, agent := range f.agents {
			chat, err := agent.Accept(t.Context())
			require.NoError(t, err)
			_, err = chat.Send(t.Context(), chatagent.Text(fmt.Sprint("from ", i)))
			require.NoError(t, err)
		}
		time.Sleep(5 * time.Second)
		for i, w := range all {
			assert.Equal(t, []string{
				"ringing 1", "visitor opened, accepted: hello", "visitor agent: " + fmt.Sprint("from ", i), "ringing 0",
			}, sortedRinging(w.take()))
		}
		require.ErrorIs(t, all[1].stop(), context.Canceled)
		f.visits[0].Say("still?")
		f.visits[1].Say("still?")
		time.Sleep(5 * time.Second)
		assert.Equal(t, []string{"visitor visitor: still?"}, all[0].take())
		assert.Equal(t, []string{"visitor closed, left open"}, all[1].take())
		assert.Empty(t, all[2].take())
	})
}

// sortedRinging puts "ringing 0" at the end: when it comes depends on which poll is
// answered first.
func sortedRinging(list []string) []string {
	var others, last []string
	for _, u := range list {
		if u == "ringing 0" {
			last = append(last, u)
		} else {
			others = append(others, u)
		}
	}
	return append(others, last...)
}

// Two agent sessions of one login, both watched: a chat is in one of them.
func TestWatchingTwoAgentSessions(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		second, err := chatagent.Start(t.Context(), f.agents[0].Login())
		require.NoError(t, err)
		one, two := watch(t, f.agents[0]), watch(t, second)
		v := f.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "skill of bot0", FirstLine: "hello"})
		time.Sleep(5 * time.Second)
		_, err = second.Accept(t.Context())
		require.NoError(t, err)
		time.Sleep(3 * time.Minute)
		v.Say("one")
		time.Sleep(5 * time.Second)
		assert.Equal(t, []string{"ringing 1", "ringing 0"}, one.take())
		assert.Equal(t, []string{"ringing 1", "Ada opened, accepted: hello", "Ada visitor: one", "ringing 0"}, sortedRinging(two.take()))
		require.ErrorIs(t, one.stop(), context.Canceled)
		require.ErrorIs(t, two.stop(), context.Canceled)
	})
}

// A second Watch, or a Serve, of an agent who is watched is refused.
func TestSecondWatchIsRefused(t *testing.T) {
	t.Parallel()
	atDesk(t, func(t *testing.T, d *watchedDesk) {
		synctest.Wait()
		for u, err := range d.agent.Watch(t.Context()) {
			assert.Nil(t, u)
			require.ErrorIs(t, err, chatagent.ErrServing)
		}
		require.ErrorIs(t, d.agent.Serve(t.Context(), chatagent.HandlerFunc(echo)), chatagent.ErrServing)
		require.ErrorIs(t, d.stop(), context.Canceled)
		again := watch(t, d.agent)
		synctest.Wait()
		require.ErrorIs(t, again.stop(), context.Canceled)
	})
}

// A handler's updates are those that a watcher sees, in their order, however slow
// whoever takes them is.
func TestUpdatesUnderServe(t *testing.T) {
	t.Parallel()
	for _, slow := range []time.Duration{0, 30 * time.Second} {
		t.Run(slow.String(), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				var got []string // on one goroutine, before Serve returns
				stop := serving(t, f, echo, chatagent.WithOnUpdate(func(u chatagent.Update) {
					got = append(got, spellUpdate(u))
					time.Sleep(slow)
				}))
				v := f.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "skill of bot0", FirstLine: "hello"})
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				v.Type(true)
				time.Sleep(5 * time.Second)
				v.Say("one")
				_, err = v.WaitLine(t.Context(), 2)
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				v.Leave()
				time.Sleep(5 * time.Second)
				require.ErrorIs(t, stop(), context.Canceled)
				assert.Equal(t, []string{
					"ringing 1", "Ada opened, accepted: hello", "Ada agent: You said: hello", "Ada typing true", "Ada typing false",
					"Ada visitor: one", "Ada agent: You said: one", "Ada is ended", "Ada closed, ended", "ringing 0",
				}, sortedRinging(got))
			})
		})
	}
}

// Two requests an interval, however many chats there are, and some for the
// availability and the list of the chats.
func TestRequestsOfAWatch(t *testing.T) {
	t.Parallel()
	for _, chats := range []int{0, 1, 3, 10} {
		t.Run(fmt.Sprint(chats, " chats"), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				w := watch(t, f.agents[0])
				var visits []*lptest.Visit
				for range chats {
					visits = append(visits, f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"}))
					time.Sleep(3 * time.Second)
					_, err := f.agents[0].Accept(t.Context())
					require.NoError(t, err)
				}
				time.Sleep(10 * time.Second)
				before := len(f.srv.Journal())
				const intervals = 300
				for n := range 10 {
					for _, v := range visits {
						v.Say(fmt.Sprint(n))
					}
					time.Sleep(intervals / 10 * chatagent.MinPollInterval)
				}
				made := float64(len(f.srv.Journal()) - before)
				if chats == 0 {
					assert.LessOrEqual(t, made/intervals, 1.1)
				} else {
					assert.LessOrEqual(t, made/intervals, 2.1)
					assert.GreaterOrEqual(t, made/intervals, 1.9)
				}
				require.ErrorIs(t, w.stop(), context.Canceled)
			})
		})
	}
}

// Accepting, sending, transferring and ending from many goroutines while somebody
// watches: each chat is opened once and closed once.
func TestManyHandsUnderWatch(t *testing.T) {
	t.Parallel()
	atDesk(t, func(t *testing.T, d *watchedDesk) {
		d.person.AcceptAll(true)
		const chats = 12
		var wg sync.WaitGroup
		for i := range chats {
			wg.Go(func() {
				d.visitor(fmt.Sprint("visitor ", i), "hello")
				time.Sleep(time.Duration(i%3) * time.Second)
				chat, err := d.agent.Accept(t.Context())
				if !assert.NoError(t, err) {
					return
				}
				_, err = chat.Send(t.Context(), chatagent.Text("hi"))
				assert.NoError(t, err)
				switch i % 3 {
				case 0:
					assert.NoError(t, chat.End(t.Context()))
				case 1:
					assert.NoError(t, chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: liveperson.UserIDOf(d.colleague.ID)}, ""))
				}
			})
		}
		wg.Wait()
		time.Sleep(2 * time.Minute)
		require.ErrorIs(t, d.stop(), context.Canceled)
		opened, closed, how := map[*chatagent.Chat]int{}, map[*chatagent.Chat]int{}, map[chatagent.Closing]int{}
		for _, u := range d.updates {
			switch u := u.(type) {
			case chatagent.ChatOpened:
				opened[u.Chat]++
			case chatagent.ChatClosed:
				assert.Equal(t, 1, opened[u.Chat], "opened before")
				closed[u.Chat]++
				how[u.How]++
			}
		}
		assert.Len(t, opened, chats)
		assert.Equal(t, opened, closed)
		assert.Equal(t, map[chatagent.Closing]int{chatagent.ClosedEnded: 4, chatagent.ClosedTransferred: 4, chatagent.ClosedLeft: 4}, how)
	})
}

// What rings is told with its times.
func TestRingingSaysUntilWhen(t *testing.T) {
	t.Parallel()
	atDesk(t, func(t *testing.T, d *watchedDesk) {
		time.Sleep(10 * time.Second)
		begun := time.Now()
		v := d.visitor("Ada", "hello")
		time.Sleep(5 * time.Second)
		v.Leave()
		time.Sleep(5 * time.Second)
		require.ErrorIs(t, d.stop(), context.Canceled)
		require.Len(t, d.updates, 2)
		rings := d.updates[0].(chatagent.Ringing)
		assert.Equal(t, 1, rings.Count)
		assert.WithinDuration(t, begun, rings.Since, 2*time.Second)
		assert.Equal(t, 20*time.Second, rings.Until.Sub(rings.Since))
		assert.Equal(t, chatagent.Ringing{}, d.updates[1])
	})
}

// The events of a chat go to the one who watches, and to nobody else.
func TestLinesUnderWatch(t *testing.T) {
	t.Parallel()
	atDesk(t, func(t *testing.T, d *watchedDesk) {
		v, chat := d.accepted(t, "Ada", "hello")
		for _, err := range chat.Lines(t.Context()) {
			require.ErrorIs(t, err, chatagent.ErrWatching)
		}
		for _, err := range chat.Turns(t.Context()) {
			require.ErrorIs(t, err, chatagent.ErrWatching)
		}
		for _, err := range chat.Events(t.Context()) {
			require.ErrorIs(t, err, chatagent.ErrWatching)
		}
		v.Say("one")
		time.Sleep(5 * time.Second)
		assert.Equal(t, []string{"Ada visitor: one"}, d.take())
		n, err := chat.Unread(t.Context())
		require.NoError(t, err)
		assert.Zero(t, n)
	})
}

// What a loop that broke off had not been handed is in the snapshot, too: the next
// process is handed it.
func TestBreakingOffBeforeARestart(t *testing.T) {
	t.Parallel()
	for _, resumed := range []string{"watched", "served"} {
		t.Run(resumed, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				agent := f.agents[0]
				v := f.srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "skill of bot0", FirstLine: "hello"})
				var got []string
				for u, err := range agent.Watch(t.Context()) {
					require.NoError(t, err)
					got = append(got, spellUpdate(u))
					if _, rings := u.(chatagent.Ringing); rings && len(got) == 1 {
						_, err := agent.Accept(t.Context())
						require.NoError(t, err)
						for _, text := range []string{"one", "two", "three"} {
							v.Say(text)
						}
					}
					if got[len(got)-1] == "Ada visitor: one" {
						time.Sleep(5 * time.Second)
						v.Say("four")
						break
					}
				}
				doc, err := snapshot(t, agent).Reveal()
				require.NoError(t, err)
				saved := agent.Login().Save()
				agent.Login().Close()
				var snap chatagent.Snapshot
				require.NoError(t, json.Unmarshal(doc, &snap))
				session, err := login.Restore(t.Context(), saved, login.Password("bot0", "secret of bot0"), login.WithHTTPClient(f.srv.Client()))
				require.NoError(t, err)
				defer session.Close()
				agent, err = chatagent.Resume(t.Context(), session, snap)
				require.NoError(t, err)
				if resumed == "watched" {
					w := watch(t, agent)
					time.Sleep(5 * time.Second)
					assert.Equal(t, []string{"Ada opened, resumed: two, three, four"}, w.take())
					require.ErrorIs(t, w.stop(), context.Canceled)
					return
				}
				stop := serve(t, agent, echo)
				time.Sleep(5 * time.Second)
				v.Leave()
				require.ErrorIs(t, stop(), context.Canceled)
				assert.Equal(t, []string{"You said: two", "You said: three", "You said: four"}, agentLines(v.Chat()))
			})
		})
	}
}
