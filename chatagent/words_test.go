package chatagent_test

import (
	"encoding/json"
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
		{ID: 2, Type: chatagent.EventState, State: chatagent.Waiting},
		{ID: 3, Type: chatagent.EventState, State: chatagent.Chatting},
		{ID: 4, Type: chatagent.EventLine, Source: chatagent.FromSystem, SubType: chatagent.Regular, TextType: chatagent.Plain, SystemMessage: chatagent.RoutingToAgent, Text: "a"},
		{ID: 5, Type: chatagent.EventLine, Source: chatagent.FromAgent, SubType: chatagent.OnlyToRep, TextType: chatagent.HTML, Text: "b"},
		{ID: 6, Type: chatagent.EventLine, Source: chatagent.FromVisitor, SubType: chatagent.Regular, TextType: chatagent.Rich, JSON: json.RawMessage(`{"type":"text"}`)},
		{ID: 7, Type: chatagent.EventState, State: chatagent.Ended},
	}, events)
}

// An event that a user stores has what it has, and nothing else.
func TestEventAsJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 2, 1, 12, 30, 0, 0, time.UTC)
	for text, e := range map[string]chatagent.Event{
		`{"@id":1,"@type":"state","time":"2026-02-01T12:30:00Z","state":"chatting"}`: {
			ID: 1, Type: chatagent.EventState, Time: at, State: chatagent.Chatting,
		},
		`{"@id":2,"@type":"line","time":"2026-02-01T12:30:00Z","text":"hi","textType":"plain","source":"agent","by":"Ada","agentId":"7","subType":"REGULAR"}`: {
			ID: 2, Type: chatagent.EventLine, Time: at, Text: "hi", TextType: chatagent.Plain, Source: chatagent.FromAgent, By: "Ada", AgentID: "7",
			SubType: chatagent.Regular, Raw: json.RawMessage(`{"@id":"2"}`),
		},
		`{"@id":3,"@type":"line","time":"2026-02-01T12:30:00Z","json":{"a":1},"source":"system","systemMessageId":4}`: {
			ID: 3, Type: chatagent.EventLine, Time: at, JSON: json.RawMessage(`{"a":1}`), Source: chatagent.FromSystem, SystemMessage: chatagent.RoutingToAgent,
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
	survey, err := chat.ChatSurvey(t.Context())
	require.NoError(t, err)
	var types []chatagent.QuestionType
	for _, question := range survey.Questions {
		types = append(types, question.Type)
	}
	assert.Equal(t, []chatagent.QuestionType{
		chatagent.TextField, chatagent.TextArea, chatagent.DropdownBox, chatagent.RadioButton, chatagent.RadioSideBySide, chatagent.Checkbox,
	}, types)
}
