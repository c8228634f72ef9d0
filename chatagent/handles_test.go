package chatagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// chatCalls are the calls of a chat.
var chatCalls = []struct {
	name string
	call func(ctx context.Context, c *chatagent.Chat) error
	says bool // nothing can be said in a chat that is over
}{
	{"Send", func(ctx context.Context, c *chatagent.Chat) error {
		_, err := c.Send(ctx, chatagent.Text("hi"))
		return err
	}, true},
	{"Transfer", func(ctx context.Context, c *chatagent.Chat) error {
		return c.Transfer(ctx, chatagent.TransferTarget{AgentID: "7"}, "")
	}, true},
	{"SetTyping", func(ctx context.Context, c *chatagent.Chat) error { return c.SetTyping(ctx, chatagent.IsTyping) }, true},
	{"Info", func(ctx context.Context, c *chatagent.Chat) error { _, err := c.Info(ctx); return err }, false},
	{"EventsFrom", func(ctx context.Context, c *chatagent.Chat) error { _, err := c.EventsFrom(ctx, 0); return err }, false},
	{"Survey", func(ctx context.Context, c *chatagent.Chat) error { _, err := c.Survey(ctx); return err }, false},
	{"SubmitSurvey", func(ctx context.Context, c *chatagent.Chat) error {
		return c.SubmitSurvey(ctx, &chatagent.ChatSurvey{Title: "T"})
	}, false},
	{"TransferSkills", func(ctx context.Context, c *chatagent.Chat) error { _, err := c.TransferSkills(ctx); return err }, false},
	{"AgentTyping", func(ctx context.Context, c *chatagent.Chat) error { _, err := c.AgentTyping(ctx); return err }, false},
	{"VisitorTyping", func(ctx context.Context, c *chatagent.Chat) error { _, err := c.VisitorTyping(ctx); return err }, false},
	{"VisitorName", func(ctx context.Context, c *chatagent.Chat) error { _, err := c.VisitorName(ctx); return err }, false},
	{"Visit", func(ctx context.Context, c *chatagent.Chat) error { _, err := c.Visit(ctx); return err }, false},
	{"CustomVariables", func(ctx context.Context, c *chatagent.Chat) error { _, err := c.CustomVariables(ctx); return err }, false},
}

// waysToGo make a chat go, by hand, in one of the ways that there are.
var waysToGo = map[string]func(t *testing.T, d *watchedDesk, v *lptest.Visit, c *chatagent.Chat){
	"transferred": func(t *testing.T, d *watchedDesk, _ *lptest.Visit, c *chatagent.Chat) {
		require.NoError(t, c.Transfer(t.Context(), chatagent.TransferTarget{AgentID: liveperson.UserIDOf(d.colleague.ID)}, ""))
	},
	"requeued, and seen": func(_ *testing.T, d *watchedDesk, v *lptest.Visit, _ *chatagent.Chat) {
		v.Requeue()
		time.Sleep(5 * time.Second)
	},
	"requeued and accepted again": func(t *testing.T, d *watchedDesk, v *lptest.Visit, _ *chatagent.Chat) {
		v.Requeue()
		_, err := d.agent.Accept(t.Context())
		require.NoError(t, err)
	},
	"transferred and back": func(t *testing.T, d *watchedDesk, v *lptest.Visit, c *chatagent.Chat) {
		require.NoError(t, c.Transfer(t.Context(), chatagent.TransferTarget{AgentID: liveperson.UserIDOf(d.colleague.ID)}, ""))
		require.Equal(t, v.ChatID(), d.person.Accept())
		require.NoError(t, d.person.TransferToAgent(v.ChatID(), d.user, ""))
		_, err := d.agent.Accept(t.Context())
		require.NoError(t, err)
	},
	"ended": func(t *testing.T, _ *watchedDesk, _ *lptest.Visit, c *chatagent.Chat) {
		require.NoError(t, c.End(t.Context()))
	},
	"left by the visitor": func(_ *testing.T, _ *watchedDesk, v *lptest.Visit, _ *chatagent.Chat) {
		v.Leave()
		time.Sleep(5 * time.Second)
	},
}

