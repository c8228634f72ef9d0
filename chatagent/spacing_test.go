package chatagent_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// However the request for all chats fails, no chat is asked for by itself more often
// than polls may be.
func TestNoChatIsAskedForTwiceInATick(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]lptest.Fault{
		"refused":            {Status: 503},
		"without an answer":  {Kind: lptest.FaultHang},
		"refused once":       {Status: 503, Times: 1},
		"twice not answered": {Kind: lptest.FaultHang, Times: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, b *bots) {
				stop := b.run(t, echo)
				for range 5 {
					b.srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "hello"})
				}
				time.Sleep(20 * time.Second)
				f.Op = lptest.OpChats
				b.srv.AddFault(f)
				time.Sleep(3 * time.Minute)
				last := map[string]time.Time{}
				for _, r := range b.srv.Requests(lptest.OpEvents) {
					if before, is := last[r.Chat]; is {
						assert.GreaterOrEqual(t, r.Time.Sub(before), chatagent.MinPollInterval)
					}
					last[r.Chat] = r.Time
				}
				assert.NotEmpty(t, last)
				require.NoError(t, stop())
			})
		})
	}
}
