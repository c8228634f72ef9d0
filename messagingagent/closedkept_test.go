package messagingagent

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// How far a conversation was handled is kept until it is closed, and no longer.
func TestWhatIsKeptOfAConversationThatIsClosed(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("QueryMessages", events(text(0, "a")), noEvents)
		c := x.open()
		x.says("PublishEvent", sequenced(`1`))
		_, err := c.Send(t.Context(), Text("b"))
		require.NoError(t, err)
		assert.Equal(t, map[liveperson.ConversationID]map[DialogID]Position{"conv-1": {"conv-1": {Next: 0, Seen: 2}}}, x.a.Snapshot().Conversations)
		x.tell("DELETE", closedAs(""))
		time.Sleep(time.Second)
		require.ErrorIs(t, c.closed(), ErrConversationEnded)
		assert.Empty(t, x.a.Snapshot().Conversations)
	})
}
