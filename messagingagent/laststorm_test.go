package messagingagent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A last message that no query tells of is asked for again, ever less often, however often
// the conversation's state names it; another one at once.
func TestALastMessageThatIsNotThere(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.all()
		at := 0
		tell := func(number int) {
			at++
			state := conv("77", me, "", fmt.Sprintf(`"metaDataLastUpdateTs":%d,`, 1700000000000+at))
			x.tell("UPSERT", strings.TrimSuffix(state, "}")+`,"lastContentEventNotification":{"sequence":`+fmt.Sprint(number)+
				`,"originatorId":"c0ffee00","originatorMetadata":{"id":"c0ffee00","role":"CONSUMER"},"event":{"type":"ContentEvent","contentType":"text/plain","message":"ghost"},"dialogId":"conv-1"}}`)
		}
		queries := func() (n int) {
			for _, f := range x.all() {
				if strings.Contains(f, "QueryMessages") {
					n++
				}
			}
			return n
		}
		for range 300 {
			tell(50)
			time.Sleep(10 * time.Millisecond)
		}
		assert.Equal(t, 2, queries(), "at once, and 1 s later")
		for range 300 {
			tell(50)
			time.Sleep(time.Second)
		}
		assert.Equal(t, 7, queries())
		tell(51)
		assert.Equal(t, 1, queries(), "another")
		time.Sleep(time.Second)
		tell(51)
		assert.Equal(t, 1, queries(), "and 1 s later")
		tell(50)
		assert.Zero(t, queries(), "one before it")

		x.says("QueryMessages", `"code":200,"type":"x","body":[`+mine("52", "Hi")+`]`)
		tell(52)
		assert.Equal(t, 2, queries(), "until a page brings nothing new")
		for range 10 {
			tell(52)
		}
		assert.Zero(t, queries(), "it is known")
		for range 300 {
			tell(53)
			time.Sleep(10 * time.Millisecond)
		}
		assert.Equal(t, 2, queries(), "the next number, at once and 1 s later")
		for e, err := range c.Events(t.Context()) {
			assert.NoError(t, err)
			assert.Equal(t, "Hi", e.Text)
			break
		}
	})
}
