// Surveybot fills in the agent survey when a conversation has ended. It reads
// the event of the conversation's end, answers the survey's questions from a
// rule file, and submits the survey, while a colleague answers a question of
// the same survey: the conflict is merged.
//
//	go run ./examples/surveybot
//	go run ./examples/surveybot -rules my-rules.json
//	go run ./examples/surveybot -clash      the colleague answers what the bot answers
//
// It runs on embedded fake services: no account, no network. It exits with 0
// if the survey was submitted with everybody's answers, and else with 1.
package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/examples/internal/demo"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/surveyevent"
)

//go:embed rules.json
var defaultRules []byte

func main() {
	rules := flag.String("rules", "", "rule file; default: the one that is built in")
	clash := flag.Bool("clash", false, "the colleague answers what the bot answers")
	flag.Parse()
	demo.Main("surveybot", func(ctx context.Context) error { return run(ctx, os.Stdout, *rules, *clash, lptest.Start) })
}

// run starts the fake services and plays one conversation's end.
func run(ctx context.Context, out io.Writer, ruleFile string, clash bool, serve func(...lptest.Option) (*lptest.Server, error)) error {
	data := defaultRules
	if ruleFile != "" {
		var err error
		if data, err = os.ReadFile(ruleFile); err != nil { //nolint:gosec // the user names the file
			return err
		}
	}
	rules, err := readRules(data)
	if err != nil {
		return err
	}
	fake, session, err := stage(ctx, serve)
	if err != nil {
		return err
	}
	defer fake.Close()
	defer demo.Logout(session)

	surveys, err := agentsurvey.New(session, agentsurvey.WithVersion(agentsurvey.V1), agentsurvey.WithMerge(preferColleague(out)))
	if err != nil {
		return err
	}
	b := &bot{
		out: out, rules: rules, surveys: surveys,
		meanwhile: func() {
			fmt.Fprintln(out, "colleague  answers in the same survey")
			colleague(fake, clash)
		},
	}
	event, err := surveyevent.Parse(ended)
	if err != nil {
		return err
	}
	if err := b.conversationEnded(ctx, event); err != nil {
		return err
	}
	return check(fake, out)
}

// bot fills in agent surveys.
type bot struct {
	out       io.Writer
	surveys   *agentsurvey.Client
	rules     []rule
	meanwhile func() // what happens between reading and submitting
}

// conversationEnded is the callback for the event; surveyevent.Handler takes
// one like it.
func (b *bot) conversationEnded(ctx context.Context, e *surveyevent.Event) error {
	fmt.Fprintf(b.out, "event      conversation %s has ended, closed by %s\n", e.ConversationID, e.CloseReason)
	survey, err := b.surveys.State(ctx, agentsurvey.Ref{Conversation: e.ConversationID, Skill: cmp.Or(e.SkillID, liveperson.NoSkill)})
	if errors.Is(err, agentsurvey.ErrNoSurvey) {
		fmt.Fprintln(b.out, "survey     there is none")
		return nil
	}
	if err != nil {
		return err
	}
	form := survey.Form()
	if err := b.fill(ctx, form); err != nil {
		return err
	}
	b.meanwhile()
	result, err := b.surveys.Submit(ctx, form)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "survey     %s: sent %d times, %d merged\n", result.Status, result.Tries, result.Merges)
	return nil
}

// fill answers every question that a rule is for; each answer may open more.
func (b *bot) fill(ctx context.Context, form *agentsurvey.Form) error {
	for seen := map[int64]bool{}; ; {
		if err := b.surveys.Continue(ctx, form); err != nil {
			return err
		}
		before := len(seen)
		for _, q := range form.Unanswered() {
			if seen[q.ID] {
				continue
			}
			seen[q.ID] = true
			a, text, ok := answer(b.rules, q)
			if !ok {
				fmt.Fprintf(b.out, "survey     %-22s (no rule)\n", q.Text)
				continue
			}
			if err := form.Answer(q.ID, a); err != nil {
				return err
			}
			fmt.Fprintf(b.out, "survey     %-22s %s\n", q.Text, text)
			break // the answer may have opened or closed questions
		}
		if len(seen) == before {
			p := form.Progress()
			fmt.Fprintf(b.out, "survey     %d of %d questions answered\n", p.Answered, p.Visible)
			return nil
		}
	}
}

// preferColleague lets people win over the bot.
func preferColleague(out io.Writer) agentsurvey.MergeFunc {
	return func(c agentsurvey.Clash) (agentsurvey.QuestionState, error) {
		fmt.Fprintf(out, "conflict   %-22s the colleague's answer stays\n", c.Question.Text)
		return c.Theirs, nil
	}
}

// stage is the fake services, and the bot logged in on them.
func stage(ctx context.Context, serve func(...lptest.Option) (*lptest.Server, error)) (*lptest.Server, *login.Session, error) {
	fake, err := serve()
	if err != nil {
		return nil, nil, err
	}
	session, err := prepare(ctx, fake)
	if err != nil {
		fake.Close()
		return nil, nil, err
	}
	return fake, session, nil
}
