package messagingagent

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the service tells of a conversation while it is asked for it counts, and not the
// answer, which may be older.
func TestAConversationThatIsToldOfWhileItIsAskedFor(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.becomes(`[]`)
		x.says(`"conversationId":"conv-1"`, subscriptionNamed("sub-7"), subscriptionNamed("sub-8"))
		none := func(sub string) {
			x.notify(".ams.aam.ExConversationChangeNotification", `{"subscriptionId":"`+sub+`","changes":[]}`)
			synctest.Wait()
		}
		x.p.cut()
		time.Sleep(10 * time.Second)
		none("sub-7")
		time.Sleep(2 * time.Second)
		x.tell("UPSERT", conv("77", me, "", `"metaDataLastUpdateTs":1700000130000,`))
		synctest.Wait()
		none("sub-8")
		time.Sleep(time.Minute)
		require.NoError(t, c.closed())
		x.sent()
		require.NoError(t, c.Typing(t.Context(), ChatComposing))
		assert.Len(t, x.sent(), 1)

		x.mu.Lock()
		clear(x.answers)
		x.mu.Unlock()
		x.p.cut()
		time.Sleep(time.Minute)
		require.ErrorIs(t, c.closed(), ErrConversationLost, "it is asked for the next time, too")
	})
}