// A chat that has gone: what can be said of it without asking is said so.
func TestCallsOfAChatThatHasGone(t *testing.T) {
	t.Parallel()
	for way, leave := range waysToGo {
		over := way == "ended" || way == "left by the visitor"
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			atDesk(t, func(t *testing.T, d *watchedDesk) {
				d.srv.AddChatSurvey(lptest.ChatSurvey{Title: "T"})
				v, chat := d.accepted(t, "Ada", "hello")
				leave(t, d, v, chat)
				synctest.Wait()
				for _, c := range chatCalls {
					before := len(d.srv.Journal())
					err := c.call(t.Context(), chat)
					asked := len(d.srv.Journal()) - before
					switch {
					case !over:
						require.ErrorIs(t, err, chatagent.ErrChatLost, c.name)
						assert.NotErrorIs(t, err, chatagent.ErrChatEnded, c.name)
						assert.Zero(t, asked, c.name)
					case c.says:
						require.ErrorIs(t, err, chatagent.ErrChatEnded, c.name)
						assert.NotErrorIs(t, err, chatagent.ErrChatLost, c.name)
						assert.Zero(t, asked, c.name)
					default:
						require.NotErrorIs(t, err, chatagent.ErrChatLost, c.name)
						require.NotErrorIs(t, err, chatagent.ErrChatEnded, c.name)
						assert.NotZero(t, asked, c.name)
					}
				}
				before := len(d.srv.Journal())
				if err := chat.End(t.Context()); over {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, chatagent.ErrChatLost)
				}
				for _, loop := range []func(func(error)){
					func(got func(error)) {
						for _, err := range chat.Lines(t.Context()) {
							got(err)
						}
					},
					func(got func(error)) {
						for _, err := range chat.Turns(t.Context()) {
							got(err)
						}
					},
					func(got func(error)) {
						for _, err := range chat.Events(t.Context()) {
							got(err)
						}
					},
				} {
					var errs []error
					loop(func(err error) { errs = append(errs, err) })
					if strings.HasPrefix(way, "requeued") {
						require.Len(t, errs, 1)
						require.ErrorIs(t, errs[0], chatagent.ErrChatLost)
					} else {
						require.Empty(t, errs, "the events end")
					}
				}
				assert.Len(t, d.srv.Journal(), before)
				assert.Equal(t, "Ada", chat.Visitor())
				assert.Equal(t, "chat "+v.ChatID(), chat.String())
			})
		})
	}
}

// Chats that are over, lost or handed over are forgotten, whoever opened them.
func TestChatsThatAreReleased(t *testing.T) {
	t.Parallel()
	t.Run("watched", func(t *testing.T) {
		t.Parallel()
		for way, leave := range waysToGo {
			t.Run(way, func(t *testing.T) {
				t.Parallel()
				atDesk(t, func(t *testing.T, d *watchedDesk) {
					v, chat := d.accepted(t, "Ada", "hello")
					leave(t, d, v, chat)
					synctest.Wait()
					want := 0
					if strings.HasSuffix(way, "again") || strings.HasSuffix(way, "back") {
						want = 1 // its next life
					}
					assert.Equal(t, want, chatagent.OpenChats(d.agent))
				})
			})
		}
	})
	t.Run("by hand", func(t *testing.T) {
		t.Parallel()
		world(t, 1, func(t *testing.T, f *fleet) {
			agent := f.agents[0]
			for i := range 4 {
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				chat, err := agent.Accept(t.Context())
				require.NoError(t, err)
				assert.Equal(t, 1, chatagent.OpenChats(agent))
				switch i {
				case 0:
					require.NoError(t, chat.End(t.Context()))
				case 1:
					v.Leave()
					_, err := chat.Send(t.Context(), chatagent.Text("too late"))
					require.ErrorIs(t, err, chatagent.ErrChatEnded)
					for _, err := range chat.Lines(t.Context()) {
						require.NoError(t, err)
					}
				case 2:
					v.Leave()
					n, err := chat.Unread(t.Context())
					require.NoError(t, err)
					assert.Equal(t, 1, n)
				case 3:
					v.Requeue()
					for _, err := range chat.Lines(t.Context()) {
						if err != nil {
							require.ErrorIs(t, err, chatagent.ErrChatLost)
						}
					}
				}
				assert.Zero(t, chatagent.OpenChats(agent), i)
			}
		})
	})
	t.Run("a day of chats", func(t *testing.T) {
		t.Parallel()
		world(t, 1, func(t *testing.T, f *fleet) {
			stop := serving(t, f, echo)
			for range 200 {
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				v.Leave()
			}
			time.Sleep(5 * time.Second)
			assert.Zero(t, chatagent.OpenChats(f.agents[0]))
			require.ErrorIs(t, stop(), context.Canceled)
		})
	})
}

