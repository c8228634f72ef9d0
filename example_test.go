package liveperson_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
)

// An echo bot, whole: it answers every line of every visitor until Ctrl-C or
// SIGTERM.
func Example_echoBot() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		slog.Error("the bot has failed", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	session, err := login.Login(ctx, os.Getenv("LP_ACCOUNT"),
		login.BotUser(os.Getenv("LP_USER"), os.Getenv("LP_CLIENT_ID"), os.Getenv("LP_CLIENT_SECRET")),
		login.WithLogger(slog.Default()))
	if err != nil {
		return err
	}
	defer logout(session)

	agent, err := chatagent.Start(ctx, session, chatagent.WithLogger(slog.Default()))
	if err != nil {
		return err
	}
	if err := agent.SetAvailability(ctx, chatagent.Online); err != nil {
		return err
	}
	return agent.Serve(ctx, chatagent.HandlerFunc(echo), chatagent.WithStayOnline())
}

func logout(session *login.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	session.Logout(ctx)
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
