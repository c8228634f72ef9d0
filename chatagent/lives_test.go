package chatagent_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// lives records what handlers saw: each of them one life of a chat.
type lives struct {
	mu   sync.Mutex
	seen []*seenLife
}

type seenLife struct {
	chat  *chatagent.Chat
	lines []string
	err   error // of the handler
	ended bool
}

// begin records a handler that begins; say records a line that it took.
func (l *lives) begin(chat *chatagent.Chat) (n int, say func(string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	life := &seenLife{chat: chat}
	l.seen = append(l.seen, life)
	return len(l.seen) - 1, func(line string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		life.lines = append(life.lines, line)
	}
}

// all are the lives until now.
func (l *lives) all() []seenLife {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []seenLife
	for _, one := range l.seen {
		all = append(all, seenLife{one.chat, slices.Clone(one.lines), one.err, one.ended})
	}
	return all
}

// thinking answers each line with "re: " and the line, after think. It looks at
// its context only when it takes a line or sends.
func (l *lives) thinking(think func(life int, line string)) chatagent.HandlerFunc {
	return func(ctx context.Context, chat *chatagent.Chat) (err error) {
		n, say := l.begin(chat)
		defer func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.seen[n].err, l.seen[n].ended = err, true
		}()
		for line, err := range chat.Lines(ctx) {
			if err != nil {
				return err
			}
			say(line.Text)
			think(n, line.Text)
			if _, err := chat.Send(ctx, chatagent.Text("re: "+line.Text)); err != nil {
				return err
			}
		}
		return nil
	}
}

// backAndForth transfers a chat to a colleague who transfers it back.
func backAndForth(t *testing.T, f *fleet, chat *chatagent.Chat) {
	t.Helper()
	bot, bea := f.srv.Agents()[0], f.colleague()
	person := f.srv.Person(bea)
	person.AcceptAll(true)
	assert.NoError(t, chat.Transfer(t.Context(), chatagent.TransferTarget{AgentID: userID(bea)}, ""))
	assert.NoError(t, person.TransferToAgent(string(chat.ID()), bot, ""))
}

// A chat comes back while a handler still thinks about what was said: the next
// handler begins at once, and each line is answered once.
func TestChatsThatComeBackWhileTheirHandlerThinks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		requeues int
		every    time.Duration
		think    time.Duration
		opts     []chatagent.Option
	}{
		{name: "once", requeues: 1, think: time.Minute},
		{name: "once, before a poll has seen it", requeues: 1, every: 100 * time.Millisecond, think: time.Minute},
		{name: "for as long as a short thought", requeues: 1, every: time.Second, think: 7 * time.Second},
		{name: "again and again", requeues: 5, every: 11 * time.Second, think: time.Minute},
		{name: "faster than it is accepted", requeues: 6, every: 700 * time.Millisecond, think: time.Minute},
		{name: "with room for one", requeues: 3, every: 9 * time.Second, think: 2 * time.Minute, opts: []chatagent.Option{chatagent.WithMaxChats(1)}},
		{name: "Occupied with one", requeues: 2, every: 15 * time.Second, think: 2 * time.Minute, opts: []chatagent.Option{chatagent.WithMaxChats(1), chatagent.WithWhenFull(chatagent.Occupied)}},
		{name: "longer than a chat lives", requeues: 2, every: 5 * time.Second, think: 10 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				var l lives
				stop := serving(t, f, l.thinking(func(_ int, line string) {
					if line != "last" {
						time.Sleep(c.think)
					}
				}), append(c.opts, chatagent.WithGrace(0))...)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				require.NoError(t, v.WaitAccepted(ctx))
				v.Say("one")
				time.Sleep(3 * time.Second)
				for range c.requeues {
					time.Sleep(c.every)
					v.Requeue()
				}
				ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				require.NoError(t, v.WaitAccepted(ctx), "it is accepted although a handler still thinks")
				time.Sleep(c.think + 10*time.Second)
				v.Say("last")
				time.Sleep(5 * time.Second)
				assert.Equal(t, []string{"re: one", "re: last"}, agentLines(v.Chat()))
				assert.NotEqual(t, "Away", f.srv.Availability(f.srv.Agents()[0]), "nothing has rung for too long")
				v.Leave()
				time.Sleep(c.think + 5*time.Second)
				assert.ErrorIs(t, stop(), context.Canceled)
				all := l.all()
				assert.Len(t, all, f.srv.Count(lptest.OpAccept), "a handler for each time it was accepted")
				for i, one := range all {
					assert.True(t, one.ended)
					if i == len(all)-1 {
						assert.Equal(t, []string{"one", "last"}, one.lines)
						assert.NoError(t, one.err)
						continue
					}
					assert.LessOrEqual(t, len(one.lines), 1)
					assert.ErrorIs(t, one.err, chatagent.ErrChatLost)
				}
				assert.Zero(t, f.srv.CountStatus(lptest.OpSend, 403), "nothing is sent for a chat that is known to be another")
			})
		})
	}
}

