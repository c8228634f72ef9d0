package messagingagent

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A message that was handed out before those that should have come first is not handed out
// again when these have come.
func TestMessagesThatComeBeforeOthers(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("QueryMessages", events(text(0, "0")), noEvents)
		c := x.open()
		live := func(number int, queries ...string) {
			x.says("QueryMessages", append(queries, noEvents)...)
			x.notify(".ams.ms.OnlineEventDistribution", text(number, "live"))
			synctest.Wait()
		}
		live(3) // of which the service has nothing before
		live(1)
		live(5, events(text(2, "read")))
		live(3)
		live(4, events(text(3, "read"), text(4, "read"), text(5, "read")))
		live(5)
		x.says("QueryMessages", noEvents)
		time.Sleep(time.Second)
		x.tell("UPSERT", closedConv())
		var numbers []int64
		for e, err := range c.Events(t.Context()) {
			require.NoError(t, err)
			numbers = append(numbers, e.Sequence)
		}
		assert.Equal(t, []int64{0, 3, 1, 2, 5, 4}, numbers)
	})
}
