package desk

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// PanicError is a handler that panicked, or that ended its goroutine.
type PanicError struct {
	// Value is what was panicked with; [ErrGoexit] after runtime.Goexit.
	Value any
	// Stack is where.
	Stack []byte
}

// Error says what was panicked with.
func (e *PanicError) Error() string { return fmt.Sprintf("handler panicked: %v", e.Value) }

// Unwrap returns the value, if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrGoexit is what a handler that ended its goroutine is said to have panicked
// with.
var ErrGoexit = errors.New("handler ended its goroutine with runtime.Goexit")

// Contain calls f and then done, whatever f does: what it returns, a panic and
// runtime.Goexit are done's error.
func Contain(f func() error, done func(error)) {
	err := error(&PanicError{Value: ErrGoexit})
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
		done(err)
	}()
	err = f()
}

// Call calls f, on a goroutine of its own that f may end, and waits for it: a panic
// and runtime.Goexit are its error.
func Call(f func() error) error {
	done := make(chan error, 1)
	go Contain(f, func(err error) { done <- err })
	return <-done
}

// attend runs the handler of a life on a goroutine of its own, and sees to what
// it leaves behind.
func (d *Desk[L]) attend(e *entry[L]) {
	e.running = true
	d.handlers++
	d.beside.Go(func() {
		Contain(func() error { return d.Handle(d.life, e.life) }, func(err error) {
			left := d.Leave && d.Stopping() && (err != nil || e.life.Told()) && (!e.life.Over() || e.life.Unread())
			Contain(func() error { d.Returned(e.life, err, left); return nil }, func(error) {})
			if !left && !e.life.Over() && e.settle() {
				d.settle(e, err)
			}
			d.Post(func() { d.attended(e, left) })
		})
	})
}

// attended notes that a handler has returned.
func (d *Desk[L]) attended(e *entry[L], left bool) {
	d.handlers--
	e.running = false
	if d.lives[e.life.Key()] == e && !left { // else another life has begun, or it is polled to the end
		d.gone(e)
	}
}

// gone takes a life off the desk that nobody handles any more.
func (d *Desk[L]) gone(e *entry[L]) {
	if !e.life.Over() && !e.life.Closing() {
		d.unended(e)
	}
	d.drop(e, false)
}

// settle ends or hands over a life that nobody handles any more. Once the desk
// is stopping it has the rest of the grace for that.
func (d *Desk[L]) settle(e *entry[L], err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.life), closeTimeout)
	defer cancel()
	if end := d.closeBy.Load(); end != nil {
		ctx, cancel = context.WithDeadline(ctx, *end)
		defer cancel()
	}
	d.Settle(ctx, e.life, err, e.again)
}
