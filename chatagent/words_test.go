package chatagent_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
)

// The words of the pages mean what the constants say.
func TestWordsOfEvents(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("GET "+ch+"/events", `200 {"events":{"event":[`+
		`{"@id":"2","@type":"state","state":"waiting"},`+
		`{"@id":"3","@type":"state","state":"chatting"},`+
		`{"@id":"4","@type":"line","source":"system","subType":"REGULAR","textType":"plain","systemMessageId":4,"text":"a"},`+
		`{"@id":"5","@type":"line","source":"agent","subType":"ONLY_TO_REP","textType":"html","text":"b"},`+
		`{"@id":"6","@type":"line","source":"visitor","subType":"REGULAR","textType":"rich-content","json":{"type":"text"}},`+
		`{"@id":"7","@type":"state","state":"ended"}]}}`)
	events, err := chat.EventsFrom(t.Context(), 2)
	require.NoError(t, err)
	for i := range events {
		events[i].Raw = nil
	}
	assert.Equal(t, []chatagent.Event{
		{Type: chatagent.EventState, State: chatagent.Waiting, Line: chatagent.Line{ID: 2}},
		{Type: chatagent.EventState, State: chatagent.Chatting, Line: chatagent.Line{ID: 3}},
		{Type: chatagent.EventLine, Line: chatagent.Line{ID: 4, Source: chatagent.FromSystem, SubType: chatagent.Regular, TextType: chatagent.Plain, SystemMessage: chatagent.RoutingToAgent, Text: "a"}},
		{Type: chatagent.EventLine, Line: chatagent.Line{ID: 5, Source: chatagent.FromAgent, SubType: chatagent.OnlyToRep, TextType: chatagent.HTML, Text: "b"}},
		{Type: chatagent.EventLine, Line: chatagent.Line{ID: 6, Source: chatagent.FromVisitor, SubType: chatagent.Regular, TextType: chatagent.Rich, JSON: json.RawMessage(`{"type":"text"}`)}},
		{Type: chatagent.EventState, State: chatagent.Ended, Line: chatagent.Line{ID: 7}},
	}, events)
}

// An event that a user stores has what it has, and nothing else.
func TestEventAsJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 2, 1, 12, 30, 0, 0, time.UTC)
	for text, e := range map[string]chatagent.Event{
		`{"type":"state","state":"chatting","id":1,"time":"2026-02-01T12:30:00Z"}`: {
			Type: chatagent.EventState, State: chatagent.Chatting, Line: chatagent.Line{ID: 1, Time: at},
		},
		`{"type":"line","id":2,"time":"2026-02-01T12:30:00Z","text":"hi","textType":"plain","source":"agent","by":"Ada","agentId":"7","subType":"REGULAR"}`: {
			Type: chatagent.EventLine, Line: chatagent.Line{
				ID: 2, Time: at, Text: "hi", TextType: chatagent.Plain, Source: chatagent.FromAgent, By: "Ada", AgentID: "7",
				SubType: chatagent.Regular, Raw: json.RawMessage(`{"@id":"2"}`),
			},
		},
		`{"type":"line","id":3,"time":"2026-02-01T12:30:00Z","json":{"a":1},"source":"system","systemMessage":4}`: {
			Type: chatagent.EventLine, Line: chatagent.Line{
				ID: 3, Time: at, JSON: json.RawMessage(`{"a":1}`), Source: chatagent.FromSystem, SystemMessage: chatagent.RoutingToAgent,
			},
		},
	} {
		out, err := json.Marshal(e)
		require.NoError(t, err)
		assert.Equal(t, text, string(out))
	}
}

// The types of the Retrieve Agent Survey Structure page.
func TestWordsOfChatSurveys(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("GET "+ch+"/survey", `200 {"survey":{"id":"1","questions":{"question":[`+
		`{"order":0,"type":"Text Field"},{"order":1,"type":"Text Area"},{"order":2,"type":"Dropdown Box"},`+
		`{"order":3,"type":"Radio Button"},{"order":4,"type":"Radio Button (side by side)"},{"order":5,"type":"Checkbox"}]}}}`)
	survey, err := chat.Survey(t.Context())
	require.NoError(t, err)
	var types []chatagent.QuestionType
	for _, question := range survey.Questions {
		types = append(types, question.Type)
	}
	assert.Equal(t, []chatagent.QuestionType{
		chatagent.TextField, chatagent.TextArea, chatagent.DropdownBox, chatagent.RadioButton, chatagent.RadioSideBySide, chatagent.Checkbox,
	}, types)
}

// An agent prints as whom it works for, and nothing else.
func TestAgentAsText(t *testing.T) {
	t.Parallel()
	_, agent := newTap(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.Equal(t, "agent session 1027882276 in session of 311098910 on account 12345678", fmt.Sprintf(verb, agent))
	}
	assert.Equal(t, "agent session 1027882276 in session of 311098910 on account 12345678", agent.LogValue().String())
}
