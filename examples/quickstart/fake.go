package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// What can go wrong on the fake services.
const (
	faultVisitor = "visitor-gone" // the visitor's connection dies in the middle of the chat
	faultLogin   = "login-503"    // the first login is answered 503
	faultSocket  = "socket-lost"  // the socket dies before a message is answered
	faultSurvey  = "survey-409"   // a colleague answers the survey while it is being filled
)

func faultNames() []string { return []string{faultVisitor, faultLogin, faultSocket, faultSurvey} }

const (
	skill = 42

	questionTopic  = 100
	questionReason = 101
	questionNote   = 102
	questionMood   = 103
	replyOrder     = 11
	replyLate      = 21
	replyHappy     = 31
)

// fakeStage is the fake services in this process, with an agent, a visitor, a consumer
// and a survey.
func fakeStage(ctx context.Context, t *transcript, serve func(...lptest.Option) (*lptest.Server, error), fault string) (stage, error) {
	var faults []string
	if fault != "" {
		faults = strings.Split(fault, ",")
	}
	for _, f := range faults {
		if !slices.Contains(faultNames(), f) {
			return stage{}, fmt.Errorf("%w: unknown fault %q, known are %s", errUsage, f, strings.Join(faultNames(), ", "))
		}
	}
	srv, err := serve()
	if err != nil {
		return stage{}, err
	}
	srv.AddSkill(lptest.Skill{ID: skill, Name: "Shop"})
	srv.AddAgent(lptest.Agent{LoginName: "bot@brand", Password: "correct horse", Nickname: "Brandy", MaxChats: 3, Skills: []string{"Shop"}})
	srv.AddSurvey(survey())
	if slices.Contains(faults, faultLogin) {
		srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Nth: 1, Status: 503})
	}
	if slices.Contains(faults, faultSocket) {
		srv.Messaging().AddFault(messaging.Fault{Type: "PublishEvent", Contains: "blue and", Kind: messaging.FaultClose, Code: 1006, After: true, Times: 1})
	}

	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	var visit *lptest.Visit
	var conversation *messaging.Conversation
	wg.Go(func() {
		if srv.WaitOnline(ctx, "") != nil {
			return
		}
		v := srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "Hello, my parcel is late."})
		visit = v
		converse(ctx, v, slices.Contains(faults, faultVisitor))
	})
	wg.Go(func() {
		if srv.Messaging().WaitOnline(ctx, "Shop") != nil {
			return
		}
		c := srv.Messaging().Consumer(messaging.Consumer{Name: "Bob", Skill: "Shop", FirstMessage: "Do you sell umbrellas?"})
		conversation = c
		write(ctx, c)
	})
	s := stage{
		title:       "embedded fake services, account " + srv.Account(),
		account:     srv.Account(),
		credentials: login.Password("bot@brand", "correct horse"),
		transport:   srv.Transport(),
		wait:        time.Minute,
		close: func() {
			stop()
			wg.Wait()
			srv.Close()
		},
	}
	if slices.Contains(faults, faultSurvey) {
		s.beforeSubmit = func(at agentsurvey.Ref) {
			srv.AnswerAs(string(at.Conversation), skill, lptest.Answer{Question: questionMood, Replies: []int64{replyHappy}})
			t.say("colleague", "answers %q in the same survey", "How was the visitor's mood?")
		}
	}
	s.check = func() error {
		stop()
		wg.Wait()
		return checkServer(srv, visit, conversation, t, slices.Contains(faults, faultSurvey))
	}
	return s, nil
}

// converse is what the visitor does: a line after each answer, then leave.
func converse(ctx context.Context, v *lptest.Visit, vanish bool) {
	for i, text := range []string{"Order 4711.", "Thank you, that helps!", ""} {
		if _, err := v.WaitLine(ctx, i+1); err != nil {
			return
		}
		switch {
		case vanish && i == 1:
			v.Vanish()
			return
		case text == "":
			v.Leave()
			return
		}
		v.Say(text)
	}
}

