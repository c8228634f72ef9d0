package messagingagent

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever takes part in a conversation from now on has what was said until then, of which
// he was told nothing.
func TestWhatWasSaidBeforeTakingPart(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(ctx context.Context, c *Conversation) error{
		"Join":     func(ctx context.Context, c *Conversation) error { return c.Join(ctx, RoleManager) },
		"TakeOver": func(ctx context.Context, c *Conversation) error { return c.TakeOver(ctx) },
	} {
		inScript(t, `[]`, func(t *testing.T, x *scripted) {
			x.becomes(upserts(conv("77", eve, "", "")))
			x.says("QueryMessages", events(text(0, "a")), noEvents, events(text(1, "b")), noEvents)
			c := x.open()
			require.NoError(t, call(t.Context(), c), name)
			assert.Len(t, x.sent(), 1, name)
			n, err := c.Unread()
			require.NoError(t, err)
			assert.Equal(t, 2, n, name)

			x.says("UpdateConversationField", `"code":403,"type":"x","body":"no"`)
			require.Error(t, call(t.Context(), c), name)
			x.all()
			n, err = c.Unread()
			require.NoError(t, err)
			assert.Equal(t, 2, n, name)
		})
	}
}