// A handler transfers its chat, and the chat comes back while it still runs.
func TestChatsThatComeBackAfterTheirTransfer(t *testing.T) {
	t.Parallel()
	for _, times := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				var l lives
				var mu sync.Mutex
				var after []error
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					n, say := l.begin(chat)
					for line, err := range chat.Lines(ctx) {
						if err != nil {
							return err
						}
						say(line.Text)
						if n < times {
							backAndForth(t, f, chat)
							time.Sleep(30 * time.Second)
							before := len(f.srv.Journal())
							_, err := chat.Send(ctx, chatagent.Text("too late"))
							mu.Lock()
							after = append(after, err, chat.End(ctx), chat.SetTyping(ctx, chatagent.IsTyping), chat.Transfer(ctx, chatagent.TransferTarget{AgentID: "1"}, ""))
							mu.Unlock()
							for _, r := range f.srv.Journal()[before:] {
								assert.NotContains(t, []lptest.Op{lptest.OpSend, lptest.OpEnd, lptest.OpSetTyping, lptest.OpTransfer}, r.Op)
							}
							return nil
						}
						if _, err := chat.Send(ctx, chatagent.Text("re: "+line.Text)); err != nil {
							return err
						}
					}
					return nil
				}, chatagent.WithGrace(0))
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(times)*10*time.Second)
				defer cancel()
				line, err := v.WaitLine(ctx, 1)
				require.NoError(t, err)
				assert.Equal(t, "re: one", line.Text)
				v.Say("two")
				_, err = v.WaitLine(ctx, 2)
				require.NoError(t, err)
				time.Sleep(time.Minute)
				assert.Equal(t, "chatting", v.Chat().State(), "a former handler's return leaves it alone")
				v.Leave()
				time.Sleep(5 * time.Second)
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Equal(t, []string{"re: one", "re: two"}, agentLines(v.Chat()))
				all := l.all()
				require.Len(t, all, times+1)
				for i, one := range all[:times] {
					assert.Equal(t, []string{"one"}, one.lines, i)
				}
				assert.Len(t, after, 4*times)
				for _, err := range after {
					assert.ErrorIs(t, err, chatagent.ErrChatLost)
				}
				assert.Zero(t, f.srv.Count(lptest.OpEnd))
			})
		})
	}
}

// By hand a chat that comes back is another Chat, each time, whatever way it
// comes; the former one says ErrChatLost and asks nothing.
func TestChatsThatComeBackByHand(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(t *testing.T, f *fleet, v *lptest.Visit, chat *chatagent.Chat){
		"transferred": func(t *testing.T, f *fleet, _ *lptest.Visit, chat *chatagent.Chat) { backAndForth(t, f, chat) },
		"requeued":    func(_ *testing.T, _ *fleet, v *lptest.Visit, _ *chatagent.Chat) { v.Requeue() },
		"requeued twice": func(_ *testing.T, f *fleet, v *lptest.Visit, _ *chatagent.Chat) {
			v.Requeue()
			f.srv.AcceptAs(f.srv.Agents()[0])
			v.Requeue()
		},
		"requeued, and known to be lost": func(t *testing.T, _ *fleet, v *lptest.Visit, chat *chatagent.Chat) {
			v.Requeue()
			for _, err := range chat.Lines(t.Context(), chatagent.FromStart()) {
				if err != nil {
					assert.ErrorIs(t, err, chatagent.ErrChatLost)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				agent := f.agents[0]
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				first, err := agent.Accept(t.Context())
				require.NoError(t, err)
				handles := []*chatagent.Chat{first}
				for n := range 4 {
					leave(t, f, v, handles[n])
					v.Say(fmt.Sprint(n))
					chat, err := agent.Accept(t.Context())
					require.NoError(t, err)
					require.NotContains(t, handles, chat)
					handles = append(handles, chat)
					for _, id := range []chatagent.ChatID{chat.ID(), chatagent.ChatID(v.ChatID())} {
						known, err := agent.Chat(t.Context(), id)
						require.NoError(t, err)
						require.Same(t, chat, known)
					}
					before := len(f.srv.Journal())
					for _, old := range handles[:n+1] {
						_, err := old.Send(t.Context(), chatagent.Text("too late"))
						require.ErrorIs(t, err, chatagent.ErrChatLost)
						_, err = old.Info(t.Context())
						require.ErrorIs(t, err, chatagent.ErrChatLost)
						_, err = old.EventsFrom(t.Context(), 0)
						require.ErrorIs(t, err, chatagent.ErrChatLost)
						_, err = old.TransferSkills(t.Context())
						require.ErrorIs(t, err, chatagent.ErrChatLost)
						require.ErrorIs(t, old.SetTyping(t.Context(), chatagent.IsTyping), chatagent.ErrChatLost)
						require.ErrorIs(t, old.End(t.Context()), chatagent.ErrChatLost)
						require.ErrorIs(t, old.Transfer(t.Context(), chatagent.TransferTarget{AgentID: "1"}, ""), chatagent.ErrChatLost)
						for _, err := range old.Events(t.Context()) { // ends: what is left, then the error
							_ = err
						}
					}
					require.Len(t, f.srv.Journal(), before, "nothing is asked")
					_, err = chat.Send(t.Context(), chatagent.Text(fmt.Sprint("re: ", n)))
					require.NoError(t, err)
				}
				assert.Equal(t, []string{"re: 0", "re: 1", "re: 2", "re: 3"}, agentLines(v.Chat()))
				last := handles[len(handles)-1]
				v.Say("bye")
				v.Leave()
				var lines []string
				for line, err := range last.Lines(t.Context(), chatagent.FromStart()) {
					require.NoError(t, err)
					lines = append(lines, line.Text)
				}
				assert.Equal(t, []string{"hello", "0", "1", "2", "3", "bye"}, lines, "each line once in one life")
				_, err = agent.Accept(t.Context())
				assert.ErrorIs(t, err, chatagent.ErrNoIncoming)
			})
		})
	}
}

