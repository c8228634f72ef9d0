package main

import "slices"

// hidden tells whether a visitor's line was out of sight of the process that took the
// chat over: another one had answered an earlier line meanwhile. What stands before the
// last line of an agent counts as answered, and nothing else says that it is not.
func hidden(r *record, e *entry, line int) bool {
	switch e.outcomes[line] {
	case untold, unsent, unconfirmed, dropped, given:
	case handled, sent:
		return false
	}
	for _, a := range r.Replies {
		if a.ID <= r.Lines[line] {
			continue
		}
		author := e.author(a)
		if slices.ContainsFunc(e.begins, func(b beginning) bool { return !b.at.Before(a.At) && !b.page.knows(author) }) {
			return true
		}
	}
	return false
}

// author is the process that said a line, nil if it is not known.
func (e *entry) author(a arrival) *page {
	var author *page
	for _, b := range e.begins {
		if b.page.agent == a.Agent && !b.at.After(a.At) {
			author = b.page
		}
	}
	return author
}

// knows tells whether a process knows how far that one came: it is the same, or goes on
// with its chats.
func (p *page) knows(other *page) bool {
	for ; p != nil; p = p.before {
		if p == other {
			return true
		}
	}
	return false
}
