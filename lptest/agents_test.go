package lptest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

const (
	annRow = `{"@chatState":"2","@id":"3705342610","@maxChats":"3","@voiceState":"1","email":"ann@brand","nickname":"Ann",` +
		`"privilegeGroup":"agents","skills":{"skill":["25975313"]},"chats":"1","elapsedTimeInState":"0","userName":"ann@brand"}`
	bobRow = `{"@chatState":"1","@id":"3705342611","@maxChats":"-1","@voiceState":"1","email":"bob@brand","nickname":"Bob",` +
		`"privilegeGroup":"agents","skills":{"skill":["25975313","26060413"]},"chats":"0","elapsedTimeInState":"0","userName":"bob@brand"}`
	botRow = `{"@chatState":"1","@id":"3705342612","@maxChats":"-1","@voiceState":"1","email":"bot@example.com","nickname":"Botty",` +
		`"privilegeGroup":"agents","skills":{"skill":[]},"chats":"0","elapsedTimeInState":"0","userName":"bot@brand"}`
)

// Row 4: available agents.
func TestAvailableAgents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		srv.AddAgent(lptest.Agent{LoginName: "gone@brand", Disabled: true})
		w := ann(t, srv)
		srv.Visitor(lptest.Visitor{Skill: "Sales"})
		w.accept()
		for _, test := range []struct{ query, rows, link string }{
			{"", annRow + "," + bobRow + "," + botRow, "timeStamp=946684800000"},
			{"?skill=Billing", bobRow, "skill=Billing&timeStamp=946684800000"},
			{"?skill=None", "", "skill=None&timeStamp=946684800000"},
			{"?chatState=Online", annRow, "chatState=Online&timeStamp=946684800000"},
			{"?chatState=Offline&voiceState=Offline&skill=Sales", bobRow, "chatState=Offline&skill=Sales&timeStamp=946684800000&voiceState=Offline"},
			{"?voiceState=Online", "", "timeStamp=946684800000&voiceState=Online"},
			{"?chatReasonId=5", "", "chatReasonId=5&timeStamp=946684800000"},
		} {
			w.answered(w.call("GET", "/availableAgents"+test.query, ""), 200, `{"availableAgents":{"agents":{"agent":[`+test.rows+
				`]},"link":{"@href":"AS/availableAgents?`+test.link+`","@rel":"next"}}}`)
		}
		r := w.call("GET", "/availableAgents?skill=Billing", "")
		require.Equal(t, 200, w.call("GET", r.text("availableAgents", "link", "@href"), "").status, "the next link is followed as it comes")
		w.call("GET", "/availableAgents?chatState=Gone", "").refused(400, "33", "chatState is Online, Offline, Occupied or Away")
		w.call("GET", "/availableAgents?voiceState=2", "").refused(400, "33", "voiceState is Online, Offline, Occupied or Away")
		w.call("GET", "/availableAgents?timeStamp=now", "").refused(400, "33", "timeStamp is no number")
		srv.Close()
	})
}

// VariantAgentsDelta: the next link answers only who changed.
func TestAvailableAgentsDelta(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t, lptest.WithVariants(lptest.VariantAgentsDelta))
		w := ann(t, srv)
		pass(time.Second)
		r := w.call("GET", "/availableAgents", "")
		require.Len(t, r.get("availableAgents", "agents", "agent"), 3)
		pass(time.Second)
		next := r.text("availableAgents", "link", "@href")
		require.Empty(t, w.call("GET", next, "").get("availableAgents", "agents", "agent"))
		bob(t, srv)
		require.Equal(t, "Bob", w.call("GET", next, "").text("availableAgents", "agents", "agent", 0, "nickname"))
		srv.Close()
	})
}

// Row 5: available slots.
func TestAvailableSlots(t *testing.T) {
	t.Parallel()
	srv := brand(t)
	w := ann(t, srv)
	slots := func(query string) string {
		r := w.call("GET", "/chat/availableSlots"+query, "")
		require.Equal(t, 200, r.status, r.body)
		return r.body
	}
	require.Equal(t, `{"availableSlots":3}`, slots("?skill=Sales&maxWaitTime=0"))
	require.Equal(t, `{"availableSlots":3}`, slots("?agent=ann%40brand"))
	require.Equal(t, `{"availableSlots":0}`, slots("?agent=bob%40brand"))
	srv.Visitor(lptest.Visitor{Skill: "Sales"})
	require.Equal(t, `{"availableSlots":2}`, slots("?skill=Sales&maxWaitTime=86400"))
	bob(t, srv)
	require.Equal(t, `{"availableSlots":-1}`, slots("?skill=Sales&maxWaitTime=200"))
	for query, message := range map[string]string{
		"?agent=ann%40brand&skill=Sales":  "agent cannot be used with other parameters",
		"?agent=ann%40brand&maxWaitTime=": "agent cannot be used with other parameters",
		"":                                "skill with maxWaitTime, or agent, is wanted",
		"?skill=Sales":                    "maxWaitTime is between 0 and 86400",
		"?skill=Sales&maxWaitTime=-1":     "maxWaitTime is between 0 and 86400",
		"?skill=Sales&maxWaitTime=86401":  "maxWaitTime is between 0 and 86400",
	} {
		w.call("GET", "/chat/availableSlots"+query, "").refused(400, "33", message)
	}
	w.call("GET", "/chat/availableSlots?agent=x", "").refused(404, "12", "The agent x is not known")
	w.call("GET", "/chat/availableSlots?skill=x&maxWaitTime=1", "").refused(404, "12", "The skill x is not known")
}
