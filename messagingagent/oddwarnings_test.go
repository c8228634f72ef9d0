package messagingagent

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the service tells and nobody can read is warned of once, whether it is all of it or a
// part; what can be read is not.
func TestWhatCannotBeReadIsWarnedOf(t *testing.T) {
	t.Parallel()
	const (
		conversations = ".ams.aam.ExConversationChangeNotification"
		rings         = ".ams.routing.RoutingTaskNotification"
		states        = ".ams.routing.AgentStateNotification"
		live          = ".ams.ms.MessagingEventNotification"
	)
	told := func(change string) string { return `{"subscriptionId":"sub-1","changes":[` + change + `]}` }
	state := `{"type":"UPSERT","result":{"agentUserId":"12345678.3550017","availability":"ONLINE"}}`
	for name, row := range map[string]struct {
		typ, body string
		want      string // "" for no warning
	}{
		"conversations":                  {conversations, `{"subscriptionId":"sub-1","changes":` + upserts(conv("77", me, "", "")) + `}`, ""},
		"a conversation that is odd":     {conversations, told(`{"type":"UPSERT","result":{}}`), "conversations could not be read"},
		"conversations that are no such": {conversations, `"x"`, "conversations could not be read"},
		"rings":                          {rings, ringing(`[` + ring("r-1", "WAITING") + `]`), ""},
		"a ring that is odd":             {rings, told(`{"type":"UPSERT","result":{}}`), "rings could not be read"},
		"rings that are no such":         {rings, `"x"`, "rings could not be read"},
		"events":                         {live, told(text(0, "a")), ""},
		"an event that is odd":           {live, told(text(0, "a") + `,{}`), "events could not be read"},
		"events that are no such":        {live, `"x"`, "events could not be read"},
		"a state":                        {states, told(state), ""},
		"states that are no such":        {states, `"x"`, "a state could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			inScript(t, `[]`, func(t *testing.T, x *scripted) {
				x.notify(row.typ, row.body)
				synctest.Wait()
				lines := strings.Count(log.String(), "level=WARN")
				if row.want == "" {
					assert.Zero(t, lines, log.String())
				} else {
					assert.Equal(t, 1, lines, log.String())
					assert.Contains(t, log.String(), row.want)
				}
			}, WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		})
	}
	var log bytes.Buffer
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		x.says("QueryMessages", events(text(0, "a")), noEvents)
		c := x.open()
		require.NotContains(t, log.String(), "level=WARN")
		x.says("QueryMessages", events(`{}`, text(1, "b")), noEvents)
		x.notify(live, told(text(2, "c")))
		synctest.Wait()
		n, err := c.Unread()
		require.NoError(t, err)
		assert.Equal(t, 3, n)
		assert.Equal(t, 1, strings.Count(log.String(), `msg="events could not be read" account=12345678 agent=bot "left out"=1`), log.String())
	}, WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
}