// Cursors of chats that are not ours: each has an error of its own, and takes
// nothing from the others.
func TestPollChats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		others []string // keys: "foreign", "unknown", "ended"
		last   int64
		want   []string
	}{
		{name: "ours alone", last: -1, want: []string{"hello"}},
		{name: "with another agent's", others: []string{"foreign"}, last: -1, want: []string{"hello"}},
		{name: "with an unknown one", others: []string{"H1-unknownK2"}, last: -1, want: []string{"hello"}},
		{name: "with several", others: []string{"foreign", "H1-unknownK2", "H2-unknownK3"}, last: -1, want: []string{"hello"}},
		{name: "others alone", others: []string{"foreign", "H1-unknownK2"}, last: -2},
		{name: "from the first event", last: 0, want: []string{"hello"}},
		{name: "from beyond the last event", last: 1000, want: nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 2, func(t *testing.T, f *fleet) {
				f.visitors("hello")
				ours, err := f.agents[0].Accept(t.Context())
				require.NoError(t, err)
				theirs, err := f.agents[1].Accept(t.Context())
				require.NoError(t, err)
				var cursors []chatagent.ChatCursor
				for _, key := range c.others {
					if key == "foreign" {
						key = string(theirs.ID())
					}
					cursors = append(cursors, chatagent.ChatCursor{Key: key, LastEvent: -1})
				}
				if c.last > -2 {
					cursors = append(cursors, chatagent.ChatCursor{Key: string(ours.ID()), LastEvent: c.last})
				}
				updates, err := f.agents[0].PollChats(t.Context(), cursors...)
				require.NoError(t, err)
				require.Len(t, updates, len(cursors))
				var texts []string
				failed := 0
				for _, u := range updates {
					if u.ID != ours.ID() {
						require.Error(t, u.Err)
						failed++
						continue
					}
					require.NoError(t, u.Err)
					for _, e := range u.Events {
						if e.IsLine(chatagent.FromVisitor) {
							texts = append(texts, e.Text)
						}
					}
				}
				assert.Equal(t, c.want, texts)
				assert.Len(t, c.others, failed)
			})
		})
	}
}

// Of a chat of which nothing is known all events are wanted: the service may take the
// event that is named for a known one.
func TestPollChatsFromTheFirstEvent(t *testing.T) {
	t.Parallel()
	const (
		waiting = `{"@id":"0","@type":"state","state":"waiting"}`
		line    = `{"@id":"1","@type":"line","source":"visitor","text":"hello"}`
		rest    = `"link":{"@href":"` + ch + `","@rel":"self"},"info":{"state":"chatting","chatSessionKey":"a-key"}`
		many    = "GET " + as + "/chat?NC=true&chatSessionKeys=a-key&fromEventIds=0&v=1" + get
		one     = "GET " + as + "/chat/a-key?NC=true&from=0&v=1" + get
	)
	for answered, sent := range map[string][]string{waiting + `,` + line: {many}, waiting: {many}, line: {many, one}} {
		w, agent := newTap(t)
		w.on("GET "+as+"/chat", `200 {"chats":{"chat":{"events":{"event":[`+answered+`]},`+rest+`}}}`)
		w.on("GET "+as+"/chat/a-key", `200 {"chat":{"events":{"event":[`+waiting+`,`+line+`]},`+rest+`}}`)
		w.take()
		updates, err := agent.PollChats(t.Context(), chatagent.ChatCursor{Key: "a-key", LastEvent: -1})
		require.NoError(t, err)
		require.Len(t, updates, 1)
		require.NoError(t, updates[0].Err)
		assert.Equal(t, chatagent.ChatID("H217-b7d7K845"), updates[0].ID)
		assert.Equal(t, int64(0), updates[0].Events[0].ID, answered)
		assert.Equal(t, sent, w.take(), answered)
	}
}

