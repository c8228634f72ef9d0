package chatagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"fmt"
	"log/slog"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// A bot that takes up to 20 chats, is Occupied when it has them, and leaves them to
// its next version when it is told to stop.
func ExampleRun() {
	var ctx context.Context // ends when the program is told to stop
	var creds login.Credentials
	var handler chatagent.Handler

	err := chatagent.Run(ctx, "12345678", creds, handler,
		chatagent.WithLogger(slog.Default()),
		chatagent.WithMaxChats(20),
		chatagent.WithWhenFull(chatagent.Occupied),
		chatagent.WithStore(chatagent.FileStore("/var/lib/bot/chats")),
	)
	if err != nil {
		slog.Error("the bot has failed", "err", err) // it could not log in, for instance
	}
}

// A bot that hands a chat to a human (skill 42) when it cannot help.
func ExampleAgent_Serve() {
	var ctx context.Context       // ends when the program is told to stop
	var agent *chatagent.Agent    // from chatagent.Start
	var answer func(string) error // what the bot knows

	_ = agent.Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
		for line, err := range chat.Lines(ctx) {
			if err != nil {
				return err
			}
			if err := answer(line.Text); err != nil {
				return err // handed over
			}
		}
		return nil // the visitor has left
	}),
		chatagent.WithHandOver(chatagent.TransferTarget{SkillID: "42"}, "The bot could not help."),
		chatagent.WithHandOverRefused(func(ctx context.Context, chat *chatagent.Chat, _ error) error {
			_, err := chat.Send(ctx, chatagent.Text("Nobody is here right now. We will write to you."))
			return err // the chat is ended
		}),
		chatagent.WithGrace(time.Minute),
	)
}

// A workspace: people see what happens, and decide themselves.
func ExampleAgent_Watch() {
	var ctx context.Context
	var agent *chatagent.Agent // from chatagent.Start, set Online
	var page page              // what people see

	for update, err := range agent.Watch(ctx) { // agent is from chatagent.Start
		if err != nil { // the last of all: ctx has ended, or the login has
			slog.Info("the workspace closes", "err", err)
		}
		switch u := update.(type) {
		case chatagent.Ringing: // agent.Accept(ctx), from any goroutine, or leave it
			page.Ring(u.Count)
		case chatagent.ChatOpened: // u.Chat.Send, Transfer and End likewise
			page.Open(u.Chat, u.Info, u.History)
		case chatagent.LineReceived:
			page.Say(u.Chat.ID(), u.Line)
		case chatagent.ChatClosed:
			page.Close(u.Chat.ID(), u.How)
		}
	}
}

type page struct{}

func (p *page) Ring(int)                                                    {}
func (p *page) Open(*chatagent.Chat, chatagent.ChatInfo, []chatagent.Event) {}
func (p *page) Say(chatagent.ChatID, chatagent.Line)                        {}
func (p *page) Close(chatagent.ChatID, chatagent.Closing)                   {}

// A visitor who says nothing is asked once, and then the chat is ended.
func ExampleIdle() {
	_ = chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
		warned := false
		for line, err := range chat.Lines(ctx, chatagent.Idle(2*time.Minute)) {
			answer := "You said: " + line.Text
			switch {
			case errors.Is(err, chatagent.ErrIdle) && warned:
				return nil // the chat is ended
			case errors.Is(err, chatagent.ErrIdle):
				answer, warned = "Are you still there?", true
			case err != nil:
				return err
			default:
				warned = false
			}
			_, err = chat.Send(ctx, chatagent.Text(answer))
			if errors.Is(err, chatagent.ErrUnconfirmed) { // it may be in the chat
				slog.Warn("a line is in doubt", "chat", chat.ID(), "err", err)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
}

// The survey at the end of a chat: the handler's loop ends when the chat does. One whose
// handler failed or was stopped is told of by WithOnUpdate: see the example of Survey.
func ExampleHandler() {
	srv := lptest.NewServer()
	defer srv.Close()
	srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret", Skills: []string{"Shop"}})
	srv.AddChatSurvey(lptest.ChatSurvey{Title: "After the chat", Questions: []lptest.ChatQuestion{{ID: 1, Label: "Subject", Mandatory: true}}})
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	done := make(chan error, 1)
	go func() {
		done <- chatagent.Run(ctx, srv.Account(), login.Password("bot", "secret"), chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
			for line, err := range chat.Lines(ctx) {
				if err != nil {
					return err
				}
				_, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text))
				if err != nil && !errors.Is(err, chatagent.ErrChatEnded) {
					return err
				}
			}
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // also if the bot is stopped now
			defer cancel()
			survey, err := chat.Survey(ctx)
			if errors.Is(err, liveperson.ErrNotFound) {
				return nil // there is none for this chat
			} else if err != nil {
				return err
			}
			if err := survey.Answer(survey.Questions[0].ID, "An order"); err != nil {
				return err
			}
			return chat.SubmitSurvey(ctx, survey)
		}), chatagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))
	}()

	ada := srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "Shop", FirstLine: "Hello!"})
	answer, err := ada.WaitLine(ctx, 1)
	fmt.Println(answer.Text, err)
	ada.Leave()
	fmt.Println(srv.WaitAnswered(ctx, lptest.OpSubmitChat, 1), srv.Requests(lptest.OpSubmitChat)[0].Status)
	stop()
	fmt.Println(<-done)
	// Output:
	// You said: Hello! <nil>
	// <nil> 200
	// <nil>
}

