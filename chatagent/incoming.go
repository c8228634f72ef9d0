package chatagent

import (
	"context"
	"errors"
	"net/http"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

type incomingDoc struct {
	Requests struct {
		Ringing int    `json:"ringingCount"`
		Links   []link `json:"link"`
	} `json:"incomingRequests"`
}

// Incoming returns how many chats are ringing (Determine Incoming Chat Request
// page). One that is not accepted within 20 seconds turns the agent Away.
func (s *Session) Incoming(ctx context.Context) (ringing int, err error) {
	return s.askIncoming(ctx, rest.Request{})
}

// pollIncoming is Incoming as a poll: one try, and not a long one.
func (s *Session) pollIncoming(ctx context.Context) (int, error) {
	return s.askIncoming(ctx, onePoll)
}

// onePoll is how polls are made.
var onePoll = rest.Request{Single: true, Timeout: pollTimeout}

func (s *Session) askIncoming(ctx context.Context, how rest.Request) (ringing int, err error) {
	at := s.at()
	out, _, err := rest.Do[incomingDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Incoming", Method: http.MethodGet, Class: retry.Idempotent, Single: how.Single, Timeout: how.Timeout,
		URL: at.url.Join("/incomingRequests"), Query: query,
	})
	if err != nil {
		return 0, err
	}
	to := at.url.Join("/incomingRequests")
	if l := out.Requests.Links; len(l) > 0 {
		to = at.url.Follow(l[0].Href)
	}
	s.mu.Lock()
	s.incoming = to
	s.mu.Unlock()
	return out.Requests.Ringing, nil
}

// Accept takes the chat that rings longest (Accept a Chat page) and reads it
// once. Errors: [ErrNoIncoming] if none is ringing, [ErrUnconfirmed] if a chat
// may have been accepted; Serve finds such a chat by itself.
//
// Should the answer be lost, the agent's chat sessions tell whether a chat was
// accepted.
func (s *Session) Accept(ctx context.Context) (*Chat, error) {
	at, url, err := s.accept(ctx)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, at, url)
}

// accept takes a ringing chat and returns its address.
func (s *Session) accept(ctx context.Context) (*seat, rest.Target, error) {
	const op = "chatagent.Accept"
	at := s.at()
	s.mu.Lock()
	to := s.incoming
	s.mu.Unlock()
	if to.String() == "" || to.Err() != nil {
		to = at.url.Join("/incomingRequests")
	}
	var found rest.Target
	out, resp, err := rest.Do[locationDoc](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPost, URL: to, Query: query, Body: struct{}{}, Empty: true,
		Class: retry.Verified,
		Verify: func(ctx context.Context) (retry.Effect, error) {
			fresh, err := s.unknownChat(ctx, at)
			if err != nil || fresh.String() == "" {
				return retry.NoEffect, err
			}
			found = fresh
			return retry.TookEffect, nil
		},
	})
	switch {
	case err != nil:
		return nil, rest.Target{}, unconfirmed(resp, err)
	case resp.Verified:
		return at, found, nil
	case out.Chat.Link.Href == "": // none was ringing, or the answer says nothing
		fresh, err := s.unknownChat(ctx, at)
		if err != nil || fresh.String() == "" {
			return nil, rest.Target{}, opError(op, errors.Join(ErrNoIncoming, err))
		}
		return at, fresh, nil
	}
	return at, at.url.Follow(out.Chat.Link.Href), nil
}

// unknownChat returns a chat of the agent that this session does not know.
func (s *Session) unknownChat(ctx context.Context, at *seat) (rest.Target, error) {
	list, err := chatSessions(ctx, at)
	if err != nil {
		return rest.Target{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range list {
		if s.chats[c.ID] == nil && c.url.Err() == nil {
			return c.url, nil
		}
	}
	return rest.Target{}, nil
}