// write is what the consumer does: a message after each answer, then close.
func write(ctx context.Context, c *messaging.Conversation) {
	for i, text := range []string{"A blue one, please.", "Thank you!", ""} {
		if _, err := c.WaitMessage(ctx, i+1); err != nil {
			return
		}
		if text == "" {
			c.Close()
			return
		}
		c.Say(text)
	}
}

// survey is a survey with a branch.
func survey() lptest.Survey {
	return lptest.Survey{
		Name: "Wrap-up", Skill: skill,
		Questions: []lptest.Question{
			{ID: questionTopic, Text: "What was it about?", Category: "radio_button", Required: true, Next: questionNote, Replies: []lptest.Reply{
				{ID: replyOrder, Text: "An order", Next: questionReason},
				{ID: 12, Text: "Something else", Next: questionNote},
			}},
			{ID: questionReason, Text: "What was wrong with the order?", Category: "checkbox", Required: true, Next: questionNote, Replies: []lptest.Reply{
				{ID: replyLate, Text: "Late", Next: questionNote},
				{ID: 22, Text: "Broken", Next: questionNote},
			}},
			{ID: questionNote, Text: "Notes", Category: "free_text", MaxCharacters: 200, Next: questionMood},
			{ID: questionMood, Text: "How was the visitor's mood?", Category: "dropdown", Replies: []lptest.Reply{
				{ID: replyHappy, Text: "Happy"},
				{ID: 32, Text: "Unhappy"},
			}},
		},
	}
}

// checkServer asks the fake whether every step took effect.
func checkServer(srv *lptest.Server, visit *lptest.Visit, conversation *messaging.Conversation, t *transcript, colleague bool) error {
	var errs []error
	must := func(ok bool, what string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("the server says: "+what, args...))
		}
	}
	if visit == nil {
		return errors.New("the server says: no visitor came")
	}
	if conversation == nil {
		return errors.New("the server says: no consumer came")
	}
	chat := visit.Chat()
	must(chat.State() == "ended", "the chat is %s", chat.State())
	var said []string
	for _, l := range chat.Lines() {
		if l.Source == "agent" {
			said = append(said, l.Text)
		}
	}
	for _, m := range conversation.Messages() {
		if m.Role == "ASSIGNED_AGENT" {
			said = append(said, m.Text)
		}
	}
	must(conversation.Stage() == "CLOSE", "the conversation is %s", conversation.Stage())
	must(slices.Equal(said, t.sent()), "the agent said %q, sent were %q", said, t.sent())
	state := srv.Survey(conversation.ID(), skill)
	must(state.Status == "submitted" && state.Submits == 1, "the survey is %s, submitted %d times", state.Status, state.Submits)
	must(slices.Equal(state.Answers[questionReason].Replies, []int64{replyLate}), "the survey's reason is %v", state.Answers[questionReason].Replies)
	must(!colleague || slices.Equal(state.Answers[questionMood].Replies, []int64{replyHappy}), "the colleague's answer is lost")
	must(last(srv, lptest.OpSetAvailability) == `{"availability":{"chat":"Away"}}`, "the agent's last availability was %s", last(srv, lptest.OpSetAvailability))
	states := srv.Messaging().Requests("SetAgentState")
	must(len(states) > 0 && strings.Contains(states[len(states)-1].Text, `"availability":"AWAY"`), "the agent was not Away for messaging at the end")
	must(srv.CountStatus(lptest.OpLogout, 200) == 1, "%d logouts", srv.CountStatus(lptest.OpLogout, 200))
	return errors.Join(errs...)
}

// last is the body of the last call of an operation.
func last(srv *lptest.Server, op lptest.Op) string {
	calls := srv.Requests(op)
	if len(calls) == 0 {
		return ""
	}
	return calls[len(calls)-1].Body
}
