package chatagent

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/desk"
	"github.com/liveperson-community/liveperson-go/login"
)

// pollTimeout limits one poll.
const pollTimeout = 8 * time.Second

// mostPause limits the pause after a poll that failed while there are chats: one
// that is not asked for times out, after 40 s if the service says nothing else.
func (d *serving) mostPause() time.Duration {
	lives := d.Lives()
	if len(lives) == 0 {
		return 0
	}
	most := 15 * time.Second
	for _, l := range lives {
		timeout := cmp.Or(l.timeout(), chatTimeout)
		if left := time.Until(d.tend(l.Chat).heard.Add(timeout)); left > 0 {
			most = min(most, max(left/3, d.cfg.poll))
		}
	}
	return most
}

// chatTimeout is after what time without a request the service ends a chat, if it
// does not say.
const chatTimeout = 40 * time.Second

// mostAfter is most, or less after login.ErrLoggedInElsewhere: the login pauses by
// itself then, and nothing is sent.
func mostAfter(err error, most time.Duration) time.Duration {
	if errors.Is(err, login.ErrLoggedInElsewhere) {
		return 15 * time.Second
	}
	return most
}

// poll is one kind of poll: it is not made twice at a time, nor twice in an
// interval, nor before it is due.
type poll struct {
	busy  bool
	begun time.Time // the tick at which it was made last
	next  time.Time
	pace  desk.Pacer
}

// start tells whether to make the poll at this tick, and notes that it is made.
func (p *poll) start(tick time.Time) bool {
	if p.busy || p.begun.Equal(tick) || tick.Before(p.next) || !p.pace.Due(time.Now()) {
		return false
	}
	p.busy, p.begun = true, tick
	return true
}

// end notes that the poll is over. One that took longer than the interval is not
// made up for.
func (p *poll) end(interval time.Duration) {
	p.busy = false
	if now := time.Now(); now.Sub(p.begun) > interval {
		p.next = now.Add(interval)
	}
}

// Tick makes the polls that are due.
func (d *serving) Tick(now time.Time) {
	d.tick = now
	if d.elsewhere && d.contested() == nil {
		d.elsewhere = false
		d.Look() // the chats are this agent's again
	}
	if d.seatless {
		d.reseat()
	}
	d.work()
}

// work makes what is due at this tick, one after the other: an answer may bring new
// cookies for the next call. But none waits longer than to the next tick for one
// that hangs.
func (d *serving) work() {
	if d.Beginning() {
		return // what the agent has comes first
	}
	d.pollRings()
	if d.awaited(&d.ring.poll) {
		return
	}
	d.pollChats()
	for _, g := range d.groups.list {
		if d.awaited(&g.poll) {
			return
		}
	}
	d.state.see(d)
}

// awaited tells whether a poll of this tick has not been answered.
func (d *serving) awaited(p *poll) bool { return p.busy && p.begun.Equal(d.tick) }

// slowFor is how long the chats are asked for together only, since the service is
// slow anyhow.
const slowFor = 30 * time.Second

// pollChats asks for what is new in the chats. Those of a group whose answer is
// late, or whose turn it is not, are asked for by themselves meanwhile, unless the
// service has shown to be as slow with that.
func (d *serving) pollChats() {
	d.groups.tidy(d.tick)
	asked := d.groups.turn(d.tick)
	for _, g := range d.groups.list {
		switch {
		case !g.alone.IsZero():
			if g.start(d.tick) {
				d.askEach(g, nil)
			}
		case g == asked && g.start(d.tick):
			d.askMany(g)
		case g != asked && !g.begun.Equal(d.tick) && !g.each.Equal(d.tick) && g.pace.Due(time.Now()) && (!g.busy || time.Now().After(d.slow)):
			g.each = d.tick
			began, late := d.tick, len(g.chats)
			for _, c := range g.chats {
				d.ask(c, false, func(error) {
					if now := time.Now(); now.Sub(began) > d.cfg.poll {
						if late--; late == 0 { // all of them
							d.slow = now.Add(slowFor)
						}
					}
				})
			}
		}
	}
}

// askMany asks for the chats of a group with one request.
func (d *serving) askMany(g *group) {
	at := d.agent.at()
	q := manyQuery{common: v1}
	for _, c := range g.chats {
		q.add(c.key(), max(c.cursor(), 0))
	}
	d.Beside(func(ctx context.Context) func() {
		list, err := chats(ctx, at, q, onePoll)
		return func() { d.answered(g, at, list, err) }
	})
}

