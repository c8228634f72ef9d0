package agentsurvey

import (
	"context"
	"errors"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

const (
	defaultAutoSave = 15 * time.Second
	lastSave        = time.Minute
)

// AutoSave saves the form every so often if its answers have changed, until
// ctx ends, and then once more. It works on the caller's goroutine and never
// has two saves under way. Zero means every 15 s.
//
// It returns nil after ctx's end if all answers are saved, else the error of
// the last save, which has a minute's time. A save that fails for a reason that
// may pass (liveperson.ErrUnavailable, ErrRateLimited) is tried again the next
// time; any other error ends AutoSave at once, also an [*UnconfirmedError] with
// a state. After a submission or dismissal with the same form there is nothing
// left to do, and it returns nil.
func (c *Client) AutoSave(ctx context.Context, form *Form, every time.Duration) error {
	const op = "agentsurvey.AutoSave"
	if err := form.usable(op); err != nil {
		return err
	}
	if every < 0 {
		return &liveperson.InputError{Op: op, Field: "every", Rule: "must not be negative"}
	}
	if every == 0 {
		every = defaultAutoSave
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
			defer cancel()
			_, err := c.saveChanges(last, form)
			return err
		case <-ticker.C:
		}
		over, err := c.saveChanges(ctx, form)
		switch {
		case over:
			return nil
		case err == nil, ctx.Err() != nil:
		case passing(err):
			c.log.Warn("saving by itself failed", "op", op, "err", err)
		default:
			return err
		}
	}
}

// passing tells whether an error may pass by itself. A state that does not tell
// whether a save was made is for the user to decide.
func passing(err error) bool {
	if e := (*UnconfirmedError)(nil); errors.As(err, &e) && e.Fresh != nil {
		return false
	}
	return errors.Is(err, liveperson.ErrUnavailable) || errors.Is(err, liveperson.ErrRateLimited)
}

// saveChanges saves the form if there is something to save; over says that
// there never will be.
func (c *Client) saveChanges(ctx context.Context, form *Form) (over bool, err error) {
	if status := form.Context().Status; status == Submitted || status == Dismissed {
		return true, nil
	}
	if !form.Changed() {
		return false, nil
	}
	_, err = c.Save(ctx, form)
	if status := form.Context().Status; status == Submitted || status == Dismissed {
		return true, nil // by this form, while the save waited its turn
	}
	return false, err
}
