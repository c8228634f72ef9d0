package chatagent

import (
	"context"
	"encoding/json"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// ChatSession is a chat that the agent has, in this or in another agent
// session.
type ChatSession struct {
	// ID is the chat's id.
	ID ChatID
	// Key is the chat session key.
	Key string
	// Started is when the chat began.
	Started time.Time

	url rest.Target
}

type chatSessionBody struct {
	Links   []link    `json:"link"`
	Key     string    `json:"chatSessionKey"`
	Started time.Time `json:"startTime"`
}

// Chats lists the agent's chats. A second agent session of the same
// agent takes over with [Agent.Chat] while the first is still active.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-chat-sessions.html
func (s *Agent) Chats(ctx context.Context) ([]ChatSession, error) {
	return chatSessions(ctx, s.at())
}

func chatSessions(ctx context.Context, at *seat) ([]ChatSession, error) {
	list, _, err := listChats(ctx, at)
	return list, err
}

// listChats lists the agent's chats. plain is false if the answer does not plainly
// show all of them: then nothing is known of a chat that is not among them.
func listChats(ctx context.Context, at *seat) (list []ChatSession, plain bool, err error) {
	doc, err := rest.Get[json.RawMessage](ctx, at.rest, "chatagent.ChatSessions", at.url.Join("/chatSessions"), query)
	if err != nil {
		return nil, false, err
	}
	elements, plain := wire.Elements(doc, "chatSessions", "chatSession")
	for _, element := range elements {
		var b chatSessionBody
		if wire.UnmarshalContext(ctx, element, &b) != nil || b.Key == "" && len(b.Links) == 0 {
			plain = false
			continue
		}
		c := ChatSession{ID: ChatID(b.Key), Key: b.Key, Started: b.Started, url: at.url.Join("/chat/{chatId}", b.Key)}
		if len(b.Links) > 0 {
			c.url = at.url.Follow("chat-session", b.Links[0].Href)
			c.ID = ChatID(c.url.Last())
		}
		plain = plain && c.url.Err() == nil
		list = append(list, c)
	}
	return list, plain, nil
}
