package main

import (
	"context"
	"math/rand/v2"

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

// ServeChat answers each line.
func (b *bot) ServeChat(ctx context.Context, chat *chatagent.Chat) error {
	t := &talk{
		id: string(chat.ID()), f: b.f, page: b.page, surveys: b.surveys,
		lines:    texts(chat.Lines(ctx), func(line chatagent.Line) string { return line.Text }),
		stopping: chatagent.ErrStopping, ended: chatagent.ErrChatEnded, lost: chatagent.ErrChatLost,
		send: func(text string) (int64, error) { return chat.Send(ctx, chatagent.Text(text)) },
		show: func(ctx context.Context) {
			_ = chat.SetTyping(ctx, chatagent.IsTyping)
			_, _ = chat.VisitorTyping(ctx)
		},
		unread:   func() (int, error) { return chat.Unread(ctx) },
		transfer: func(wish string) bool { return b.transfer(ctx, chat, wish) },
	}
	return t.handle(ctx)
}

// transfer hands the chat on, if somebody is there. It tells whether the chat
// has gone.
func (b *bot) transfer(ctx context.Context, chat *chatagent.Chat, wish string) bool {
	target := chatagent.TransferTarget{}
	switch wish {
	case wantsColleague:
		target.AgentID = b.f.anyAgent(chatting, b.id)
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
