package chatagent

import (
	"context"
	"net/http"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
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

type chatSessionsDoc struct {
	Sessions struct {
		Session []struct {
			Links   []link    `json:"link"`
			Key     string    `json:"chatSessionKey"`
			Started time.Time `json:"startTime"`
		} `json:"chatSession"`
	} `json:"chatSessions"`
}

// ChatSessions lists the agent's chats (Retrieve Chat Sessions page). A second
// agent session of the same agent takes over with [Session.Chat] while the
// first is still active.
func (s *Session) ChatSessions(ctx context.Context) ([]ChatSession, error) {
	return chatSessions(ctx, s.at())
}

func chatSessions(ctx context.Context, at *seat) ([]ChatSession, error) {
	out, _, err := rest.Do[chatSessionsDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.ChatSessions", Method: http.MethodGet, Class: retry.Idempotent,
		URL: at.url.Join("/chatSessions"), Query: query,
	})
	if err != nil {
		return nil, err
	}
	var list []ChatSession
	for _, c := range out.Sessions.Session {
		cs := ChatSession{Key: c.Key, Started: c.Started}
		if len(c.Links) > 0 {
			cs.url = at.url.Follow(c.Links[0].Href)
			cs.ID = ChatID(cs.url.Last())
		} else {
			cs.ID = ChatID(c.Key)
			cs.url = at.url.Join("/chat/{chatId}", c.Key)
		}
		list = append(list, cs)
	}
	return list, nil
}
