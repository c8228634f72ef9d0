package chatagent

import (
	"context"
	"errors"
	"fmt"
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

// Incoming returns how many chats are ringing. One that is not accepted within
// 20 seconds turns the agent Away.
//
// https://developers.liveperson.com/chat-agent-api-methods-determine-incoming-chat-request.html
func (s *Agent) Incoming(ctx context.Context) (ringing int, err error) {
	return s.askIncoming(ctx, rest.Request{})
}

// pollIncoming is Incoming as a poll: one try, and not a long one.
func (s *Agent) pollIncoming(ctx context.Context) (int, error) {
	return s.askIncoming(ctx, onePoll)
}

// onePoll is how polls are made.
var onePoll = rest.Request{Single: true, Timeout: pollTimeout}

func (s *Agent) askIncoming(ctx context.Context, how rest.Request) (ringing int, err error) {
	at := s.at()
	out, _, err := rest.Do[incomingDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Incoming", Method: http.MethodGet, Single: how.Single, Timeout: how.Timeout,
		URL: at.url.Join("/incomingRequests"), Query: query,
	})
	if err != nil {
		return 0, err
	}
	to := at.url.Join("/incomingRequests")
	if l := out.Requests.Links; len(l) > 0 {
		to = at.url.Follow("accept", l[0].Href)
	}
	s.mu.Lock()
	s.incoming = to
	s.mu.Unlock()
	return out.Requests.Ringing, nil
}

// Accept takes the chat that rings longest and reads it once. Errors:
// [ErrNoIncoming] if none is ringing, [ErrUnconfirmed] if a chat may have been
// accepted; Serve finds such a chat by itself.
//
// Should the answer be lost, the agent's chat sessions tell whether a chat was
// accepted.
//
// https://developers.liveperson.com/chat-agent-api-methods-accept-a-chat.html
func (s *Agent) Accept(ctx context.Context) (*Chat, error) {
	at, url, _, err := s.accept(ctx, false)
	if err != nil {
		return nil, err
	}
	chat, err := s.open(ctx, at, url)
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be read: %w", ErrUnconfirmed, err)
	}
	return chat, nil
}

// accept takes a ringing chat and returns its address. A hasty one is sent again as
// soon as a look has found nothing after a 5xx, while the chat still rings: doubt
// says that another chat may have been accepted.
func (s *Agent) accept(ctx context.Context, hasty bool) (at *seat, url rest.Target, doubt bool, err error) {
	const op = "chatagent.Accept"
	at = s.at()
	var unknown rest.Target
	look := func(ctx context.Context, lost retry.Answer) (retry.Effect, error) {
		fresh, plain, err := s.unknownChat(ctx, at)
		switch unknown = fresh; {
		case err != nil:
			return retry.EffectUnknown, err
		case fresh.String() != "":
			return retry.TookEffect, nil
		case hasty && lost.Status >= http.StatusInternalServerError && plain:
			return retry.NoEffect, nil
		case !plain:
			return retry.EffectUnknown, nil
		}
		return lost.Nothing(at.rest.Via.Policy()), nil
	}
	out, found, answer, err := rest.Confirm[locationDoc](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPost, URL: s.acceptURL(at), Query: query, Body: struct{}{}, Empty: true,
	}, look)
	doubt = err != nil || answer.Tries > 1
	if err != nil {
		return at, url, doubt, err
	}
	if !found {
		if url, err = out.target(at.url, "chat", answer.Header); err == nil {
			return at, url, doubt, nil
		}
		// None was ringing, or the answer does not say where the chat is.
		silent := errors.Is(err, errNoLink)
		if _, lookErr := look(ctx, answer); unknown.String() == "" {
			if silent && lookErr == nil {
				return at, url, doubt, opError(op, ErrNoIncoming)
			}
			return at, url, true, opError(op, errors.Join(ErrUnconfirmed, err, lookErr))
		}
	}
	return at, unknown, doubt, nil
}

// acceptURL is where chats are accepted: the link that was given last.
func (s *Agent) acceptURL(at *seat) rest.Target {
	s.mu.Lock()
	defer s.mu.Unlock()
	if to := s.incoming; to.String() != "" && to.Err() == nil {
		return to
	}
	return at.url.Join("/incomingRequests")
}

// unknownChat returns a chat of the agent that this session does not know; plain
// says that, without one, there is none.
func (s *Agent) unknownChat(ctx context.Context, at *seat) (fresh rest.Target, plain bool, err error) {
	list, plain, err := listChats(ctx, at)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range list {
		if s.chats[c.ID] == nil && c.url.Err() == nil {
			return c.url, plain, err
		}
	}
	return rest.Target{}, plain, err
}
