package chatagent_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A chat is taken away while one of its lines is not answered, and comes again to the
// next process, which goes on with the agent session: it knows that what stands before
// the last answer was not answered.
func TestChatThatComesAgainAfterARestart(t *testing.T) {
	t.Parallel()
	for _, away := range []string{"before the process stops", "between the processes", "before the next one is told anything"} {
		t.Run(away, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				think := func(ctx context.Context, chat *chatagent.Chat) error {
					for line, err := range chat.Lines(ctx) {
						if err != nil {
							return err
						}
						time.Sleep(4 * time.Second)
						if _, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text)); err != nil {
							return err
						}
						time.Sleep(time.Second)
					}
					return nil
				}
				stop := serving(t, f, think, chatagent.WithLeaveChats())
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				time.Sleep(time.Second)
				v.Say("two") // before the answer to one
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				requeue := func(when string) {
					if when == away {
						f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Status: 503, End: 15 * time.Second})
						v.Requeue()
					}
				}
				requeue("before the process stops")
				if away == "before the process stops" {
					time.Sleep(6 * time.Second)
				}
				require.ErrorIs(t, stop(), context.Canceled)
				snap := snapshot(t, f.agents[0])
				requeue("between the processes")
				f.agents[0], err = chatagent.Resume(t.Context(), f.agents[0].Login(), snap)
				require.NoError(t, err)
				requeue("before the next one is told anything")
				stop = serving(t, f, think)
				time.Sleep(time.Minute)
				assert.Equal(t, []string{"You said: one", "You said: two"}, agentLines(v.Chat()))
				v.Leave()
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// The snapshot says of a chat that went away from where it is to go on, should it come
// again: from the line that was not answered. And what was known of it then.
func TestSnapshotOfAChatThatWentAway(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			for line, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
				if line.Text == "one" {
					_, err = chat.Send(ctx, chatagent.Text("You said: one"))
					require.NoError(t, err)
				}
			}
			return nil
		})
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		time.Sleep(10 * time.Second)
		v.Say("two")
		v.Say("three")
		time.Sleep(10 * time.Second)
		f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Status: 503})
		events := v.Chat().Events()
		v.Requeue()
		time.Sleep(10 * time.Second)
		doc, err := snapshot(t, f.agents[0]).Reveal()
		require.NoError(t, err)
		seen := events[len(events)-1].ID
		assert.Contains(t, string(doc), fmt.Sprintf(`"reached":{"%s":{"next":%d,"seen":%d}}`, v.ChatID(), seen-1, seen))
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// A chat that a former Serve has left goes on in the next one, is transferred there, and
// comes back: what was answered in between is not answered again.
func TestChatThatComesBackAfterARestart(t *testing.T) {
	t.Parallel()
	for name, resumes := range map[string]bool{"another process": true, "another Serve": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				bea := f.srv.Person(f.colleague())
				bea.Online()
				bot := f.srv.Agents()[0]
				handle := func(ctx context.Context, chat *chatagent.Chat) error {
					for line, err := range chat.Lines(ctx) {
						if err != nil {
							return err
						}
						if _, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text)); err != nil {
							return err
						}
						if line.Text == "two" {
							return chat.Transfer(ctx, chatagent.TransferTarget{AgentID: userID(f.colleague())}, "")
						}
					}
					return nil
				}
				stop := serving(t, f, handle, chatagent.WithLeaveChats())
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				require.ErrorIs(t, stop(), context.Canceled)
				if resumes {
					f.agents[0], err = chatagent.Resume(t.Context(), f.agents[0].Login(), snapshot(t, f.agents[0]))
					require.NoError(t, err)
				}
				stop = serving(t, f, handle)
				v.Say("two")
				for bea.Accept() == "" {
					time.Sleep(100 * time.Millisecond)
				}
				require.NoError(t, bea.TransferToAgent(v.ChatID(), bot, ""))
				time.Sleep(20 * time.Second)
				v.Say("three")
				time.Sleep(20 * time.Second)
				assert.Equal(t, []string{"You said: one", "You said: two", "You said: three"}, agentLines(v.Chat()))
				v.Leave()
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}
