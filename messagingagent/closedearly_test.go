package messagingagent_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// visits are the handlers that ran: what each was handed, and how its loop ended.
type visits struct {
	mu   sync.Mutex
	list []string
}

func (v *visits) handle(ctx context.Context, c *messagingagent.Conversation) error {
	var heard []string
	var last error
	for m, err := range c.Messages(ctx) {
		if last = err; err == nil {
			heard = append(heard, m.Text)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.list = append(v.list, fmt.Sprintf("%q %v, skill %s, %s", heard, last, c.Skill(), c.Info().State))
	return last
}

// all are the visits so far, and none after that.
func (v *visits) all() []string {
	synctest.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	defer func() { v.list = nil }()
	return v.list
}

// lives are the updates that tell of lives, in words.
func lives(all []string) (list []string) {
	for _, u := range all {
		if len(u) > 6 && (u[:6] == "opened" || u[:6] == "closed") {
			list = append(list, u)
		}
	}
	return list
}

// closers are those who close a conversation.
var closers = map[string]func(w *world, c *messaging.Conversation){
	"consumer":    func(_ *world, c *messaging.Conversation) { c.Close() },
	"main dialog": func(_ *world, c *messaging.Conversation) { c.CloseDialog() },
	"system":      func(_ *world, c *messaging.Conversation) { c.TimeOut() },
	"colleague": func(w *world, c *messaging.Conversation) {
		_ = w.svc.Colleague("eve").Join(c.ID(), "MANAGER")
		_ = w.svc.Colleague("eve").End(c.ID())
	},
}

// moments are when that happens, after the ring, and what goes wrong meanwhile.
var moments = map[string]struct {
	faults []messaging.Fault
	after  time.Duration
	drop   bool // the socket is lost right after that
	within time.Duration
}{
	"before the accept's answer":                {[]messaging.Fault{{Type: "UpdateRingState", Kind: messaging.FaultLate, Delay: 3 * time.Second}}, 2 * time.Second, false, 0},
	"before the answer, and nothing was told":   {[]messaging.Fault{{Type: "UpdateRingState", Kind: messaging.FaultLate, Delay: 3 * time.Second}, {Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Nth: 1}}, 2 * time.Second, false, 0},
	"between the answer and the notification":   {[]messaging.Fault{{Type: "ExConversationChangeNotification", Kind: messaging.FaultDelay, Delay: 3 * time.Second, Nth: 1}}, 2 * time.Second, false, 0},
	"and neither state is ever told":            {[]messaging.Fault{{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Nth: 1, Times: 2}}, 2 * time.Second, false, 30 * time.Second},
	"while its messages are read slowly":        {[]messaging.Fault{{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 5 * time.Second}}, 2 * time.Second, false, 30 * time.Second},
	"while reading them fails":                  {[]messaging.Fault{{Type: "QueryMessages", Code: 500, Nth: 1, Times: 9}}, 2 * time.Second, false, 3 * time.Minute},
	"while reading them is refused":             {[]messaging.Fault{{Type: "QueryMessages", Code: 400, Nth: 1, Times: 5}}, 2 * time.Second, false, time.Minute},
	"while the first query gets no answer":      {[]messaging.Fault{{Type: "QueryMessages", Kind: messaging.FaultNoAnswer, Nth: 1}}, 2 * time.Second, false, time.Minute},
	"and the socket is lost":                    {[]messaging.Fault{{Type: "QueryMessages", Kind: messaging.FaultNoAnswer, Nth: 1}, {Type: "ExConversationChangeNotification", Contains: `"DELETE"`, Kind: messaging.FaultLose}}, 2 * time.Second, true, time.Minute},
	"and the socket is lost before it was told": {[]messaging.Fault{{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Nth: 1, Times: 2}}, 2 * time.Second, true, time.Minute},
	"with the answer the socket is lost":        {[]messaging.Fault{{Type: "UpdateRingState", Kind: messaging.FaultClose, After: true, Nth: 1}}, 3 * time.Second, false, time.Minute},
	"without an answer":                         {[]messaging.Fault{{Type: "UpdateRingState", Kind: messaging.FaultNoAnswer, After: true, Nth: 1}, {Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Nth: 1, Times: 2}}, 3 * time.Second, false, time.Minute},
	"without an answer to any try":              {[]messaging.Fault{{Type: "UpdateRingState", Kind: messaging.FaultNoAnswer, After: true, Nth: 1, Times: 9}, {Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Nth: 1, Times: 2}}, 3 * time.Second, false, 2 * time.Minute},
}

// A conversation that the agent has accepted, and that is closed before he has read it,
// has a life like any other, and one only.
func TestClosedBeforeItWasRead(t *testing.T) {
	t.Parallel()
	for when, moment := range moments {
		for who, end := range closers {
			t.Run(when+"/"+who, func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					defer done()
					var seen notes
					var v visits
					stop := serve(t, a, v.handle, messagingagent.WithOnUpdate(seen.take), messagingagent.WithGoodbye(messagingagent.Text("bye")),
						messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) { t.Errorf("a failure: %v", err) }))
					time.Sleep(10 * time.Second)
					for _, f := range moment.faults {
						w.svc.AddFault(f)
					}
					c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
					time.Sleep(moment.after)
					require.Equal(t, "bot", c.Assigned())
					c.Say("anyone?")
					end(w, c)
					if moment.drop {
						w.svc.DropSockets("bot")
					}
					time.Sleep(max(moment.within, 10*time.Second))
					want := []string{`["hello" "anyone?"] <nil>, skill ` + fmt.Sprint(c.SkillID()) + `, CLOSE`}
					assert.Equal(t, want, v.all())
					assert.Equal(t, []string{"opened accepted", "closed ended"}, lives(seen.all()))
					w.svc.ClearFaults()
					w.svc.DropSockets("bot")
					time.Sleep(20 * time.Minute)
					assert.Empty(t, v.all(), "once")
					assert.Empty(t, lives(seen.all()))
					assert.Empty(t, said(c))
					assert.Empty(t, a.Snapshot().Conversations)
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}

// Whoever watches sees it come, with what was said, and go.
func TestClosedBeforeItWasReadUnderWatch(t *testing.T) {
	t.Parallel()
	for when, moment := range moments {
		for _, byHand := range []bool{true, false} { // accepted by this program, or assigned by somebody
			t.Run(fmt.Sprint(when, "/", byHand), func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					defer done()
					ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
					defer cancel()
					if !byHand {
						require.NoError(t, a.SetAvailability(t.Context(), messagingagent.Away))
					}
					var c *messaging.Conversation
					time.AfterFunc(10*time.Second, func() {
						for _, f := range moment.faults {
							if byHand || f.Type != "UpdateRingState" {
								w.svc.AddFault(f)
							}
						}
						c = w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
						if !byHand {
							assert.NoError(t, w.svc.Colleague("bot").TakeOver(c.ID()))
						}
						time.Sleep(moment.after)
						c.Say("anyone?")
						c.Close()
						if moment.drop {
							w.svc.DropSockets("bot")
						}
					})
					var seen []string
					accepted := make(chan error, 1)
					for u, err := range a.Watch(ctx) {
						if err != nil {
							assert.ErrorIs(t, err, context.DeadlineExceeded)
							break
						}
						switch u := u.(type) {
						case messagingagent.Ringing:
							if byHand && len(u.Rings) > 0 {
								go func() {
									conv, err := u.Rings[0].Accept(t.Context())
									if err == nil {
										assert.Equal(t, c.ID(), string(conv.ID()))
									}
									accepted <- err
								}()
							}
						case messagingagent.ConversationOpened:
							seen = append(seen, fmt.Sprint("opened ", u.How))
							for _, e := range u.History {
								seen = append(seen, e.Text)
							}
						case messagingagent.MessageReceived:
							seen = append(seen, u.Event.Text)
						case messagingagent.ConversationClosed:
							seen = append(seen, fmt.Sprint("closed ", u.How, " ", u.Reason, " ", u.Skill))
						}
					}
					how := messagingagent.Accepted
					if !byHand {
						how = messagingagent.Adopted
					} else if err := <-accepted; err != nil {
						assert.ErrorIs(t, err, messagingagent.ErrUnconfirmed)
					}
					if !byHand && moment.drop && len(seen) == 0 && when == "and the socket is lost before it was told" {
						return // nothing has ever told of it
					}
					assert.Equal(t, []string{fmt.Sprint("opened ", how), "hello", "anyone?", fmt.Sprint("closed ended CONSUMER ", c.SkillID())}, seen)
				})
			})
		}
	}
}

