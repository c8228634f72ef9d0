package main

import (
	"context"
	"errors"
	"iter"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
)

// talk is a chat, or a conversation, as its handler sees it.
type talk struct {
	id      string
	f       *fleet
	page    *page
	surveys *agentsurvey.Client
	lines   iter.Seq2[string, error] // of the visitor
	// stopping, ended and lost are the errors of the channel.
	stopping, ended, lost error

	send     func(text string) (int64, error)
	show     func(ctx context.Context) // what is only for show
	unread   func() (int, error)
	transfer func(wish string) bool // tells whether it has gone
}

// giveUp is how long a bot tries to get one reply through.
const giveUp = 2 * time.Minute

var errAsked = errors.New("the visitor asked for it")

// handle answers each line with a reply that names it, and does what the visitor
// wishes.
func (t *talk) handle(ctx context.Context) error {
	t.page.begin(t.id)
	how := quit // also when it panics
	defer func() {
		if how != moved {
			t.page.end(t.id, how)
		}
	}()
	var wish string // the last one that was not granted
	for line, err := range t.lines {
		switch {
		case errors.Is(err, t.stopping):
			how = stopped
			return err
		case errors.Is(err, t.lost):
			how = lostChat
			return nil
		case err != nil:
			return err
		}
		n, asked := readLine(line)
		if asked != "" {
			wish = asked
		}
		t.page.line(t.id, n)
		if n%4 == 0 {
			showing, cancel := context.WithTimeout(ctx, 3*time.Second) // nobody waits long for it
			t.show(showing)
			cancel()
		}
		if err := t.answer(ctx, n); err != nil {
			return err
		}
		switch wish {
		case wantsPanic:
			panic(errAsked)
		case wantsEnd:
			return nil // Serve ends the chat
		case wantsSkill, wantsColleague, wantsPerson:
			if n, err := t.unread(); err != nil || n > 0 {
				continue // the next bot would take them as answered
			}
			if t.transfer(wish) {
				how = moved
				t.page.end(t.id, how)
				return t.linger(ctx, n)
			}
			wish = ""
		}
	}
	how = clean
	outcome, merges := fillSurvey(ctx, t.surveys, t.id)
	t.page.filled(t.id, outcome, merges)
	return nil
}

// answer sends the reply to a line. What is known not to be sent is sent again, until
// the chat is over.
func (t *talk) answer(ctx context.Context, n int) error {
	since := time.Now()
	for {
		event, err := t.send(replyTo(n, t.id))
		switch {
		case err == nil:
			t.page.reply(t.id, n, sent, event)
			return nil
		case errors.Is(err, liveperson.ErrUnconfirmed):
			t.page.reply(t.id, n, unconfirmed, 0)
			return nil
		case ctx.Err() != nil && !errors.Is(err, t.ended) && !errors.Is(err, t.lost):
			t.page.reply(t.id, n, given, 0)
			return err
		case errors.Is(err, t.ended), errors.Is(err, t.lost), time.Since(since) > giveUp, errors.Is(err, liveperson.ErrInvalidInput):
			t.page.reply(t.id, n, unsent, 0)
			if errors.Is(err, t.ended) {
				return nil // further lines are to be handled all the same
			}
			return err
		}
		t.page.retried()
		if err := pause(ctx, time.Second); err != nil {
			t.page.reply(t.id, n, given, 0)
			return err
		}
	}
}

// linger goes on for a while after the chat was handed over, as handlers do that
// have something to write down. What it says must not reach the visitor.
func (t *talk) linger(ctx context.Context, n int) error {
	if n%2 == 0 {
		return nil
	}
	if pause(ctx, 8*time.Second) == nil {
		if _, err := t.send("one more thing"); err == nil {
			t.f.late.Add(1)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// texts are those of messages.
func texts[T any](messages iter.Seq2[T, error], text func(T) string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for m, err := range messages {
			if !yield(text(m), err) {
				return
			}
		}
	}
}
