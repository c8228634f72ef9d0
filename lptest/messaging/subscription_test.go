package messaging_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// listed are the conversations in a notification, in order.
func listed(text string, convs map[string]string) []string {
	out := []string{}
	for {
		i := strings.Index(text, `"result":{"convId":"`)
		if i < 0 {
			return out
		}
		text = text[i+len(`"result":{"convId":"`):]
		id, _, _ := strings.Cut(text, `"`)
		out = append(out, convs[id])
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		names := map[string]string{}
		add := func(name string, c messaging.Consumer) *messaging.Conversation {
			time.Sleep(time.Second)
			conv := w.svc.Consumer(c)
			names[conv.ID()] = name
			return conv
		}
		mate := w.svc.Colleague("mate")
		mine := add("mine", messaging.Consumer{ID: "ada", Skill: "Sales", FirstMessage: "Hello"})
		require.NoError(t, w.svc.Colleague("bot").TakeOver(mine.ID()))
		his := add("his", messaging.Consumer{ID: "bob", Skill: "Sales", FirstMessage: "Hello"})
		require.NoError(t, mate.TakeOver(his.ID()))
		require.NoError(t, w.svc.Colleague("bot").Join(his.ID(), "READER"))
		over := add("over", messaging.Consumer{ID: "ada", Skill: "Billing", FirstMessage: "Hello"})
		over.Close()
		survey := add("survey", messaging.Consumer{ID: "eve", FirstMessage: "Hello", PostSurvey: "app"})
		survey.CloseDialog()
		silent := add("silent", messaging.Consumer{ID: "eve"})
		k := w.dial(w.bot)
		for i, row := range []struct {
			filter string
			want   []string
		}{
			{`{}`, []string{"mine", "his", "over", "survey", "silent"}},
			{`{"brandId":"12345678","agentIds":["12345678.7"],"convState":["OPEN"]}`, []string{"mine", "his"}},
			{`{"agentIds":"12345678.8"}`, []string{"his"}},
			{`{"agentIds":["12345678.9"]}`, []string{}},
			{`{"convState":["CLOSE"]}`, []string{"over", "survey"}},
			{`{"convState":["OPEN","LOCKED"]}`, []string{"mine", "his", "silent"}},
			{`{"stage":["OPEN"]}`, []string{"mine", "his", "survey", "silent"}},
			{`{"convStage":"CLOSE"}`, []string{"over"}},
			{`{"consumerId":"ada"}`, []string{"mine", "over"}},
			{`{"conversationId":"` + silent.ID() + `"}`, []string{"silent"}},
			{`{"skillId":"41"}`, []string{"mine", "his"}},
			{`{"skillId":-1}`, []string{"survey", "silent"}},
			{`{"minLastUpdatedTime":946684804000}`, []string{"survey", "silent"}},
			{`{"maxLastUpdatedTime":"946684801999"}`, []string{"mine"}},
			{`{"maxETTR":946688401000}`, []string{"mine"}},
			{`{"dialogTypes":["POST_SURVEY"]}`, []string{"survey"}},
		} {
			sub := between(k.ok(string(rune('a'+i)), ".ams.aam.SubscribeExConversations", row.filter), `"subscriptionId":"`)
			require.Equal(t, row.want, listed(k.next(), names), row.filter)
			require.Equal(t, `"OK"`, k.ok(string(rune('A'+i)), ".ams.aam.UnsubscribeExConversations", `{"subscriptionId":"`+sub+`"}`))
		}
		mine.Say("more")
		require.Equal(t, 1, strings.Count(k.next(), "OnlineEventDistribution"), "no subscription is left")
	})
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		conv := w.take(k, messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		k.ok("twice", ".ams.aam.SubscribeExConversations", `{"stage":["OPEN"]}`)
		k.until("ExConversationChange")
		conv.Say("Are you there?")
		require.Contains(t, k.next(), "OnlineEventDistribution")
		require.Contains(t, k.next(), `"numberOfunreadMessages":{"12345678.7":1}`)
		require.Contains(t, k.next(), "ExConversationChange", "two subscriptions, two streams")
		// A transfer is a DELETE for the one, an UPSERT for the other.
		mate := w.svc.Colleague("mate")
		require.NoError(t, mate.TakeOver(conv.ID()))
		require.Contains(t, k.next(), `"type":"DELETE"`)
		require.Contains(t, k.next(), `"type":"UPSERT"`)
		conv.Say("Hello?")
		require.Contains(t, k.next(), `"type":"UPSERT"`, "no event without taking part")
		w.svc.DropSockets("bot")
		k = w.dial(w.bot)
		conv.Say("Nobody?")
		require.Equal(t, 3, strings.Count(k.ok("q", ".ams.ms.QueryMessages", `{"dialogId":"`+conv.ID()+`","newerThanSequence":0}`), `"sequence"`))
		require.Empty(t, k.bag, "subscriptions die with their socket")
	})
}

