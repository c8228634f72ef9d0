package chatagent_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
)

func TestBadInputIsNotSent(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.take()
	ctx := t.Context()
	send := func(l chatagent.Content) func() error {
		return func() error { _, err := chat.Send(ctx, l); return err }
	}
	slots := func(q chatagent.SlotQuery) func() error {
		return func() error { _, err := agent.AvailableSlots(ctx, q); return err }
	}
	open := func(id chatagent.ChatID) func() error {
		return func() error { _, err := agent.Chat(ctx, id); return err }
	}
	start := func(opts ...chatagent.Option) func() error {
		return func() error { _, err := chatagent.Start(ctx, agent.Login(), opts...); return err }
	}
	serve := func(h chatagent.Handler, opts ...chatagent.Option) func() error {
		return func() error { return agent.Serve(ctx, h, opts...) }
	}
	handler := chatagent.HandlerFunc(func(context.Context, *chatagent.Chat) error { return nil })
	question := chatagent.SurveyQuestion{ID: "7", Type: chatagent.RadioButton, Mandatory: true, Entries: []chatagent.SurveyEntry{{Value: "a"}, {Value: "b"}}}
	submit := func(change func(q *chatagent.SurveyQuestion)) func() error {
		q := question
		change(&q)
		return func() error {
			return chat.SubmitSurvey(ctx, &chatagent.ChatSurvey{Questions: []chatagent.SurveyQuestion{q}})
		}
	}
	for _, c := range []struct {
		name, field, rule string
		call              func() error
	}{
		{"offline", "availability", "Online, Occupied or Away", func() error { return agent.SetAvailability(ctx, chatagent.Offline) }},
		{"no state", "availability", "Online, Occupied or Away", func() error { return agent.SetAvailability(ctx, "") }},
		{"lower case", "availability", "Online, Occupied or Away", func() error { return agent.SetAvailability(ctx, "online") }},
		{"agent and skill", "agent", "not be combined", slots(chatagent.SlotQuery{Agent: "a", Skill: "b"})},
		{"agent and wait", "agent", "not be combined", slots(chatagent.SlotQuery{Agent: "a", MaxWait: time.Second})},
		{"wait too long", "maxWaitTime", "0 to 86400", slots(chatagent.SlotQuery{Skill: "b", MaxWait: 86401 * time.Second})},
		{"wait negative", "maxWaitTime", "0 to 86400", slots(chatagent.SlotQuery{Skill: "b", MaxWait: -time.Second})},
		{"wait in parts", "maxWaitTime", "whole seconds", slots(chatagent.SlotQuery{Skill: "b", MaxWait: time.Millisecond})},
		{"full without a limit", "state when full", "WithMaxChats", serve(handler, chatagent.WithWhenFull(chatagent.Away))},
		{"full and online", "state when full", "Occupied or Away", serve(handler, chatagent.WithMaxChats(2), chatagent.WithWhenFull(chatagent.Online))},
		{"hand over to nobody", "hand over target", "must", serve(handler, chatagent.WithHandOver(chatagent.TransferTarget{}, ""))},
		{"empty goodbye", "goodbye text", "empty", serve(handler, chatagent.WithGoodbye(chatagent.Text("")))},
		{"no line", "line", "made by", send(chatagent.Content{})},
		{"empty text", "text", "empty", send(chatagent.Text(""))},
		{"blank text", "text", "empty", send(chatagent.Text(" \n\t"))},
		{"long text", "text", "64 KiB", send(chatagent.Text(strings.Repeat("x", chatagent.MaxText+1)))},
		{"no UTF-8", "text", "UTF-8", send(chatagent.Text("\xff"))},
		{"iframe", "text", "iframe", send(chatagent.Markup(`<p>x<IFRAME src=1></p>`))},
		{"script", "text", "script", send(chatagent.Markup(`<script>alert(1)</script>`))},
		{"script with a slash", "text", "script", send(chatagent.Markup(`<script/src=//evil.example>`))},
		{"handler", "text", "event handler", send(chatagent.Markup(`<img src=x onerror=alert(1)>`))},
		{"handler after a slash", "text", "event handler", send(chatagent.Markup(`<svg/onload = alert(1)>`))},
		{"handler after a quote", "text", "event handler", send(chatagent.Markup(`<a href="x"onclick="y">`))},
		{"script URL", "text", "script URL", send(chatagent.Markup(`<a href="JavaScript:alert(1)">x</a>`))},
		{"script URL with a line break", "text", "script URL", send(chatagent.Markup("<a href=\"java\nscript:alert(1)\">x</a>"))},
		{"script URL with entities", "text", "script URL", send(chatagent.Markup(`<a href="&#106;avascript&colon;alert(1)">x</a>`))},
		{"json", "json", "object", send(chatagent.Structured(json.RawMessage(`[1]`)))},
		{"broken json", "json", "object", send(chatagent.Structured(json.RawMessage(`{`)))},
		{"no json", "json", "object", send(chatagent.Structured(nil))},
		{"from", "from", "negative", func() error { _, err := chat.EventsFrom(ctx, -1); return err }},
		{"many chats without a key", "cursor", "a key", func() error { _, err := agent.PollChats(ctx, chatagent.ChatCursor{}); return err }},
		{"many chats from below -1", "cursor", "-1 or more", func() error {
			_, err := agent.PollChats(ctx, chatagent.ChatCursor{Key: "k", LastEvent: -2})
			return err
		}},
		{"typing", "agentTyping", "typing or not-typing", func() error { return chat.SetTyping(ctx, chatagent.TypingUnknown) }},
		{"transfer nowhere", "target", "either", func() error { return chat.Transfer(ctx, chatagent.TransferTarget{}, "") }},
		{"transfer to both", "target", "either", func() error { return chat.Transfer(ctx, chatagent.TransferTarget{SkillID: "1", AgentID: "2"}, "") }},
		{"transfer below 0", "target", "positive", func() error { return chat.Transfer(ctx, chatagent.TransferTarget{SkillID: "-1"}, "") }},
		{"transfer note that is no UTF-8", "note", "UTF-8", func() error { return chat.Transfer(ctx, chatagent.TransferTarget{SkillID: "1"}, "a\xff") }},
		{"hand over note that is no UTF-8", "hand over note", "UTF-8", serve(handler, chatagent.WithHandOver(chatagent.TransferTarget{SkillID: "1"}, "a\xff"))},
		{"empty chat id", "chatId", "empty", open("")},
		{"chat id that climbs", "chatId", "..", open("..")},
		{"chat id that climbs inside", "chatId", "..", open("x/../y")},
		{"chat id with a line break", "chatId", "control", open("x\r\ny")},
		{"participant", "participantId", "empty", func() error { _, err := agent.Participant(ctx, ""); return err }},
		{"no session", "session", "nil", func() error { _, err := chatagent.Start(ctx, nil); return err }},
		{"polling too fast", "poll interval", "2 s to 15 s", start(chatagent.WithPollInterval(1999 * time.Millisecond))},
		{"polling too slow", "poll interval", "2 s to 15 s", start(chatagent.WithPollInterval(16 * time.Second))},
		{"no handler", "handler", "nil", serve(nil)},
		{"max chats", "max chats", "at least 1", serve(handler, chatagent.WithMaxChats(0))},
		{"no handler function", "handler", "nil", serve(chatagent.HandlerFunc(nil))},
		{"grace", "grace", "negative", serve(handler, chatagent.WithGrace(-1))},
		{"no survey", "survey", "nil", func() error { return chat.SubmitSurvey(ctx, nil) }},
		{"mandatory", "question 7", "must be answered", submit(func(*chatagent.SurveyQuestion) {})},
		{"answer that is no UTF-8", "question 7", "UTF-8", submit(func(q *chatagent.SurveyQuestion) { q.Entries, q.Answers = nil, []string{"a\xff"} })},
		{"unknown entry", "question 7", "one of its entries", submit(func(q *chatagent.SurveyQuestion) { q.Answers = []string{"c"} })},
		{"two of a radio button", "question 7", "one answer", submit(func(q *chatagent.SurveyQuestion) { q.Answers = []string{"a", "b"} })},
		{"the same twice", "question 7", "repeat", submit(func(q *chatagent.SurveyQuestion) { q.Type, q.Answers = chatagent.Checkbox, []string{"a", "a"} })},
		{"no number", "question 7", "number", submit(func(q *chatagent.SurveyQuestion) {
			q.Entries, q.ValidationType, q.Answers = nil, "numeric", []string{"x"}
		})},
		{"no e-mail address", "question 7", "e-mail", submit(func(q *chatagent.SurveyQuestion) {
			q.Entries, q.ValidationType, q.Answers = nil, "email", []string{"A <a@b.example>"}
		})},
		{"empty answer", "question 7", "empty text", submit(func(q *chatagent.SurveyQuestion) { q.Entries, q.Answers = nil, []string{""} })},
	} {
		err := c.call()
		var in *liveperson.InputError
		require.ErrorAs(t, err, &in, c.name)
		assert.Equal(t, c.field, in.Field, c.name)
		assert.Contains(t, in.Rule, c.rule, c.name)
		assert.True(t, strings.HasPrefix(in.Op, "chatagent."), c.name)
	}
	assert.Empty(t, w.take(), "nothing was sent")
}
