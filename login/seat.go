package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// ErrLoggedInElsewhere is a call that needs a login while another process logs
// in with the same user, again and again: LivePerson allows one login for each
// user, so that every login ends the tokens of the other one. Of two sessions the one
// gives way that was there first. It waits 2, 4, 8 and then every 16 minutes before it
// tries to get its place back.
var ErrLoggedInElsewhere = errors.New("somebody else logs in with this user")

// errNoHelp is a 401 that comes again right after a login.
var errNoHelp = errors.New("a new login does not help")

const (
	young   = 30 * time.Second // a good token that dies so early was ended by another login
	settled = 10 * time.Minute // one that lived so long shows that a fight is over
	fight   = 3                // so many early deaths in a row
	maxOff  = 256              // operations
)

// seat is how the tokens of a session fare. It tells a token that is dead from two
// things that no login helps against: another process that logs in with the
// same user, and an operation that is answered 401 whatever the token. The
// session's mutex guards it.
type seat struct {
	// The present token.
	proven  bool      // a call with it was served
	died    time.Time // its first 401; zero without
	strikes int       // good tokens that died young one right after the other, and the one before them
	struck  string    // the operation that brought the last death, if that was a strike
	warned  bool      // of the present fight
	useless int       // logins in a row whose token served nobody
	pausing bool      // all logins are put off for one of these reasons

	forRefresh int                // the generation that a refused refresh brought, until a refresh is good
	off        map[string]*putOff // operations that the last login did not help
}

type putOff struct {
	until  time.Time
	pauses int
}

// operation names c, for all calls that fare alike.
func operation(c *retry.Call) string { return cmp.Or(c.Op, c.URL.Path, "/") }

// Trouble is why the session does without a good token at present, nil if all is
// well: [ErrLoggedInElsewhere], the failure of the last login, or the end of the
// session (Err). The next login is made when a call needs it, not before until;
// zero means at once, or never after the session's end.
//
// A single operation that is answered 401 whatever the token is no trouble of
// the session: its calls fail with liveperson.ErrUnauthorized.
func (s *Session) Trouble() (until time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.finished:
		return time.Time{}, s.err
	case s.failure != nil:
		return s.notBefore, s.failure
	case s.strikes >= fight && (!s.died.IsZero() || time.Since(s.state.born) < young):
		return time.Time{}, ErrLoggedInElsewhere // back, for how long?
	}
	return time.Time{}, nil
}

// lost notes that a call with the present token was answered 401. s.mu is held.
func (s *Session) lost(op string) {
	if !s.died.IsZero() || s.off[op] != nil { // known, or no proof that it is dead
		return
	}
	s.died, s.struck = time.Now(), ""
	age := time.Since(s.state.born)
	if age >= settled || age >= young && s.strikes < fight { // the ones before were chance
		s.strikes, s.warned = 0, false
	}
	// The first one counts at any age, so that of two processes the one gives way that
	// was there first: a new version takes over.
	over := !s.state.expires.IsZero() && time.Now().After(s.state.expires)
	if s.proven && !over && (age < young || s.strikes == 0) {
		s.strike(op)
	}
}

// strike counts a token that another login has ended, and puts the next login off
// from the third one on: two may be chance, and a pause may cost the agent its chats.
// s.mu is held.
func (s *Session) strike(op string) {
	s.strikes, s.struck = s.strikes+1, op
	if s.strikes < fight {
		return
	}
	s.pause(s.strikes-fight, ErrLoggedInElsewhere)
	tell := s.log.Info
	if !s.warned {
		s.warned, tell = true, s.log.Warn
	}
	tell("somebody else logs in with this user, which ends the tokens of this session: only one process can use it",
		"account", s.account, "user", s.state.who(), "pause", time.Until(s.notBefore))
}