// answered is the answer to askMany.
func (d *serving) answered(g *group, at *seat, list []chatData, err error) {
	g.end(d.cfg.poll)
	defer d.work()
	if at != d.agent.at() {
		return
	}
	if err != nil {
		g.busy = true
		d.askEach(g, err)
		return
	}
	g.pace.OK()
	g.suspect, g.failed = false, 0
	g.each = d.tick // an answer that was late serves for this tick
	data := byKey(list)
	for _, c := range g.chats {
		answers := data[c.key()]
		if len(answers) == 0 {
			answers = data[string(c.id)]
		}
		whole := len(answers) > 0
		if whole {
			d.hears(c, d.tend(c))
		}
		over := false
		for _, a := range answers {
			c.found(at, href(a.Links, "self"))
			if c.learn(a.Info) {
				d.emit(VisitorTyping{c, a.Info.VisitorTyping == IsTyping})
			}
			c.logOdd(a.Odd)
			whole = c.addWhole(a.Events) && whole
			over = over || a.Info.State == Ended
		}
		if !whole || over && !c.isOver() {
			d.ask(c, over, func(error) {})
		}
	}
}

// askEach asks for the chats of a group each by itself, and sees what that tells
// of the group, whose request has failed with failure.
func (d *serving) askEach(g *group, failure error) {
	rest, good, missing := len(g.chats), 0, false
	at := d.agent.at()
	var bad []*Chat
	for _, c := range g.chats {
		d.ask(c, false, func(err error) {
			switch {
			case errors.Is(err, errGone):
				missing = true
			case err == nil:
				good++
			default:
				bad = append(bad, c)
				failure = err // the last one tells
			}
			if rest--; rest > 0 {
				return
			}
			if at != d.agent.at() {
				return // of an agent session that was replaced
			}
			g.end(d.cfg.poll)
			if !missing { // else that is why the request for all failed
				d.judge(g, good, bad, failure)
			}
			d.work()
		})
	}
}

// judge is what asking for each chat of a group has told.
func (d *serving) judge(g *group, good int, bad []*Chat, failure error) {
	switch {
	case good == 0:
		d.Trouble("reading the chats", "", failure, g.pace.Failed(d.mostPause()))
	case len(bad) > 0: // the others are asked for without these
		g.chats = slices.DeleteFunc(g.chats, func(c *Chat) bool { return slices.Contains(bad, c) })
		for _, c := range bad {
			apart := &group{chats: []*Chat{c}, alone: time.Now()}
			d.Trouble("reading a chat", string(c.id), failure, apart.pace.Failed(d.mostPause()))
			d.groups.list = append(d.groups.list, apart)
		}
	case !g.alone.IsZero():
		g.pace.OK()
	default:
		d.log.Warn("asking for the chats together failed", "chats", len(g.chats), "err", failure)
		d.groups.split(g)
	}
}

// errGone is a chat that is not there any more: no failure.
var errGone = errors.New("the chat is gone")

// ask reads what is new in one chat, once in a tick; with over to its end. then
// learns how it went.
func (d *serving) ask(c *Chat, over bool, then func(error)) {
	t := d.tend(c)
	if t.asked {
		then(nil) // its answer is awaited
		return
	}
	if t.tick.Equal(d.tick) && !over {
		then(t.err)
		return
	}
	t.asked, t.tick = true, d.tick
	at := d.agent.at()
	d.Beside(func(ctx context.Context) func() {
		events, err := c.readNew(ctx, over)
		var seatErr error
		if gone(err) { // the chat, or the agent session?
			_, seatErr = d.agent.askIncoming(ctx, at, onePoll)
		}
		return func() {
			t.asked = false
			if err == nil {
				d.hears(c, t)
			}
			c.add(events)
			wasGone := t.gone
			t.gone = gone(err) && seatErr == nil
			switch {
			case t.gone && !wasGone: // to be seen twice: it may be a matter of the moment
				err = errGone
			case t.gone:
				c.finish(lost, err)
				d.Look() // unless the service says otherwise
				err = errGone
			case gone(err) && seatLost(seatErr) && at == d.agent.at():
				d.reseat()
			case err == nil && over:
				c.finishEnded() // perhaps without an event that says so
			}
			t.err = err
			then(err)
		}
	})
}

// wentOver notes that a life is over. Whoever watches sees the last events of a chat
// first that was ended by hand.
func (d *serving) wentOver(c *Chat) {
	if d.handler == nil && c.missesEnd() {
		d.ask(c, true, func(error) {
			d.Post(func() { d.Over(life{c}) }) // after the events
		})
		return
	}
	d.Over(life{c})
}

// hears notes that a chat was asked for with success.
func (d *serving) hears(c *Chat, t *tended) {
	t.heard = time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isDeaf() {
		c.hearing = t.heard
	}
	c.heard = t.heard
}

// isDeaf tells whether the chat was asked for in vain for a while. c.mu is held.
func (c *Chat) isDeaf() bool {
	return c.desk != nil && time.Since(c.heard) > max(deafAfter, 3*c.desk.cfg.poll)
}

// deafAfter is how long that is at least.
const deafAfter = 10 * time.Second
