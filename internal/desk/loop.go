package desk

import (
	"errors"
	"iter"
	"time"
)

// ErrIdle says that nothing came for a while; what loops goes on. The channels have an
// [Idle] each.
var ErrIdle = errors.New("nothing was said for a while")

// Idle is an ErrIdle that says who was silent.
type Idle string

// Error is the text.
func (e Idle) Error() string { return string(e) }

// Is matches ErrIdle.
func (e Idle) Is(target error) bool { return target == ErrIdle }

// Each yields what next returns, until that is false or fails; it goes on after
// ErrIdle. next waits for idle, or for ever if that is 0.
func Each[T any](next func(idle time.Duration) (T, bool, error), idle time.Duration) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			item, ok, err := next(idle)
			if !ok && err == nil || !yield(item, err) || err != nil && !errors.Is(err, ErrIdle) {
				return
			}
		}
	}
}

// Turns is Each, with those together that come together: within gather of the one
// before, 0 for those that have come by then.
func Turns[T any](next func(idle time.Duration) (T, bool, error), idle, gather time.Duration) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		for {
			item, ok, err := next(idle)
			if err != nil {
				if !yield(nil, err) || !errors.Is(err, ErrIdle) {
					return
				}
				continue
			}
			if !ok {
				return
			}
			turn := []T{item}
			for ok && err == nil {
				if item, ok, err = next(max(gather, 1)); ok && err == nil {
					turn = append(turn, item)
				}
			}
			if !yield(turn, nil) {
				return
			}
			if err != nil && !errors.Is(err, ErrIdle) {
				yield(nil, err)
				return
			}
		}
	}
}