// Handlers that panic, or end their goroutine, and callbacks that do: the chat is
// closed, its place is free, and all goes on.
func TestHandlersAndCallbacksThatFail(t *testing.T) {
	t.Parallel()
	bad := map[string]func(){
		"panics":               func() { panic("boom") },
		"panics with an error": func() { panic(errBoom) },
		"panics with nil":      func() { panic(nil) }, //nolint:govet // on purpose
		"ends its goroutine":   runtime.Goexit,
		"runs out of bounds":   func() { _ = []int{}[len(errBoom.Error())-4] },
	}
	for name, do := range bad {
		for _, where := range []string{"handler", "error callback", "hand-over callback", "update callback"} {
			t.Run(where+" "+name, func(t *testing.T) {
				t.Parallel()
				world(t, 1, func(t *testing.T, f *fleet) {
					var log logged
					var mu sync.Mutex
					var failed []error
					opts := []chatagent.Option{
						chatagent.WithMaxChats(1), chatagent.WithLogger(warnings(&log)),
						chatagent.WithOnError(func(_ *chatagent.Chat, err error) {
							mu.Lock()
							failed = append(failed, err)
							mu.Unlock()
							if where == "error callback" {
								do()
							}
						}),
					}
					if where == "hand-over callback" {
						f.srv.AddFault(lptest.Fault{Kind: lptest.FaultRefuse, Op: lptest.OpTransfer})
						opts = append(opts, chatagent.WithHandOver(chatagent.TransferTarget{AgentID: "7"}, ""),
							chatagent.WithHandOverRefused(func(context.Context, *chatagent.Chat, error) error { do(); return nil }))
					}
					if where == "update callback" {
						opts = append(opts, chatagent.WithOnUpdate(func(chatagent.Update) { do() }))
					}
					stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
						switch {
						case chat.Visitor() != "bad":
							return echo(ctx, chat)
						case where == "handler":
							do()
						}
						return errBoom
					}, opts...)
					for range 3 {
						v := f.srv.Visitor(lptest.Visitor{Name: "bad", Skill: "skill of bot0", FirstLine: "hello"})
						ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
						require.NoError(t, v.WaitEnded(ctx))
						cancel()
					}
					v := f.srv.Visitor(lptest.Visitor{Name: "good", Skill: "skill of bot0", FirstLine: "hello"})
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					_, err := v.WaitLine(ctx, 1)
					require.NoError(t, err)
					v.Leave()
					time.Sleep(5 * time.Second)
					require.ErrorIs(t, stop(), context.Canceled)
					assert.Zero(t, chatagent.OpenChats(f.agents[0]))
					mu.Lock()
					defer mu.Unlock()
					require.Len(t, failed, 3)
					if where != "handler" {
						require.ErrorIs(t, failed[0], errBoom)
						return
					}
					var p *chatagent.PanicError
					require.ErrorAs(t, failed[0], &p)
					if name == "panics with an error" {
						assert.Equal(t, errBoom, p.Value)
					}
					assert.Contains(t, log.String(), "stack=")
				})
			})
		}
	}
}

var errBoom = errors.New("boom")

