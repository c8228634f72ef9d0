package liveperson_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
)

// An echo bot, whole: it answers every line of every visitor until Ctrl-C.
func Example_echoBot() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Println(run(ctx))
}

func run(ctx context.Context) error {
	session, err := login.Login(ctx, os.Getenv("LP_ACCOUNT"),
		login.BotUser(os.Getenv("LP_USER"), os.Getenv("LP_CLIENT_ID"), os.Getenv("LP_CLIENT_SECRET")))
	if err != nil {
		return err
	}
	defer session.Logout(context.WithoutCancel(ctx))

	agent, err := chatagent.Start(ctx, session)
	if err != nil {
		return err
	}
	if err := agent.SetAvailability(ctx, chatagent.Online); err != nil {
		return err
	}
	return agent.Serve(ctx, chatagent.HandlerFunc(echo))
}

func echo(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) { // ends when the chat does
		if err != nil {
			return err
		}
		if _, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text)); err != nil {
			return err
		}
	}
	return nil
}
