package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// What can go wrong on the fake services.
const (
	faultVisitor = "visitor-gone" // the visitor's connection dies in the middle of the chat
	faultLogin   = "login-503"    // the first login is answered 503
	faultSurvey  = "survey-409"   // a colleague answers the survey while it is being filled
)

func faultNames() []string { return []string{faultVisitor, faultLogin, faultSurvey} }

const (
	conversation = "c840e51e-5f65-4ad4-8d34-5c82b99a2200"
	skill        = 42

	questionTopic  = 100
	questionReason = 101
	questionNote   = 102
	questionMood   = 103
	replyOrder     = 11
	replyLate      = 21
	replyHappy     = 31
)

// fakeStage is the fake services in this process, with an agent, a visitor and
// a survey.
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
	srv.AddAgent(lptest.Agent{LoginName: "bot@brand", Password: "correct horse", Nickname: "Brandy", MaxChats: 3})
	srv.AddSurvey(survey())
	if slices.Contains(faults, faultLogin) {
		srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Nth: 1, Status: 503})
	}

	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	var visit *lptest.Visit
	wg.Go(func() {
		if srv.WaitOnline(ctx, "") != nil {
			return
		}
		v := srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "Hello, my parcel is late."})
		visit = v
		converse(ctx, v, slices.Contains(faults, faultVisitor))
	})
	s := stage{
		title:       "embedded fake services, account " + srv.Account(),
		account:     srv.Account(),
		credentials: login.Password("bot@brand", "correct horse"),
		transport:   srv.Transport(),
		survey:      agentsurvey.Ref{Conversation: conversation, Skill: liveperson.SkillIDOf(skill)},
		wait:        time.Minute,
		close: func() {
			stop()
			wg.Wait()
			srv.Close()
		},
	}
	if slices.Contains(faults, faultSurvey) {
		s.beforeSubmit = func() {
			srv.AnswerAs(conversation, skill, lptest.Answer{Question: questionMood, Replies: []int64{replyHappy}})
			t.say("colleague", "answers %q in the same survey", "How was the visitor's mood?")
		}
	}
	s.check = func() error {
		stop()
		wg.Wait()
		return checkServer(srv, visit, t, slices.Contains(faults, faultSurvey))
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

// survey is a survey with a branch.
func survey() lptest.Survey {
	return lptest.Survey{
		Name: "Wrap-up", Conversation: conversation, Skill: skill,
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
func checkServer(srv *lptest.Server, visit *lptest.Visit, t *transcript, colleague bool) error {
	var errs []error
	must := func(ok bool, what string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("the server says: "+what, args...))
		}
	}
	if visit == nil {
		return errors.New("the server says: no visitor came")
	}
	chat := visit.Chat()
	must(chat.State() == "ended", "the chat is %s", chat.State())
	var said []string
	for _, l := range chat.Lines() {
		if l.Source == "agent" {
			said = append(said, l.Text)
		}
	}
	must(slices.Equal(said, t.sent()), "the agent said %q, sent were %q", said, t.sent())
	state := srv.Survey(conversation, skill)
	must(state.Status == "submitted" && state.Submits == 1, "the survey is %s, submitted %d times", state.Status, state.Submits)
	must(slices.Equal(state.Answers[questionReason].Replies, []int64{replyLate}), "the survey's reason is %v", state.Answers[questionReason].Replies)
	must(!colleague || slices.Equal(state.Answers[questionMood].Replies, []int64{replyHappy}), "the colleague's answer is lost")
	must(last(srv, lptest.OpSetAvailability) == `{"availability":{"chat":"Away"}}`, "the agent's last availability was %s", last(srv, lptest.OpSetAvailability))
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
