package lptest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

func lastMessage(c *lptest.Chat) int {
	lines := c.Lines()
	return lines[len(lines)-1].SystemMessage
}

// Rows 21 and 22: skills to transfer to, and transferring.
func TestTransferToSkill(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	a := ann(t, srv)
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	url := a.accept()
	a.answered(a.call("GET", url+"/transfer", ""), 200, `{"transfer":{"skill":[]}}`)
	failed := a.call("POST", url+"/transfer", `{"transfer":{"skill":{"id":26060413}}}`)
	a.answered(failed, 400, `{"transfer":{"errormsg":"The skill 26060413 is not available"}}`)
	a.answered(a.call("POST", url+"/transfer", `{"transfer":{"skill":{"id":25975313}}}`), 400,
		`{"transfer":{"errormsg":"The skill 25975313 is not available"}}`)
	a.call("POST", url+"/transfer", `{"transfer":{}}`).refused(400, "33", "A skill or an agent is wanted")
	require.Equal(t, "ann@brand", visit.Chat().Agent())

	b := bob(t, srv)
	a.answered(a.call("GET", url+"/transfer", ""), 200, `{"transfer":{"skill":[{"id":"25975313","name":"Sales","onlineAgents":"1"},`+
		`{"id":"26060413","name":"Billing","onlineAgents":"1"}]}}`)
	r := a.call("POST", url+"/transfer", `{"transfer":{"skill":{"id":"26060413"},"text":"A hard nut"}}`)
	require.Equal(t, 200, r.status, r.body)
	require.Empty(t, r.body)
	require.Equal(t, "waiting", visit.Chat().State())
	require.Equal(t, "Billing", visit.Chat().Skill())
	require.Equal(t, 15, lastMessage(visit.Chat()))
	a.call("GET", url, "").refused(403, "10", "The chat is not with this agent")

	url = b.accept()
	r = b.call("GET", url+"/events?from=4", "")
	b.answered(r, 200, `{"events":{"link":[{"@href":"CH/events","@rel":"self"},{"@href":"CH/events?from=9","@rel":"next"}],"event":[`+
		`{"@id":"4","@type":"line","time":"TIME","textType":"plain","text":"A hard nut","by":"Ann","source":"agent","agentId":3705342610,"subType":"ONLY_TO_REP"},`+
		`{"@id":"5","@type":"line","time":"TIME","textType":"plain","text":"You are being transferred to Billing.","by":"info","source":"system","systemMessageId":15,"subType":"REGULAR"},`+
		`{"@id":"6","@type":"state","time":"TIME","state":"waiting"},{"@id":"7","@type":"state","time":"TIME","state":"chatting"},`+
		`{"@id":"8","@type":"line","time":"TIME","textType":"plain","text":"You are now chatting with Bob.","by":"info","source":"system","systemMessageId":3,"subType":"REGULAR"}]}}`,
		host.ReplaceAllString(url, "https://H"), "CH")
}

func TestTransferToAgent(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	a := ann(t, srv)
	visit := srv.Visitor(lptest.Visitor{Skill: "Sales"})
	url := a.accept()
	give := func(w *wire, body string) reply { return w.call("POST", url+"/transfer", body) }
	for _, id := range []string{"3705342611", "3705342610", "7"} { // offline, itself, unknown
		a.answered(give(a, `{"transfer":{"agent":{"id":`+id+`}}}`), 400, `{"transfer":{"errormsg":"The agent `+id+` is not available"}}`)
	}
	b := bob(t, srv)
	b.call("PUT", "/availability", `{"availability":{"chat":"Away"}}`)
	require.Equal(t, 400, give(a, `{"transfer":{"agent":{"id":3705342611}}}`).status)
	b.call("PUT", "/availability", `{"availability":{"chat":"Occupied"}}`) // only transfers
	other := srv.Visitor(lptest.Visitor{Skill: "Billing"})
	require.Empty(t, other.Chat().Ringing())
	// With both the agent wins.
	require.Equal(t, 200, give(a, `{"transfer":{"agent":{"id":3705342611},"skill":{"id":25975313},"text":"For you"}}`).status)
	require.Equal(t, 13, lastMessage(visit.Chat()))
	require.Equal(t, "bob@brand", visit.Chat().Ringing())
	bobs := b.accept()
	require.Equal(t, "bob@brand", visit.Chat().Agent())
	require.Equal(t, "For you", b.call("GET", bobs+"/events?from=4", "").text("events", "event", 0, "text"))
	// On to Ann again: the note was for Bob alone.
	r := b.call("POST", bobs+"/transfer", `{"transfer":{"agent":{"id":"3705342610"}}}`)
	require.Equal(t, 200, r.status, r.body)
	a.accept()
	require.NotContains(t, a.call("GET", url+"/events", "").body, "For you")
	_, err := visit.WaitLine(cancelled(t), 1)
	require.ErrorContains(t, err, "line 1 of the agent", "the visitor never sees a note")
	visit.Leave()
	give(a, `{"transfer":{"agent":{"id":3705342611}}}`).refused(400, "33", "The chat has ended")
}