// Contested says that another process seems to work with this user: it has answered a
// customer, for instance. Of the two the one gives way whose tokens are dead, since the
// other one logged in later: that is [ErrLoggedInElsewhere] if it is this session, also
// if that was known before. The next login is put off then; see [Session.Trouble].
// Contested makes a refresh to find out, and returns its error if that fails otherwise.
func (s *Session) Contested(ctx context.Context) error {
	st, err := s.alive()
	if err != nil || st.csrf.Reveal() == "" {
		return err
	}
	err = s.postCSRF(ctx, refreshPath, st, rest.Request{Op: "login.Refresh", Idempotent: true})
	if !errors.Is(err, liveperson.ErrUnauthorized) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.generation != st.generation {
		return nil // it has logged in since
	}
	if s.died.IsZero() {
		s.died = time.Now()
	}
	if !s.pausing {
		s.strikes = max(s.strikes, fight-1)
		s.strike("login.Refresh")
	}
	return ErrLoggedInElsewhere
}

// answered notes the answer to a call that was sent with st; replay says that it
// was sent right after a login for its sake.
func (s *Session) answered(op string, st *state, sent time.Time, status int, replay bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case st.generation != s.state.generation:
	case status == http.StatusUnauthorized:
		if replay && time.Since(st.born) < young {
			s.noHelp(op, !s.proven)
		}
	case status < http.StatusInternalServerError && status != http.StatusTooManyRequests: // which say nothing of the token
		s.served(op, sent, replay)
	}
}

// served notes that the present token is good, and that the 401 that others got
// was their own if this call was sent later. s.mu is held.
func (s *Session) served(op string, sent time.Time, replay bool) {
	if !s.proven || sent.After(s.died) {
		if s.pausing {
			s.failure, s.notBefore, s.pausing = nil, time.Time{}, false
		}
		if !s.died.IsZero() {
			s.strikes, s.struck = 0, "" // so the ones before may have been wrong too
		}
		s.died = time.Time{}
	}
	s.proven, s.useless = true, 0
	if r := s.off[op]; r == nil {
		return
	} else if replay || time.Now().After(r.until) {
		delete(s.off, op)
	} else { // with other arguments perhaps: not at once, but soon
		r.pauses = 0
		if soon := time.Now().Add(firstPause); soon.Before(r.until) {
			r.until = soon
		}
	}
}

// noHelp notes that op is answered 401 in spite of a new token, and puts the next
// login for its sake off; all logins, if no call has shown yet that the token is
// good. s.mu is held.
func (s *Session) noHelp(op string, all bool) {
	if all && s.strikes > 1 { // the other one was faster than this call
		if s.died.IsZero() {
			s.died = time.Now()
			s.strike(op)
		}
		return
	}
	r := s.off[op]
	if r != nil && time.Now().Before(r.until) {
		return
	}
	if s.struck == op { // it was no strike
		s.strikes, s.struck = s.strikes-1, ""
	}
	if r == nil {
		if len(s.off) >= maxOff || s.off == nil {
			s.off = map[string]*putOff{}
		}
		r = &putOff{}
		s.off[op] = r
	}
	r.until = time.Now().Add(pause(r.pauses))
	r.pauses++
	if all && !s.pausing {
		s.pause(s.useless, errNoHelp)
		s.useless++
	}
	s.log.Warn("answered 401 also after a new login", "account", s.account, "user", s.state.who(), "op", op,
		"pause", time.Until(r.until))
}

// pause puts all logins off. s.mu is held.
func (s *Session) pause(n int, reason error) {
	s.pausing, s.failure, s.notBefore = true, reason, time.Now().Add(pause(n))
}

// pause is the n-th pause in a row, from 0: 2, 4, 8, 16, 16 … min, as LivePerson asks
// for after failures that outlasted the retries.
func pause(n int) time.Duration {
	d := firstPause << min(n, 3)
	return d + rand.N(d/5) //nolint:gosec // spreading needs no secrecy
}

const firstPause = 2 * time.Minute

// putOffError is a login that is not made now.
func putOffError(until time.Time, reason error) error {
	return fmt.Errorf("logging in again is tried in %v: %w", time.Until(until).Round(time.Second), reason)
}
