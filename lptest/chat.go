package lptest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The states of a chat.
const (
	waiting  = "waiting"
	chatting = "chatting"
	ended    = "ended"
)

// System messages by id, as the System Messages page lists them.
const (
	messageBusy         = 2
	messageAccepted     = 3
	messageRouting      = 4
	messageEnded        = 5
	messageDisconnected = 6
	messageTransferred  = 13
	messageOtherSkill   = 15
	messageRequeued     = 23
)

// chat is one chat with everything that happened in it.
type chat struct {
	id      string
	number  int // by arrival
	visitor Visitor
	visitID string
	skill   string
	state   string
	started time.Time
	updated time.Time
	ended   time.Time
	agent   *agent // who has it, or had it when it ended
	events  []event
	far     []int // the places of events whose id is beyond them

	offered  *agent // where it rings
	direct   bool   // transferred to this agent
	ringTask *task
	queued   *skillDesk

	touched       time.Time // the last request to it
	since         time.Time // when its agent got it
	idleTask      *task
	agentTyping   string
	visitorTyping string
	form          *formState
	waiters       waiters
	draws         map[string]uint64 // of the calls to it; see Server.draw
}

// event is one entry of a chat; its index is its id.
type event struct {
	kind     string // "state", "line", or another type
	at       time.Time
	state    string
	text     string
	textType string
	by       string
	source   string
	message  int    // system message id, 0 for none
	subType  string // REGULAR or ONLY_TO_REP
	json     raw
	agentID  int64
	heir     bool   // of a transfer: only for the agent who takes the chat
	only     *agent // who that was
	extra    object // fields of an event of another type
	raw      raw    // the whole event as it is shown, nil for one of ours
	far      int64  // the id in raw, if it is beyond the event's place
}

func (ch *chat) add(e event) int {
	ch.events = append(ch.events, e)
	ch.updated = e.at
	ch.notify()
	return len(ch.events) - 1
}

func (ch *chat) addState(now time.Time, state string) int {
	ch.state = state
	return ch.add(event{kind: "state", at: now, state: state})
}

func (ch *chat) system(now time.Time, message int, text string) {
	ch.add(event{
		kind: "line", at: now, text: text, textType: "plain", by: "info", source: "system", message: message, subType: "REGULAR",
	})
}

// visibleTo reports whether an agent may see an event.
func (e *event) visibleTo(a *agent) bool { return !e.heir || e.only == a }

// notify wakes everybody who waits for a change of the chat.
func (ch *chat) notify() { ch.waiters.wake() }

// enterChat finds the chat in the path and checks that the agent has it, or
// had it when it ended.
func (c *call) enterChat() (answer, bool) {
	ch := c.s.chats[c.params["chat"]]
	if ch == nil {
		return fail(http.StatusNotFound, codeNoData, "The chat is not known"), false
	}
	if !c.mayEnter(ch) {
		return fail(http.StatusForbidden, codeUnauthorized, "The chat is not with this agent"), false
	}
	c.chat = ch
	return answer{}, true
}

// mayEnter also keeps the chat alive.
func (c *call) mayEnter(ch *chat) bool {
	if ch.agent != c.agent {
		return false
	}
	c.s.touch(ch, c.now)
	return true
}

// touch is a request to the chat: its 40 s begin anew.
func (s *Server) touch(ch *chat, now time.Time) {
	if ch.state == chatting {
		ch.touched = now
	}
}

// watch ends a chat once 40 s have passed without a request to it. A person's
// chats are left alone.
func (s *Server) watch(ch *chat) { s.watchUntil(ch, ch.touched.Add(s.cfg.chatTimeout)) }

func (s *Server) watchUntil(ch *chat, due time.Time) {
	ch.idleTask = s.at(due, func(now time.Time) {
		ch.idleTask = nil
		switch {
		case ch.state != chatting:
		case ch.agent.present():
			s.watchUntil(ch, now.Add(s.cfg.chatTimeout))
		case now.Before(ch.touched.Add(s.cfg.chatTimeout)):
			s.watch(ch)
		default:
			s.disconnect(ch, now)
		}
	})
}

// disconnect ends a chat that lost one of its sides.
func (s *Server) disconnect(ch *chat, now time.Time) {
	if ch.state == ended {
		return
	}
	ch.system(now, messageDisconnected, "The chat was unexpectedly disconnected.")
	s.finish(ch, now)
}

