package chatagent

import (
	"context"
	"net/http"
	"strconv"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// ChatCursor says of which chat what is known.
type ChatCursor struct {
	// Key is the chat session key (ChatInfo.Key, ChatSession.Key).
	Key string
	// LastEvent is the id of the last event that is known. The service may
	// answer it again.
	LastEvent int64
}

// ChatUpdate is what is new in a chat.
type ChatUpdate struct {
	ID     ChatID
	Info   ChatInfo
	Events []Event
}

// Chats reads what is new in several chats with one request (Retrieve Data for
// Multiple Chats page). Serve does this by itself.
func (s *Session) Chats(ctx context.Context, cursors ...ChatCursor) ([]ChatUpdate, error) {
	const op = "chatagent.Chats"
	if len(cursors) == 0 {
		return nil, nil
	}
	q := manyQuery{common: v1}
	for _, c := range cursors {
		if c.Key == "" || c.LastEvent < 0 {
			return nil, &liveperson.InputError{Op: op, Field: "cursor", Rule: "must have a key and no negative event"}
		}
		q.add(c.Key, c.LastEvent)
	}
	bodies, err := chats(ctx, s.at(), q, rest.Request{})
	if err != nil {
		return nil, err
	}
	updates := make([]ChatUpdate, 0, len(bodies))
	for _, b := range bodies {
		id := ChatID(lastOf(href(b.Links, "self")))
		if id == "" {
			id = ChatID(b.Info.Key)
		}
		updates = append(updates, ChatUpdate{ID: id, Info: b.Info, Events: b.Events.Events})
	}
	return updates, nil
}

// manyQuery asks for several chats at once.
type manyQuery struct {
	common
	Keys []string `url:"chatSessionKeys,comma"`
	From []string `url:"fromEventIds,comma"`
}

func (q *manyQuery) add(key string, last int64) {
	q.Keys = append(q.Keys, key)
	q.From = append(q.From, strconv.FormatInt(last, 10))
}

type chatsDoc struct {
	Chats struct {
		Chat []chatBody `json:"chat"`
	} `json:"chats"`
}

func chats(ctx context.Context, at *seat, q manyQuery, how rest.Request) ([]chatBody, error) {
	out, _, err := rest.Do[chatsDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Chats", Method: http.MethodGet, Class: retry.Idempotent, Single: how.Single, Timeout: how.Timeout,
		URL: at.url.Join("/chat"), Query: q,
	})
	return out.Chats.Chat, err
}

// pollMany reads what is new in these chats, as a poll: one try, and not a long
// one.
func pollMany(ctx context.Context, at *seat, list []*Chat) ([]chatBody, error) {
	q := manyQuery{common: v1}
	for _, c := range list {
		q.add(c.key(), max(c.feed.cursor(), 0))
	}
	return chats(ctx, at, q, rest.Request{Single: true, Timeout: pollTimeout})
}

// key is the chat session key, which many-chats answers go by.
func (c *Chat) key() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.info.Key != "" {
		return c.info.Key
	}
	return string(c.id)
}
