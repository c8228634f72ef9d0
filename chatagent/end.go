package chatagent

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// End ends the chat. Ending one that is over already is a success. Should the
// answer be lost, the chat's info tells whether it ended. The agent survey can
// still be read and submitted.
//
// https://developers.liveperson.com/chat-agent-api-methods-end-chat.html
func (c *Chat) End(ctx context.Context) error {
	err := c.sendEnd(ctx, "chatagent.End")
	if err == nil {
		c.finish(over, nil)
	}
	if errors.Is(err, ErrChatEnded) { // its last events are still to come
		return nil
	}
	return c.report("end", err)
}

func (c *Chat) sendEnd(ctx context.Context, op string) error {
	if err := c.turn(ctx, op); err != nil {
		return err
	}
	defer c.done()
	at, _ := c.at()
	err := c.endOnce(ctx, op)
	if c.reseated(ctx, at, err) {
		err = c.endOnce(ctx, op)
	}
	return err
}

func (c *Chat) endOnce(ctx context.Context, op string) error {
	at, url := c.at()
	_, answer, err := rest.Do[rest.None](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPost, URL: url.Join("/events"), Query: query, Body: posted[stateBody]{stateBody{EventState, Ended}},
		Idempotent: true, // ending a chat twice ends it once
	})
	if err == nil || answer.Effect != retry.EffectUnknown {
		return c.whenOver(ctx, err)
	}
	effect, lookErr := retry.Look(ctx, at.rest.Via.Policy(), answer, c.lookEnded)
	switch effect {
	case retry.TookEffect:
		return nil
	case retry.EffectUnknown:
		return fmt.Errorf("%w: %w", ErrUnconfirmed, errors.Join(err, lookErr))
	}
	return err
}

// lookEnded tells whether the chat is over.
func (c *Chat) lookEnded(ctx context.Context, lost retry.Answer) (retry.Effect, error) {
	info, err := c.Info(ctx)
	switch {
	case err != nil:
		return retry.EffectUnknown, err
	case info.State == Ended:
		return retry.TookEffect, nil
	case info.State == Chatting, info.State == Waiting:
		return lost.Nothing(c.agent.at().rest.Via.Policy())
	}
	return retry.EffectUnknown, nil
}

// stateBody is a change of state as it is sent.
type stateBody struct {
	Type  EventType `json:"@type"`
	State ChatState `json:"state"`
}
