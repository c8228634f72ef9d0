package messagingagent

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Events of several conversations that come together go each to its own, whatever they
// name.
func TestEventsOfSeveralConversationsTogether(t *testing.T) {
	t.Parallel()
	one, other := conv("77", me, "", ""), strings.ReplaceAll(conv("77", me, "", ""), "conv-1", "conv-2")
	inScript(t, upserts(one, other), func(t *testing.T, x *scripted) {
		first := x.open()
		second, err := x.a.Conversation(t.Context(), "conv-2")
		require.NoError(t, err)
		by := func(number, members string) string {
			return `{"sequence":` + number + `,` + members + `,"originatorId":"c0ffee00","originatorMetadata":{"id":"c0ffee00","role":"CONSUMER"},` +
				`"event":{"type":"ContentEvent","contentType":"text/plain","message":"` + number + `"}}`
		}
		for _, changes := range []string{
			by("0", `"dialogId":"conv-1"`) + `,` + by("0", `"dialogId":"conv-2"`),
			by("1", `"conversationId":"conv-1"`) + `,` + by("1", `"conversationId":"conv-2"`),
			by("2", `"dialogId":"conv-2"`) + `,` + by("2", `"dialogId":"conv-1"`) + `,` + by("3", `"dialogId":"conv-1"`) + `,` + by("3", `"dialogId":"conv-2"`),
		} {
			x.notify(".ams.ms.MessagingEventNotification", `{"changes":[`+changes+`]}`)
		}
		synctest.Wait()
		for _, c := range []*Conversation{first, second} {
			n, err := c.Unread()
			require.NoError(t, err)
			assert.Equal(t, 4, n)
		}
		assert.Empty(t, x.sent())
	})
}
