package retry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Confirm makes a write that must not be made twice, and finds out what became
// of it when its answer is lost.
//
// It calls send. As soon as that knows the effect of its call, its error is
// returned, nil for a success. If the effect is not known, Confirm looks for it
// with the pauses of the policy between (5, 10 and 15 s):
//
//   - look finds that the write took effect: nil is returned;
//   - look finds that it took none: send is called again, as often as the policy
//     has pauses; after the last time its error is returned;
//   - neither, also at the last look, or ctx ends: the error matches
//     [liveperson.ErrUnconfirmed], and what the last look has returned.
//
// lost is the answer that left it open; see [Answer.Nothing].
func Confirm(ctx context.Context, p Policy,
	send func(ctx context.Context) (Answer, error),
	look func(ctx context.Context, lost Answer) (Effect, error),
) error {
	p = p.withDefaults()
	for sent := 0; ; sent++ {
		lost, err := send(ctx)
		if lost.Effect != EffectUnknown {
			return err
		}
		effect, lookErr := Look(ctx, p, lost, look)
		switch {
		case effect == TookEffect:
			return nil
		case effect == EffectUnknown:
			return unconfirmed(err, lookErr)
		case sent >= len(p.Waits) || ctx.Err() != nil:
			return err // it was not made after all
		}
	}
}

// Nothing is what a look returns that sees no trace of a lost try. While the
// try may still be under way on the server it is EffectUnknown, with
// [liveperson.ErrAbsent]: until the
// policy's pauses, 30 s in all, have gone by since it ended. After that it is
// NoEffect if the service itself turned the try away with a 5xx. A try without an
// answer stays unknown, and so does one that somebody else answered: a gateway
// (502, 504, 408), a redirect, a cut or foreign document.
func (a Answer) Nothing(p Policy) (Effect, error) {
	var window time.Duration
	for _, wait := range p.withDefaults().Waits {
		window += wait
	}
	turnedAway := a.Status >= http.StatusInternalServerError && a.Status != http.StatusBadGateway && a.Status != http.StatusGatewayTimeout
	if turnedAway && time.Since(a.Ended) >= window {
		return NoEffect, nil
	}
	return EffectUnknown, liveperson.ErrAbsent
}

// Look looks for the effect of a lost try, with the pauses of the policy before
// each look, until it is known. Where there is no time for the next pause it
// looks at once, and for the last time.
func Look(ctx context.Context, p Policy, lost Answer, look func(context.Context, Answer) (Effect, error)) (Effect, error) {
	p = p.withDefaults()
	for n := 0; ; n++ {
		last := n+1 >= len(p.Waits)
		if n < len(p.Waits) {
			wait := spread(p.Waits[n], p.Jitter)
			if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
				wait, last = 0, true // there is time for one look, now
			}
			if !sleep(ctx, wait) {
				return EffectUnknown, ctx.Err()
			}
		}
		effect, err := look(ctx, lost)
		if err == nil && effect != EffectUnknown || last || ctx.Err() != nil {
			if err != nil {
				effect = EffectUnknown
			}
			return effect, err
		}
	}
}

// unconfirmed is the error of a write whose effect could not be found out.
func unconfirmed(err, lookErr error) error {
	if lookErr != nil && !errors.Is(err, lookErr) {
		return fmt.Errorf("%w: %w; looking for it: %w", liveperson.ErrUnconfirmed, err, lookErr)
	}
	return fmt.Errorf("%w: %w", liveperson.ErrUnconfirmed, err)
}
