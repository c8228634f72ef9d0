package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/chatagent"
)

// bot handles the chats of one agent.
type bot struct {
	f       *fleet
	page    *page
	surveys *agentsurvey.Client
	id      liveperson.UserID // of the agent
}

// giveUp is how long a bot tries to get one reply through.
const giveUp = 2 * time.Minute

var errAsked = errors.New("the visitor asked for it")

// ServeChat answers each line with a reply that names it.
func (b *bot) ServeChat(ctx context.Context, chat *chatagent.Chat) (err error) {
	id := string(chat.ID())
	l := b.page
	l.begin(id)
	how := quit // also when it panics
	defer func() {
		if how != moved {
			l.end(id, how)
		}
	}()
	var wish string // the last one that was not granted
	for line, err := range chat.Lines(ctx) {
		switch {
		case errors.Is(err, chatagent.ErrStopping):
			how = stopped
			return err
		case errors.Is(err, chatagent.ErrChatLost):
			how = lostChat
			return nil
		case err != nil:
			return err
		}
		n, asked := readLine(line.Text)
		if asked != "" {
			wish = asked
		}
		l.line(id, n)
		if n%4 == 0 {
			b.show(ctx, chat)
		}
		if err := b.answer(ctx, chat, n); err != nil {
			return err
		}
		switch wish {
		case wantsPanic:
			panic(errAsked)
		case wantsEnd:
			return nil // Serve ends the chat
		case wantsSkill, wantsColleague, wantsPerson:
			if n, err := chat.Unread(ctx); err != nil || n > 0 {
				continue // the next bot would take them as answered
			}
			if b.transfer(ctx, chat, wish) {
				how = moved
				l.end(id, how)
				return b.linger(ctx, chat, n)
			}
			wish = ""
		}
	}
	how = clean
	outcome, merges := fillSurvey(ctx, b.surveys, chat)
	l.filled(id, outcome, merges)
	return nil
}

// answer sends the reply to a line. What is known not to be sent is sent
// again, until the chat is over.
func (b *bot) answer(ctx context.Context, chat *chatagent.Chat, n int) error {
	id := string(chat.ID())
	since := time.Now()
	for {
		event, err := chat.Send(ctx, chatagent.Text(replyTo(n, id)))
		switch {
		case err == nil:
			b.page.reply(id, n, sent, event)
			return nil
		case errors.Is(err, chatagent.ErrUnconfirmed):
			b.page.reply(id, n, unconfirmed, 0)
			return nil
		case ctx.Err() != nil && !errors.Is(err, chatagent.ErrChatEnded) && !errors.Is(err, chatagent.ErrChatLost):
			b.page.reply(id, n, given, 0)
			return err
		case errors.Is(err, chatagent.ErrChatEnded), errors.Is(err, chatagent.ErrChatLost), time.Since(since) > giveUp, errors.Is(err, liveperson.ErrInvalidInput):
			b.page.reply(id, n, unsent, 0)
			if errors.Is(err, chatagent.ErrChatEnded) {
				return nil // further lines are to be handled all the same
			}
			return err
		}
		b.f.ledger.retried()
		if err := pause(ctx, time.Second); err != nil {
			b.page.reply(id, n, given, 0)
			return err
		}
	}
}

// show sets and asks for what is only for show, and does not wait long for it.
func (b *bot) show(ctx context.Context, chat *chatagent.Chat) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_ = chat.SetTyping(ctx, chatagent.IsTyping)
	_, _ = chat.VisitorTyping(ctx)
}

// linger goes on for a while after the chat was handed over, as handlers do that
// have something to write down. What it says must not reach the visitor.
func (b *bot) linger(ctx context.Context, chat *chatagent.Chat, n int) error {
	if n%2 == 0 {
		return nil
	}
	if pause(ctx, 8*time.Second) == nil {
		if _, err := chat.Send(ctx, chatagent.Text("one more thing")); err == nil {
			b.f.late.Add(1)
		}
	}
	return nil
}

// transfer hands the chat on, if somebody is there. It tells whether the chat
// has gone.
func (b *bot) transfer(ctx context.Context, chat *chatagent.Chat, wish string) bool {
	target := chatagent.TransferTarget{}
	switch wish {
	case wantsColleague:
		target.AgentID = b.f.anyAgent(b.id)
	case wantsPerson:
		if len(b.f.people) == 0 {
			return false
		}
		target.AgentID = b.f.people[rand.IntN(len(b.f.people))] //nolint:gosec // any will do
	default:
		skills, err := chat.TransferSkills(ctx)
		if err != nil || len(skills) == 0 {
			return false
		}
		target.SkillID = skills[rand.IntN(len(skills))].ID //nolint:gosec // any will do
	}
	return chat.Transfer(ctx, target, "over to you") == nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
