package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// outcome is what Send said of a reply in the end.
type outcome int

const (
	untold      outcome = iota // the handler never got the line
	handled                    // it did, and has not finished
	sent                       // the reply is there
	unconfirmed                // it may be there
	unsent                     // it is not there
	dropped                    // the process crashed before it knew
	given                      // up by the handler, whose time to stop was over
)

// How a handler's loop over the lines of a chat ended.
type ending int

const (
	running  ending = iota
	clean           // the chat has ended
	lostChat        // chatagent.ErrChatLost
	stopped         // chatagent.ErrStopping: another handler goes on
	moved           // transferred
	quit            // the handler ended the chat: it was asked to, panicked or failed
)

// movedMark behind a chat's id says that it had handlers at several agents.
const movedMark = " moved"

// entry is one chat as the handlers saw it.
type entry struct {
	lines    []int           // in the order they were handled
	outcomes map[int]outcome // by line
	ids      map[int]int64   // of the events of replies
	unsure   map[int]int     // by line: replies that Send was unsure of
	torn     map[int]bool    // by line: its reply may be there, of a process that crashed before it knew
	agents   []string        // who had it, by login name
	begins   []beginning
	handlers int // running now
	last     ending
	ended    time.Time // when the last handler returned
	moved    bool
	survey   surveyOutcome
	story    []step
}

// beginning is when a handler of a process began.
type beginning struct {
	page *page
	at   time.Time
}

// ledger holds the chats of all agents until they are judged.
type ledger struct {
	mu      sync.Mutex
	chats   map[string]*entry
	in      int // lines handled
	unsure  int // replies unconfirmed
	unsent  int // replies given up
	again   int // sends after a Send that failed
	surveys map[surveyOutcome]int
	merges  int
	doubts  []doubt // that the visitors have not been told of
}

func newLedger() *ledger {
	return &ledger{chats: map[string]*entry{}, surveys: map[surveyOutcome]int{}}
}

// page is what one process writes into the ledger, until it crashes.
type page struct {
	*ledger
	agent string
	torn  bool
	// before is that of the process whose chats this one goes on with, nil for none.
	before *page
	open   map[string]int // chats, with the number of handlers
	hands  map[string]int // the line of each that is in hand
}

func (l *ledger) page(agent string) *page {
	return &page{ledger: l, agent: agent, open: map[string]int{}, hands: map[string]int{}}
}

// tear notes that the process has crashed: its handlers are gone, and what they
// had in hand is the next one's.
func (p *page) tear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.torn = true
	for chat, handlers := range p.open {
		e := p.chats[chat]
		if handlers == 0 || e == nil {
			continue
		}
		e.handlers -= handlers
		e.notes(p, "crash", p.hands[chat], 0)
		e.last, e.ended, e.moved = stopped, time.Now(), true
		n, had := p.hands[chat]
		switch {
		case had && e.forget(n): // the chat had gone to another agent, who was given the line too
			e.unsure[n]++
		case had && e.outcomes[n] == handled:
			e.outcomes[n], e.torn[n] = dropped, true
		}
	}
}

// begin notes that a handler begins.
func (p *page) begin(chat string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.torn {
		return
	}
	p.open[chat]++
	l := p.ledger
	e := l.chats[chat]
	if e == nil {
		e = &entry{outcomes: map[int]outcome{}, ids: map[int]int64{}, unsure: map[int]int{}, torn: map[int]bool{}}
		l.chats[chat] = e
	}
	if !slices.Contains(e.agents, p.agent) {
		e.agents = append(e.agents, p.agent)
	}
	e.begins = append(e.begins, beginning{p, time.Now()})
	e.notes(p, "begin", 0, 0)
	e.handlers++
	e.moved = e.moved || e.handlers > 1
	e.last = running
}

// end notes how a handler ended.
func (p *page) end(chat string, how ending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.torn {
		return
	}
	p.open[chat]--
	e := p.chats[chat]
	e.notes(p, "end", 0, int(how))
	e.handlers--
	e.last = how
	e.ended = time.Now()
	e.moved = e.moved || how == moved || how == lostChat
}

