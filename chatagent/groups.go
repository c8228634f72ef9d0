package chatagent

import (
	"slices"
	"time"
)

// groups are the chats that are asked for together: all in one group, but while
// one of them makes that fail.
type groups struct {
	list   []*group
	turned time.Time // the tick at which it was last somebody's turn
}

// group is asked for with one request.
type group struct {
	poll
	chats   []*Chat
	each    time.Time // the tick at which each was asked for by itself, or need not be
	suspect bool      // the request has failed, or not been made yet, since the group was split off
	failed  int       // how often the request has failed in a row, although each chat could be asked for
	alone   time.Time // until when its one chat is asked for in the other way
}

// add puts a chat into the first group.
func (g *groups) add(c *Chat) {
	for _, one := range g.list {
		if one.alone.IsZero() && !one.suspect {
			one.chats = append(one.chats, c)
			return
		}
	}
	g.list = append(g.list, &group{chats: []*Chat{c}})
}

// tidy drops the chats that need no poll, and brings the groups together that do
// well.
func (g *groups) tidy(now time.Time) {
	var well *group
	g.list = slices.DeleteFunc(g.list, func(one *group) bool {
		one.chats = slices.DeleteFunc(one.chats, func(c *Chat) bool { return !c.polledFor() })
		if !one.alone.IsZero() && !one.busy && now.After(one.alone) {
			one.alone, one.suspect = time.Time{}, true // perhaps it does no harm any more
		}
		switch {
		case len(one.chats) == 0:
			return true
		case one.suspect || one.busy || one.failed > 0 || !one.alone.IsZero():
			return false
		case well == nil:
			well = one
			return false
		}
		well.chats = append(well.chats, one.chats...)
		return true
	})
}

// split halves a group whose request fails, again and again, although each of its
// chats can be asked for: one of them makes it fail. When that one is by itself, it
// is asked for in the other way.
func (g *groups) split(one *group) {
	if one.failed++; one.failed == 1 && !one.suspect {
		return
	}
	one.failed, one.suspect = 0, true
	if half := len(one.chats) / 2; half > 0 {
		g.list = append(g.list, &group{chats: slices.Clone(one.chats[half:]), suspect: true})
		one.chats = one.chats[:half]
		return
	}
	one.suspect, one.alone = false, time.Now().Add(aloneFor)
}

// turn is the group whose turn it is to be asked for with one request, so that there
// is one such request in an interval.
func (g *groups) turn(tick time.Time) (next *group) {
	if g.turned.Equal(tick) {
		return nil
	}
	g.turned = tick
	for _, one := range g.list {
		switch {
		case !one.alone.IsZero() || one.busy || !one.pace.Due(time.Now()):
		case next == nil || one.begun.Before(next.begun):
			next = one
		}
	}
	return next
}

// aloneFor is how long a chat is asked for by itself that makes the request for
// several fail.
const aloneFor = 5 * time.Minute