// Whoever watches sees the lives one after the other.
func TestLivesUnderWatch(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		agent := f.agents[0]
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var story []string
		handles := map[*chatagent.Chat]bool{}
		for u, err := range agent.Watch(ctx) {
			if err != nil {
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				break
			}
			switch u := u.(type) {
			case chatagent.Ringing:
				if u.Count == 0 {
					continue
				}
				_, err := agent.Accept(ctx)
				assert.NoError(t, err)
			case chatagent.ChatOpened:
				story = append(story, "opened "+string(u.How))
				assert.False(t, handles[u.Chat])
				handles[u.Chat] = true
				switch len(handles) {
				case 1:
					v.Requeue()
				case 2:
					backAndForth(t, f, u.Chat)
				}
			case chatagent.ChatClosed:
				story = append(story, "closed "+string(u.How))
			}
		}
		assert.Equal(t, []string{
			"opened accepted", "closed replaced", "opened accepted", "closed transferred", "opened transferred", "closed left open",
		}, story)
		assert.Equal(t, "chatting", v.Chat().State())
	})
}

// A reply that comes late stands behind what the visitor has said meanwhile, and does
// not hide it from the chat's next life; what it answers is not handed out again.
func TestLateRepliesHideNothingFromTheNextLife(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"after the reply", "while it is thought about", "when it is known to be lost"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				var mu sync.Mutex
				var heard []string
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					for line, err := range chat.Lines(ctx) {
						if err != nil {
							return err
						}
						mu.Lock()
						heard = append(heard, line.Text)
						first := len(heard) == 1
						mu.Unlock()
						if first {
							time.Sleep(10 * time.Second)
						}
						if _, err := chat.Send(ctx, chatagent.Text("to "+line.Text)); err != nil {
							return err
						}
						if first {
							time.Sleep(10 * time.Second)
						}
					}
					return nil
				})
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				time.Sleep(5 * time.Second)
				v.Say("two") // before the reply to one
				if when == "while it is thought about" {
					v.Requeue()
				}
				time.Sleep(6 * time.Second) // the reply, unless the chat has come again
				if when != "while it is thought about" {
					v.Requeue()
				}
				if when == "when it is known to be lost" {
					f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Status: 429, Times: 1}) // not at once
				}
				v.Say("three")
				time.Sleep(time.Minute)
				want := []string{"to one", "to two", "to three"}
				assert.Equal(t, want, agentLines(v.Chat()))
				v.Leave()
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// The same wherever the loop over the lines begins.
func TestLateRepliesHideNothingWhereverOneBegins(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]chatagent.LinesOption{"from unanswered": chatagent.FromUnanswered(), "after own": chatagent.AfterOwn()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					for line, err := range chat.Lines(ctx, begin) {
						if err != nil {
							return err
						}
						time.Sleep(10 * time.Second)
						if _, err := chat.Send(ctx, chatagent.Text("to "+line.Text)); err != nil {
							return err
						}
						time.Sleep(10 * time.Second)
					}
					return nil
				})
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
				require.NoError(t, v.WaitAccepted(t.Context()))
				v.Say("one")
				v.Say("two")
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				v.Requeue()
				time.Sleep(30 * time.Second)
				assert.Equal(t, []string{"to one", "to two"}, agentLines(v.Chat()))
				v.Leave()
				time.Sleep(30 * time.Second)
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// A note to agents, and a line that the service did not take, answer nothing: the next life
// is handed what they were about.
func TestWhatAnswersNothing(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]chatagent.Content{"a note": chatagent.Whisper(chatagent.Text("hm")), "a line that is refused": chatagent.Text("hm")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				if name != "a note" {
					f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Status: 400, Times: 1})
				}
				var l lives
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					n, say := l.begin(chat)
					for heard, err := range chat.Lines(ctx) {
						if err != nil {
							return err
						}
						say(heard.Text)
						if n == 0 {
							_, err := chat.Send(ctx, line)
							assert.Equal(t, name == "a note", err == nil, "%v", err)
							time.Sleep(time.Minute)
						}
					}
					return nil
				}, chatagent.WithGrace(0))
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				time.Sleep(5 * time.Second)
				v.Colleague(lptest.Line{Text: "It is Bea", AgentID: 4711}) // which is seen
				time.Sleep(5 * time.Second)
				v.Requeue()
				time.Sleep(10 * time.Second)
				all := l.all()
				require.Len(t, all, 2)
				assert.Equal(t, []string{"one"}, all[1].lines)
				v.Leave()
				time.Sleep(time.Minute)
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// A handler who does not listen has handled nothing: what its own line stands behind counts
// as answered in the next life.
func TestALifeThatDidNotListen(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		var first atomic.Bool
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			if first.Swap(true) {
				return echo(ctx, chat)
			}
			_, err := chat.Send(ctx, chatagent.Text("welcome"))
			<-ctx.Done()
			return err
		}, chatagent.WithGrace(0))
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		v.Requeue()
		v.Say("two")
		time.Sleep(10 * time.Second)
		assert.Equal(t, []string{"welcome", "You said: two"}, agentLines(v.Chat()))
		v.Leave()
		time.Sleep(5 * time.Second)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// Nor does a colleague's line hide it that the former life has seen, or that is for agents
