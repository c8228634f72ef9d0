package chatagent

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// ChatID names a chat: "H2170755172687460894-b7d761017809489ea1a257461eb373eeK8457415".
type ChatID string

// Chat is a chat of this agent. It may be used by many goroutines.
type Chat struct {
	session *Agent
	id      ChatID
	feed    *feed
	sending chan struct{} // holds the one that may send
	odd     atomic.Bool   // that events were left out was logged

	mu   sync.Mutex
	seat *seat
	url  rest.Target
	info ChatInfo // as read last
	// answered is the last line of an agent from before the chat was opened
	// here, -1 if there is none.
	answered int64
	// confirmed are the events of our own lines, as far as they are not older
	// than the last one that was read.
	confirmed map[int64]Content
	managed   bool      // Serve polls
	left      bool      // left open by a former Serve; guarded by session.mu
	polled    time.Time // when the chat polled by itself

	// Lines whose sending could not be confirmed, by what they look like.
	// Guarded by sending.
	doubtful map[string]int
	// seen is the last event that looking for a line has read, with all before it.
	// Guarded by sending.
	seen int64
}

// chatData is a chat with its events and info, as read.
type chatData struct {
	Links  []link
	Events []Event
	Odd    int // events that were left out
	Info   ChatInfo
}

type chatBody struct {
	Links  []link    `json:"link"`
	Events eventList `json:"events"`
	Info   infoBody  `json:"info"`
}

func (b *chatBody) data() chatData {
	events, odd := b.Events.events()
	return chatData{b.Links, events, odd, b.Info.info()}
}

type chatDoc struct {
	Chat chatBody `json:"chat"`
}

// Chat opens a chat by its id, for instance one of [Agent.Chats], and reads it
// once. A chat that this session has open already is returned as it is.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-chat-resources-events-and-information.html
func (s *Agent) Chat(ctx context.Context, id ChatID) (*Chat, error) {
	s.mu.Lock()
	known := s.chats[id]
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	at := s.at()
	return s.open(ctx, at, at.url.Join("/chat/{chatId}", string(id)))
}

// open reads a chat for the first time and registers it.
func (s *Agent) open(ctx context.Context, at *seat, url rest.Target) (*Chat, error) {
	c := s.newChat(at, url)
	body, err := c.readAll(ctx)
	if err != nil {
		return nil, err
	}
	c.info = body.Info
	c.logOdd(body.Odd)
	for i := range body.Events {
		if e := &body.Events[i]; e.IsLine(FromAgent) && e.SubType != OnlyToRep {
			c.answered = max(c.answered, e.ID)
		}
	}
	c.feed.add(body.Events)
	if body.Info.State == Ended {
		c.feed.finish(nil)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.chats[c.id]; known != nil {
		return known, nil
	}
	s.chats[c.id] = c
	return c, nil
}

// newChat is a chat that has not been read.
func (s *Agent) newChat(at *seat, url rest.Target) *Chat {
	return &Chat{
		session: s, id: ChatID(url.Last()), feed: newFeed(), sending: make(chan struct{}, 1),
		seat: at, url: url, doubtful: map[string]int{}, answered: -1, seen: -1,
	}
}

// readChat reads a chat with its events and info.
func readChat(ctx context.Context, at *seat, url rest.Target) (chatData, error) {
	out, err := rest.Get[chatDoc](ctx, at.rest, "chatagent.Chat", url, query)
	return out.Chat.data(), err
}

// ID returns the chat's id.
func (c *Chat) ID() ChatID { return c.id }

// Visitor returns the visitor's name as known when the chat was read last.
func (c *Chat) Visitor() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info.VisitorName
}

// String names the chat.
func (c *Chat) String() string { return fmt.Sprintf("chat %s", c.id) }

// at returns where the chat is now.
func (c *Chat) at() (*seat, rest.Target) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seat, c.url
}

// ended tells whether the chat is known to be over.
func (c *Chat) ended() bool {
	c.feed.mu.Lock()
	defer c.feed.mu.Unlock()
	return c.feed.over
}

// logOdd says, once in a chat, that events were left out.
func (c *Chat) logOdd(events int) {
	if events > 0 && c.odd.CompareAndSwap(false, true) {
		c.session.log.Warn("events are left out: their ids cannot be ids of a chat", "chat", c.id, "events", events)
	}
}

// learn takes over newer info.
func (c *Chat) learn(info ChatInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if info.Key == "" {
		info.Key = c.info.Key
	}
	c.info = info
}

// manage says whether Serve polls for this chat.
func (c *Chat) manage(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.managed = on
}

// release drops a chat that is done with, or marks one that was left open.
func (s *Agent) release(c *Chat, left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.left = left
	if !left && s.chats[c.id] == c {
		delete(s.chats, c.id)
	}
}

// lastOf returns the last path element of a link.
func lastOf(href string) string {
	href, _, _ = strings.Cut(href, "?")
	return href[strings.LastIndexByte(href, '/')+1:]
}
