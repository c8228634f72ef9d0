package chatagent

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// ChatSession is a chat that the agent has, in this or in another agent
// session.
type ChatSession struct {
	// ID is the chat's id.
	ID ChatID `json:"id"`
	// Key is the chat session key.
	Key string `json:"key"`
	// Started is when the chat began.
	Started time.Time `json:"started"`

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
	list, _, err := listChats(ctx, s.at(), rest.Request{})
	return list, err
}

// listChats lists the agent's chats. plain is false if the answer does not plainly
// show all of them: then nothing is known of a chat that is not among them.
func listChats(ctx context.Context, at *seat, how rest.Request) (list []ChatSession, plain bool, err error) {
	doc, _, err := rest.Do[json.RawMessage](ctx, at.rest, rest.Request{
		Op: "chatagent.ChatSessions", Method: http.MethodGet, Single: how.Single, Timeout: how.Timeout,
		URL: at.url.Join("/chatSessions"), Query: query,
	})
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

// placeOf is where a chat is: what the list of the agent's chats says, or else what
// the pages do.
func (s *Agent) placeOf(ctx context.Context, at *seat, id ChatID) rest.Target {
	list, _, _ := listChats(ctx, at, onePoll)
	return placeIn(list, at, id)
}

// placeIn is placeOf, with the list.
func placeIn(list []ChatSession, at *seat, id ChatID) rest.Target {
	for _, c := range list {
		if (c.ID == id || c.Key == string(id)) && c.url.Err() == nil {
			return c.url
		}
	}
	return at.url.Join("/chat/{chatId}", string(id))
}

// ChatCursor says of which chat what is known.
type ChatCursor struct {
	// Key is the chat session key (ChatInfo.Key, ChatSession.Key).
	Key string
	// LastEvent is the id of the last event that is known, -1 if none is. The
	// service may answer it again.
	LastEvent int64
}

// ChatUpdate is what is new in a chat.
type ChatUpdate struct {
	ID     ChatID
	Info   ChatInfo
	Events []Event
	// Err says why there is nothing of this chat; it is another agent's, for
	// instance.
	Err error
}

// PollChats reads what is new in several chats with one request. If the service
// refuses that, each is asked for by itself, and has an error of its own. Watch and
// Serve do this by themselves.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-data-for-multiple-chats.html
func (s *Agent) PollChats(ctx context.Context, cursors ...ChatCursor) ([]ChatUpdate, error) {
	q := manyQuery{common: v1}
	for _, c := range cursors {
		if c.Key == "" || c.LastEvent < -1 {
			return nil, &liveperson.InputError{Op: "chatagent.PollChats", Field: "cursor", Rule: "must have a key, and an event that is -1 or more"}
		}
		q.add(c.Key, max(c.LastEvent, 0))
	}
	if len(cursors) == 0 {
		return nil, nil
	}
	at := s.at()
	list, err := chats(ctx, at, q, rest.Request{})
	if err != nil {
		if !refused(err) || len(cursors) == 1 {
			return nil, err
		}
		list = nil
	}
	answered := byKey(list)
	updates := make([]ChatUpdate, 0, len(cursors))
	for _, c := range cursors {
		data, there := answered[c.Key], true
		switch {
		case len(data) == 0:
			there = err == nil // not refused, and nothing to say
		case c.LastEvent < 0:
			there = slices.ContainsFunc(data[0].Events, func(e Event) bool { return e.ID == 0 })
		}
		if !there {
			updates = append(updates, s.pollChat(ctx, at, c))
		}
		if there {
			for _, d := range data {
				updates = append(updates, ChatUpdate{ID: d.id(), Info: d.Info, Events: d.Events})
			}
		}
	}
	return updates, ctx.Err()
}

// pollChat reads what is new in one chat.
func (s *Agent) pollChat(ctx context.Context, at *seat, c ChatCursor) ChatUpdate {
	url := at.url.Join("/chat/{chatId}", c.Key)
	out, err := rest.Get[chatDoc](ctx, at.rest, "chatagent.PollChats", url, fromQuery{v1, c.LastEvent + 1})
	data := out.Chat.data()
	return ChatUpdate{ID: ChatID(cmp.Or(string(data.id()), c.Key)), Info: data.Info, Events: data.Events, Err: err}
}

// id is the chat's id, as far as what was read of it tells.
func (d *chatData) id() ChatID { return ChatID(cmp.Or(lastOf(href(d.Links, "self")), d.Info.Key)) }

// byKey are the chats of a list by their keys and by their ids.
func byKey(list []chatData) map[string][]*chatData {
	all := make(map[string][]*chatData, len(list))
	for i := range list {
		d := &list[i]
		id := string(d.id())
		all[id] = append(all[id], d)
		if d.Info.Key != "" && d.Info.Key != id {
			all[d.Info.Key] = append(all[d.Info.Key], d)
		}
	}
	return all
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
