package chatagent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Where Lines and Turns begin in a chat that others had before, and what Unread
// counts. Notes that only agents see never count as an answer.
func TestWhereLinesBegin(t *testing.T) {
	t.Parallel()
	// What is said before the chat comes here: "v: …" by the visitor, "c: …" by a
	// colleague, "n: …" a note of his, "m: …" by this agent in a former life, "w: …" a
	// note of this agent.
	for _, c := range []struct {
		name                            string
		before                          []string
		fromUnanswered, afterOwn, start []string
	}{
		{name: "nobody answered", before: []string{"v: one", "v: two"}, fromUnanswered: []string{"one", "two"}},
		{name: "a colleague answered", before: []string{"v: one", "c: hi", "v: two"}, fromUnanswered: []string{"two"}, afterOwn: []string{"one", "two"}},
		{name: "a colleague says goodbye", before: []string{"v: one", "c: goodbye, the bot takes over"}, fromUnanswered: nil, afterOwn: []string{"one"}},
		{name: "a colleague leaves a note", before: []string{"v: one", "c: hi", "v: two", "n: she is angry"}, fromUnanswered: []string{"two"}, afterOwn: []string{"one", "two"}},
		{name: "notes alone", before: []string{"v: one", "n: hm", "n: hm"}, fromUnanswered: []string{"one"}},
		{
			name: "this agent answered, then a colleague", before: []string{"v: one", "m: hi", "v: two", "c: hello", "v: three", "c: goodbye"},
			fromUnanswered: nil, afterOwn: []string{"two", "three"}, start: []string{"one", "two", "three"},
		},
		{
			name: "this agent answered last", before: []string{"v: one", "c: hi", "v: two", "m: hello", "v: three"},
			fromUnanswered: []string{"three"}, afterOwn: []string{"three"}, start: []string{"one", "two", "three"},
		},
		{
			name: "a note of this agent", before: []string{"v: one", "m: hi", "v: two", "w: later"},
			fromUnanswered: []string{"two"}, afterOwn: []string{"two"}, start: []string{"one", "two"},
		},
	} {
		for name, begin := range map[string]struct {
			opts []chatagent.LinesOption
			want []string
		}{
			"by default":     {nil, c.fromUnanswered},
			"FromUnanswered": {[]chatagent.LinesOption{chatagent.FromUnanswered()}, c.fromUnanswered},
			"AfterOwn":       {[]chatagent.LinesOption{chatagent.AfterOwn()}, c.afterOwn},
			"FromStart":      {[]chatagent.LinesOption{chatagent.FromStart()}, c.start},
			"the last wins":  {[]chatagent.LinesOption{chatagent.FromStart(), chatagent.FromUnanswered()}, c.fromUnanswered},
		} {
			want := begin.want
			if want == nil && name == "AfterOwn" && c.afterOwn == nil || want == nil && name == "FromStart" && c.start == nil {
				for _, line := range c.before { // with the whole history
					if text, is := strings.CutPrefix(line, "v: "); is {
						want = append(want, text)
					}
				}
			}
			for _, turns := range []bool{false, true} {
				t.Run(fmt.Sprint(c.name, " ", name, " ", turns), func(t *testing.T) {
					t.Parallel()
					world(t, 1, func(t *testing.T, f *fleet) {
						user := f.srv.Agents()[0]
						v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
						chat, err := f.agents[0].Accept(t.Context())
						require.NoError(t, err)
						for _, line := range c.before {
							who, text, _ := strings.Cut(line, ": ")
							switch who {
							case "v":
								v.Say(text)
							case "c":
								v.Colleague(lptest.Line{Text: text, AgentID: 4711})
							case "n":
								v.Colleague(lptest.Line{Text: text, AgentID: 4711, SubType: "ONLY_TO_REP"})
							case "m":
								_, err = chat.Send(t.Context(), chatagent.Text(text))
							case "w":
								_, err = chat.Send(t.Context(), chatagent.Whisper(chatagent.Text(text)))
							}
							require.NoError(t, err)
						}
						v.Requeue()
						require.Equal(t, user.LoginName, v.Chat().Ringing())
						chat, err = f.agents[0].Accept(t.Context())
						require.NoError(t, err)
						n, err := chat.Unread(t.Context(), begin.opts...)
						require.NoError(t, err)
						assert.Equal(t, len(want), n)
						time.AfterFunc(5*time.Second, func() { v.Say("last"); v.Leave() })
						var got []string
						if turns {
							for turn, err := range chat.Turns(t.Context(), begin.opts...) {
								require.NoError(t, err)
								for _, line := range turn {
									got = append(got, line.Text)
								}
							}
						} else {
							for line, err := range chat.Lines(t.Context(), begin.opts...) {
								require.NoError(t, err)
								got = append(got, line.Text)
							}
						}
						assert.Equal(t, slices.Concat(want, []string{"last"}), got)
					})
				})
			}
		}
	}
}

