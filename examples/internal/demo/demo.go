// Package demo gives the examples a place to play in: the embedded fake
// services, or the real ones.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// Live are the account and the credentials of LP_ACCOUNT, LP_USER and either
// LP_PASSWORD or LP_CLIENT_ID and LP_CLIENT_SECRET.
func Live() (account string, creds login.Credentials) {
	user := os.Getenv("LP_USER")
	if password := os.Getenv("LP_PASSWORD"); password != "" {
		return os.Getenv("LP_ACCOUNT"), login.Password(user, password)
	}
	return os.Getenv("LP_ACCOUNT"), login.BotUser(user, os.Getenv("LP_CLIENT_ID"), os.Getenv("LP_CLIENT_SECRET"))
}

// Password is that of every agent of [Fake].
const Password = "correct horse"

// Fake logs an agent of the fake services in; it is added to them if need be.
func Fake(ctx context.Context, srv *lptest.Server, name string, skills ...string) (*login.Session, error) {
	srv.AddAgent(lptest.Agent{LoginName: name, Password: Password, Nickname: name, MaxChats: 10, Skills: skills})
	return login.Login(ctx, srv.Account(), login.Password(name, Password), login.WithTestServer(srv.URL(), srv.Transport()))
}

// Agent is Fake and an agent session, Online.
func Agent(ctx context.Context, srv *lptest.Server, name string, skills ...string) (*chatagent.Agent, error) {
	session, err := Fake(ctx, srv, name, skills...)
	if err != nil {
		return nil, err
	}
	agent, err := chatagent.Start(ctx, session)
	if err != nil {
		return nil, err
	}
	return agent, agent.SetAvailability(ctx, chatagent.Online)
}

// MessagingAgent is Fake and an agent on messaging, Online.
func MessagingAgent(ctx context.Context, srv *lptest.Server, name string, skills ...string) (*messagingagent.Agent, error) {
	session, err := Fake(ctx, srv, name, skills...)
	if err != nil {
		return nil, err
	}
	agent, err := messagingagent.Connect(ctx, session)
	if err != nil {
		return nil, err
	}
	return agent, agent.SetAvailability(ctx, messagingagent.Online)
}

// Print returns a function that prints who says what.
func Print(out io.Writer) (say func(who, text string)) {
	var mu sync.Mutex
	return func(who, text string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, "%-9s %s\n", who, text)
	}
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

// Converse is Talk on messaging: a consumer opens a conversation, and closes it at the end.
func Converse(ctx context.Context, srv *lptest.Server, name, skill string, say func(who, text string), messages ...string) error {
	c := srv.Messaging().Consumer(messaging.Consumer{Name: name, Skill: skill})
	defer c.Close()
	for n, message := range messages {
		say(name, message)
		c.Say(message)
		answer, err := c.WaitMessage(ctx, n+1)
		if err != nil {
			return fmt.Errorf("%s waits for an answer: %w", name, err)
		}
		for _, a := range srv.Agents() {
			if answer.OriginatorID == fmt.Sprintf("%s.%d", srv.Account(), a.ID) {
				say(a.LoginName, answer.Text)
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
