package chatagent

import (
	"context"

	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// reseat starts a new agent session in the place of one that was lost. Chats
// that the server lists for it are taken over; the others are lost. The
// availability has still to be set; see restoreState.
func (s *Agent) reseat(ctx context.Context) error {
	at, err := s.start(ctx)
	if err != nil {
		return err
	}
	list, err := chatSessions(ctx, at)
	if err != nil {
		return err
	}
	where := map[ChatID]rest.Target{}
	for _, cs := range list {
		where[cs.ID] = cs.url
		where[ChatID(cs.Key)] = cs.url
	}
	s.mu.Lock()
	s.seat, s.incoming = at, rest.Target{}
	chats := make([]*Chat, 0, len(s.chats))
	for _, c := range s.chats {
		chats = append(chats, c)
	}
	s.mu.Unlock()
	for _, c := range chats {
		url, ok := where[c.id]
		if !ok {
			url, ok = where[ChatID(c.key())]
		}
		if !ok {
			c.feed.finish(ErrChatLost)
			continue
		}
		c.move(at, url)
	}
	return nil
}

// keepSeat starts a new agent session if the server has lost this one, and tells
// whether it had. lost tells it from an error.
func (s *Agent) keepSeat(ctx context.Context, lost func(error) bool) (moved bool, err error) {
	if _, err := s.Incoming(ctx); err == nil || !lost(err) {
		return false, err
	}
	if err := s.reseat(ctx); err != nil {
		return true, err
	}
	return true, s.restoreState(ctx, rest.Request{})
}

// move gives the chat its place in another agent session.
func (c *Chat) move(at *seat, url rest.Target) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seat, c.url = at, url
}
