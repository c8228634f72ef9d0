package chatagent_test

import (
	"context"
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
