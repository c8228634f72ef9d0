package messagingagent

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What comes by itself while a conversation is read, and of which the answer knows nothing,
// has the messages before it read, too, before anybody gets the conversation.
func TestMessagesThatComeWhileAConversationIsRead(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("QueryMessages", "", events(text(0, "a")), noEvents, events(text(1, "b"), text(2, "c")), noEvents)
		time.AfterFunc(time.Second, func() {
			x.notify(".ams.ms.MessagingEventNotification", `{"changes":[`+text(2, "c")+`]}`)
		})
		c, err := x.a.Conversation(t.Context(), "conv-1")
		require.NoError(t, err)
		n, err := c.Unread()
		require.NoError(t, err)
		assert.Equal(t, 3, n)
	})
}
