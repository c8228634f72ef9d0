package messaging

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind says what a fault does.
type FaultKind string

// The kinds of faults. Those of requests say whether what was asked for is
// made; where it is not, Fault.After makes it so.
const (
	FaultRefuse   FaultKind = "refuse"    // a request is answered with Code (500) and Body, Delay later; not made. Of "Upgrade" and files: HTTP status Code (503)
	FaultNoAnswer FaultKind = "no-answer" // a request is never answered; not made
	FaultClose    FaultKind = "close"     // the socket is closed with Code (1006: without a close frame) and Reason, in place of the answer; not made. Of "Upgrade": accepted and closed, Delay later. Of files: the connection ends. Of a notification: in its place, with After behind it
	FaultDelay    FaultKind = "delay"     // a request is made and answered Delay (1 s) later; a notification is sent so much later
	FaultLate     FaultKind = "late"      // a request is made at once and answered Delay (1 s) later
	FaultHuge     FaultKind = "huge"      // Size (17 MiB) of padding in the answer or notification; made
	FaultLose     FaultKind = "lose"      // a notification is not sent
	FaultTwice    FaultKind = "twice"     // a notification is sent twice
	FaultSwap     FaultKind = "swap"      // a notification is sent after the socket's next one, or after 1 s
	FaultStale    FaultKind = "stale"     // an ExConversationChangeNotification is followed by the state before
)

// Fault makes matching frames go wrong. The zero values of User and Contains
// match everything. It hits the Nth matching frame, or each one with
// Probability, or every one; at most Times. Probability is drawn by the seed
// for each user and type on its own.
type Fault struct {
	Type     string // last element of the type, such as "PublishEvent" or "OnlineEventDistribution"; "Upgrade", "PutFile", "GetFile"; "" for every request
	User     string // login name
	Contains string // the frame's text contains this

	Nth         int     // not before this matching frame, from 1
	Times       int     // at most so many; 0: one with Nth, else no limit
	Probability float64 // of each matching frame, from 0 to 1; 0 means always

	Kind   FaultKind // FaultRefuse with a Code and no kind
	Code   int
	Body   string // a bare string, or the typed form if it starts with {
	Reason string
	// RetryAfter is that header of a refused "Upgrade", as given: "60", or a date.
	RetryAfter string
	Delay      time.Duration
	Size       int
	After      bool
}

func (f *Fault) code(usual int) int {
	if f.Code != 0 {
		return f.Code
	}
	return usual
}

func (f *Fault) text(usual string) string {
	if f.Body != "" {
		return f.Body
	}
	return usual
}

func (f *Fault) delay() time.Duration {
	if f.Delay > 0 {
		return f.Delay
	}
	return time.Second
}

func (f *Fault) size() int {
	if f.Size > 0 {
		return f.Size
	}
	return 17 << 20
}

// FaultHandle is a fault that was added.
type FaultHandle struct {
	s          *Service
	fault      Fault
	id         int
	seen, hits int
}

// Hits is how many frames the fault was applied to.
func (h *FaultHandle) Hits() int {
	h.s.enter()
	defer h.s.mu.Unlock()
	return h.hits
}

// Remove ends the fault.
func (h *FaultHandle) Remove() {
	h.s.enter()
	defer h.s.mu.Unlock()
	h.s.faults = slices.DeleteFunc(h.s.faults, func(other *FaultHandle) bool { return other == h })
}

var faultKinds = []FaultKind{
	FaultRefuse, FaultNoAnswer, FaultClose, FaultDelay, FaultLate, FaultHuge, FaultLose, FaultTwice, FaultSwap, FaultStale,
}

// notifications are the types that the faults of notifications may name.
var notifications = []string{
	"ExConversationChangeNotification", "RoutingTaskNotification", "AgentStateNotification",
	"OnlineEventDistribution", "MessagingEventNotification", "RingUpdated",
}

// calls are the types of what does not go over a socket.
var calls = []string{"Upgrade", "PutFile", "GetFile"}

// FaultKinds lists every kind of fault.
func FaultKinds() []FaultKind { return slices.Clone(faultKinds) }

// FaultTypes lists what a fault may have as its Type: the requests, the notifications, and
// what does not go over a socket.
func FaultTypes() []string {
	var requests []string
	for name := range kinds {
		requests = append(requests, short(name))
	}
	slices.Sort(requests)
	return slices.Concat(slices.Compact(requests), notifications, calls)
}

// check finds what makes no sense in a fault, "" if all does.
func (f *Fault) check() string {
	notification := slices.Contains(notifications, f.Type)
	request := !notification
	switch {
	case f.Type != "" && !slices.Contains(FaultTypes(), f.Type):
		return fmt.Sprintf("there is no type %q: it is one of %q", f.Type, FaultTypes())
	case f.Kind == "":
		return "a kind or a code is wanted"
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Sprintf("there is no kind %q: it is one of %q", f.Kind, faultKinds)
	case f.Probability < 0 || f.Probability > 1:
		return "a probability is from 0 to 1"
	case f.Nth < 0 || f.Times < 0 || f.Delay < 0 || f.Size < 0:
		return "a number is negative"
	case request && slices.Contains([]FaultKind{FaultLose, FaultTwice, FaultSwap, FaultStale}, f.Kind),
		notification && slices.Contains([]FaultKind{FaultRefuse, FaultNoAnswer}, f.Kind),
		f.Kind == FaultStale && f.Type != "ExConversationChangeNotification",
		f.RetryAfter != "" && f.Type != "Upgrade",
		slices.Contains(calls, f.Type) && !slices.Contains([]FaultKind{FaultRefuse, FaultDelay, FaultClose}, f.Kind):
		return "the kind " + string(f.Kind) + " does not fit the type " + f.Type
	}
	return ""
}

// usual fills in what a fault leaves out.
func (f *Fault) usual() {
	if f.Kind == "" && f.Code != 0 {
		f.Kind = FaultRefuse
	}
	if f.Nth > 0 && f.Times == 0 {
		f.Times = 1
	}
}

// AddFault adds a fault. When several match a frame, the one added first that
// strikes is applied; all of them count it for their Nth. It panics on a fault
// that makes no sense.
func (s *Service) AddFault(f Fault) *FaultHandle {
	f.usual()
	if wrong := f.check(); wrong != "" {
		panic("messaging: " + wrong)
	}
	s.enter()
	defer s.mu.Unlock()
	s.faultIDs++
	h := &FaultHandle{s: s, fault: f, id: s.faultIDs}
	s.faults = append(s.faults, h)
	return h
}

// ClearFaults ends all faults.
func (s *Service) ClearFaults() {
	s.enter()
	defer s.mu.Unlock()
	s.faults = nil
}

// strike chooses the fault for a frame, nil if there is none. The lock must be
// held.
func (s *Service) strike(name, user string, text []byte) *Fault {
	var struck *Fault
	for _, h := range s.faults {
		f := &h.fault
		every := f.Type == "" && !slices.Contains(calls, name) && !slices.Contains(notifications, name) && name != "NobodyKnows"
		if f.Type != name && !every || f.User != "" && f.User != user ||
			f.Contains != "" && !strings.Contains(string(text), f.Contains) {
			continue
		}
		h.seen++
		if struck != nil || f.Times > 0 && h.hits >= f.Times || f.Nth > 0 && h.seen < f.Nth {
			continue
		}
		if f.Probability > 0 && !chance(s.draw("fault "+strconv.Itoa(h.id)+" "+user+" "+name), f.Probability) {
			continue
		}
		h.hits++
		applied := *f
		struck = &applied
	}
	return struck
}
