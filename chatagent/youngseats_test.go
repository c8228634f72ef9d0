package chatagent_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// An agent session is lost, and so is the one in its place, at once. The chats do not
// time out.
func TestAgentSessionLostTwice(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		time.Sleep(5 * time.Second)
		for begun := f.srv.Count(lptest.OpSessionStart); f.srv.Count(lptest.OpSessionStart) == begun; time.Sleep(10 * time.Millisecond) {
			f.srv.DropSessions(f.srv.Agents()[0])
		}
		f.srv.DropSessions(f.srv.Agents()[0])
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, "chatting", v.Chat().State())
		v.Leave()
		_ = stop()
	})
}

// Agent sessions that serve some polls and are lost do not help: new ones are begun
// ever more rarely.
func TestAgentSessionsThatDieYoung(t *testing.T) {
	t.Parallel()
	for _, every := range []time.Duration{3 * time.Second, 10 * time.Second} {
		t.Run(fmt.Sprint(every), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo)
				for range time.Hour / every {
					time.Sleep(every)
					f.srv.DropSessions(f.srv.Agents()[0])
				}
				assert.LessOrEqual(t, f.srv.Count(lptest.OpSessionStart), 12)
				_ = stop()
			})
		})
	}
}
