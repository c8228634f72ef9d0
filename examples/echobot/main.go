// Echobot answers every line of every visitor: the first of the three roles of
// a bot, the one that answers.
//
//	go run ./examples/echobot         two visitors of the embedded fake services
//	go run ./examples/echobot -live   the real services, until Ctrl-C or SIGTERM
//
// With -live it reads LP_ACCOUNT, LP_USER and LP_PASSWORD, or LP_CLIENT_ID and
// LP_CLIENT_SECRET for a bot user.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/examples/internal/demo"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

func main() {
	live := flag.Bool("live", false, "use the real services")
	flag.Parse()
	demo.Main("echobot", func(ctx context.Context) error {
		if !*live {
			return play(ctx, os.Stdout, lptest.Start)
		}
		account, creds := demo.Live()
		return chatagent.Run(ctx, account, creds, chatagent.HandlerFunc(echo), chatagent.WithLogger(slog.Default()))
	})
}

// echo handles one chat.
func echo(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		_ = chat.SetTyping(ctx, chatagent.IsTyping) // the chat goes on without
		_, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text))
		if errors.Is(err, chatagent.ErrUnconfirmed) { // it may be in the chat
			slog.Warn("a line is in doubt", "chat", chat.ID(), "err", err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// play runs the bot on fake services until its two visitors have left.
func play(ctx context.Context, out io.Writer, start func(...lptest.Option) (*lptest.Server, error)) error {
	srv, err := start()
	if err != nil {
		return err
	}
	defer srv.Close()
	srv.AddAgent(lptest.Agent{LoginName: "echo", Password: demo.Password, MaxChats: 10})
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() {
		served <- chatagent.Run(ctx, srv.Account(), login.Password("echo", demo.Password), chatagent.HandlerFunc(echo),
			chatagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))
	}()

	say := demo.Print(out)
	errs := make(chan error, 2)
	go func() { errs <- demo.Talk(ctx, srv, "Ada", "", say, "Hello!", "Is anybody there?") }()
	go func() { errs <- demo.Talk(ctx, srv, "Bob", "", say, "What time is it?") }()
	err = errors.Join(<-errs, <-errs)
	stop()
	return errors.Join(err, <-served)
}
