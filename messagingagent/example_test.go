package messagingagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// shop is a fake service with a bot of the skill Shop. Its end ends what runs there, and
// panics with an error that is none of the everyday ones.
func shop() (ctx context.Context, srv *lptest.Server, end func(done <-chan error)) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	srv = lptest.NewServer()
	srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret", Skills: []string{"Shop"}})
	return ctx, srv, func(done <-chan error) {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			panic(err)
		}
		srv.Close()
	}
}

// runs runs a bot there.
func runs(ctx context.Context, srv *lptest.Server, h messagingagent.HandlerFunc, opts ...messagingagent.Option) <-chan error {
	done := make(chan error, 1)
	go func() {
		done <- messagingagent.Run(ctx, srv.Account(), login.Password("bot", "secret"), h,
			append(opts, messagingagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))...)
	}()
	return done
}

// connects is an agent there, Online.
func connects(ctx context.Context, srv *lptest.Server) *messagingagent.Agent {
	session, err := login.Login(ctx, srv.Account(), login.Password("bot", "secret"), login.WithTestServer(srv.URL(), srv.Transport()))
	if err != nil {
		panic(err)
	}
	agent, err := messagingagent.Connect(ctx, session)
	if err == nil {
		err = agent.SetAvailability(ctx, messagingagent.Online)
	}
	if err != nil {
		panic(err)
	}
	return agent
}

// A bot's whole life, here on the fake services. For LivePerson's own leave out WithLogin.
func ExampleRun() {
	srv := lptest.NewServer()
	defer srv.Close()
	srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret", Skills: []string{"Shop"}})
	ctx, stop := context.WithCancel(context.Background()) // ends when the program is told to stop

	done := make(chan error, 1)
	go func() {
		done <- messagingagent.Run(ctx, srv.Account(), login.Password("bot", "secret"),
			messagingagent.HandlerFunc(func(ctx context.Context, c *messagingagent.Conversation) error {
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
			}),
			messagingagent.WithMaxConversations(20),
			messagingagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))
	}()

	ada := srv.Messaging().Consumer(messaging.Consumer{Name: "Ada", Skill: "Shop", FirstMessage: "Hello!"})
	answer, err := ada.WaitMessage(ctx, 1)
	fmt.Println(answer.Text, err)
	stop()
	fmt.Println(<-done, ada.State(), ada.Assigned()) // the next process goes on with it
	// Output:
	// You said: Hello! <nil>
	// <nil> OPEN bot
}

// A bot that hands to people (skill Humans) what it cannot do, and reminds those who say
// nothing before it closes the conversation.
func ExampleAgent_Serve() {
	ctx, srv, end := shop()
	people := srv.AddSkill(lptest.Skill{ID: 42, Name: "Humans"})
	agent := connects(ctx, srv)
	const silence = 20 * time.Millisecond // 10 minutes, where consumers are people

	done := make(chan error, 1)
	go func() {
		defer agent.Login().Close()
		defer agent.Close()
		done <- agent.Serve(ctx, messagingagent.HandlerFunc(func(ctx context.Context, c *messagingagent.Conversation) error {
			reminded := false
			for m, err := range c.Messages(ctx, messagingagent.Idle(silence)) {
				switch {
				case errors.Is(err, messagingagent.ErrIdle) && reminded:
					return nil // it is closed
				case errors.Is(err, messagingagent.ErrIdle):
					reminded = true
					_, err = c.Send(ctx, messagingagent.Text("Are you still there?"))
				case err == nil && strings.Contains(m.Text, "refund"):
					_, err := c.Send(ctx, messagingagent.Text("A colleague will help you."))
					return errors.Join(errors.New("does not know about refunds"), err) // it is handed over
				case err == nil:
					reminded = false
					_, err = c.Send(ctx, messagingagent.Text("Yes, we have it in blue."))
				}
				if err != nil && !errors.Is(err, messagingagent.ErrUnconfirmed) {
					return err
				}
			}
			return nil
		}), messagingagent.WithHandOver(messagingagent.ToSkill("42")))
	}()

	ada := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "Is it blue?"})
	fmt.Println(ada.WaitClosed(ctx))
	for _, m := range ada.Messages() {
		fmt.Println(m.Role+":", m.Text)
	}
	bob := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "I want a refund."})
	told, err := bob.WaitMessage(ctx, 1)
	fmt.Println(told.Text, err)
	fmt.Println(bob.WaitUnassigned(ctx), bob.Skill() == people.Name)
	end(done)
	// Output:
	// <nil>
	// CONSUMER: Is it blue?
	// ASSIGNED_AGENT: Yes, we have it in blue.
	// ASSIGNED_AGENT: Are you still there?
	// A colleague will help you. <nil>
	// <nil> true
}