// A transfer that the server does not make, in all its forms: the chat stays, and
// goes on.
func TestRefusedTransfers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		opts []lptest.Option
		to   func(f *fleet) chatagent.TransferTarget
	}{
		{"an agent who is not there", nil, func(*fleet) chatagent.TransferTarget { return chatagent.TransferTarget{AgentID: "7"} }},
		{"a skill that is not there", nil, func(*fleet) chatagent.TransferTarget { return chatagent.TransferTarget{SkillID: "7"} }},
		{"a skill without agents", nil, func(f *fleet) chatagent.TransferTarget {
			return chatagent.TransferTarget{SkillID: liveperson.SkillIDOf(f.srv.AddSkill(lptest.Skill{Name: "nobody"}).ID)}
		}},
		{"an agent who is not there, as a success", []lptest.Option{lptest.WithVariants(lptest.VariantTransferOK)}, func(*fleet) chatagent.TransferTarget {
			return chatagent.TransferTarget{AgentID: "7"}
		}},
		{"a skill without agents, as a success", []lptest.Option{lptest.WithVariants(lptest.VariantTransferOK)}, func(f *fleet) chatagent.TransferTarget {
			return chatagent.TransferTarget{SkillID: liveperson.SkillIDOf(f.srv.AddSkill(lptest.Skill{Name: "nobody"}).ID)}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				to := c.to(f)
				refused := make(chan error, 1)
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					refused <- chat.Transfer(ctx, to, "please")
					return echo(ctx, chat)
				})
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				require.ErrorIs(t, <-refused, chatagent.ErrTransferRefused)
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				v.Leave()
				time.Sleep(5 * time.Second)
				require.ErrorIs(t, stop(), context.Canceled)
			}, c.opts...)
		})
	}
}

// What becomes of a chat whose handler has failed, or was stopped.
func TestHandOverAndGoodbye(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		opts    func(f *fleet) []chatagent.Option
		stopped bool // else the handler fails
		refuse  bool
		mute    bool // nothing can be said
		state   string
		lines   []string
		log     string
	}{
		{name: "goodbye after a failure", opts: goodbye, state: "ended", lines: []string{"Goodbye."}},
		{name: "goodbye when it stops", opts: goodbye, stopped: true, state: "ended", lines: []string{"Goodbye."}},
		{name: "goodbye that is not said", opts: goodbye, mute: true, state: "ended", log: "saying goodbye failed"},
		{name: "handed over", opts: handedOver, state: "waiting"},
		{name: "handed over when it stops", opts: handedOver, stopped: true, state: "waiting"},
		{
			name: "refused, with goodbye", refuse: true, state: "ended", lines: []string{"Goodbye."}, log: "handing a chat over failed; ending it",
			opts: func(f *fleet) []chatagent.Option { return append(handedOver(f), goodbye(f)...) },
		},
		{
			name: "refused when it stops, with goodbye", refuse: true, stopped: true, state: "ended", lines: []string{"Goodbye."}, log: "handing a chat over failed; ending it",
			opts: func(f *fleet) []chatagent.Option { return append(handedOver(f), goodbye(f)...) },
		},
		{
			name: "refused, and something else is said", refuse: true, state: "ended", lines: []string{"Nobody is there, sorry."},
			opts: func(f *fleet) []chatagent.Option {
				return append(handedOver(f), chatagent.WithHandOverRefused(func(ctx context.Context, chat *chatagent.Chat, err error) error {
					if !errors.Is(err, chatagent.ErrTransferRefused) {
						return err
					}
					_, err = chat.Send(ctx, chatagent.Text("Nobody is there, sorry."))
					return err
				}))
			},
		},
		{
			name: "refused, and transferred elsewhere", refuse: true, state: "waiting",
			opts: func(f *fleet) []chatagent.Option {
				return append(handedOver(f), chatagent.WithHandOverRefused(func(ctx context.Context, chat *chatagent.Chat, _ error) error {
					return chat.Transfer(ctx, chatagent.TransferTarget{AgentID: f.agents[1].Login().User().ID}, "")
				}))
			},
		},
		{
			name: "refused, and the fallback fails", refuse: true, state: "ended", log: "handing a chat over failed; ending it",
			opts: func(f *fleet) []chatagent.Option {
				return append(handedOver(f), chatagent.WithHandOverRefused(func(context.Context, *chatagent.Chat, error) error { return errBoom }))
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 2, func(t *testing.T, f *fleet) {
				if c.refuse {
					f.srv.AddFault(lptest.Fault{Kind: lptest.FaultRefuse, Op: lptest.OpTransfer, Nth: 1})
				}
				if c.mute {
					f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Status: 400})
				}
				var log logged
				stop := serving(t, f, func(ctx context.Context, _ *chatagent.Chat) error {
					if c.stopped {
						<-ctx.Done()
						return ctx.Err()
					}
					return errBoom
				}, append(c.opts(f), chatagent.WithLogger(warnings(&log)))...)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				require.NoError(t, v.WaitAccepted(t.Context()))
				time.Sleep(5 * time.Second)
				begun := time.Now()
				require.ErrorIs(t, stop(), context.Canceled)
				assert.LessOrEqual(t, time.Since(begun), 20*time.Second)
				assert.Equal(t, c.state, v.Chat().State())
				assert.Equal(t, c.lines, agentLines(v.Chat()))
				for _, failed := range []string{"handing a chat over failed; ending it", "saying goodbye failed"} {
					assert.Equal(t, failed == c.log, strings.Contains(log.String(), failed), failed)
				}
			})
		})
	}
}

