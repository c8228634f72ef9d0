package agentsurvey_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// exampleSession logs an agent in on fake services with the survey of one
// conversation, and returns both.
func exampleSession(ctx context.Context) (*login.Session, *lptest.Server) {
	fake := lptest.NewMemory()
	fake.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret"})
	fake.AddSurvey(lptest.Survey{Conversation: "7d0c", Skill: 42, Questions: []lptest.Question{
		{ID: 1, Text: "Was it solved?", Required: true, Category: "radio_button", Replies: []lptest.Reply{
			{ID: 11, Text: "Yes", Next: 3}, {ID: 12, Text: "No", Next: 2},
		}},
		{ID: 2, Text: "Why not?", Required: true, Next: 3},
		{ID: 3, Text: "How many minutes?", Category: "number"},
	}})
	hc, err := retry.NewClient(retry.WithTransport(fake.Transport()))
	if err != nil {
		panic(err)
	}
	domains, err := domain.New(domain.WithEndpoint(fake.URL()), domain.WithHTTPClient(hc))
	if err != nil {
		panic(err)
	}
	session, err := login.Login(ctx, fake.Account(), login.Password("bot", "secret"), login.WithDomains(domains), login.WithHTTPClient(hc), login.WithoutRefresh())
	if err != nil {
		panic(err)
	}
	return session, fake
}

func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	session, fake := exampleSession(ctx)
	defer fake.Close()

	surveys, err := agentsurvey.New(session)
	if err != nil {
		fmt.Println(err)
		return
	}
	survey, err := surveys.State(ctx, agentsurvey.Ref{Conversation: "7d0c", Skill: "42"})
	if err != nil {
		fmt.Println(err)
		return
	}
	form := survey.Form()
	if err := form.Answer(1, agentsurvey.ChoiceText("No")); err != nil {
		fmt.Println(err)
		return
	}
	_, err = surveys.Submit(ctx, form) // loads the questions that "No" leads to
	fmt.Println(err)

	for _, q := range form.Missing() {
		fmt.Println("missing:", q.Text)
		if err := form.Answer(q.ID, agentsurvey.Text("a part is out of stock")); err != nil {
			fmt.Println(err)
			return
		}
	}
	result, err := surveys.Submit(ctx, form)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Status)
	// Output:
	// agentsurvey.Submit: question 2: required: has no answer
	// missing: Why not?
	// submitted
}

// A colleague answers the same question at the same time, and the user decides.
func ExampleForm_Merge() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	session, fake := exampleSession(ctx)
	defer fake.Close()

	surveys, err := agentsurvey.New(session, agentsurvey.WithVersion(agentsurvey.V1))
	if err != nil {
		fmt.Println(err)
		return
	}
	survey, err := surveys.State(ctx, agentsurvey.Ref{Conversation: "7d0c", Skill: "42"})
	if err != nil {
		fmt.Println(err)
		return
	}
	form := survey.Form()
	if err := form.Answer(1, agentsurvey.Choice(11)); err != nil {
		fmt.Println(err)
		return
	}
	fake.AnswerAs("7d0c", 42, lptest.Answer{Question: 1, Replies: []int64{12}}, lptest.Answer{Question: 2, Text: "no time"})

	_, err = surveys.Save(ctx, form)
	var conflict *agentsurvey.ConflictError
	if errors.As(err, &conflict) {
		for _, c := range conflict.Clashes {
			fmt.Println(c.Question.Text, "mine:", c.Mine.ReplyIDs, "theirs:", c.Theirs.ReplyIDs)
		}
		err = form.Merge(conflict.Fresh, agentsurvey.PreferTheirs)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, q := range form.Questions() {
		fmt.Println(q.Text)
	}
	// Output:
	// Was it solved? mine: [11] theirs: [12]
	// Was it solved?
	// Why not?
	// How many minutes?
}