// only. What he says to the visitor after that does.
func TestColleaguesLinesBetweenTwoLives(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		seen  bool
		sub   string
		lines []string
	}{
		{"seen", true, "", []string{"It is Bea", "re: one", "re: two"}},
		{"not seen", false, "", []string{"It is Bea", "re: two"}},
		{"a note, seen", true, "ONLY_TO_REP", []string{"It is Bea", "re: one", "re: two"}},
		{"a note, not seen", false, "ONLY_TO_REP", []string{"It is Bea", "re: one", "re: two"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				var l lives
				stop := serving(t, f, l.thinking(func(life int, _ string) {
					if life == 0 {
						time.Sleep(time.Minute)
					}
				}))
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				bea := lptest.Line{Text: "It is Bea", AgentID: 4711, SubType: c.sub}
				time.Sleep(5 * time.Second)
				if c.seen {
					v.Colleague(bea)
					time.Sleep(5 * time.Second)
				}
				v.Requeue()
				if !c.seen {
					v.Colleague(bea)
				}
				v.Say("two")
				time.Sleep(10 * time.Second)
				assert.Equal(t, c.lines, agentLines(v.Chat()))
				v.Leave()
				time.Sleep(time.Minute)
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// A life that is gone sends nothing more, not even the line that it was about to send
// again: the next one has its turn.
func TestALifeThatIsGoneSendsNothingAgain(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{time.Second, 7 * time.Second, 20 * time.Second, 29 * time.Second} {
		t.Run(wait.String(), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Status: 503, Times: 1})
				errs := make(chan error, 10)
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					for line, err := range chat.Lines(ctx) {
						if err != nil {
							return err
						}
						_, err := chat.Send(ctx, chatagent.Text("to "+line.Text))
						errs <- err
						if err != nil {
							return err
						}
					}
					return nil
				})
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				require.NoError(t, v.WaitAccepted(t.Context()))
				time.Sleep(wait)
				v.Requeue()
				time.Sleep(2 * time.Minute)
				require.ErrorIs(t, <-errs, chatagent.ErrChatLost)
				assert.LessOrEqual(t, len(agentLines(v.Chat())), 1)
				assert.LessOrEqual(t, f.srv.Count(lptest.OpSend), 2)
				v.Leave()
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
