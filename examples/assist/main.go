// Assist shows the two roles of a bot beside a human agent, on the embedded
// fake services:
//
//   - a listener: it reads along in the human's workspace and whispers tips, in
//     lines that only agents see;
//   - a bot that joins to assist: the human transfers the chat to the bot's
//     skill, and the bot answers what it knows better.
//
// The "human" is played by a program too.
//
//	go run ./examples/assist
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/examples/internal/demo"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

func main() {
	demo.Main("assist", func(ctx context.Context) error { return play(ctx, os.Stdout, lptest.Start) })
}

// workspace is the human's: what rings is taken, and every line of every chat is
// seen by the human and by the listener.
func workspace(ctx context.Context, agent *chatagent.Agent, seen func(chat *chatagent.Chat, line chatagent.Line) error) error {
	for update, err := range agent.Watch(ctx) {
		switch u := update.(type) {
		case chatagent.Ringing:
			if u.Count > 0 {
				_, err = agent.Accept(ctx)
			}
		case chatagent.ChatOpened:
			for _, event := range u.History {
				err = errors.Join(err, seen(u.Chat, event.Line))
			}
		case chatagent.LineReceived:
			err = seen(u.Chat, u.Line)
		}
		if err != nil && !errors.Is(err, chatagent.ErrNoIncoming) && !errors.Is(err, chatagent.ErrChatEnded) {
			return err
		}
	}
	return nil
}

// listen is the listener: it gives a tip for each line that it has one for.
func listen(ctx context.Context, chat *chatagent.Chat, line chatagent.Line, say func(who, text string)) error {
	if line.Source != chatagent.FromVisitor || !strings.Contains(line.Text, "discount") {
		return nil
	}
	tip := "Tip: SPRING10 gives 10 %, until Sunday."
	say("(tip)", tip)
	_, err := chat.Send(ctx, chatagent.Whisper(chatagent.Text(tip)))
	return err
}

// human is the agent who is being helped: says what a tip says, and transfers what
// others know better.
func human(ctx context.Context, chat *chatagent.Chat, line chatagent.Line, orders liveperson.SkillID) error {
	switch {
	case line.SubType == chatagent.OnlyToRep && strings.HasPrefix(line.Text, "Tip:"):
		_, err := chat.Send(ctx, chatagent.Text("Use SPRING10 for 10 % off."))
		return err
	case line.Source == chatagent.FromVisitor && strings.Contains(line.Text, "parcel"):
		return chat.Transfer(ctx, chatagent.TransferTarget{SkillID: orders}, "Where is the parcel?")
	}
	return nil
}

// assistant is the bot that joins: it answers, and the chat is done with.
func assistant(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		if strings.Contains(line.Text, "parcel") {
			_, err := chat.Send(ctx, chatagent.Text("Your parcel arrives tomorrow."))
			return err // the chat is ended then
		}
	}
	return nil
}

// play has two visitors talk to the team.
func play(ctx context.Context, out io.Writer, start func(...lptest.Option) (*lptest.Server, error)) error {
	srv, err := start()
	if err != nil {
		return err
	}
	defer srv.Close()
	say := demo.Print(out)
	orders := liveperson.SkillIDOf(srv.AddSkill(lptest.Skill{Name: "Orders"}).ID)
	agent, err := demo.Agent(ctx, srv, "Hannah", "Sales")
	if err != nil {
		return err
	}
	defer demo.Logout(agent.Login())
	srv.AddAgent(lptest.Agent{LoginName: "Orderbot", Password: demo.Password, Skills: []string{"Orders"}})

	ctx, stop := context.WithCancel(ctx)
	errs := make(chan error, 2)
	go func() {
		errs <- workspace(ctx, agent, func(chat *chatagent.Chat, line chatagent.Line) error {
			return errors.Join(listen(ctx, chat, line, say), human(ctx, chat, line, orders))
		})
	}()
	go func() {
		errs <- chatagent.Run(ctx, srv.Account(), login.Password("Orderbot", demo.Password), chatagent.HandlerFunc(assistant),
			chatagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))
	}()
	if err = srv.WaitOnline(ctx, "Orders"); err == nil {
		err = demo.Talk(ctx, srv, "Ada", "Sales", say, "Is there a discount?")
	}
	if err == nil {
		err = demo.Talk(ctx, srv, "Bob", "Sales", say, "Where is my parcel?")
	}
	stop()
	for range 2 {
		if end := <-errs; !errors.Is(end, context.Canceled) {
			err = errors.Join(err, end)
		}
	}
	return err
}
