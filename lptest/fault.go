package lptest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// FaultKind says what a fault does.
type FaultKind string

// The kinds of faults. "Made" says whether the change that the request asks
// for takes effect on the server; where it does not, Fault.After makes it so,
// with Fault.Delay some time after the answer was lost.
const (
	FaultLatency         FaultKind = "latency"          // the answer is late by Latency; made
	FaultStatus          FaultKind = "status"           // Status (503), Body and headers as given; not made
	FaultReset           FaultKind = "reset"            // the connection is reset; not made
	FaultResetAfter      FaultKind = "reset-after"      // the connection is reset; made
	FaultLate            FaultKind = "late"             // Status (504), and the change is made Delay (3 s) after the answer
	FaultCut             FaultKind = "cut"              // half of the body, then the end of the connection; made
	FaultHang            FaultKind = "hang"             // no answer until the client gives up or Latency has passed; not made
	FaultHTML            FaultKind = "html"             // Status (502) with a proxy's HTML page; not made
	FaultEmpty           FaultKind = "empty"            // 200 with an empty body; made
	FaultError200        FaultKind = "error-200"        // 200 with an "error" in the body; not made
	FaultDuplicateEvents FaultKind = "duplicate-events" // every event of the page twice; made
	FaultRepeatEvents    FaultKind = "repeat-events"    // the page starts at the first event again; made
	FaultOverlapEvents   FaultKind = "overlap-events"   // the page starts Overlap (2) events too early; made
	FaultRevoke          FaultKind = "revoke"           // the calling agent's bearers die before the call, which answers 401
	FaultRevision        FaultKind = "revision"         // another writer moves the survey's revision before the call
	FaultRotate          FaultKind = "rotate"           // the answer sets new session cookies, the old ones die after Delay (0); made
	FaultHuge            FaultKind = "huge"             // Size (64 MiB) of padding in front of the body's fields; made
	FaultRedirect        FaultKind = "redirect"         // Status (307) to Location, by default the same path on another origin; not made
	FaultForeign         FaultKind = "foreign"          // links and locations in the answer point to Location; made
	FaultVariant         FaultKind = "variant"          // nothing but the Variants, which any fault may have; made
	FaultEndless         FaultKind = "endless-events"   // the visitor says one more line before each answer with events: no page is the last; made
	FaultCookies         FaultKind = "cookies"          // the answer sets Count (1) cookies with names that never were before, with values of Size (32) bytes; made
	FaultNoLink          FaultKind = "no-link"          // each link in the answer, or those of Rel, is an empty element: Body ({}); made
	FaultFarID           FaultKind = "far-id"           // the page shows the chat's last event once more at its end, with an id that is Ahead (1,000,000) beyond its own, also if nothing else is new; made
	FaultRefuse          FaultKind = "refuse"           // of OpTransfer: refused with Status (400) and "errormsg", as if the target were not available; not made
)

// ForeignOrigin is where FaultRedirect and FaultForeign point unless
// Fault.Location says otherwise. Server.Transport leads it to the fake, whose
// journal shows the request as OpForeign.
const ForeignOrigin = "https://evil.example"

