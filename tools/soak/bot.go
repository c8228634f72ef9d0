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
	surveys *agentsurvey.Client
	id      liveperson.UserID // of the agent
}

// giveUp is how long a bot tries to get one reply through.
const giveUp = 2 * time.Minute

var errAsked = errors.New("the visitor asked for it")

// ServeChat answers each line with a reply that names it.
func (b *bot) ServeChat(ctx context.Context, chat *chatagent.Chat) (err error) {
	id := string(chat.ID())
	l := b.f.ledger
	l.open(id)
	how := quit // also when it panics
	defer func() { l.close(id, how) }()
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
			_ = chat.SetTyping(ctx, chatagent.IsTyping) // only for show
		}
		if err := b.answer(ctx, chat, n); err != nil {
			return err
		}
		switch wish {
		case wantsPanic:
			panic(errAsked)
		case wantsEnd:
			return nil // Serve ends the chat
		case wantsSkill, wantsColleague:
			if n, err := chat.Unread(ctx); err != nil || n > 0 {
				continue // the next bot would take them as answered
			}
			if b.transfer(ctx, chat, wish) {
				how = moved
				return nil
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
			b.f.ledger.reply(id, n, sent, event)
			return nil
		case errors.Is(err, chatagent.ErrUnconfirmed):
			b.f.ledger.reply(id, n, unconfirmed, 0)
			return nil
		case errors.Is(err, chatagent.ErrChatEnded), ctx.Err() != nil, time.Since(since) > giveUp, errors.Is(err, liveperson.ErrInvalidInput):
			b.f.ledger.reply(id, n, unsent, 0)
			if errors.Is(err, chatagent.ErrChatEnded) {
				return nil // further lines are to be handled all the same
			}
			return err
		}
		b.f.ledger.retried()
		if err := pause(ctx, time.Second); err != nil {
			b.f.ledger.reply(id, n, unsent, 0)
			return err
		}
	}
}

// transfer hands the chat on, if somebody is there. It tells whether the chat
// has gone.
func (b *bot) transfer(ctx context.Context, chat *chatagent.Chat, wish string) bool {
	skills, err := chat.TransferSkills(ctx)
	if err != nil || len(skills) == 0 {
		return false
	}
	target := chatagent.TransferTarget{}
	if wish == wantsColleague {
		target.AgentID = b.f.anyAgent(b.id)
	} else {
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