// A workspace: people see what happens, and decide themselves.
func ExampleAgent_Watch() {
	ctx, srv, end := shop()
	agent := connects(ctx, srv)
	done := make(chan error, 1)
	ada := srv.Messaging().Consumer(messaging.Consumer{Name: "Ada", Skill: "Shop", FirstMessage: "Hello!"})

	for update, err := range agent.Watch(ctx) {
		if err != nil { // the last of all: ctx has ended, or the login has
			fmt.Println(err)
		}
		switch u := update.(type) {
		case messagingagent.Ringing:
			for _, ring := range u.Rings {
				go func() { // or ring.Reject, or leave it
					if _, err := ring.Accept(ctx); err != nil {
						fmt.Println(err)
					}
				}()
			}
		case messagingagent.ConversationOpened:
			fmt.Println(u.How, u.History[0].Text)
			ada.Say("Is anybody there?")
		case messagingagent.MessageReceived:
			fmt.Println(u.Event.From.Role, u.Event.Text)
			ada.Close()
		case messagingagent.ConversationClosed:
			fmt.Println(u.How, "by", u.Reason)
		}
		if _, over := update.(messagingagent.ConversationClosed); over {
			break
		}
	}
	agent.Close()
	done <- agent.Login().Logout(ctx)
	end(done)
	// Output:
	// accepted Hello!
	// CONSUMER Is anybody there?
	// ended by CONSUMER
}

// The same for a page in which people see what happens.
func ExampleAgent_Watch_page() {
	var ctx context.Context
	var agent *messagingagent.Agent // from messagingagent.Connect, set Online
	var page page                   // what people see

	for update, err := range agent.Watch(ctx) { // agent is from messagingagent.Connect
		if err != nil { // the last of all: ctx has ended, or the login has
			slog.Info("the workspace closes", "err", err)
		}
		switch u := update.(type) {
		case messagingagent.Ringing: // all that rings now; ring.Accept(ctx) or Reject, or agent.Ring(id)
			page.Rings(u.Rings)
		case messagingagent.ConversationOpened: // u.Conversation.Send, Transfer and Close likewise
			page.Open(u.Conversation, u.Info, u.History)
		case messagingagent.MessageReceived: // u.Conversation.Read says that it was read
			page.Say(u.Conversation.ID(), u.Event)
		case messagingagent.ConversationClosed:
			page.Close(u.Conversation.ID(), u.How)
		}
	}
}

type page struct{}

func (p *page) Rings([]messagingagent.Ring) {}
func (p *page) Open(*messagingagent.Conversation, messagingagent.ConversationInfo, []messagingagent.Event) {
}
func (p *page) Say(liveperson.ConversationID, messagingagent.Event)     {}
func (p *page) Close(liveperson.ConversationID, messagingagent.Closing) {}

// Updates are JSON, for a browser.
func ExampleUpdate() {
	out, _ := json.Marshal(messagingagent.AvailabilityChanged{From: messagingagent.Online, To: messagingagent.Away, Reason: "rings were missed"})
	fmt.Println(string(out))
	// Output: {"type":"availabilityChanged","from":"ONLINE","to":"AWAY","reason":"rings were missed"}
}

// What a caller decides on after a message was sent.
func ExampleConversation_Send() {
	ctx, srv, end := shop()
	done := runs(ctx, srv, func(ctx context.Context, c *messagingagent.Conversation) error {
		_, err := c.Send(ctx, messagingagent.Text("Hello!"))
		switch {
		case err == nil:
			// It is in the dialog, once.
		case errors.Is(err, messagingagent.ErrUnconfirmed):
			// It may be: do not send it again, look at the dialog.
		case errors.Is(err, messagingagent.ErrConversationEnded), errors.Is(err, messagingagent.ErrConversationLost):
			// There is nobody to say it to.
		default:
			// It is not there: it may be sent again.
		}
		_, err = c.Send(ctx, messagingagent.Private(messagingagent.Text("A regular.")))
		if err != nil {
			return err
		}
		_, err = c.Send(ctx, messagingagent.Text(" "))
		fmt.Println(err)
		return nil
	})

	ada := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "Hi"})
	fmt.Println(ada.WaitClosed(ctx))
	for _, m := range ada.Messages() {
		fmt.Println(m.Audience, m.Text)
	}
	end(done)
	// Output:
	// messagingagent.Send: message: must not be empty
	// <nil>
	// ALL Hi
	// ALL Hello!
	// AGENTS_AND_MANAGERS A regular.
}

