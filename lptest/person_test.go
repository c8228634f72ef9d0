package lptest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// A colleague gets a chat and transfers it back.
func TestPersonTransfersBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.srv.Close()
		annie, bobby := s.srv.Agents()[0], s.srv.Agents()[1]
		person := s.srv.Person(bobby)
		require.Equal(t, "Online", s.srv.Availability(bobby))
		person.AcceptAll(true)
		transfer := func() {
			r := s.call("POST", s.url+"/transfer", `{"transfer":{"agent":{"id":3705342611},"text":"Please look"}}`)
			require.Equal(t, 200, r.status, r.body)
		}
		transfer()
		chat := s.visit.Chat()
		require.Equal(t, []string{"chatting", "bob@brand", ""}, []string{chat.State(), chat.Agent(), chat.Ringing()})
		require.NoError(t, s.visit.WaitAgent(t.Context(), bobby))
		s.call("GET", s.url, "").refused(403, "10", "The chat is not with this agent")
		pass(10 * time.Minute)
		require.Equal(t, "chatting", chat.State(), "his chats do not time out")
		require.Equal(t, "Online", s.srv.Availability(bobby))
		line := person.Say(chat.ID(), "I had a look")
		require.Equal(t, lptest.Line{
			ID: line, Time: time.Now(), Source: "agent", By: "Bob", Text: "I had a look", TextType: "plain", SubType: "REGULAR", AgentID: bobby.ID,
		}, chat.Lines()[len(chat.Lines())-1])
		require.NoError(t, person.TransferToAgent(chat.ID(), annie, "All is well"))
		require.NoError(t, s.visit.WaitRinging(t.Context(), annie))
		require.Equal(t, 13, lastMessage(chat))
		require.Equal(t, s.url, s.accept())
		body := s.call("GET", s.url+"/events?from=4", "").body
		require.Contains(t, body, "All is well")
		require.NotContains(t, body, "Please look")

		// What is no longer his he leaves alone.
		require.Equal(t, -1, person.Say(chat.ID(), "One more thing"))
		require.ErrorContains(t, person.End(chat.ID()), "is not with bob@brand")
		require.ErrorContains(t, person.TransferToAgent(chat.ID(), annie, ""), "is not with bob@brand")
		require.ErrorContains(t, person.TransferToSkill("x", "Sales", ""), `the chat "x" is not with bob@brand`)
		transfer()
		require.NoError(t, person.End(chat.ID()))
		require.Equal(t, []any{"ended", "bob@brand", 5}, []any{chat.State(), chat.Agent(), lastMessage(chat)})
		require.ErrorIs(t, s.visit.WaitAgent(t.Context(), annie), lptest.ErrEnded)
	})
}

// He accepts by hand, goes Away and signs out.
func TestPersonByHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		defer srv.Close()
		annie, bobby := srv.Agents()[0], srv.Agents()[1]
		person := srv.Person(bobby)
		require.Empty(t, person.Accept())
		first := srv.Visitor(lptest.Visitor{Skill: "Billing"})
		second := srv.Visitor(lptest.Visitor{Skill: "Billing"})
		require.Equal(t, "bob@brand", second.Chat().Ringing())
		require.Equal(t, first.ChatID(), person.Accept())
		person.AcceptAll(true)
		require.Equal(t, "bob@brand", second.Chat().Agent(), "what rings already too")
		third := srv.Visitor(lptest.Visitor{Skill: "Billing"})
		require.Equal(t, "bob@brand", third.Chat().Agent())
		require.NotContains(t, third.Chat().Lines()[0].Text+third.Chat().Lines()[1].Text, "busy")
		person.AcceptAll(false)
		ringing := srv.Visitor(lptest.Visitor{Skill: "Sales"})
		require.NoError(t, ringing.WaitRinging(t.Context(), bobby))

		require.ErrorContains(t, person.TransferToSkill(first.ChatID(), "Sales", ""), `the skill "Sales" is not available`)
		require.ErrorContains(t, person.TransferToSkill(first.ChatID(), "None", ""), "not available")
		require.ErrorContains(t, person.TransferToSkill(first.ChatID(), "", ""), "not available")
		require.ErrorContains(t, person.TransferToAgent(first.ChatID(), annie, ""), `the agent "ann@brand" is not available`)
		w := ann(t, srv)
		require.NoError(t, person.TransferToSkill(first.ChatID(), "Sales", "A note"))
		require.Equal(t, []string{"ann@brand", "Sales"}, []string{first.Chat().Ringing(), first.Chat().Skill()})
		require.Equal(t, 15, lastMessage(first.Chat()))
		person.Away()
		require.Equal(t, "Away", srv.Availability(bobby))
		require.Equal(t, "ann@brand", ringing.Chat().Ringing())
		require.Equal(t, "chatting", second.Chat().State())
		w.accept()
		person.Online()
		require.Equal(t, "Online", srv.Availability(bobby))

		// He lets one ring for too long.
		late := srv.Visitor(lptest.Visitor{Skill: "Billing"})
		pass(20 * time.Second)
		require.Equal(t, "Away", srv.Availability(bobby))
		require.Empty(t, late.Chat().Ringing())

		person.SignOut()
		person.SignOut()
		person.Online()
		require.Equal(t, "Offline", srv.Availability(bobby))
		require.Equal(t, "ended", second.Chat().State(), "nobody else serves its skill")
		srv.Person(bobby)
		require.Equal(t, "bob@brand", late.Chat().Ringing())
		require.Panics(t, func() { srv.Person(lptest.Agent{LoginName: "nobody"}) })
	})
}

// His chats time out once the service has lost his session.
func TestPersonDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := brand(t)
		defer srv.Close()
		bobby := srv.Agents()[1]
		srv.Person(bobby).AcceptAll(true)
		visit := srv.Visitor(lptest.Visitor{Skill: "Billing"})
		pass(time.Minute)
		srv.DropSessions(bobby)
		require.Equal(t, "chatting", visit.Chat().State())
		pass(40 * time.Second)
		require.Equal(t, "ended", visit.Chat().State())
	})
}