// finish ends a chat. The "ended" state is its last event; the agent who had
// it may still read it.
func (s *Server) finish(ch *chat, now time.Time) int {
	s.withdraw(ch, now)
	s.dequeue(ch)
	ch.ended = now
	ch.agentTyping, ch.visitorTyping = notTyping, notTyping
	id := ch.addState(now, ended)
	a := ch.agent
	s.release(ch, now)
	ch.agent = a
	return id
}

// chatResource answers row 10, the Retrieve Chat Resources, Events and
// Information page.
func (c *call) chatResource() answer {
	from, refusal := c.from()
	if refusal != nil {
		return *refusal
	}
	return ok(object{{"chat", c.chatTree(c.chat, from, false)}})
}

// chatTree is a chat alone or, in another form, one of many.
func (c *call) chatTree(ch *chat, from int, ofMany bool) object {
	next := !ofMany || c.fixed.has(vManyNext)
	url := c.chatURL(ch)
	events, last := c.page(ch, from)
	links := many{link(url, "self"), link(url+"/events", "events"), link(url+"/info", "info")}
	if next {
		links = append(links, link(url+"?from="+strconv.Itoa(last+1), "next"))
	}
	links = append(links,
		link(url+"/collaborationChannels", "collaboration-channels"),
		link(c.sessionURL()+"/visits/visit/"+ch.visitID, "visit-id"),
		link(url+"/transfer", "transfer"),
		link(url+"/transferAccount", "transfer-account"),
		link(url+"/survey", "agent-survey"),
	)
	return object{
		{"link", links},
		{"events", c.eventsTree(ch, events, last, next, ofMany)},
		{"info", c.infoTree(ch)},
	}
}

// from reads the query parameter of that name: the first event to show.
func (c *call) from() (int, *answer) {
	text := c.query.Get("from")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		a := fail(http.StatusBadRequest, codeBadRequest, "from is the id of an event")
		return 0, &a
	}
	return n, nil
}

// manyChats answers row 11, the Retrieve Data for Multiple Chats page, whose
// sample has no "@" and unquoted ids. There is no next link in it.
func (c *call) manyChats() answer {
	if c.query.Get("chatSessionKeys") == "" {
		return fail(http.StatusBadRequest, codeBadRequest, "chatSessionKeys is missing")
	}
	keys := strings.Split(c.query.Get("chatSessionKeys"), ",")
	var last []string
	if ids := c.query.Get("fromEventIds"); ids != "" {
		last = strings.Split(ids, ",")
	}
	if last != nil && len(last) != len(keys) {
		return fail(http.StatusBadRequest, codeBadRequest, "There are not as many fromEventIds as chatSessionKeys")
	}
	chats := make(many, len(keys))
	for i, key := range keys {
		ch := c.s.chats[key]
		if ch == nil {
			return fail(http.StatusNotFound, codeNoData, "The chat "+key+" is not known")
		}
		if !c.mayEnter(ch) {
			return fail(http.StatusForbidden, codeUnauthorized, "The chat "+key+" is not with this agent")
		}
		from := 0
		if last != nil && last[i] != "" {
			n, err := strconv.Atoi(last[i])
			if err != nil || n < -1 {
				return fail(http.StatusBadRequest, codeBadRequest, "fromEventIds are ids of events")
			}
			from = max(n, n+1) // no id is beyond the largest
			if c.fixed.has(vInclusive) {
				from = max(n, 0)
			}
		}
		chats[i] = c.chatTree(ch, from, true)
	}
	if c.fixed.has(vListedTwice) {
		first := c.s.chats[keys[0]]
		chats = append(chats, c.chatTree(first, len(first.events), true))
	}
	a := ok(object{{"chats", object{{"chat", chats}}}})
	a.plain = true
	return a
}

// newChatID draws an id of the form H…-…K…; the visit's id is its H and K parts.
func (s *Server) newChatID(scope string) (chatID, visitID string) {
	for {
		h := "H" + s.digits("chat", scope, 19)
		k := "K" + s.digits("chat", scope, 7)
		id := h + "-" + s.token("chat", scope, 32) + k
		if s.chats[id] == nil && s.visits[h+k] == nil {
			return id, h + k
		}
	}
}