// Who accepts by hand, with nobody serving, gets it, closed, with what was said.
func TestClosedBeforeItWasReadByHand(t *testing.T) {
	t.Parallel()
	for when, moment := range moments {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				time.Sleep(5 * time.Second)
				for _, f := range moment.faults {
					w.svc.AddFault(f)
				}
				time.AfterFunc(moment.after, func() {
					c.Say("anyone?")
					c.Close()
					if moment.drop {
						w.svc.DropSockets("bot")
					}
				})
				var heard []string
				conv, err := a.Rings()[0].Accept(t.Context())
				if err == nil {
					for m, err := range conv.Messages(hour(t)) {
						require.NoError(t, err)
						heard = append(heard, m.Text)
					}
				} else {
					time.Sleep(time.Minute)
				}
				var v visits
				stop := serve(t, a, v.handle)
				time.Sleep(3 * time.Minute)
				heard = append(heard, v.all()...)
				if err == nil {
					assert.Equal(t, []string{"hello", "anyone?"}, heard)
				} else {
					assert.Equal(t, []string{`["hello" "anyone?"] <nil>, skill ` + fmt.Sprint(c.SkillID()) + `, CLOSE`}, heard, err)
				}
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// What was not this agent's at the end, what was closed before he was there, and what a
// former process has handled, is not opened.
func TestClosedAndNotHis(t *testing.T) {
	t.Parallel()
	slow := messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 8 * time.Second}
	for name, happens := range map[string]func(t *testing.T, w *world, c *messaging.Conversation){
		"taken over, and closed then": func(t *testing.T, w *world, c *messaging.Conversation) {
			require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
			c.Close()
		},
		"taken over and closed, told at once": func(t *testing.T, w *world, c *messaging.Conversation) {
			w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultLose, Nth: 1})
			require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
			c.Close()
		},
		"taken over and closed without a socket": func(t *testing.T, w *world, c *messaging.Conversation) {
			w.svc.DropSockets("bot")
			require.NoError(t, w.svc.Colleague("eve").TakeOver(c.ID()))
			c.Close()
		},
		"transferred to a skill, and closed there": func(t *testing.T, w *world, c *messaging.Conversation) {
			require.NoError(t, w.svc.Colleague("bot").TransferToSkill(c.ID(), "Billing"))
			c.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				var v visits
				stop := serve(t, a, v.handle)
				time.Sleep(10 * time.Second)
				f := w.svc.AddFault(slow)
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				time.Sleep(2 * time.Second)
				require.Equal(t, "bot", c.Assigned())
				happens(t, w, c)
				time.Sleep(time.Minute)
				f.Remove()
				time.Sleep(20 * time.Minute)
				assert.Empty(t, v.all())
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// A conversation that is closed while no process is there, or long before anybody serves,
// is opened by none; one that is closed while the next process reads it comes with what the
// former one had not handled.
func TestClosedBetweenTwoProcesses(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} { // with the snapshot of the former process
		for when, want := range map[string][]string{
			"meanwhile":           nil,
			"while it is read":    {`["two"] <nil>, skill %d, CLOSE`},
			"long before Serve":   nil,
			"shortly before":      {`["two"] <nil>, skill %d, CLOSE`},
			"by hand, and before": nil,
		} {
			t.Run(fmt.Sprint(when, " ", kept), func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(t *testing.T, w *world) {
					a, done := w.connect(t)
					stop := serve(t, a, echo)
					c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "one"})
					time.Sleep(time.Minute)
					assert.ErrorIs(t, stop(), context.Canceled)
					snapshot := a.Snapshot()
					done()
					c.Say("two")
					if when == "meanwhile" {
						c.Close()
					}
					var opts []messagingagent.Option
					if kept {
						opts = append(opts, messagingagent.WithSnapshot(snapshot))
					}
					a, done = w.connect(t, opts...)
					defer done()
					time.Sleep(time.Second)
					switch when {
					case "while it is read":
						w.svc.AddFault(messaging.Fault{Type: "QueryMessages", Kind: messaging.FaultDelay, Delay: 5 * time.Second})
						time.AfterFunc(time.Second, c.Close)
					case "shortly before":
						c.Close()
						time.Sleep(time.Minute)
					case "by hand, and before":
						conv, err := a.Conversation(t.Context(), liveperson.ConversationID(c.ID()))
						require.NoError(t, err)
						c.Close()
						for _, err := range conv.Messages(hour(t)) {
							require.NoError(t, err)
						}
					case "long before Serve":
						c.Close()
						time.Sleep(11 * time.Minute)
					}
					var v visits
					stop = serve(t, a, v.handle)
					time.Sleep(20 * time.Minute)
					var lines []string
					for _, line := range want {
						lines = append(lines, fmt.Sprintf(line, c.SkillID()))
					}
					assert.Equal(t, lines, v.all())
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}

// What is closed, and can never be read, is handled all the same: there are no messages, and
// an error says so.
func TestClosedAndNeverRead(t *testing.T) {
	t.Parallel()
	for _, fault := range []messaging.Fault{{Type: "QueryMessages", Code: 403}, {Type: "QueryMessages", Code: 500}, {Type: "QueryMessages", Kind: messaging.FaultNoAnswer}} {
		t.Run(fmt.Sprint(fault.Kind, fault.Code), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(t *testing.T, w *world) {
				a, done := w.connect(t)
				defer done()
				var v visits
				stop := serve(t, a, v.handle)
				time.Sleep(10 * time.Second)
				w.svc.AddFault(fault)
				c := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
				time.Sleep(2 * time.Second)
				c.Close()
				time.Sleep(4 * time.Minute)
				assert.Empty(t, v.all())
				time.Sleep(3 * time.Minute)
				seen := v.all()
				require.Len(t, seen, 1)
				assert.Regexp(t, `^\[\] conversation is closed\nits last messages could not be read: messagingagent\.Messages: .+, skill `+fmt.Sprint(c.SkillID())+`, CLOSE$`, seen[0])
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