// The survey of a chat is filled in when the chat has ended, also at a stop.
func ExampleChat_Survey() {
	fill := func(chat *chatagent.Chat) error {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		survey, err := chat.Survey(ctx)
		if errors.Is(err, liveperson.ErrNotFound) {
			return nil // there is none for this chat
		}
		if err != nil {
			return err
		}
		for _, q := range survey.Questions {
			if q.Label == "Subject" {
				if err := survey.Answer(q.ID, "Order"); err != nil {
					return err
				}
			}
		}
		return chat.SubmitSurvey(ctx, survey)
	}
	_ = chatagent.WithOnUpdate(func(update chatagent.Update) {
		closed, ok := update.(chatagent.ChatClosed)
		if !ok || closed.How != chatagent.ClosedEnded {
			return
		}
		if err := fill(closed.Chat); err != nil {
			slog.Error("the survey is not filled in", "chat", closed.Chat.ID(), "err", err)
		}
	})
}

// What the bot did at night: counts that a program may publish.
func ExampleWithOnUpdate() {
	counts := new(expvar.Map)
	_ = chatagent.WithOnUpdate(func(update chatagent.Update) {
		switch u := update.(type) {
		case chatagent.ChatOpened: // accepted, transferred, adopted or resumed
			counts.Add("opened: "+string(u.How), 1)
		case chatagent.ChatClosed: // ended, transferred, lost, replaced or left open
			counts.Add("closed: "+string(u.How), 1)
		case chatagent.AvailabilityChanged: // by the service: something rang too long
			counts.Add("set to "+string(u.To.Chat), 1)
		case chatagent.Unconfirmed: // a line, transfer or end that may be there
			counts.Add("unconfirmed: "+u.What, 1)
		case chatagent.Trouble: // made again later
			counts.Add("failed: "+u.What, 1)
		}
	})
}

// A bot on cmd/lpsim in place of the real services.
func ExampleWithLogin() {
	var ctx context.Context
	var creds login.Credentials // those that lpsim prints
	var handler chatagent.Handler

	_ = chatagent.Run(ctx, "12345678", creds, handler,
		chatagent.WithLogin(login.WithTestServer("https://127.0.0.1:8443", nil)))
}

// What each call took, for metrics.
func ExampleWithLogin_metrics() {
	var ctx context.Context
	var account string
	var creds login.Credentials
	var handler chatagent.Handler
	var table table // of what a program publishes

	client, _ := retry.NewClient(retry.WithObserver(func(s retry.Stats) { table.Add(s) })) // fails on a bad option only
	err := chatagent.Run(ctx, account, creds, handler, chatagent.WithLogin(login.WithHTTPClient(client)))
	_ = err
}

type table struct{}

func (t *table) Add(retry.Stats) {}

// People write a thought in several lines: a bot with a language model answers
// them together.
func ExampleChat_Turns() {
	var answer func(question string) string

	_ = chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
		for turn, err := range chat.Turns(ctx, chatagent.Gather(3*time.Second)) {
			if err != nil {
				return err
			}
			var texts []string
			for _, line := range turn {
				texts = append(texts, line.Text)
			}
			_, err = chat.Send(ctx, chatagent.Text(answer(strings.Join(texts, "\n"))))
			if errors.Is(err, chatagent.ErrUnconfirmed) { // it may be in the chat
				slog.Warn("a line is in doubt", "chat", chat.ID(), "err", err)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
}

// A chat goes to a human (skill 42). The handler is done with it then; should it come
// back, that is another Chat, with a handler of its own.
func ExampleChat_Transfer() {
	_ = chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
		for line, err := range chat.Lines(ctx) {
			if err != nil {
				return err
			}
			if !strings.Contains(line.Text, "human") {
				continue
			}
			err = chat.Transfer(ctx, chatagent.TransferTarget{SkillID: "42"}, "Asks for a human.")
			if !errors.Is(err, chatagent.ErrTransferRefused) {
				return err
			}
			_, err = chat.Send(ctx, chatagent.Text("Nobody is here right now."))
			if errors.Is(err, chatagent.ErrUnconfirmed) { // it may be in the chat
				slog.Warn("a line is in doubt", "chat", chat.ID(), "err", err)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
}

// What a caller decides on after a line was sent.
func ExampleChat_Send() {
	var ctx context.Context
	var chat *chatagent.Chat

	_, err := chat.Send(ctx, chatagent.Text("Hello!"))
	switch {
	case err == nil:
		// The visitor has it.
	case errors.Is(err, chatagent.ErrUnconfirmed):
		// The visitor may have it: do not send it again, look at the chat.
	case errors.Is(err, chatagent.ErrChatEnded):
		// There is nobody to say it to.
	default:
		// The visitor does not have it: it may be sent again.
	}
}

// What Run does with WithStore, by hand: one process stops and leaves its chats
// open, the next goes on with them.
func ExampleResume() {
	var ctx context.Context // ends when the program is told to stop
	var creds login.Credentials
	var session *login.Session
	var agent *chatagent.Agent
	var handler chatagent.Handler

	// The old process. Close, not Logout: that would end the chats.
	_ = agent.Serve(ctx, handler, chatagent.WithLeaveChats())
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	left, err := agent.Snapshot(last)
	if err != nil {
		return
	}
	tokens, _ := session.Save().Reveal() // as secret as a password
	chats, _ := left.Reveal()            // too
	session.Close()

	// The new process.
	var saved login.Saved
	var snapshot chatagent.Snapshot
	_ = json.Unmarshal(tokens, &saved)
	_ = json.Unmarshal(chats, &snapshot)
	if session, err = login.Restore(ctx, saved, creds); err != nil {
		return
	}
	if agent, err = chatagent.Resume(ctx, session, snapshot); err != nil {
		return
	}
	_ = agent.Serve(ctx, handler)
}
