package liveperson_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// An echo bot, whole: it answers every message of every consumer until Ctrl-C or
// SIGTERM.
func Example_echoBot() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := messagingagent.Run(ctx, os.Getenv("LP_ACCOUNT"),
		login.BotUser(os.Getenv("LP_USER"), os.Getenv("LP_CLIENT_ID"), os.Getenv("LP_CLIENT_SECRET")),
		messagingagent.HandlerFunc(echo), messagingagent.WithLogger(slog.Default()))
	if err != nil {
		slog.Error("the bot has failed", "err", err)
		os.Exit(1)
	}
}

func echo(ctx context.Context, c *messagingagent.Conversation) error {
	for m, err := range c.Messages(ctx) { // ends when the conversation does
		if err != nil {
			return err
		}
		_, err := c.Send(ctx, messagingagent.Text("You said: "+m.Text))
		if errors.Is(err, messagingagent.ErrUnconfirmed) { // it may be in the conversation
			slog.Warn("a message is in doubt", "conversation", c.ID(), "err", err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// The same bot on chat.
func Example_chatBot() {
	_ = chatagent.HandlerFunc(echoChat) // for chatagent.Run
}

func echoChat(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) { // ends when the chat does
		if err != nil {
			return err
		}
		_, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text))
		if errors.Is(err, chatagent.ErrUnconfirmed) { // it may be in the chat
			slog.Warn("a line is in doubt", "chat", chat.ID(), "err", err)
		} else if err != nil {
			return err
		}
	}
	return nil
}