func goodbye(*fleet) []chatagent.Option {
	return []chatagent.Option{chatagent.WithGoodbye(chatagent.Text("Goodbye."))}
}

// handedOver hands chats over to the second agent of a fleet.
func handedOver(f *fleet) []chatagent.Option {
	return []chatagent.Option{chatagent.WithHandOver(chatagent.TransferTarget{AgentID: f.agents[1].Login().User().ID}, "")}
}

// Everything at once from many goroutines: snapshots, lists and a Watch that comes
// and goes, beside transfers, ends and sends.
func TestManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	atDesk(t, func(t *testing.T, d *watchedDesk) {
		d.person.AcceptAll(true)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wg sync.WaitGroup
		for _, f := range []func(){
			func() {
				_, err := d.agent.Snapshot(ctx)
				assert.True(t, err == nil || ctx.Err() != nil, err)
			},
			func() { _, _ = d.agent.Chats(ctx) },
			func() { _, _ = d.agent.Incoming(ctx) },
			func() { _ = d.agent.SetAvailability(ctx, chatagent.Online) },
			func() { _ = chatagent.OpenChats(d.agent) },
		} {
			wg.Go(func() {
				for ctx.Err() == nil {
					f()
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		for i := range 20 {
			v := d.visitor(fmt.Sprint(i), "hello")
			chat, err := d.agent.Accept(t.Context())
			require.NoError(t, err)
			var work sync.WaitGroup
			work.Go(func() { _, _ = chat.Send(ctx, chatagent.Text("hi")) })
			work.Go(func() { _, _ = chat.Unread(ctx) })
			work.Go(func() { v.Say("more") })
			switch i % 3 {
			case 0:
				work.Go(func() {
					_ = chat.Transfer(ctx, chatagent.TransferTarget{AgentID: liveperson.UserIDOf(d.colleague.ID)}, "")
				})
			case 1:
				work.Go(func() { assert.NoError(t, chat.End(ctx)) })
			case 2:
				work.Go(v.Leave)
			}
			work.Wait()
			time.Sleep(3 * time.Second)
		}
		cancel()
		wg.Wait()
		require.ErrorIs(t, d.stop(), context.Canceled)
		assert.Zero(t, chatagent.OpenChats(d.agent))
	})
}

// A snapshot waits for a line that is being sent, as long as its context lasts.
func TestSnapshotWhileALineIsBeingSent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault lptest.Fault
		wait  time.Duration
		err   error
	}{
		{"hangs", lptest.Fault{Kind: lptest.FaultHang}, 4 * time.Second, context.DeadlineExceeded},
		{"hangs, and there is time", lptest.Fault{Kind: lptest.FaultHang}, 6 * time.Second, nil},
		{"is slow", lptest.Fault{Latency: 3 * time.Second}, 4 * time.Second, nil},
		{"fails for long", lptest.Fault{Status: 503}, 4 * time.Second, context.DeadlineExceeded},
		{"fails for long, and there is time", lptest.Fault{Status: 503}, 6 * time.Second, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				f.visitors("hello")
				chat, err := f.agents[0].Accept(t.Context())
				require.NoError(t, err)
				c.fault.Op = lptest.OpSend
				f.srv.AddFault(c.fault)
				ctx, cancel := context.WithCancel(t.Context())
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					_, _ = chat.Send(ctx, chatagent.Text("hi"))
				}()
				synctest.Wait()
				begun := time.Now()
				short, stop := context.WithTimeout(t.Context(), c.wait)
				defer stop()
				snap, err := f.agents[0].Snapshot(short)
				require.ErrorIs(t, err, c.err)
				assert.LessOrEqual(t, time.Since(begun), c.wait)
				if c.err == nil {
					assert.Contains(t, snap.String(), "1 chats")
					doc, err := json.Marshal(snap)
					require.NoError(t, err)
					assert.Equal(t, c.fault.Latency == 0, strings.Contains(string(doc), `"doubtful":{"text||hi":1}`), "a line that may turn up: %s", doc)
				}
				cancel()
				<-sent
			})
		})
	}
}