// script has a visitor say lines at times, and leave at the last.
func script(v *lptest.Visit, says ...any) {
	for i := 0; i+1 < len(says); i += 2 {
		time.AfterFunc(says[i].(time.Duration), func() {
			if text := says[i+1].(string); text == "" {
				v.Leave()
			} else {
				v.Say(text)
			}
		})
	}
}

// Idle says each time that the visitor is silent; the loop goes on.
func TestIdle(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for _, c := range []struct {
		name string
		idle time.Duration
		says []any
		want []string
	}{
		{"never silent", 30 * s, []any{10 * s, "one", 30 * s, "two", 50 * s, ""}, []string{"one", "two"}},
		{"silent once", 30 * s, []any{10 * s, "one", 60 * s, "two", 80 * s, ""}, []string{"one", "idle", "two"}},
		{"silent from the start", 30 * s, []any{45 * s, "one", 60 * s, ""}, []string{"idle", "one"}},
		{"silent for long", 30 * s, []any{10 * s, "one", 145 * s, ""}, []string{"one", "idle", "idle", "idle", "idle"}},
		{"what others do is no line", 30 * s, []any{100 * s, ""}, []string{"idle", "idle", "idle"}},
	} {
		for _, managed := range []bool{true, false} {
			t.Run(fmt.Sprint(c.name, " ", managed), func(t *testing.T) {
				t.Parallel()
				world(t, 1, func(t *testing.T, f *fleet) {
					v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
					var got []string
					begun := time.Now()
					read := func(ctx context.Context, chat *chatagent.Chat) error {
						for line, err := range chat.Lines(ctx, chatagent.Idle(c.idle)) {
							switch {
							case errors.Is(err, chatagent.ErrIdle):
								got = append(got, "idle")
								assert.EqualError(t, err, "the visitor has said nothing for a while")
							case err != nil:
								return err
							default:
								got = append(got, line.Text)
							}
						}
						return nil
					}
					script(v, c.says...)
					if managed {
						f.serve(t, read)
					} else {
						chat, err := f.agents[0].Accept(t.Context())
						require.NoError(t, err)
						require.NoError(t, read(t.Context(), chat))
					}
					assert.Equal(t, c.want, got)
					assert.Less(t, time.Since(begun), 3*time.Minute)
				})
			})
		}
	}
}

// Turns puts together what comes together.
func TestTurns(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for _, c := range []struct {
		name string
		opts []chatagent.LinesOption
		says []any
		want []string
	}{
		{"each alone", nil, []any{5 * s, "one", 15 * s, "two", 25 * s, ""}, []string{"one", "two"}},
		{"what has come by then", nil, []any{5 * s, "one", 5*s + 1, "two", 15 * s, ""}, []string{"one+two"}},
		{"gathered", []chatagent.LinesOption{chatagent.Gather(8 * s)}, []any{5 * s, "one", 9 * s, "two", 13 * s, "three", 40 * s, "four", 60 * s, ""}, []string{"one+two+three", "four"}},
		{"the end hurries", []chatagent.LinesOption{chatagent.Gather(time.Hour)}, []any{5 * s, "one", 9 * s, "two", 20 * s, ""}, []string{"one+two"}},
		{
			"gathered, then silent",
			[]chatagent.LinesOption{chatagent.Gather(8 * s), chatagent.Idle(30 * s)},
			[]any{5 * s, "one", 9 * s, "two", 60 * s, "three", 75 * s, ""},
			[]string{"one+two", "idle", "three"},
		},
		{"no time to gather", []chatagent.LinesOption{chatagent.Gather(0)}, []any{5 * s, "one", 15 * s, "two", 25 * s, ""}, []string{"one", "two"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
				var got []string
				script(v, c.says...)
				f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
					for turn, err := range chat.Turns(ctx, c.opts...) {
						switch {
						case errors.Is(err, chatagent.ErrIdle):
							got = append(got, "idle")
						case err != nil:
							return err
						default:
							var texts []string
							for _, line := range turn {
								texts = append(texts, line.Text)
							}
							got = append(got, strings.Join(texts, "+"))
						}
					}
					return nil
				})
				assert.Equal(t, c.want, got)
			})
		})
	}
}

