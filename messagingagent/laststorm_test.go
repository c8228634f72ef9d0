package messagingagent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tellLast tells states of conv-1, each newer than the one before, that name the number of
// the last message.
func (x *scripted) tellLast() (tell func(number int)) {
	at := 0
	return func(number int) {
		at++
		state := conv("77", me, "", fmt.Sprintf(`"metaDataLastUpdateTs":%d,`, 1700000000000+at))
		x.tell("UPSERT", strings.TrimSuffix(state, "}")+`,"lastContentEventNotification":`+text(number, "ghost")+`}`)
	}
}

// queries is how many queries came.
func (x *scripted) queries() (n int) {
	for _, f := range x.all() {
		if strings.Contains(f, "QueryMessages") {
			n++
		}
	}
	return n
}

// A last message that no query tells of is asked for again, ever less often, however often
// the conversation's state names it; another one at once.
func TestALastMessageThatIsNotThere(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.all()
		tell, queries := x.tellLast(), x.queries
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

// When it is asked for again is all the same to what else is asked for meanwhile.
func TestALastMessageAmongGaps(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.open()
		tell := x.tellLast()
		x.all()
		tell(50)
		require.Equal(t, 1, x.queries())
		for n := range 5 {
			x.notify(".ams.ms.MessagingEventNotification", `{"changes":[`+text(2*n+1, "b")+`]}`)
			require.Equal(t, 1, x.queries(), "what is missing before it")
		}
		tell(50)
		assert.Zero(t, x.queries())
		time.Sleep(time.Second)
		tell(50)
		assert.Equal(t, 1, x.queries())
	})
}
