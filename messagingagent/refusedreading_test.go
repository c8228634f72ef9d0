package messagingagent

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Where messages may not be read, what comes by itself is handed out, with what is missing
// left out.
func TestMessagesThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("QueryMessages", events(text(0, "a")), noEvents)
		c := x.open()
		x.says("QueryMessages", `"code":403,"type":"x","body":"no"`)
		x.all()
		x.notify(".ams.ms.MessagingEventNotification", `{"changes":[`+text(5, "f")+`]}`)
		time.Sleep(time.Hour)
		n, err := c.Unread()
		require.NoError(t, err)
		assert.Equal(t, 2, n)
		assert.Equal(t, []string{querying(`"newerThanSequence":0`)}, x.all())
	})
}