// Answers to click on, and what the consumer has clicked.
func ExampleContent_WithQuickReplies() {
	ctx, srv, end := shop()
	done := runs(ctx, srv, func(ctx context.Context, c *messagingagent.Conversation) error {
		for m, err := range c.Messages(ctx) {
			if err != nil {
				return err
			}
			if m.Metadata != nil { // a click
				fmt.Println(m.Text, string(m.Metadata))
				return nil
			}
			question := messagingagent.Text("In which colour?").WithQuickReplies(
				messagingagent.QuickReply{Title: "Blue", Text: "In blue, please.", ID: "blue"},
				messagingagent.QuickReply{Title: "Red"},
			)
			fmt.Println(question.Warnings())
			if _, err := c.Send(ctx, question); err != nil && !errors.Is(err, messagingagent.ErrUnconfirmed) {
				return err
			}
		}
		return nil
	})

	ada := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "An umbrella, please."})
	if _, err := ada.WaitMessage(ctx, 1); err == nil {
		ada.QuickReply("In blue, please.", "blue")
	}
	_ = ada.WaitClosed(ctx)
	end(done)
	// Output:
	// []
	// In blue, please. [{"type":"ExternalId","id":"blue"}]
}

// Structured content: a card with a picture and a button.
func ExampleRich() {
	card := messagingagent.Rich(json.RawMessage(`{"type":"vertical","elements":[
		{"type":"image","url":"https://example.com/umbrella.png","tooltip":"a blue umbrella"},
		{"type":"button","title":"Buy it","click":{"actions":[{"type":"publishText","text":"I take it"}]}}]}`))
	fmt.Println(card.Warnings())
	fmt.Println(messagingagent.Rich(json.RawMessage(`{"type":"vertical","elements":[{"type":"image","url":"http://example.com/umbrella.png"}]}`)).Warnings())
	// Output:
	// []
	// [content.elements[0].url: must be https]
}

// A file goes to the account's file store, and the message shows it.
func ExampleConversation_SendFile() {
	ctx, srv, end := shop()
	done := runs(ctx, srv, func(ctx context.Context, c *messagingagent.Conversation) error {
		picture := "GIF89a…"
		_, err := c.SendFile(ctx, messagingagent.File{
			Content: strings.NewReader(picture), Size: int64(len(picture)), Type: "GIF", Caption: "a blue umbrella",
		})
		return err // and the conversation is closed
	})

	ada := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "What does it look like?"})
	_ = ada.WaitClosed(ctx)
	var event struct {
		Message struct{ Caption, FileType, RelativePath string }
	}
	_ = json.Unmarshal(ada.Messages()[1].Raw, &event)
	data, _ := srv.Messaging().File(event.Message.RelativePath)
	fmt.Println(event.Message.Caption, event.Message.FileType, string(data))
	end(done)
	// Output: a blue umbrella GIF GIF89a…
}

// A conversation goes to a human, and reports learn why. The handler is done with it then;
// should it come back, that is another Conversation, with a handler of its own.
func ExampleConversation_Transfer() {
	ctx, srv, end := shop()
	srv.AddSkill(lptest.Skill{ID: 42, Name: "Humans"})
	srv.AddAgent(lptest.Agent{LoginName: "hannah", Skills: []string{"Humans"}})
	hannah := srv.Messaging().Colleague("hannah")
	hannah.Online()
	hannah.AcceptAll(true)
	done := runs(ctx, srv, func(ctx context.Context, c *messagingagent.Conversation) error {
		for m, err := range c.Messages(ctx) {
			if err != nil {
				return err
			}
			if !strings.Contains(m.Text, "human") {
				continue
			}
			err = c.Transfer(ctx, messagingagent.ToSkill("42"), messagingagent.Because("asks for a human", "escalated_by_user"))
			if !errors.Is(err, messagingagent.ErrTransferRefused) {
				return err
			}
			if _, err := c.Send(ctx, messagingagent.Text("Nobody is here right now.")); err != nil && !errors.Is(err, messagingagent.ErrUnconfirmed) {
				return err
			}
		}
		return nil
	})

	ada := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "May I talk to a human?"})
	fmt.Println(ada.WaitAssigned(ctx, "hannah"), ada.Skill(), ada.State())
	end(done)
	// Output: <nil> Humans OPEN
}

