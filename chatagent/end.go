package chatagent

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// End ends the chat (End Chat page). Ending one that is over already is a
// success. Should the answer be lost, the chat's info tells whether it ended.
func (c *Chat) End(ctx context.Context) error {
	const op = "chatagent.End"
	if c.ended() {
		return nil
	}
	if err := c.turn(ctx, op); err != nil {
		if c.ended() {
			return nil
		}
		return err
	}
	defer c.done()
	at, url := c.at()
	_, resp, err := rest.Do[locationDoc](ctx, at.rest, rest.Request{
		Op: op, Method: http.MethodPost, URL: url.Join("/events"), Query: query, Empty: true,
		Body: struct {
			Event stateBody `json:"event"`
		}{stateBody{EventState, Ended}},
		Class: retry.Verified,
		Verify: func(ctx context.Context) (retry.Effect, error) {
			info, err := c.Info(ctx)
			switch {
			case err != nil:
				return retry.EffectUnknown, err
			case info.State == Ended:
				return retry.TookEffect, nil
			}
			return retry.NoEffect, nil
		},
	})
	if err = c.whenOver(ctx, unconfirmed(resp, err)); errors.Is(err, ErrChatEnded) {
		return nil
	}
	return err
}

// stateBody is a change of state as it is sent.
type stateBody struct {
	Type  EventType `json:"@type"`
	State ChatState `json:"state"`
}

func opError(op string, err error) error { return fmt.Errorf("%s: %w", op, err) }
