package main

import "fmt"

// The kinds of findings.
const (
	lost       = "lost"
	doubled    = "doubled"
	disordered = "out of order"
	strayed    = "strayed" // a reply in another chat, or under another id than Send said
)

// finding is something that must not be.
type finding struct {
	kind string
	chat string
	line int // 0: none in particular
	what string
}

func (f finding) String() string {
	return fmt.Sprintf("%s: line %d of chat %s: %s", f.kind, f.line, f.chat, f.what)
}

// judge compares what the server has of a chat that has ended with what its
// handlers saw and said.
func judge(r *record, e *entry) []finding {
	var found []finding
	add := func(kind string, line int, format string, args ...any) {
		found = append(found, finding{kind, r.Chat, line, fmt.Sprintf(format, args...)})
	}
	// The replies, as they arrived.
	count, latest := map[int]int{}, 0
	for _, a := range r.Replies {
		switch {
		case a.Chat != r.Chat || a.N < 1 || a.N > r.Said:
			add(strayed, a.N, "a reply that belongs elsewhere, to chat %q", a.Chat)
			continue
		case count[a.N] == 0 && a.N < latest:
			add(disordered, a.N, "its reply came after that to line %d", latest)
		}
		count[a.N]++
		latest = max(latest, a.N)
		if id := e.ids[a.N]; e.outcomes[a.N] == sent && count[a.N] == 1 && id != a.ID {
			add(strayed, a.N, "Send said its reply is event %d, it is %d", id, a.ID)
		}
	}
	// The lines, as they were handled.
	told, highest := map[int]int{}, 0
	for _, n := range e.lines {
		switch {
		case n < 1 || n > r.Said:
			add(strayed, n, "a line that the visitor never said was handled")
			continue
		case told[n] > 0:
			add(doubled, n, "handled again")
		case n < highest:
			add(disordered, n, "handled after line %d", highest)
		}
		told[n]++
		highest = max(highest, n)
	}
	for n := 1; n <= r.Said; n++ {
		o := e.outcomes[n]
		switch got := count[n]; {
		case got > 1:
			add(doubled, n, "%d replies arrived", got)
		case got == 1 && o == unsent:
			add(doubled, n, "Send said that its reply was not sent, but it arrived")
		case got == 0 && o == sent:
			add(lost, n, "Send said that its reply was sent")
		case got == 0 && o != unconfirmed && n < latest:
			add(lost, n, "no reply arrived, though one to line %d did", latest)
		case got == 0 && n == r.GaveUp && o != unconfirmed:
			add(lost, n, "the visitor waited %v for its reply", patience)
		}
		switch {
		case told[n] > 0:
		case n < highest:
			add(lost, n, "never handled, though line %d was", highest)
		case e.last == clean:
			add(lost, n, "never handled, though the handler saw the chat's end")
		}
	}
	switch {
	case e.survey == surveySubmitted && r.Submits == 0:
		add(lost, 0, "its survey was not submitted, though Submit said so")
	case e.survey == surveyClosed && r.Submits == 0:
		add(lost, 0, "its survey is open, though Submit said that it is closed")
	case r.Submits > 1:
		add(doubled, 0, "its survey was submitted %d times", r.Submits)
	}
	return found
}
