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

// Agent sessions are lost one after the other, and the services refuse new ones for a
// while. There is a chat, which would time out in a longer pause.
func TestAgentSessionsThatDieYoungWithAChat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		every  time.Duration
		refuse time.Duration // new agent sessions, after each loss
	}{
		"one after the other":           {every: 12 * time.Second},
		"as fast as they are begun":     {every: 3 * time.Second},
		"and refused, after some polls": {every: 45 * time.Second, refuse: 28 * time.Second},
		"and refused":                   {every: 31 * time.Second, refuse: 22 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
				time.Sleep(5 * time.Second)
				for range 8 {
					f.srv.DropSessions(f.srv.Agents()[0])
					if c.refuse > 0 {
						f.srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Status: 503, End: c.refuse})
					}
					time.Sleep(c.every)
				}
				time.Sleep(45 * time.Second)
				synctest.Wait()
				assert.Equal(t, "chatting", v.Chat().State())
				v.Say("still there?")
				time.Sleep(5 * time.Second)
				assert.Equal(t, []string{"You said: still there?"}, agentLines(v.Chat()))
				v.Leave()
				_ = stop()
			})
		})
	}
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