// A turn that is being gathered when the context ends, or when the chat is left to
// another process, is not lost: it is yielded, or handled there.
func TestTurnsThatAreCutShort(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		read := make(chan []chatagent.Line, 10)
		gathering := func(ctx context.Context, chat *chatagent.Chat) error {
			for turn, err := range chat.Turns(ctx, chatagent.Gather(15*time.Second)) {
				if err != nil {
					return err
				}
				read <- turn
			}
			return nil
		}
		stop := serving(t, f, gathering, chatagent.WithLeaveChats())
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		time.Sleep(5 * time.Second)
		v.Say("two")
		time.Sleep(5 * time.Second)
		require.ErrorIs(t, stop(), context.Canceled)
		stop = serving(t, f, gathering, chatagent.WithLeaveChats())
		time.Sleep(5 * time.Second)
		v.Say("three")
		time.Sleep(30 * time.Second)
		require.ErrorIs(t, stop(), context.Canceled)
		close(read)
		var texts []string
		for turn := range read {
			for _, line := range turn {
				texts = append(texts, line.Text)
			}
		}
		assert.Equal(t, []string{"one", "two", "three"}, texts)
	})
}

func TestBadLinesOptions(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.take()
	for _, c := range []struct {
		option chatagent.LinesOption
		says   string
	}{
		{chatagent.Idle(0), "idle: must be positive"},
		{chatagent.Idle(-time.Second), "idle: must be positive"},
		{chatagent.Gather(-1), "gather: must not be negative"},
	} {
		for op, call := range map[string]func() error{
			"chatagent.Lines": func() (err error) {
				for _, e := range chat.Lines(t.Context(), c.option) {
					err = e
				}
				return err
			},
			"chatagent.Turns": func() (err error) {
				for _, e := range chat.Turns(t.Context(), c.option) {
					err = e
				}
				return err
			},
			"chatagent.Unread": func() error { _, err := chat.Unread(t.Context(), c.option); return err },
		} {
			err := call()
			require.ErrorIs(t, err, liveperson.ErrInvalidInput)
			var in *liveperson.InputError
			require.ErrorAs(t, err, &in)
			assert.Equal(t, op, in.Op)
			assert.Contains(t, err.Error(), c.says)
		}
	}
	assert.Empty(t, w.take())
}

// A visitor who writes during an outage is not idle: what he wrote comes first.
func TestNobodyIsIdleWhoCannotBeHeard(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		var mu sync.Mutex
		var seen []string
		stop := serving(t, f, func(ctx context.Context, c *chatagent.Chat) error {
			for line, err := range c.Lines(ctx, chatagent.Idle(20*time.Second)) {
				mu.Lock()
				switch {
				case errors.Is(err, chatagent.ErrIdle):
					seen = append(seen, "idle")
				case err == nil:
					seen = append(seen, line.Text)
				}
				mu.Unlock()
				if err != nil && !errors.Is(err, chatagent.ErrIdle) {
					return err
				}
			}
			return nil
		})
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "0"})
		require.NoError(t, v.WaitAccepted(t.Context()))
		time.Sleep(10 * time.Second)
		f.srv.AddFault(lptest.Fault{Status: 503, End: 25 * time.Second})
		time.Sleep(5 * time.Second)
		v.Say("1")
		time.Sleep(38 * time.Second)
		mu.Lock()
		assert.Equal(t, []string{"0", "1"}, seen)
		mu.Unlock()
		time.Sleep(20 * time.Second)
		mu.Lock()
		assert.Equal(t, []string{"0", "1", "idle"}, seen)
		mu.Unlock()
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