// The agent survey at the end of a conversation: the handler's loop ends when the
// conversation is closed, and its id and skill are all that the survey is asked for with.
// One whose handler failed or was stopped is told of by WithOnUpdate: see there.
func ExampleHandler() {
	ctx, srv, end := shop()
	skill := srv.AddSkill(lptest.Skill{Name: "Shop"})
	srv.AddSurvey(lptest.Survey{Skill: skill.ID, Questions: []lptest.Question{
		{ID: 1, Text: "Was it solved?", Required: true, Category: "radio_button", Replies: []lptest.Reply{{ID: 11, Text: "Yes"}, {ID: 12, Text: "No"}}},
	}})
	done := runs(ctx, srv, func(ctx context.Context, c *messagingagent.Conversation) error {
		for m, err := range c.Messages(ctx) {
			if err != nil {
				return err
			}
			_, err := c.Send(ctx, messagingagent.Text("You said: "+m.Text))
			if err != nil && !errors.Is(err, messagingagent.ErrConversationEnded) {
				return err
			}
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // also if the bot is stopped now
		defer cancel()
		surveys, err := agentsurvey.New(c.Agent().Login())
		if err != nil {
			return err
		}
		survey, err := surveys.State(ctx, agentsurvey.Ref{Conversation: c.ID(), Skill: c.Skill()})
		if errors.Is(err, agentsurvey.ErrNoSurvey) {
			return nil
		} else if err != nil {
			return err
		}
		form := survey.Form()
		if err := form.Answer(survey.Questions[0].ID, agentsurvey.ChoiceText("Yes")); err != nil {
			return err
		}
		_, err = surveys.Submit(ctx, form)
		return err
	})

	ada := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "Hello!"})
	answer, err := ada.WaitMessage(ctx, 1)
	fmt.Println(answer.Text, err)
	ada.Close()
	fmt.Println(srv.WaitAnswered(ctx, lptest.OpSurveySubmit, 1), srv.Survey(ada.ID(), skill.ID).Status)
	end(done)
	// Output:
	// You said: Hello! <nil>
	// <nil> submitted
}

// Conversation and skill are all that the agent survey asks for: it is filled in when a
// conversation has ended, however it did.
func ExampleWithOnUpdate() {
	ctx, srv, end := shop()
	skill := srv.AddSkill(lptest.Skill{Name: "Shop"})
	srv.AddSurvey(lptest.Survey{Skill: skill.ID, Questions: []lptest.Question{
		{ID: 1, Text: "Was it solved?", Required: true, Category: "radio_button", Replies: []lptest.Reply{{ID: 11, Text: "Yes"}, {ID: 12, Text: "No"}}},
	}})
	fill := func(c *messagingagent.Conversation, at agentsurvey.Ref) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // Run waits for it when it stops
		defer cancel()
		surveys, err := agentsurvey.New(c.Agent().Login())
		if err != nil {
			return err
		}
		survey, err := surveys.State(ctx, at)
		if errors.Is(err, agentsurvey.ErrNoSurvey) {
			return nil
		} else if err != nil {
			return err
		}
		form := survey.Form()
		if err := form.Answer(survey.Questions[0].ID, agentsurvey.ChoiceText("Yes")); err != nil {
			return err
		}
		_, err = surveys.Submit(ctx, form)
		return err
	}
	done := runs(ctx, srv, func(context.Context, *messagingagent.Conversation) error { return nil }, // it closes all that comes
		messagingagent.WithOnUpdate(func(update messagingagent.Update) {
			if u, ok := update.(messagingagent.ConversationClosed); ok && u.How == messagingagent.ClosedEnded {
				if err := fill(u.Conversation, agentsurvey.Ref{Conversation: u.Conversation.ID(), Skill: u.Skill}); err != nil {
					slog.Error("the survey is not filled in", "conversation", u.Conversation.ID(), "err", err)
				}
			}
		}))

	ada := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "Hello!"})
	fmt.Println(ada.WaitEnded(ctx), srv.WaitAnswered(ctx, lptest.OpSurveySubmit, 1))
	fmt.Println(srv.Survey(ada.ID(), skill.ID).Status)
	end(done)
	// Output:
	// <nil> <nil>
	// submitted
}

// A dashboard: the open conversations of the skill Shop, and what changes of them.
func ExampleAgent_Conversations() {
	ctx, srv, end := shop()
	agent := connects(ctx, srv)
	done := make(chan error, 1)
	ada := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "Hello!"})

	open := messagingagent.Filter{Stages: []messagingagent.Stage{messagingagent.StageOpen}}
	for change, err := range agent.Conversations(ctx, open) {
		if err != nil {
			fmt.Println(err)
			break
		}
		if change.Gone {
			fmt.Println("gone:", string(change.Info.ID) == ada.ID())
			break
		}
		fmt.Println("open:", change.Info.LastMessage.Text)
		ada.Close()
	}
	agent.Close()
	done <- agent.Login().Logout(ctx)
	end(done)
	// Output:
	// open: Hello!
	// gone: true
}
