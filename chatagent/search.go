package chatagent

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/retry"
)

// search looks for a line of ours whose answer was lost.
type search struct {
	chat   *Chat
	line   Content
	since  int64 // the last event that was known before it was sent
	policy retry.Policy

	id   int64 // of the event that was found, -1 for none
	seen sighting
	told bool // that it is looked for
}

// sighting is what a look has seen of lines that may be ours and that no
// confirmed line explains.
type sighting struct {
	same    []int64 // events known to be ours that look like the line
	others  int     // all others
	mine    int     // how many of both are known to be ours
	unclear bool    // the answer does not plainly show all events
}

// newSearch begins a search for a line that is about to be sent.
func (c *Chat) newSearch(l Content, p retry.Policy) *search {
	return &search{chat: c, line: l, since: max(c.cursor(), c.out.seen), policy: p, id: -1}
}

// look reads the events since the line was sent. What tells is how many lines
// of ours nobody can account for, not only what they say: the service may have
// stored the line in another form.
//
// None, in an answer that plainly shows all events: it is not there, or not yet.
// One that looks the same and is known to be ours: this is it. Lines that could
// not be confirmed earlier may be among them, so that it takes more lines than
// those. Anything else stays unknown.
func (s *search) look(ctx context.Context, lost retry.Answer) (retry.Effect, error) {
	s.id = -1
	if !s.told {
		s.told = true
		s.chat.agent.log.Info("the answer to a line was lost; looking for it", "chat", s.chat.id, "status", lost.Status)
	}
	if err := s.read(ctx); err != nil {
		return retry.EffectUnknown, err
	}
	if len(s.seen.same)+s.seen.others == 0 {
		if s.seen.unclear {
			return retry.EffectUnknown, nil
		}
		return lost.Nothing(s.policy)
	}
	sameEarlier, earlier := s.chat.out.doubtful[s.line.looks()], 0
	for _, n := range s.chat.out.doubtful {
		earlier += n
	}
	if len(s.seen.same) > sameEarlier && s.seen.others <= earlier-sameEarlier {
		s.id = slices.Max(s.seen.same)
		return retry.TookEffect, nil
	}
	return retry.EffectUnknown, nil
}

// lookPages bounds how many pages of events one look reads.
const lookPages = 100

// read reads the events after since, in pages, and sorts what may be ours.
func (s *search) read(ctx context.Context) error {
	s.seen = sighting{}
	at, url := s.chat.at()
	looks, confirmed, ids := s.line.looks(), s.chat.confirmedAfter(s.since), map[int64]bool{}
	for next, page := s.since+1, 0; ; page++ {
		if page == lookPages {
			return &liveperson.Error{Op: "chatagent.EventsFrom", Err: fmt.Errorf("%w: over %d pages of events", liveperson.ErrTooLarge, lookPages)}
		}
		doc, err := rest.Get[json.RawMessage](ctx, at.rest, "chatagent.EventsFrom", url.Join("/events"), fromQuery{v1, next})
		if err != nil {
			return err
		}
		elements, plain := wire.Elements(doc, "events", "event")
		s.seen.unclear = s.seen.unclear || !plain
		before := next
		for _, element := range elements {
			var b eventBody
			e, ok := Event{}, wire.UnmarshalContext(ctx, element, &b) == nil
			if ok {
				e, ok = b.event()
			}
			switch {
			case !ok:
				s.seen.unclear = true
			case e.ID > s.since && !ids[e.ID]:
				ids[e.ID] = true
				next = max(next, e.ID+1)
				s.sort(&e, looks, confirmed)
			}
		}
		if next == before {
			break
		}
	}
	s.chat.out.seen = s.since
	for ids[s.chat.out.seen+1] {
		s.chat.out.seen++
	}
	s.seen.unclear = s.seen.unclear || int64(len(ids)) > s.chat.out.seen-s.since // some are not shown
	return nil
}

// sort notes an event that may be a line of ours, unless a confirmed line
// explains it: that of its id, if it looks like it, or at least not like the one
// that is looked for, which looks so.
func (s *search) sort(e *Event, looks string, confirmed map[int64]Content) {
	author, same := s.chat.author(e), e.looks() == looks
	if author == somebodyElse {
		return
	}
	if was, ok := confirmed[e.ID]; ok && (e.looks() == was.looks() || author == me && !same) {
		return
	}
	if author == me {
		s.seen.mine++
	}
	if author == me && same {
		s.seen.same = append(s.seen.same, e.ID)
	} else {
		s.seen.others++
	}
}

// doubt remembers a line that could not be confirmed: it may still turn up. Those
// that were seen have: the next search begins behind them. If as many lines of
// ours were seen as are in doubt, all have.
func (c *Chat) doubt(s *search) {
	looks := s.line.looks()
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	c.out.doubtful[looks]++
	all := 0
	for _, n := range c.out.doubtful {
		all += n
	}
	if s.seen.mine >= all {
		clear(c.out.doubtful)
		return
	}
	for _, id := range s.seen.same {
		if id <= c.out.seen {
			c.out.doubtful[looks]--
		}
	}
}

// confirm remembers the event of a line of ours, for as long as the events have
// not been read up to it.
func (c *Chat) confirm(id int64, line Content) {
	c.mu.Lock()
	defer c.mu.Unlock()
	read := c.feed.next - 1
	maps.DeleteFunc(c.confirmed, func(id int64, _ Content) bool { return id <= read })
	if id > read {
		if c.confirmed == nil {
			c.confirmed = map[int64]Content{}
		}
		c.confirmed[id] = line
	}
}

// confirmedAfter are the events of our own lines after that one, with the lines.
func (c *Chat) confirmedAfter(since int64) map[int64]Content {
	c.mu.Lock()
	defer c.mu.Unlock()
	later := maps.Clone(c.confirmed)
	maps.DeleteFunc(later, func(id int64, _ Content) bool { return id <= since })
	return later
}

// author says whether an event is a line from this agent.
type author int

const (
	somebodyElse author = iota // for certain
	me                         // for certain
	perhapsMe                  // the service does not say, or not in a known form
)

func (c *Chat) author(e *Event) author {
	source := strings.ToLower(strings.TrimSpace(string(e.Source)))
	switch {
	case source == "visitor", e.Type == EventState:
		return somebodyElse
	case source == "system" && slices.Contains(systemMessages, e.SystemMessage):
		return somebodyElse
	case e.Type != EventLine && e.Text == "" && e.JSON == nil: // no line, whatever it is
		return somebodyElse
	}
	my, known := c.userNumber(c.agent.login.User().ID)
	its, plain := c.userNumber(e.AgentID)
	switch {
	case !plain || !known:
		return perhapsMe
	case its == my:
		return me
	}
	return somebodyElse
}

// userNumber is a user's id without the account that may stand before it; false if
// it has neither of the two forms.
func (c *Chat) userNumber(id liveperson.UserID) (string, bool) {
	text := strings.ToLower(strings.TrimSpace(string(id)))
	text = strings.TrimPrefix(text, strings.ToLower(c.agent.login.Account())+".")
	text = strings.TrimLeft(text, "0")
	return text, text != "" && strings.Trim(text, "0123456789") == ""
}
