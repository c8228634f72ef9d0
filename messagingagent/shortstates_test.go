package messagingagent

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// States that say little are told as they come; only of one that says nothing of a
// conversation that has gone the last state is told.
func TestStatesThatSayLittle(t *testing.T) {
	t.Parallel()
	state := func(details string) string {
		return `{"convId":"conv-5","conversationDetails":{"convId":"conv-5",` + details + `}}`
	}
	for details, skill := range map[string]string{
		`"skillId":"78","state":"OPEN"`:                        "78",
		`"skillId":"78","stage":"OPEN"`:                        "78",
		`"skillId":"78","metaDataLastUpdateTs":1700000130000`:  "78",
		`"skillId":"78"`:                                       "77",
		`"skillId":"78","state":"CLOSE","closeReason":"AGENT"`: "78",
	} {
		inScript(t, upserts(state(`"skillId":"77","state":"OPEN"`)), func(t *testing.T, x *scripted) {
			var seen []string
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			for change, err := range x.a.Conversations(ctx, Filter{}) {
				require.NoError(t, err, details)
				if seen = append(seen, fmt.Sprint(change.Info.Skill, " ", change.Gone)); len(seen) == 2 {
					break
				}
				x.notify(".ams.aam.ExConversationChangeNotification", `{"subscriptionId":"sub-2","changes":[{"type":"DELETE","result":`+state(details)+`}]}`)
			}
			assert.Equal(t, []string{"77 false", skill + " true"}, seen, details)
		})
	}
}

// The end of a conversation that was never told of is told as it comes, however little it
// says.
func TestTheEndOfAConversationThatWasNotTold(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		x.tell("DELETE", `{"convId":"conv-1"}`)
		assert.Empty(t, x.all())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		time.AfterFunc(time.Second, func() {
			x.notify(".ams.aam.ExConversationChangeNotification", `{"subscriptionId":"sub-2","changes":[{"type":"DELETE","result":{"convId":"conv-5"}}]}`)
		})
		for change, err := range x.a.Conversations(ctx, Filter{}) {
			require.NoError(t, err)
			assert.Equal(t, "conv-5 true", fmt.Sprint(change.Info.ID, " ", change.Gone))
			break
		}
	})
}