func TestStateVariants(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		on   messaging.Variant
		want string
		not  string
	}{
		{messaging.VariantNoLastContent, `"lastUpdateTime"`, "lastContentEventNotification"},
		{messaging.VariantNoPIDs, `"participants":{"CONSUMER":["ada"]`, "PId"},
		{messaging.VariantNoDetails, `"dialogType":"MAIN"`, "participantsDetails"},
		{messaging.VariantNoEmptyRoles, `"participants":{"CONSUMER":["ada"],"ASSIGNED_AGENT":["12345678.7"]},`, "MANAGER"},
		{messaging.VariantSingle, `"participants":{"CONSUMER":"ada","ASSIGNED_AGENT":"12345678.7","MANAGER":[],"READER":[]}`, `"changes":[{`},
		{messaging.VariantNumbers, `"skillId":41,"brandId":"12345678","state":"OPEN","stage":"OPEN","startTs":"946684800000"`, ""},
		{messaging.VariantParticipants, `"participants":[{"id":"ada","role":"CONSUMER","state":"ACTIVE"},{"id":"12345678.7","role":"ASSIGNED_AGENT","state":"ACTIVE"}],"dialogs"`, "PId\":{"},
		{messaging.VariantUnknown, `"nobodyKnows":`, ""},
	} {
		t.Run(string(row.on), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, w *world) {
				conv := w.svc.Consumer(messaging.Consumer{ID: "ada", Skill: "Sales", FirstMessage: "Hello"})
				require.NoError(t, w.svc.Colleague("bot").TakeOver(conv.ID()))
				k := w.dial(w.bot)
				k.ok("1", ".ams.aam.SubscribeExConversations", `{}`)
				got := k.until("ExConversationChange")
				require.Contains(t, got, row.want)
				if row.not != "" {
					require.NotContains(t, got, row.not)
				}
			}, messaging.WithVariants(row.on))
		})
	}
}

func TestEventVariants(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		on   []messaging.Variant
		want string
		not  string
	}{
		{[]messaging.Variant{messaging.VariantBareEvents}, `"message":"Hello"},"dialogId":"`, "messageAudience"},
		{[]messaging.Variant{messaging.VariantDialogInEvent}, `"event":{"dialogId":"`, ""},
		{[]messaging.Variant{messaging.VariantNoPIDs}, `"originatorId":"ada","originatorMetadata"`, "originatorPId"},
		{[]messaging.Variant{messaging.VariantV3Events}, `{"kind":"notification","type":"ms.MessagingEventNotification","body":{"dialogId":"`, "OnlineEvent"},
		{[]messaging.Variant{messaging.VariantV3Events, messaging.VariantV3NoDialog}, `"type":"ms.MessagingEventNotification","body":{"changes":[{"sequence":0`, ""},
		{[]messaging.Variant{messaging.VariantV3Events, messaging.VariantSingle}, `"changes":{"sequence":0`, ""},
	} {
		t.Run(strings.ReplaceAll(row.want, `"`, ""), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, w *world) {
				k := w.dial(w.bot)
				conv := w.svc.Consumer(messaging.Consumer{ID: "ada", Skill: "Sales"})
				require.NoError(t, w.svc.Colleague("bot").TakeOver(conv.ID()))
				conv.Say("Hello")
				got := k.next()
				require.Contains(t, got, row.want)
				if row.not != "" {
					require.NotContains(t, got, row.not)
				}
			}, messaging.WithVariants(row.on...))
		})
	}
}

// TestBarePrivateEvents has private messages named as such, whatever else is left out.
func TestBarePrivateEvents(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		conv := w.svc.Consumer(messaging.Consumer{ID: "ada", Skill: "Sales"})
		require.NoError(t, w.svc.Colleague("bot").TakeOver(conv.ID()))
		w.svc.Colleague("bot").Whisper(conv.ID(), "between us")
		require.Contains(t, k.next(), `"messageAudience":"AGENTS_AND_MANAGERS"`)
	}, messaging.WithVariants(messaging.VariantBareEvents))
}

// TestWatchers has events go to who only watches.
func TestWatchers(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		k.ok("1", ".ams.aam.SubscribeExConversations", `{}`)
		k.next()
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales"})
		k.next()
		conv.Say("Hello")
		require.Contains(t, k.next(), "OnlineEventDistribution")
		synctest.Wait()
		require.Equal(t, "OFFLINE", w.svc.Availability("bot"))
	}, messaging.WithVariants(messaging.VariantWatchers))
}

func TestForgetting(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.svc.Colleague("mate").Online()
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		conv.TimeOut()
		require.Equal(t, "TIMEOUT", conv.CloseReason())
		time.Sleep(time.Hour)
		require.Len(t, w.svc.Conversations(), 1)
		next := w.svc.Consumer(messaging.Consumer{})
		require.Nil(t, w.svc.Conversation(conv.ID()))
		require.Equal(t, []*messaging.Conversation{next}, w.svc.Conversations())
	}, messaging.WithForgetting(time.Hour))
}
