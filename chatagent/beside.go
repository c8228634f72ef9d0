package chatagent

import (
	"context"
	"time"
)

// beside sees to the agent's availability: a goroutine of its own, one at a
// time, so that the polls go on whatever becomes of these calls.
func (l *loop) beside() {
	now := time.Now()
	l.mu.Lock()
	full := l.cfg.whenFull != "" && !l.room()
	begin := !l.seeing && l.availability.due(now) && l.astray(full, now)
	l.seeing = l.seeing || begin
	l.mu.Unlock()
	if !begin {
		return
	}
	l.wg.Go(func() {
		err := l.setRight(l.life, full, now)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.seeing = false
		if err == nil || l.life.Err() != nil {
			l.availability.ok()
			return
		}
		pause := l.availability.failed()
		l.s.log.Warn("setting the availability failed", "pause", pause, "err", err)
	})
}

// astray tells whether setRight has something to do.
func (l *loop) astray(full bool, now time.Time) bool {
	return l.restore || l.s.isFull() != full || l.staysOnline() && now.Sub(l.checked) >= onlineEvery
}

// setRight sets the availability that is wanted, if it is another.
func (l *loop) setRight(ctx context.Context, full bool, now time.Time) error {
	l.mu.Lock()
	restore := l.restore
	l.mu.Unlock()
	if restore {
		if err := l.s.restoreState(ctx, onePoll); err != nil {
			return err
		}
		l.mu.Lock()
		l.restore = false
		l.mu.Unlock()
	}
	if err := l.fill(ctx, full); err != nil {
		return err
	}
	return l.stayOnline(ctx, now)
}

// fill tells the server that the agent can take no more, or can again, also
// after a former Serve.
func (l *loop) fill(ctx context.Context, full bool) error {
	if l.s.isFull() == full {
		return nil
	}
	state := Online
	if full {
		state = l.cfg.whenFull
	}
	return l.s.setPassing(ctx, state, full)
}

// onlineEvery is how often stayOnline looks.
const onlineEvery = 30 * time.Second

func (l *loop) staysOnline() bool {
	return l.cfg.stayOnline && !l.s.isFull() && l.s.wantedState() == Online
}

// stayOnline puts the agent back Online after the server has turned it Away.
func (l *loop) stayOnline(ctx context.Context, now time.Time) error {
	if !l.staysOnline() {
		return nil
	}
	a, err := l.s.availability(ctx, onePoll)
	if err == nil && a.Chat != Online {
		l.s.log.Warn("the server has changed the availability", "to", a.Chat)
		err = l.s.setPassing(ctx, Online, false)
	}
	if err == nil {
		l.mu.Lock()
		l.checked = now
		l.mu.Unlock()
	}
	return err
}
