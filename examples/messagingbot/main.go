// Messagingbot is a bot for messaging: it answers every message of every consumer, hands
// over to people who asks for them, and fills in the agent survey of each conversation that
// ends.
//
//	go run ./examples/messagingbot         two consumers of the embedded fake services
//	go run ./examples/messagingbot -live   the real services, until Ctrl-C or SIGTERM
//
// With -live it reads LP_ACCOUNT, LP_USER and LP_PASSWORD, or LP_CLIENT_ID and
// LP_CLIENT_SECRET for a bot user. It stops on Ctrl-C and SIGTERM, at once on a second one,
// with exit code 0; if it fails, with 1. Its conversations stay its own meanwhile: start it
// again, and it goes on with them. With -sim it does the same on cmd/lpsim:
//
//	go run ./cmd/lpsim -listen 127.0.0.1:8443 -consumers 2
//	LP_ACCOUNT=12345678 LP_USER=bot@lpsim LP_CLIENT_ID=lpsim-client LP_CLIENT_SECRET=lpsim-client-secret \
//		go run ./examples/messagingbot -sim https://127.0.0.1:8443
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/examples/internal/demo"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

func main() {
	live := flag.Bool("live", false, "use the real services")
	sim := flag.String("sim", "", "use lpsim at this `url`")
	people := flag.String("people", "", "`id` of the skill to hand over to; without it nobody is there")
	store := flag.String("store", "", "`file` in which to keep how far the conversations were handled")
	flag.Parse()
	demo.Main("messagingbot", func(ctx context.Context) error {
		if !*live && *sim == "" {
			return play(ctx, os.Stdout, lptest.Start)
		}
		var opts []messagingagent.Option
		if *sim != "" {
			opts = append(opts, messagingagent.WithLogin(login.WithTestServer(*sim, nil)))
		}
		if *store != "" {
			opts = append(opts, messagingagent.WithStore(messagingagent.FileStore(*store)))
		}
		account, creds := demo.Live()
		return run(ctx, account, creds, liveperson.SkillID(*people), append(opts, messagingagent.WithLogger(slog.Default()))...)
	})
}

// run is the bot's whole life. people are those who take over; "" for nobody.
func run(ctx context.Context, account string, creds login.Credentials, people liveperson.SkillID, opts ...messagingagent.Option) error {
	b := &bot{people: people, silence: 10 * time.Minute}
	if people != "" { // it fails, or a transfer did for which nobody is to blame
		opts = append(opts, messagingagent.WithHandOver(messagingagent.ToSkill(people)))
	}
	return messagingagent.Run(ctx, account, creds, b, append(opts, messagingagent.WithOnUpdate(func(update messagingagent.Update) {
		closed, ok := update.(messagingagent.ConversationClosed)
		if !ok || closed.How != messagingagent.ClosedEnded {
			return
		}
		// One after another, and the last ones while the bot stops: it waits for them.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := fillSurvey(ctx, closed); err != nil {
			slog.Error("the survey is not filled in", "conversation", closed.Conversation, "err", err)
		}
	}))...)
}

// bot handles conversations.
type bot struct {
	people  liveperson.SkillID
	silence time.Duration // after which it asks, and after as long again, takes its leave
}

// ServeConversation handles one.
func (b *bot) ServeConversation(ctx context.Context, c *messagingagent.Conversation) error {
	asked := false
	for m, err := range c.Messages(ctx, messagingagent.Idle(b.silence)) {
		answer := messagingagent.Text("You said: " + m.Text)
		switch {
		case errors.Is(err, messagingagent.ErrIdle) && asked:
			return say(ctx, c, messagingagent.Text("Write again whenever you like.")) // and it is closed
		case errors.Is(err, messagingagent.ErrIdle):
			answer = messagingagent.Text("Are you still there?").WithQuickReplies(messagingagent.QuickReply{Title: "Yes"})
		case err != nil:
			return err
		case strings.Contains(m.Text, "human") && b.people != "":
			err := c.Transfer(ctx, messagingagent.ToSkill(b.people), messagingagent.Because("asks for a human", "escalated_by_user"))
			if !errors.Is(err, messagingagent.ErrTransferRefused) {
				return err // none: it is theirs
			}
			answer = messagingagent.Text("Nobody is here right now.")
		default:
			_ = c.Typing(ctx, messagingagent.ChatComposing) // the conversation goes on without
		}
		asked = err != nil
		if err := say(ctx, c, answer); err != nil {
			return err
		}
	}
	return nil
}

// say says what the service turns away for now again, and goes on after a message that may
// be there.
func say(ctx context.Context, c *messagingagent.Conversation, m messagingagent.Content) error {
	for pause := time.Second; ; pause *= 2 {
		_, err := c.Send(ctx, m)
		switch {
		case errors.Is(err, messagingagent.ErrUnconfirmed):
			slog.Warn("a message is in doubt", "conversation", c, "err", err)
			return nil
		case !errors.Is(err, liveperson.ErrUnavailable) && !errors.Is(err, liveperson.ErrRateLimited) || pause > 8*time.Second:
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// play runs the bot on fake services until one consumer has left and another talks to
// a human.
func play(ctx context.Context, out io.Writer, start func(...lptest.Option) (*lptest.Server, error)) error {
	srv, err := start()
	if err != nil {
		return err
	}
	defer srv.Close()
	people := srv.AddSkill(lptest.Skill{Name: "People"})
	srv.AddAgent(lptest.Agent{LoginName: "bot", Password: demo.Password, MaxChats: 10, Skills: []string{"Shop"}})
	srv.AddAgent(lptest.Agent{LoginName: "Hannah", Skills: []string{"People"}})
	shop := srv.AddSkill(lptest.Skill{Name: "Shop"})
	srv.AddSurvey(lptest.Survey{Skill: shop.ID, Questions: []lptest.Question{
		{ID: 1, Text: "Was it solved?", Next: 2, Required: true, Category: "radio_button", Replies: []lptest.Reply{{ID: 11, Text: "Yes"}, {ID: 12, Text: "No"}}},
		{ID: 2, Text: "What was it about?", Required: true},
	}})
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() {
		served <- run(ctx, srv.Account(), login.Password("bot", demo.Password), liveperson.SkillIDOf(people.ID),
			messagingagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))
	}()

	say := demo.Print(out)
	errs := make(chan error, 3)
	go func() { errs <- human(ctx, srv.Messaging().Colleague("Hannah")) }()
	go func() { errs <- demo.Converse(ctx, srv, "Ada", "Shop", say, "Hello!", "Is it blue?") }()
	go func() { errs <- demo.Converse(ctx, srv, "Bob", "Shop", say, "May I talk to a human?") }()
	err = errors.Join(<-errs, <-errs, <-errs, srv.WaitAnswered(ctx, lptest.OpSurveySubmit, 1))
	stop()
	err = errors.Join(err, <-served)
	for _, c := range srv.Messaging().Conversations() {
		if c.Assigned() == "bot" || c.SkillID() == shop.ID {
			state := srv.Survey(c.ID(), c.SkillID())
			say("survey", fmt.Sprintf("%s by %s, with %d answers", state.Status, state.SubmittedBy, len(state.Answers)))
		}
	}
	return err
}

// human is who takes over.
func human(ctx context.Context, p *messaging.Colleague) error {
	p.Online()
	if err := p.WaitRinging(ctx); err != nil {
		return err
	}
	p.Say(p.Accept(), "I am one. How can I help?")
	return nil
}