// Fault makes matching calls fail. The zero values of Op, Agent, Chat and To match
// everything. It hits the Nth matching call, or each one with Probability, or
// every one; at most Times calls, and only between Begin and End. Probability
// is drawn by the seed for each agent, operation and chat on its own, so that
// the order in which concurrent agents arrive does not matter.
type Fault struct {
	Op    Op     // the operation
	Agent string // login name of the calling agent
	Chat  string // id of the chat in the path; of OpChats: of a chat among chatSessionKeys, of which the kinds that change events change only this one's
	To    string // of OpTransfer: the skill by its name, or the agent by the login name, that the chat is to go to

	Nth         int           // not before this matching call, from 1; calls that another fault took count too
	Times       int           // at most so many calls; 0: one with Nth, else no limit
	Probability float64       // of each matching call, from 0 to 1; 0 means always
	Begin, End  time.Duration // only in this span after AddFault; End 0: for ever

	Kind       FaultKind     // FaultStatus with a Status and no kind, FaultLatency with a Latency and neither, FaultVariant with only Variants
	After      bool          // make the change although the kind would not
	Rotate     bool          // set new session cookies with whatever is answered, as FaultRotate does
	Latency    time.Duration // before whatever else happens; with FaultLatency and After the change comes first
	Delay      time.Duration // see FaultLate and FaultRotate; with After: from the answer, the reset or the client's giving up to the change
	Status     int           // see the kinds
	Body       string        // of FaultStatus, FaultLate and FaultHTML; a typical one unless given. See FaultNoLink
	NoBody     bool          // of the first three: no body at all
	Header     http.Header   // added to the answer
	RetryAfter string        // header Retry-After as given: "5", a date, nonsense; "+5s" is the date 5 s from now
	Overlap    int           // see FaultOverlapEvents
	Ahead      int           // see FaultFarID
	Size       int64         // see FaultHuge and FaultCookies, in bytes
	Location   string        // see FaultRedirect (URL), FaultForeign (origin)
	Rel        string        // see FaultNoLink: the relation, such as "next"; "" means all
	Count      int           // see FaultCookies
	Variants   []Variant     // of the answer, beside those of the server; without VariantRandom
}

// FaultHandle is a fault that was added to a server.
type FaultHandle struct {
	server *Server
	fault  Fault
	id     int
	added  time.Time
	seen   int // matching calls
	hits   int
}

// Hits is how many calls the fault was applied to.
func (h *FaultHandle) Hits() int {
	h.server.enter()
	defer h.server.mu.Unlock()
	return h.hits
}

// Remove ends the fault.
func (h *FaultHandle) Remove() {
	h.server.enter()
	defer h.server.mu.Unlock()
	h.server.faults.remove(h)
}

type faultList struct {
	active []*FaultHandle
	ids    int
}

func (l *faultList) remove(h *FaultHandle) {
	for i, other := range l.active {
		if other == h {
			l.active = append(l.active[:i:i], l.active[i+1:]...)
			return
		}
	}
}

// AddFault adds a fault. When several match a call, the one added first that
// strikes is applied; all of them count it for their Nth. It panics on a fault that makes no sense, such as an
// unknown operation.
func (s *Server) AddFault(f Fault) *FaultHandle {
	if err := f.check(); err != nil {
		panic(err)
	}
	if f.Kind == "" {
		switch {
		case f.Status != 0:
			f.Kind = FaultStatus
		case f.Latency != 0:
			f.Kind = FaultLatency
		default:
			f.Kind = FaultVariant
		}
	}
	if f.Nth > 0 && f.Times == 0 {
		f.Times = 1
	}
	s.enter()
	defer s.mu.Unlock()
	s.faults.ids++
	h := &FaultHandle{server: s, fault: f, id: s.faults.ids, added: time.Now()}
	s.faults.active = append(s.faults.active, h)
	return h
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() {
	s.enter()
	defer s.mu.Unlock()
	s.faults.active = nil
}

// strike chooses the fault for a call, nil if there is none. The lock must be
// held.
func (s *Server) strike(c *call) *Fault {
	var struck *Fault
	for _, h := range s.faults.active {
		f := &h.fault
		if f.Op != "" && f.Op != c.op || f.Chat != "" && !c.isAbout(f.Chat) ||
			f.To != "" && !c.goesTo(f.To) || f.Agent != "" && (c.agent == nil || c.agent.LoginName != f.Agent) {
			continue
		}
		if since := c.now.Sub(h.added); since < f.Begin || f.End > 0 && since >= f.End {
			continue
		}
		h.seen++
		if struck != nil {
			continue
		}
		if f.Times > 0 && h.hits >= f.Times || f.Nth > 0 && h.seen < f.Nth {
			continue
		}
		if f.Probability > 0 && !chance(s.drawFor(c, "fault", faultScope(h.id, c)), f.Probability) {
			continue
		}
		h.hits++
		applied := *f
		struck = &applied
	}
	return struck
}

// isAbout reports whether a chat is in the path or, for many chats, among the keys.
func (c *call) isAbout(chat string) bool {
	if c.op == OpChats {
		return slices.Contains(strings.Split(c.query.Get("chatSessionKeys"), ","), chat)
	}
	return c.params["chat"] == chat
}
