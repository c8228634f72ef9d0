package chatagent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// The visitor has left, and no poll has told yet.
func TestTheVisitorHasLeft(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(ctx context.Context, f *fleet, chat *chatagent.Chat) error{
		"Send": func(ctx context.Context, _ *fleet, chat *chatagent.Chat) error {
			_, err := chat.Send(ctx, chatagent.Text("Good bye."))
			return err
		},
		"Transfer": func(ctx context.Context, f *fleet, chat *chatagent.Chat) error {
			return chat.Transfer(ctx, chatagent.TransferTarget{AgentID: liveperson.UserIDOf(f.srv.Agents()[1].ID)}, "")
		},
		"SetTyping": func(ctx context.Context, _ *fleet, chat *chatagent.Chat) error {
			return chat.SetTyping(ctx, chatagent.IsTyping)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 2, func(t *testing.T, f *fleet) {
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				chat, err := f.agents[0].Accept(t.Context())
				require.NoError(t, err)
				v.Say("bye")
				v.Leave()
				for range 2 {
					err = call(t.Context(), f, chat)
					require.ErrorIs(t, err, chatagent.ErrChatEnded)
					require.NotErrorIs(t, err, chatagent.ErrUnconfirmed)
					var e *liveperson.Error
					require.ErrorAs(t, err, &e)
					assert.Equal(t, 400, e.Status)
				}
				require.NoError(t, chat.End(t.Context()))
				require.NoError(t, chat.End(t.Context()), "again")
				var lines []string
				for line, err := range chat.Lines(t.Context()) {
					require.NoError(t, err)
					lines = append(lines, line.Text)
				}
				assert.Equal(t, []string{"hello", "bye"}, lines, "what was said last is not lost")
				require.NoError(t, chat.End(t.Context()))
			})
		})
	}
}

func TestEndingTwice(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		chat, err := f.agents[0].Accept(t.Context())
		require.NoError(t, err)
		require.NoError(t, chat.End(t.Context()))
		require.NoError(t, chat.End(t.Context()))
		_, err = chat.Send(t.Context(), chatagent.Text("too late"))
		require.ErrorIs(t, err, chatagent.ErrChatEnded)
	})
}

// A refusal of any kind has the chat's state looked at, once.
func TestRefusalsOfChatsThatAreOver(t *testing.T) {
	t.Parallel()
	const (
		over    = `200 {"info":{"state":"ended"}}`
		running = `200 {"info":{"state":"chatting"}}`
	)
	for _, status := range []int{400, 403, 404, 409, 410, 422} {
		for _, c := range []struct {
			name, info string
			ended      bool
		}{
			{"over", over, true},
			{"running", running, false},
			{"not known", `404 {"error":{"message":"no such chat"}}`, false},
		} {
			t.Run(fmt.Sprint(status, " ", c.name), func(t *testing.T) {
				t.Parallel()
				w, agent := newTap(t)
				chat := openChat(t, w, agent)
				refusal := fmt.Sprint(status, ` {"error":{"time":1,"message":"The chat has ended","internalCode":33}}`)
				w.on("POST "+ch+"/events", refusal)
				w.on("POST "+ch+"/transfer", refusal)
				w.on("GET "+ch+"/info", c.info)
				w.take()
				_, send := chat.Send(t.Context(), chatagent.Text("hi"))
				transfer := chat.Transfer(t.Context(), chatagent.TransferTarget{SkillID: "1"}, "")
				end := chat.End(t.Context())
				assert.Len(t, w.take(), 6)
				for _, err := range []error{send, transfer} {
					var e *liveperson.Error
					require.ErrorAs(t, err, &e)
					assert.Equal(t, status, e.Status)
					assert.Equal(t, c.ended, errors.Is(err, chatagent.ErrChatEnded))
				}
				if c.ended {
					require.NoError(t, end)
					assert.Regexp(t, `^chat has ended: chatagent\.Send: .*The chat has ended`, send.Error())
				} else {
					require.Error(t, end)
				}
			})
		}
	}
	t.Run("not for 429", func(t *testing.T) {
		t.Parallel()
		w, agent := newTap(t)
		chat := openChat(t, w, agent)
		w.on("POST "+ch+"/events", `429 {}`)
		w.take()
		_, err := chat.Send(t.Context(), chatagent.Text("hi"))
		require.ErrorIs(t, err, liveperson.ErrRateLimited)
		require.ErrorIs(t, chat.End(t.Context()), liveperson.ErrRateLimited)
		assert.Len(t, w.take(), 2)
	})
}

// To Serve it is an everyday thing.
func TestVisitorsWhoLeaveAreNoFailure(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]chatagent.Option{
		"ending":       nil,
		"handing over": {chatagent.WithHandOver(chatagent.TransferTarget{SkillID: "1"}, "")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				var log logged
				agent, err := chatagent.Start(t.Context(), f.agents[0].Login(), chatagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				require.NoError(t, err)
				require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
				visits := make(chan *lptest.Visit, 1)
				sent := make(chan error, 1)
				stop := serve(t, agent, func(ctx context.Context, chat *chatagent.Chat) error {
					v := <-visits
					if chat.Visitor() == "stopped" {
						<-ctx.Done()
						v.Leave()
						return ctx.Err()
					}
					v.Leave()
					_, err := chat.Send(ctx, chatagent.Text("too late"))
					sent <- err
					return fmt.Errorf("sending: %w", err)
				}, append(opts, chatagent.WithGrace(0), chatagent.WithOnError(func(_ *chatagent.Chat, err error) { t.Error("no failure", err) }))...)
				visits <- f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
				require.ErrorIs(t, <-sent, chatagent.ErrChatEnded)
				time.Sleep(5 * time.Second)
				visits <- f.srv.Visitor(lptest.Visitor{Name: "stopped", Skill: "skill of bot0"})
				time.Sleep(5 * time.Second)
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.NotContains(t, log.String(), "level=ERROR")
				assert.NotContains(t, log.String(), "level=WARN")
				assert.Equal(t, 0, chatagent.OpenChats(agent))
			})
		})
	}
}

// logged is a log that many goroutines write.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(l.buf.String())
}
