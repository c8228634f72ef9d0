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
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

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
		session, err := demo.Live(ctx)
		if err != nil {
			return err
		}
		return serve(ctx, session, chatagent.WithLogger(slog.Default()))
	})
}

// serve is the bot.
func serve(ctx context.Context, session *login.Session, opts ...chatagent.Option) error {
	defer demo.Logout(session)
	agent, err := demo.Online(ctx, session, opts...)
	if err != nil {
		return err
	}
	return demo.Stopped(agent.Serve(ctx, chatagent.HandlerFunc(echo), chatagent.WithStayOnline()))
}

// echo handles one chat.
func echo(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		if err := chat.SetTyping(ctx, chatagent.IsTyping); err != nil {
			return err
		}
		if _, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text)); err != nil {
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
	session, err := demo.Fake(ctx, srv, "echo")
	if err != nil {
		return err
	}
	var mu sync.Mutex
	say := func(who, text string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, "%-5s %s\n", who, text)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- serve(ctx, session) }()

	errs := make(chan error, 2)
	go func() { errs <- demo.Talk(ctx, srv, "Ada", "", say, "Hello!", "Is anybody there?") }()
	go func() { errs <- demo.Talk(ctx, srv, "Bob", "", say, "What time is it?") }()
	for range 2 {
		if e := <-errs; e != nil && err == nil {
			err = e
		}
	}
	stop()
	if e := <-served; err == nil {
		err = e
	}
	return err
}
