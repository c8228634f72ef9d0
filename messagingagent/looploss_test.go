package messagingagent

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of loops over conversations those that go on are subscribed to on the next socket, once
// each, also one that has begun while there was none; those that have ended are not.
func TestLoopsOverConversationsOnTheNextSocket(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", eve, "", `"metaDataLastUpdateTs":1700000130000,`)), func(t *testing.T, x *scripted) {
		ctx, cancel := context.WithCancel(t.Context())
		var loops sync.WaitGroup
		var mu sync.Mutex
		told := map[string]int{}
		begin := func(f Filter) {
			loops.Go(func() {
				for _, err := range x.a.Conversations(ctx, f) {
					if err == nil {
						mu.Lock()
						told[string(f.Skill)]++
						mu.Unlock()
					}
				}
			})
			synctest.Wait()
		}
		begin(Filter{Skill: "71"})
		for _, err := range x.a.Conversations(ctx, Filter{Skill: "72"}) {
			require.NoError(t, err)
			break
		}
		x.all()
		x.p.cut()
		synctest.Wait()
		begin(Filter{Skill: "73"})
		time.Sleep(time.Minute)
		frames := strings.Join(x.all(), "\n")
		of := func(skill int) int { return strings.Count(frames, fmt.Sprintf(`"skillId":"%d"`, skill)) }
		assert.Equal(t, []int{1, 0, 2}, []int{of(71), of(72), of(73)})
		assert.Equal(t, 1, strings.Count(frames, "UnsubscribeExConversations"))
		assert.Contains(t, frames, `{"subscriptionId":"sub-4"}`, "the second that was asked for")
		cancel()
		loops.Wait()
		assert.Equal(t, map[string]int{"71": 2, "73": 1}, told)
	})
}
