package chatagent_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// A chat comes again while a line of its former life is on its way, for long.
// Neither it nor the next one that rings waits for that.
func TestComingAgainWhileALineHangs(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHang, Times: 1})
		var l lives
		stop := serving(t, f, l.thinking(func(int, string) {}))
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		time.Sleep(5 * time.Second)
		v.Requeue()
		time.Sleep(3 * time.Second)
		next := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "me too"})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.Len(t, l.all(), 3)
		v.Leave()
		next.Leave()
		_ = stop()
	})
}
