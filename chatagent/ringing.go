package chatagent

import (
	"context"
	"errors"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/desk"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// rings is what rings.
type rings struct {
	poll
	count     int
	accepting bool
	left      bool       // ringing, since there is no room
	missed    int        // how often in a row what rang was not there to accept
	pace      desk.Pacer // of accepting
}

// pollRings asks how many chats ring.
func (d *serving) pollRings() {
	if !d.ring.start(d.tick) {
		return
	}
	at := d.agent.at()
	d.Beside(func(ctx context.Context) func() {
		n, err := d.agent.askIncoming(ctx, at, onePoll)
		return func() { d.rang(at, n, err) }
	})
}

// rang is the answer to pollRings.
func (d *serving) rang(at *seat, n int, err error) {
	d.ring.end(d.cfg.poll)
	defer d.work()
	if at != d.agent.at() {
		return // of an agent session that was replaced
	}
	if err != nil {
		d.Trouble("asking for incoming requests", "", err, d.ring.poll.pace.Failed(mostAfter(err, d.mostPause())))
		if seatLost(err) {
			d.reseat()
		}
		return
	}
	if d.ring.poll.pace.Failures > 0 {
		d.Look()
	}
	d.back()
	d.seatless = false
	d.ring.poll.pace.OK()
	if time.Since(d.seated) >= young {
		d.reseatPace.OK()
	}
	d.elsewhere = d.elsewhere || d.contested() != nil
	if n == 0 {
		d.ring.missed = 0
	}
	d.ringing(n)
	d.accept(n)
}

// back notes that the service answers again: nothing that has failed waits any longer.
func (d *serving) back() {
	if d.ring.poll.pace.Failures == 0 {
		return
	}
	d.ring.poll.pace.Now()
	d.state.pace.Now()
	for _, g := range d.groups.list {
		g.pace.Now()
	}
}

// ringing tells how many chats ring, if that has changed.
func (d *serving) ringing(n int) {
	if n == d.ring.count {
		return
	}
	d.ring.count = n
	u := Ringing{Count: n}
	if n > 0 {
		u.Since = d.ring.begun
		u.Until = u.Since.Add(20 * time.Second)
	}
	d.emit(u)
}

// accept takes ringing chats, one after the other, as long as there is room.
func (d *serving) accept(n int) {
	if d.handler == nil || n <= 0 || d.elsewhere || d.ring.accepting || d.Stopping() || !d.ring.pace.Due(time.Now()) {
		return
	}
	if !d.Room() {
		if !d.ring.left {
			d.log.Info("leaving requests ringing", "ringing", n, "limit", d.cfg.maxChats)
		}
		d.ring.left = true
		return
	}
	d.ring.left = false
	d.ring.accepting = true
	at := d.agent.at()
	d.Whole(func(ctx context.Context) func() {
		chat, err := d.agent.acceptOnce(ctx, at)
		return func() { d.accepted(n, chat, err) }
	})
}

// mostDoubtPause limits the pause after an accept that may have taken effect: others
// that ring are not to turn the agent Away. After some in a row it is longer.
func (r *rings) mostDoubtPause() time.Duration {
	if r.pace.Failures < 5 {
		return 4 * time.Second
	}
	return 15 * time.Second
}

// errInDoubt is an accept that may have taken effect.
var errInDoubt = errors.New("a chat may have been accepted")

// acceptOnce accepts a chat with one try, and reads it. Without a chat and without
// an error there was none, or it is in hand already.
func (s *Agent) acceptOnce(ctx context.Context, at *seat) (*Chat, error) {
	out, answer, err := rest.Do[locationDoc](ctx, at.rest, s.acceptRequest(at, rest.Request{Single: true, Timeout: pollTimeout}))
	if err != nil {
		if answer.Effect == retry.EffectUnknown {
			err = errors.Join(errInDoubt, err)
		}
		return nil, err
	}
	url, err := out.target(at.url, "chat", answer.Header)
	if err != nil {
		return nil, errors.Join(errInDoubt, err)
	}
	chat, _, err := s.open(ctx, at, url, onePoll)
	if err != nil {
		err = errors.Join(errInDoubt, err)
	}
	return chat, err
}

// mostMissed is how often in a row what rings may not be there to accept: the count
// lags. More often it is a failure, and the next try waits.
const mostMissed = 5

// listLag is how long the agent's chats are looked at after an accept that was
// answered without saying what was accepted: the list may lag.
const listLag = 15 * time.Second

// accepted is the answer to accept.
func (d *serving) accepted(n int, chat *Chat, err error) {
	d.ring.accepting = false
	switch {
	case errors.Is(err, errNoLink):
		d.Doubt(time.Now().Add(listLag)) // most likely none rang
	case errors.Is(err, errInDoubt):
		d.Trouble("accepting a chat", "", err, d.ring.pace.Failed(d.ring.mostDoubtPause()))
		d.doubtful()
	case (gone(err) || noneRings(err)) && d.ring.missed < mostMissed:
		d.ring.missed++
		d.log.Info("what rang was not there to accept", "err", err)
	case err != nil:
		d.Trouble("accepting a chat", "", err, d.ring.pace.Failed(d.mostPause()))
	default:
		d.ring.pace.OK()
		d.ring.missed = 0
		if chat != nil {
			d.Open(life{chat}, desk.Accepted)
		}
		d.accept(n - 1)
	}
}
