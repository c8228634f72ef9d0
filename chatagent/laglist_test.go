package chatagent_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// nothingListed is a list of chats that lags: it shows none.
var nothingListed = lptest.Fault{Op: lptest.OpChatSessions, Kind: lptest.FaultStatus, Status: http.StatusOK, Body: `{"chatSessions":{}}`}

// An accept names no chat, and the list of chats does not show it at once.
func TestListThatLagsBehindAnAccept(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		time.Sleep(5 * time.Second)
		silent, lagging := noPlace, nothingListed
		silent.Times, lagging.End = 1, 7*time.Second
		f.srv.AddFault(silent)
		f.srv.AddFault(lagging)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		time.Sleep(15 * time.Second)
		synctest.Wait()
		assert.Len(t, agentLines(v.Chat()), 1)
		v.Leave()
		_ = stop()
	})
}

// What a process accepted right before it crashed is not on the first list of the
// next one.
func TestListThatLagsBehindACrash(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		time.Sleep(time.Second)
		require.Equal(t, v.ChatID(), f.srv.AcceptAs(f.srv.Agents()[0]))
		lagging := nothingListed
		lagging.Times = 1
		f.srv.AddFault(lagging)
		stop := serving(t, f, echo)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		assert.Len(t, agentLines(v.Chat()), 1)
		v.Leave()
		_ = stop()
	})
}

// The list that is asked for now and then shows a chat whose accept is still under
// way. Chats are not adopted, but this one is the agent's own.
func TestListThatIsFasterThanAnAccept(t *testing.T) {
	t.Parallel()
	for at := 8 * time.Second; at < 72*time.Second; at += 4 * time.Second {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo, chatagent.WithoutAdopting())
				f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultLatency, Latency: 30 * time.Second, After: true, Times: 1})
				time.Sleep(at)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				time.Sleep(20 * time.Second)
				synctest.Wait()
				assert.Len(t, agentLines(v.Chat()), 1)
				v.Leave()
				_ = stop()
			})
		})
	}
}

// The list that is asked for now and then hangs, and the answer to an accept is lost
// meanwhile: the list that shows the chat does not wait for the one before.
func TestListThatHangsBeforeAnAccept(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		time.Sleep(30 * time.Second)
		for hangs := f.srv.AddFault(lptest.Fault{Op: lptest.OpChatSessions, Kind: lptest.FaultHang, Times: 1}); hangs.Hits() == 0; {
			time.Sleep(100 * time.Millisecond)
		}
		f.srv.AddFault(lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultResetAfter, Times: 1})
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.Len(t, agentLines(v.Chat()), 1)
		v.Leave()
		_ = stop()
	})
}
