// Package demo gives the examples a place to play in: the embedded fake
// services, or the real ones.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// Live logs in on the real services with LP_ACCOUNT, LP_USER and either
// LP_PASSWORD or LP_CLIENT_ID and LP_CLIENT_SECRET.
func Live(ctx context.Context) (*login.Session, error) {
	account, user := os.Getenv("LP_ACCOUNT"), os.Getenv("LP_USER")
	creds := login.BotUser(user, os.Getenv("LP_CLIENT_ID"), os.Getenv("LP_CLIENT_SECRET"))
	if password := os.Getenv("LP_PASSWORD"); password != "" {
		creds = login.Password(user, password)
	}
	return login.Login(ctx, account, creds, login.WithLogger(slog.Default()))
}

// Password is that of every agent of [Fake].
const Password = "correct horse"

// Fake logs an agent of the fake services in; it is added to them if need be.
func Fake(ctx context.Context, srv *lptest.Server, name string, skills ...string) (*login.Session, error) {
	known := false
	for _, a := range srv.Agents() {
		known = known || a.LoginName == name
	}
	if !known {
		srv.AddAgent(lptest.Agent{LoginName: name, Password: Password, Nickname: name, MaxChats: 10, Skills: skills})
	}
	return login.Login(ctx, srv.Account(), login.Password(name, Password), login.WithTestServer(srv.URL(), srv.Transport()))
}

// Online starts an agent session and takes chats.
func Online(ctx context.Context, session *login.Session, opts ...chatagent.Option) (*chatagent.Agent, error) {
	agent, err := chatagent.Start(ctx, session, opts...)
	if err != nil {
		return nil, err
	}
	return agent, agent.SetAvailability(ctx, chatagent.Online)
}

// Talk has a visitor come and say each line after an answer of the agent, the
// first one at once; then, or when ctx ends, the visitor leaves. say is told
// what the visitor sees.
func Talk(ctx context.Context, srv *lptest.Server, name, skill string, say func(who, text string), lines ...string) error {
	v := srv.Visitor(lptest.Visitor{Name: name, Skill: skill})
	defer v.Leave()
	seen := 0
	for _, line := range lines {
		say(name, line)
		v.Say(line)
		for {
			seen++
			answer, err := v.WaitLine(ctx, seen)
			if err != nil {
				return fmt.Errorf("%s waits for an answer: %w", name, err)
			}
			if answer.SubType != "ONLY_TO_REP" {
				say(answer.By, answer.Text)
				break
			}
		}
	}
	return nil
}

// Logout ends the session; it does not take long, also when the program has
// been told to stop.
func Logout(session *login.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	session.Logout(ctx)
}

// Main runs a program until it is done, has failed, or is told to stop by
// Ctrl-C or SIGTERM. A second signal ends it at once.
func Main(name string, run func(ctx context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// Stopped is nil for an error that only says that the program was told to stop.
func Stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
