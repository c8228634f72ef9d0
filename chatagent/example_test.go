package chatagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
)

// A bot that takes up to 20 chats, goes Occupied when it has them, and hands a
// chat to a human (skill 42) when it cannot help.
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
		chatagent.WithMaxChats(20),
		chatagent.WithWhenFull(chatagent.Occupied),
		chatagent.WithStayOnline(),
		chatagent.WithHandOver(chatagent.TransferTarget{SkillID: "42"}, "The bot could not help."),
		chatagent.WithGrace(time.Minute),
	)
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

// A deployment that loses no chat: one process stops and leaves its chats
// open, the next goes on with them.
func ExampleResume() {
	var ctx context.Context
	var creds login.Credentials
	var session *login.Session
	var agent *chatagent.Agent
	var handler chatagent.Handler

	// The old process: Serve ends with ctx and leaves the chats open.
	_ = agent.Serve(ctx, handler, chatagent.WithLeaveChats())
	tokens, _ := session.Save().Reveal()  // as secret as a password
	chats, _ := agent.Snapshot().Reveal() // too
	_ = os.WriteFile("tokens.json", tokens, 0o600)
	_ = os.WriteFile("chats.json", chats, 0o600)

	// The new process.
	var saved login.Saved
	var snapshot chatagent.Snapshot
	_ = json.Unmarshal(tokens, &saved)
	_ = json.Unmarshal(chats, &snapshot)
	session, err := login.Restore(ctx, saved, creds)
	if err != nil {
		return
	}
	agent, err = chatagent.Resume(ctx, session, snapshot)
	if err != nil {
		return
	}
	_ = agent.Serve(ctx, handler)
}
