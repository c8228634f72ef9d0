package chatagent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// young is an agent session that is lost so soon that another may not help either.
const young = 30 * time.Second

// starvingAfter is how long chats wait that nobody asks for, since the agent session
// is lost, and another one for its turn: they live for 40 s.
const starvingAfter = 5 * time.Second

// reseat starts a new agent session in the place of one that was lost. If it is
// lost, too, while it is young, the next one has to wait, unless chats starve; it is
// tried for at each tick then. Nothing is tried while another program has the user.
func (d *serving) reseat() {
	d.seatless = true
	now := time.Now()
	if d.reseating || d.elsewhere || !d.reseatPace.Due(now) && !d.starving(now) {
		return
	}
	d.reseatTried = now
	d.reseating = true
	d.Beside(func(ctx context.Context) func() {
		at, err := d.agent.start(ctx, onePoll)
		return func() {
			d.reseating = false
			if err != nil {
				d.Trouble("starting a new agent session", "", err, d.reseatPace.Failed(d.mostPause()))
				return
			}
			d.seatless = false
			d.reseatPace.Failed(0) // in case it dies young
			d.seated = time.Now()
			d.agent.sit(at)
			d.log.Warn("the agent session was lost; there is a new one", "session", at.url.Last())
			d.emit(SessionReplaced{at.url.Last()})
			d.ring.poll = poll{}
			for _, g := range d.groups.list {
				g.poll = poll{}
			}
			d.state.reset()
			d.Look()
			d.work() // the chats have not been asked for since
		}
	})
}

// starving tells whether there are chats, or may be, that nobody has been able to ask
// for since the last try for a new agent session, for too long. It is too late for
// those that have timed out.
func (d *serving) starving(now time.Time) bool {
	if now.Sub(d.reseatTried) < starvingAfter {
		return false
	}
	lives := d.Lives()
	if len(lives) == 0 {
		return d.Urgent()
	}
	return slices.ContainsFunc(lives, func(l life) bool {
		since := now.Sub(d.tend(l.Chat).heard)
		return since >= max(starvingAfter, 2*d.cfg.poll) && since < cmp.Or(l.timeout(), chatTimeout)
	})
}

// lost notes that a call was refused since that agent session is lost.
func (d *serving) lost(at *seat) {
	if at == d.agent.at() {
		d.reseat()
	}
}

// errUnsure is an agent session of which it is not known whether it is there.
var errUnsure = errors.New("the agent session may be lost")

// keepSeat starts a new agent session if the server has lost this one, and tells
// whether it had. isLost tells it from an error. If the service cannot answer at
// present that is errUnsure: chats wait, and Serve or Watch find out.
func (s *Agent) keepSeat(ctx context.Context, isLost func(error) bool) (moved bool, err error) {
	_, err = s.askIncoming(ctx, s.at(), oneMoment)
	if err != nil && isLost(err) {
		var at *seat
		if at, err = s.start(ctx, oneMoment); err == nil {
			s.sit(at)
			return true, nil
		}
	}
	if passing(ctx, err) {
		err = fmt.Errorf("%w: %w", errUnsure, err)
	}
	return false, err
}

// oneMoment is a try while chats wait for somebody to ask for them.
var oneMoment = rest.Request{Single: true, Timeout: 4 * time.Second}

// passing tells whether err may be gone in a moment.
func passing(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && retry.Temporary(err)
}

// sit makes at the seat, and moves the chats there.
func (s *Agent) sit(at *seat) {
	s.mu.Lock()
	s.seat, s.incoming = at, rest.Target{}
	chats := slices.Collect(maps.Values(s.chats))
	s.mu.Unlock()
	for _, c := range chats {
		c.move(at, at.url.Join("/chat/{chatId}", string(c.id)))
	}
}
