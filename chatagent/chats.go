package chatagent

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
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

// PollChats reads what is new in several chats with one request. Serve does this by
// itself.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-data-for-multiple-chats.html
func (s *Agent) PollChats(ctx context.Context, cursors ...ChatCursor) ([]ChatUpdate, error) {
	q, err := manyOf(cursors)
	if err != nil || len(cursors) == 0 {
		return nil, err
	}
	list, err := chats(ctx, s.at(), q, rest.Request{})
	return updates(list), err
}

// updates are what a poll has brought.
func updates(list []chatData) []ChatUpdate {
	var updates []ChatUpdate
	for _, c := range list {
		id := ChatID(cmp.Or(lastOf(href(c.Links, "self")), c.Info.Key))
		updates = append(updates, ChatUpdate{ID: id, Info: c.Info, Events: c.Events})
	}
	return updates
}

// manyQuery asks for several chats at once.
type manyQuery struct {
	common
	Keys []string `url:"chatSessionKeys,comma"`
	From []string `url:"fromEventIds,comma"`
}

func manyOf(cursors []ChatCursor) (manyQuery, error) {
	q := manyQuery{common: v1}
	for _, c := range cursors {
		if c.Key == "" || c.LastEvent < 0 {
			return q, &liveperson.InputError{Op: "chatagent.PollChats", Field: "cursor", Rule: "must have a key and no negative event"}
		}
		q.add(c.Key, c.LastEvent)
	}
	return q, nil
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

func chats(ctx context.Context, at *seat, q manyQuery, how rest.Request) ([]chatData, error) {
	out, _, err := rest.Do[chatsDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.PollChats", Method: http.MethodGet, Single: how.Single, Timeout: how.Timeout,
		URL: at.url.Join("/chat"), Query: q,
	})
	list := make([]chatData, 0, len(out.Chats.Chat))
	for i := range out.Chats.Chat {
		list = append(list, out.Chats.Chat[i].data())
	}
	return list, err
}

// pollMany reads what is new in these chats, as a poll: one try, and not a long
// one.
func pollMany(ctx context.Context, at *seat, list []*Chat) ([]chatData, error) {
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
