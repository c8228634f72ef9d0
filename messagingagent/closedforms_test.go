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

// closedAs is conv-1, closed, with more members of its details.
func closedAs(more string) string {
	return `{"convId":"conv-1","conversationDetails":{"convId":"conv-1","skillId":"88","state":"CLOSE","stage":"CLOSE","closeReason":"CONSUMER"` + more + `}}`
}

// A conversation that is closed before it was read is opened, once, if it was the agent's,
// in whatever form the service tells of it.
func TestFormsOfClosedConversations(t *testing.T) {
	t.Parallel()
	const (
		his    = `,"participants":{"CONSUMER":["c0ffee00"],"ASSIGNED_AGENT":["12345678.3550017"]}`
		hers   = `,"participants":{"CONSUMER":["c0ffee00"],"ASSIGNED_AGENT":["12345678.3550099"]}`
		nobody = `,"participants":{"CONSUMER":["c0ffee00"],"ASSIGNED_AGENT":[]}`
		listed = `,"participants":[{"id":"c0ffee00","role":"CONSUMER"},{"id":"12345678.3550017","role":"ASSIGNED_AGENT","state":"ACTIVE"}]`
		asked  = `,"participants":[{"id":"c0ffee00","role":"CONSUMER"},{"id":"12345678.3550017","role":"ASSIGNED_AGENT","state":"SUGGESTED"}]`
		later  = `,"endTs":946684860000`
		before = `,"endTs":946684799000`
	)
	mine := func(x *scripted) { x.tell("UPSERT", conv("77", me, "", "")) }
	first := func(x *scripted) { // told before the accept is answered
		x.says("UpdateRingState", "")
		x.accept()
		time.Sleep(time.Second)
		mine(x)
	}
	for name, row := range map[string]struct {
		does   func(x *scripted)
		closed []string // kinds and states, in turn
		opened string
	}{
		"accepted, and told without anybody": {func(x *scripted) { x.accept() }, []string{"DELETE", closedAs("")}, "accepted"},
		"accepted, and assigned to nobody":   {func(x *scripted) { x.accept() }, []string{"DELETE", closedAs(nobody)}, "accepted"},
		"accepted, and closed as hers":       {func(x *scripted) { x.accept() }, []string{"DELETE", closedAs(hers)}, ""},
		"his, and told without anybody":      {mine, []string{"DELETE", closedAs("")}, "adopted"},
		"his, and told by an UPSERT":         {mine, []string{"UPSERT", closedAs(his)}, "adopted"},
		"his, and told twice":                {mine, []string{"UPSERT", closedAs(his), "DELETE", closedAs(""), "DELETE", closedAs(his + `,"metaDataLastUpdateTs":946684890000`)}, "adopted"},
		"told first, without anybody":        {first, []string{"DELETE", closedAs("")}, "accepted"},
		"told first, and closed as his":      {first, []string{"DELETE", closedAs(his)}, "accepted"},
		"told first, and closed as nobody's": {first, []string{"DELETE", closedAs(nobody)}, ""},
		"his, and closed as nobody's":        {mine, []string{"DELETE", closedAs(nobody)}, ""},
		"his, and closed as hers":            {mine, []string{"DELETE", closedAs(hers)}, ""},
		"hers, and closed":                   {func(x *scripted) { x.tell("UPSERT", conv("77", eve, me, "")) }, []string{"DELETE", closedAs(later)}, ""},
		"never told of, and his":             {func(*scripted) {}, []string{"DELETE", closedAs(his + later)}, "adopted"},
		"never told of, and his in a list":   {func(*scripted) {}, []string{"DELETE", closedAs(listed + later)}, "adopted"},
		"never told of, and offered to him":  {func(*scripted) {}, []string{"DELETE", closedAs(asked + later)}, ""},
		"never told of, and of old":          {func(*scripted) {}, []string{"DELETE", closedAs(his + before)}, ""},
		"never told of, at no time":          {func(*scripted) {}, []string{"DELETE", closedAs(his)}, ""},
		"never told of, and hers":            {func(*scripted) {}, []string{"DELETE", closedAs(hers + later)}, ""},
		"never told of, without anybody":     {func(*scripted) {}, []string{"DELETE", closedAs(later)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, `[]`, func(t *testing.T, x *scripted) {
				x.says("QueryMessages", "") // at first
				var mu sync.Mutex
				var seen []string
				note := func(what string) {
					mu.Lock()
					defer mu.Unlock()
					seen = append(seen, what)
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() {
					ended <- x.a.Serve(ctx, HandlerFunc(func(ctx context.Context, c *Conversation) error {
						var words []string
						for m, err := range c.Messages(ctx) {
							if err != nil {
								return err
							}
							words = append(words, m.Text)
						}
						note(fmt.Sprintf("%q of skill %s", words, c.Skill()))
						return nil
					}), WithOnUpdate(func(u Update) {
						switch u := u.(type) {
						case ConversationOpened:
							note(fmt.Sprint("opened ", u.How))
						case ConversationClosed:
							note(fmt.Sprint("closed ", u.How, " ", u.Reason))
						}
					}))
				}()
				time.Sleep(5 * time.Second)
				row.does(x)
				time.Sleep(time.Second)
				for i := 0; i < len(row.closed); i += 2 {
					x.tell(row.closed[i], row.closed[i+1])
					time.Sleep(time.Millisecond)
				}
				x.says("QueryMessages", `"code":200,"type":"x","body":[`+spoken(0, "conv-1", ada, "CONSUMER", says("hello"))+`]`)
				time.Sleep(30 * time.Minute)
				synctest.Wait()
				mu.Lock()
				if row.opened == "" {
					assert.Empty(t, seen)
				} else {
					assert.ElementsMatch(t, []string{"opened " + row.opened, `["hello"] of skill 88`, "closed ended CONSUMER"}, seen)
				}
				mu.Unlock()
				cancel()
				require.ErrorIs(t, <-ended, context.Canceled)
				for _, f := range x.all() {
					assert.False(t, strings.Contains(f, "UpdateConversationField") || strings.Contains(f, "PublishEvent"), f)
				}
			})
		})
	}
}

// accept has conv-1 ring, which the agent accepts.
func (x *scripted) accept() {
	x.notify(".ams.routing.RoutingTaskNotification", ringing(`[`+ring("r-1", "WAITING")+`]`))
}
