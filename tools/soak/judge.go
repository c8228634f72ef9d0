package main

import "fmt"

// The kinds of findings.
const (
	lost       = "lost"
	doubled    = "doubled"
	disordered = "out of order"
	strayed    = "strayed"  // a reply in another chat, or under another id than Send said
	orphaned   = "orphaned" // ended by the service, since nobody asked for it; or nobody has it in hand
	// belated are messages that came while an agent had no socket, and that he handles
	// before he learns that the conversation has gone elsewhere. The consumer notices
	// nothing, so that they are counted, and do not fail a run.
	belated = "belated"
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
	// The replies, as they arrived. One that Send was unsure of may be among
	// them, also late, and beside that of the next agent.
	count, latest := map[int]int{}, 0
	person := map[int]bool{}    // whose reply is a colleague's, who knows what has been answered
	confirmed := map[int]bool{} // under the id that Send said
	for _, a := range r.Replies {
		switch {
		case a.Chat != r.Chat || a.N < 1 || a.N > r.Said:
			add(strayed, a.N, "a reply that belongs elsewhere, to chat %q", a.Chat)
			continue
		case count[a.N] == 0 && a.N < latest && e.unsure[a.N] == 0 && !a.Person: // who answers what was left over
			add(disordered, a.N, "its reply came after that to line %d", latest)
		}
		count[a.N]++
		latest = max(latest, a.N)
		if a.Person {
			person[a.N] = true
			continue
		}
		confirmed[a.N] = confirmed[a.N] || a.ID == e.ids[a.N]
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
		case n < highest && r.Talk && e.outcomes[n] != sent:
			add(belated, n, "handled after line %d by an agent whose reply did not get through", highest)
		case n < highest:
			add(disordered, n, "handled after line %d", highest)
		}
		told[n]++
		highest = max(highest, n)
	}
	for n := 1; n <= r.Said; n++ {
		o, unsure := e.outcomes[n], e.unsure[n]
		most := unsure // replies that may be there
		if o != unsent && o != given && o != unconfirmed || person[n] {
			most++
		}
		if o == sent && count[n] > 0 && !confirmed[n] && !person[n] {
			add(strayed, n, "Send said its reply is event %d, which is another", e.ids[n])
		}
		switch got := count[n]; {
		case got > max(1, most):
			add(doubled, n, "%d replies arrived", got)
		case got > most:
			add(doubled, n, "Send said that its reply was not sent, but it arrived")
		case got == 0 && o == sent:
			add(lost, n, "Send said that its reply was sent")
		case got == 0 && o == given: // by its handler, who knew of it
		case got == 0 && o == dropped: // said before the last reply, it looked answered to the next process
		case got == 0 && hidden(r, e, n):
		case got == 0 && unsure == 0 && n < latest:
			add(lost, n, "no reply arrived, though one to line %d did", latest)
		case got == 0 && unsure == 0 && n == r.GaveUp:
			add(lost, n, "the visitor waited %v for its reply", patience)
		}
		switch {
		case told[n] > 0, person[n], hidden(r, e, n):
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