// line notes that a handler was given a line.
func (p *page) line(chat string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.torn {
		return
	}
	e := p.chats[chat]
	e.notes(p, "line", n, 0)
	p.in++
	p.hands[chat] = n
	switch e.outcomes[n] {
	case unconfirmed, unsent, dropped, given: // the next agent answers it
		e.outcomes[n] = handled
		return
	case untold, handled, sent:
	}
	e.lines = append(e.lines, n)
	if e.outcomes[n] == untold {
		e.outcomes[n] = handled
	}
}

// reply notes what became of the reply to a line.
func (p *page) reply(chat string, n int, o outcome, id int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.torn {
		return
	}
	delete(p.hands, chat)
	l := p.ledger
	e := l.chats[chat]
	e.notes(p, "reply", n, int(o))
	if o == unconfirmed {
		l.unsure++
		l.doubts = append(l.doubts, doubt{chat, n})
		e.unsure[n]++
	}
	if o != sent && e.moved && e.forget(n) {
		if o == unsent || o == given {
			l.unsent++
		}
		return // the chat had gone to another agent, who was given the line too
	}
	if e.torn[n] && (o == unsent || o == given) {
		o = dropped // which says nothing of the reply of the process before
	}
	e.outcomes[n] = o
	switch o {
	case sent:
		e.ids[n] = id
	case unsent, given, dropped:
		l.unsent++
	case untold, handled, unconfirmed:
	}
}

// step is one of those in an entry's story.
type step struct {
	at   time.Time
	page *page
	what string
	line int
	how  int // an outcome or an ending
}

// notes adds to the story. The ledger is locked.
func (e *entry) notes(p *page, what string, line, how int) {
	e.story = append(e.story, step{time.Now(), p, what, line, how})
}

// String is the story, a line for each step.
func (e *entry) String() string {
	pages := []*page{nil}
	var b strings.Builder
	for _, s := range e.story {
		if !slices.Contains(pages, s.page) {
			pages = append(pages, s.page)
		}
		fmt.Fprintf(&b, "%s process %d, %s: %s %d %d\n", s.at.Format("15:04:05.000"), slices.Index(pages, s.page), s.page.agent, s.what, s.line, s.how)
	}
	return b.String()
}

// silent tells whether no reply was sent, as far as is known.
func (e *entry) silent() bool {
	for _, o := range e.outcomes {
		if o == sent || o == unconfirmed {
			return false
		}
	}
	return true
}

// forget takes back that a line was handled, if it was more than once.
func (e *entry) forget(n int) bool {
	first := slices.Index(e.lines, n)
	again := slices.Index(e.lines[first+1:], n)
	if again < 0 {
		return false
	}
	e.lines = slices.Delete(e.lines, first+1+again, first+2+again)
	return true
}

// news returns the doubts since the last call.
func (l *ledger) news() []doubt {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.doubts
	l.doubts = nil
	return list
}

// handlers is how many run.
func (l *ledger) handlers() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, e := range l.chats {
		n += e.handlers
	}
	return n
}

func (l *ledger) retried() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.again++
}

// filled notes what became of a chat's survey.
func (p *page) filled(chat string, o surveyOutcome, merges int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.torn {
		return
	}
	p.chats[chat].survey = o
	p.surveys[o]++
	p.merges += merges
}

// resumeTime is how long an agent that is back may take to have his chats again.
const resumeTime = time.Minute

// done lists the chats without a running handler, with movedMark if need be.
// A chat whose handler was stopped is its next one's, also if it has ended
// meanwhile: here tells whether its agent has been back for a time, and is nil
// if no agent will come back.
func (l *ledger) done(here func(agent string, long time.Duration) bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for id, e := range l.chats {
		if e.handlers > 0 || e.last == stopped && here != nil && (time.Since(e.ended) < resumeTime || !here(e.begins[len(e.begins)-1].page.agent, resumeTime)) {
			continue
		}
		if e.moved && here != nil {
			id += movedMark
		}
		ids = append(ids, id)
	}
	return ids
}

// take removes a chat.
func (l *ledger) take(chat string) *entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.chats[chat]
	delete(l.chats, chat)
	return e
}

// counts is a copy of the counters.
type counts struct {
	chats, in, unsure, unsent, again, merges int
	surveys                                  map[surveyOutcome]int
}

func (l *ledger) counts() counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := counts{chats: len(l.chats), in: l.in, unsure: l.unsure, unsent: l.unsent, again: l.again, merges: l.merges, surveys: map[surveyOutcome]int{}}
	for o, n := range l.surveys {
		c.surveys[o] = n
	}
	return c
}
