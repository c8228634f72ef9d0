package chatagent

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
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
	return s.askIncoming(ctx, s.at(), rest.Request{})
}

// onePoll is how polls are made: one try, and not a long one, since a hanging one
// must not cost a chat its 40 s.
var onePoll = rest.Request{Single: true, Timeout: pollTimeout}

func (s *Agent) askIncoming(ctx context.Context, at *seat, how rest.Request) (ringing int, err error) {
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
	defer s.mu.Unlock()
	if s.seat == at {
		s.incoming = to
	}
	return out.Requests.Ringing, nil
}

// Accept takes the chat that rings longest and reads it once. Errors:
// [ErrNoIncoming] if none is ringing, or what rang is handled in another agent
// session of this process; [ErrUnconfirmed] if a chat may have been accepted:
// Watch and Serve find such a chat by themselves.
//
// Should the answer be lost, the agent's chat sessions tell whether a chat was
// accepted; they are read before, too, so that no other chat is taken for it.
//
// https://developers.liveperson.com/chat-agent-api-methods-accept-a-chat.html
func (s *Agent) Accept(ctx context.Context) (*Chat, error) {
	const op = "chatagent.Accept"
	at := s.at()
	before := s.chatsBefore(ctx, at)
	var found rest.Target
	look := func(ctx context.Context, lost retry.Answer) (effect retry.Effect, err error) {
		if d := s.served(); d != nil {
			d.Post(d.doubtful) // Watch and Serve look, too, and sooner
		}
		found, effect, err = s.lookAccepted(ctx, at, before, lost)
		return effect, err
	}
	out, looked, answer, err := rest.Confirm[locationDoc](ctx, at.rest, s.acceptRequest(at, rest.Request{}), look)
	switch {
	case noneRings(err):
		return nil, fmt.Errorf("%w: %w", ErrNoIncoming, err)
	case err != nil:
		return nil, s.inDoubt(err)
	}
	url := found
	if !looked {
		if url, err = out.target(at.url, "chat", answer.Header); err != nil {
			// None was ringing, or the answer does not say where the chat is.
			silent := errors.Is(err, errNoLink)
			_, lookErr := retry.Look(ctx, at.rest.Via.Policy(), answer, look)
			if url = found; url.String() == "" {
				if silent && (lookErr == nil || errors.Is(lookErr, ErrAbsent)) {
					return nil, opError(op, ErrNoIncoming)
				}
				return nil, s.inDoubt(opError(op, errors.Join(ErrUnconfirmed, err, lookErr)))
			}
		}
	}
	if before[ChatID(url.Last())] == others {
		if d := s.served(); d != nil {
			d.Post(d.Look)
		}
		return nil, opError(op, fmt.Errorf("%w: what was accepted is somebody else's, or was before", ErrNoIncoming))
	}
	chat, known, err := s.open(ctx, at, url, rest.Request{})
	switch {
	case err != nil:
		return nil, s.inDoubt(fmt.Errorf("%w: it cannot be read: %w", ErrUnconfirmed, err))
	case known != nil && (looked || before[known.id] == nobodys):
		return known, nil // Watch or Serve was faster
	case chat == nil:
		return nil, opError(op, fmt.Errorf("%w: what was accepted is in hand already", ErrNoIncoming))
	}
	if d := s.served(); d != nil {
		d.Post(func() { d.begin(chat) })
	}
	return chat, nil
}

// noneRings tells whether err says that there is nothing to accept. The pages do not
// say what the service answers then.
func noneRings(err error) bool {
	for _, other := range []error{ErrUnconfirmed, ErrSessionLost, liveperson.ErrForbidden, liveperson.ErrMalformed} {
		if errors.Is(err, other) {
			return false
		}
	}
	return err != nil && refused(err)
}

// inDoubt has the desk look for a chat that may have been accepted.
func (s *Agent) inDoubt(err error) error {
	if d := s.served(); d != nil && errors.Is(err, ErrUnconfirmed) {
		d.Post(d.doubtful)
	}
	return err
}

// chatsBefore are the chats that the agent has before it accepts one. Only those
// of this agent are known if the service does not say.
func (s *Agent) chatsBefore(ctx context.Context, at *seat) map[ChatID]whose {
	list, _, _ := listChats(ctx, at, onePoll)
	before := map[ChatID]whose{}
	for _, c := range list {
		before[c.ID] = others
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.chats {
		before[id] = ours
	}
	return before
}

// whose is who had a chat before one was accepted.
type whose int

const (
	nobodys whose = iota
	ours          // this agent session's
	others        // another one's of the same agent
)

// lookAccepted looks for a chat that the agent has and did not have before.
func (s *Agent) lookAccepted(ctx context.Context, at *seat, before map[ChatID]whose, lost retry.Answer) (rest.Target, retry.Effect, error) {
	list, plain, err := listChats(ctx, at, rest.Request{})
	if err != nil {
		return rest.Target{}, retry.EffectUnknown, err
	}
	for _, c := range list {
		if was := before[c.ID]; was == others || was == ours && s.life(c.ID) != nil || c.url.Err() != nil {
			continue
		}
		if chat, err := s.read(ctx, at, c.url, rest.Request{}); err != nil || chat.isOver() {
			continue // not ours, or over: it is not what was accepted
		}
		return c.url, retry.TookEffect, nil
	}
	switch {
	case !plain:
		return rest.Target{}, retry.EffectUnknown, nil
	case lost.Effect == retry.TookEffect:
		return rest.Target{}, retry.NoEffect, nil // a success that accepted nothing
	}
	effect, err := lost.Nothing(at.rest.Via.Policy())
	return rest.Target{}, effect, err
}

// acceptRequest accepts at the link that was given last.
func (s *Agent) acceptRequest(at *seat, how rest.Request) rest.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	url := at.url.Join("/incomingRequests")
	if s.seat == at && s.incoming.Err() == nil {
		url = s.incoming
	}
	return rest.Request{
		Op: "chatagent.Accept", Method: http.MethodPost, URL: url, Query: query, Body: struct{}{}, Empty: true,
		Single: how.Single, Timeout: how.Timeout,
	}
}

// open begins a life of a chat that was accepted. known is the life that goes on, if
// the chat is in hand already; both are nil if it is in another agent session's, or
// was over before.
func (s *Agent) open(ctx context.Context, at *seat, url rest.Target, how rest.Request) (chat, known *Chat, err error) {
	chat, err = s.read(ctx, at, url, how)
	if err != nil {
		return nil, nil, err
	}
	if chat.isOver() && s.login.Claims().Ended(string(chat.id)) {
		return nil, nil, nil // and whoever had it knows
	}
	old := s.life(chat.id)
	if old != nil {
		if !old.cameAgain(chat) {
			return nil, old, nil
		}
		old.finish(replaced, nil)
		old.quiet(ctx) // what it may be sending belongs to what the next life begins with
		if chat, err = s.read(ctx, at, url, how); err != nil {
			return nil, nil, err
		}
		chat.out = old.out
	}
	if !s.register(chat, old) {
		return nil, s.life(chat.id), nil
	}
	return chat, nil, nil
}