// An agent session that nobody serves or watches is kept alive with its login. One
// that is gone says so, and another takes its chats over.
func TestAgentSessionsThatNobodyUses(t *testing.T) {
	t.Parallel()
	t.Run("kept alive", func(t *testing.T) {
		t.Parallel()
		world(t, 1, func(t *testing.T, f *fleet) {
			time.Sleep(5 * time.Hour)
			_, err := f.agents[0].Incoming(t.Context())
			require.NoError(t, err)
			stop := serving(t, f, echo)
			time.Sleep(time.Hour)
			require.ErrorIs(t, stop(), context.Canceled)
			time.Sleep(5 * time.Hour)
			_, err = f.agents[0].Incoming(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 1, f.srv.CountStatus(lptest.OpSessionStart, 201))
		}, lptest.WithSessionIdle(400*time.Second))
	})
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		world(t, 1, func(t *testing.T, f *fleet) {
			agent := f.agents[0]
			agent.Close()
			agent.Close() // again
			time.Sleep(10 * time.Minute)
			for name, call := range map[string]func() error{
				"Incoming":        func() error { _, err := agent.Incoming(t.Context()); return err },
				"Accept":          func() error { _, err := agent.Accept(t.Context()); return err },
				"Chats":           func() error { _, err := agent.Chats(t.Context()); return err },
				"Availability":    func() error { _, err := agent.Availability(t.Context()); return err },
				"SetAvailability": func() error { return agent.SetAvailability(t.Context(), chatagent.Online) },
				"Status":          func() error { _, err := agent.Status(t.Context()); return err },
			} {
				assert.ErrorIs(t, call(), chatagent.ErrSessionLost, name)
			}
			next, err := chatagent.Start(t.Context(), agent.Login())
			require.NoError(t, err)
			require.NoError(t, next.SetAvailability(t.Context(), chatagent.Online))
			stop := serve(t, next, echo)
			v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
			_, err = v.WaitLine(t.Context(), 1)
			require.NoError(t, err)
			v.Leave()
			require.ErrorIs(t, stop(), context.Canceled)
		}, lptest.WithSessionIdle(400*time.Second))
	})
	t.Run("served again after it was lost", func(t *testing.T) {
		t.Parallel()
		world(t, 1, func(t *testing.T, f *fleet) {
			f.agents[0].Close()
			time.Sleep(10 * time.Minute)
			stop := serving(t, f, echo)
			time.Sleep(time.Minute)
			v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
			_, err := v.WaitLine(t.Context(), 1)
			require.NoError(t, err)
			v.Leave()
			require.ErrorIs(t, stop(), context.Canceled)
		}, lptest.WithSessionIdle(400*time.Second))
	})
}
