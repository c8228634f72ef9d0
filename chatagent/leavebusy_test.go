package chatagent_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A handler that is at work, or that waits for its context, while Serve leaves
// its chats: they are kept alive, and Serve returns.
func TestLeavingChatsWhoseHandlersAreBusy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		busy func(ctx context.Context) error
		opts []chatagent.Option
		take time.Duration // until Serve returns
	}{
		{"until its context ends", func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}, nil, 14 * time.Second},
		{"until its context ends, for a long grace", func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}, []chatagent.Option{chatagent.WithGrace(10 * time.Minute)}, 7 * time.Minute},
		{"until its context ends, without a grace", func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}, []chatagent.Option{chatagent.WithGrace(0)}, 0},
		{"for 90 s within the grace", func(context.Context) error {
			time.Sleep(90 * time.Second)
			return nil
		}, []chatagent.Option{chatagent.WithGrace(3 * time.Minute)}, 90 * time.Second},
		{"for 90 s whatever its context says", func(context.Context) error {
			time.Sleep(90 * time.Second)
			return nil
		}, nil, 90 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				began := make(chan struct{})
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					if chat.Visitor() == "quick" {
						return echo(ctx, chat)
					}
					for _, err := range chat.Lines(ctx) {
						if err != nil {
							return err
						}
						close(began)
						if err := c.busy(ctx); err != nil {
							return err
						}
					}
					return nil
				}, append(c.opts, chatagent.WithLeaveChats(), chatagent.WithOnError(func(_ *chatagent.Chat, err error) {
					t.Error("a chat that is left has not failed", err)
				}))...)
				busy := f.srv.Visitor(lptest.Visitor{Name: "busy", Skill: "skill of bot0", FirstLine: "one"})
				quick := f.srv.Visitor(lptest.Visitor{Name: "quick", Skill: "skill of bot0", FirstLine: "one"})
				_, err := quick.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				<-began
				begun := time.Now()
				require.ErrorIs(t, stop(), context.Canceled)
				assert.InDelta(t, c.take.Seconds(), time.Since(begun).Seconds(), 1)
				for _, v := range []*lptest.Visit{busy, quick} {
					v.Say("two")
					assert.Equal(t, "chatting", v.Chat().State())
				}
				assert.Zero(t, f.srv.Count(lptest.OpEnd))
				assert.Equal(t, "snapshot of an agent session with 2 chats", snapshot(t, f.agents[0]).String())

				stop = serving(t, f, echo)
				for n, v := range map[int]*lptest.Visit{1: busy, 2: quick} {
					line, err := v.WaitLine(t.Context(), n)
					require.NoError(t, err)
					assert.Equal(t, "You said: two", line.Text)
					v.Leave()
				}
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Len(t, agentLines(busy.Chat()), 1)
				assert.Len(t, agentLines(quick.Chat()), 2)
			})
		})
	}
}

// No chat is accepted while Serve waits for the handlers of those it leaves,
// and a visitor who leaves meanwhile is noticed.
func TestLeavingAcceptsNothingMore(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			<-ctx.Done()
			return ctx.Err()
		}, chatagent.WithLeaveChats())
		leaves := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		stays := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		require.NoError(t, leaves.WaitAccepted(t.Context()))
		require.NoError(t, stays.WaitAccepted(t.Context()))
		time.Sleep(5 * time.Second)
		go func() {
			time.Sleep(5 * time.Second)
			leaves.Leave()
			f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		}()
		require.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, 2, f.srv.Count(lptest.OpAccept))
		assert.Equal(t, "chatting", stays.Chat().State())
		assert.Equal(t, "snapshot of an agent session with 1 chats", snapshot(t, f.agents[0]).String())
	})
}

// A handler that has done with its chat while Serve leaves the others: its chat
// ends. One that fails is reported, and its chat left to the next process.
func TestLeavingWhileAHandlerReturns(t *testing.T) {
	t.Parallel()
	failure := errors.New("no idea")
	for state, err := range map[string]error{"ended": nil, "chatting": failure} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				f.visitors("hello")
				var failed []error
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					for _, err := range chat.Lines(ctx) {
						assert.NoError(t, err)
						break
					}
					time.Sleep(5 * time.Second)
					return err
				}, chatagent.WithLeaveChats(), chatagent.WithOnError(func(_ *chatagent.Chat, err error) { failed = append(failed, err) }))
				time.Sleep(4 * time.Second)
				assert.ErrorIs(t, stop(), context.Canceled)
				assert.Equal(t, state, f.visits[0].Chat().State())
				if err == nil {
					assert.Empty(t, failed)
				} else {
					assert.Equal(t, []error{failure}, failed)
				}
			})
		})
	}
}

// The visitor says something more and leaves while the handler of a chat is busy that is to be
// left open: there is nothing to leave any more, and the handler hears all of it.
func TestChatThatEndsWhileItIsLeft(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		var failed, heard, ended atomic.Int64
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			for _, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
				heard.Add(1)
				time.Sleep(10 * time.Second)
			}
			ended.Add(1)
			return nil
		}, chatagent.WithLeaveChats(), chatagent.WithOnError(func(*chatagent.Chat, error) { failed.Add(1) }))
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		for heard.Load() == 0 {
			time.Sleep(100 * time.Millisecond)
		}
		v.Say("two")
		v.Leave()
		time.Sleep(5 * time.Second)
		require.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, int64(2), heard.Load())
		assert.Equal(t, int64(1), ended.Load(), "handlers that see the chat's end")
		assert.Zero(t, failed.Load())
	})
}
