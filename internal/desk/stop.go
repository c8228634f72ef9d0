package desk

import (
	"context"
	"time"
)

// The stages of a desk. Each begins after the one before, and none is left again.
const (
	serving  int32 = iota
	stopping       // nothing is accepted; handlers go on
	cut            // the context of the handlers has ended
	forced         // chats are settled although their handlers have not returned
	late           // what has to be finished has had its time
)

// The parts of the grace, in percent, at whose end the next stage begins, and by
// which the calls that settle chats have to end.
const (
	cutAt   = 70
	forceAt = 80
	closeAt = 90
)

// closeTimeout limits the settling of one chat while the desk goes on, and
// DefaultLeast is what it has at least when the desk stops, unless Config says otherwise.
const (
	closeTimeout = 45 * time.Second
	DefaultLeast = 4 * time.Second
)

func (d *Desk[L]) at() int32 { return d.stage.Load() }

// Stopping tells whether the desk takes no more chats.
func (d *Desk[L]) Stopping() bool { return d.at() >= stopping }

// done tells whether there is nothing left to wait for. Where a chat may be the
// agent's without the desk's knowing it looks on until the last stage.
func (d *Desk[L]) done() bool {
	return d.Stopping() && d.handlers == 0 && d.whole == 0 && (!d.doubt() || d.at() >= forced)
}

// stop begins to stop: the service is told first.
func (d *Desk[L]) stop() {
	d.stage.Store(stopping)
	d.stopped = time.Now()
	by := d.stopped.Add(max(d.part(closeAt), d.Least))
	d.closeBy.Store(&by)
	if d.Leave {
		for _, e := range d.lives {
			e.life.Stop()
		}
	}
	d.Whole(func(ctx context.Context) func() {
		ctx, cancel := context.WithDeadline(ctx, by)
		defer cancel()
		d.Rest(ctx)
		return nil
	})
	d.alarmIn(d.part(cutAt))
}

func (d *Desk[L]) part(percent int64) time.Duration {
	return time.Duration(int64(d.Grace) / 100 * percent)
}

// alarmIn sets the alarm of the next stage. While a desk serves it has none.
func (d *Desk[L]) alarmIn(after time.Duration) {
	d.noAlarm()
	d.alarm = time.NewTimer(after)
}

func (d *Desk[L]) noAlarm() {
	if d.alarm != nil {
		d.alarm.Stop()
	}
}

// alarmed is the alarm's channel, nil without one.
func (d *Desk[L]) alarmed() <-chan time.Time {
	if d.alarm == nil {
		return nil
	}
	return d.alarm.C
}

// next begins the next stage.
func (d *Desk[L]) next() {
	switch d.at() {
	case stopping:
		d.stage.Store(cut)
		by := time.Now().Add(max(d.part(closeAt-cutAt), d.Least))
		d.closeBy.Store(&by)
		d.endLife()
		d.alarmIn(max(d.part(forceAt-cutAt), d.Least/4))
	case cut:
		d.stage.Store(forced)
		for _, e := range d.lives {
			if e.running && !d.Leave {
				d.settleBeside(e)
			}
		}
		d.alarmIn(time.Until(*d.closeBy.Load()))
	case forced:
		d.stage.Store(late)
		d.endWhole()
	}
}

// settleBeside settles a life that has no handler, or one that does not return.
func (d *Desk[L]) settleBeside(e *entry[L]) {
	if e.life.Over() || !e.settle() {
		return
	}
	d.Whole(func(context.Context) func() {
		d.settle(e, context.Canceled)
		return func() {
			if d.lives[e.life.Key()] == e && !e.running {
				d.gone(e)
			}
		}
	})
}

// abandon stops at once: nothing can be done any more, on the service, for the
// chats. Handlers that run are waited for.
func (d *Desk[L]) abandon() {
	d.stage.Store(forced)
	now := time.Now()
	d.closeBy.Store(&now)
	d.doubts, d.doubtUntil = 0, time.Time{}
	d.noAlarm()
	d.endWhole()
	for _, e := range d.lives {
		e.life.Lost()
		d.tell(e, false)
	}
	d.endLife()
}
