package messaging

import (
	"encoding/json"
	"slices"
	"time"
)

// Conversation is one conversation, and its consumer: the other side of the
// agent under test.
type Conversation struct {
	s        *Service
	id       string
	consumer string // id
	given    Consumer
	skill    int64

	state, stage string
	closeReason  string
	started      time.Time
	ended        time.Time
	metaTs       int64 // metaDataLastUpdateTs
	lastUpdate   int64
	parts        []part
	dialogs      []*dialog
	ttrType      string
	ttr          int64 // s
	manualETTR   int64
	delay        raw
	note, topic  string
	csat         raw
	rate         int
	begun        bool // the consumer has written
	last         *event
	unread       map[string]int // by old id
	task         *task
	allRings     []*ring
	left         map[*user]time.Time // who gave it away, and when
	assigned     *user               // as of the last settle

	waiters waiters
}

// part is one participant's part in a conversation.
type part struct {
	id, pid, role string
	user          *user // nil for the consumer
	suggested     bool
	dialog        string // of one dialog only; "" for the main one
}

// The roles.
const (
	roleConsumer   = "CONSUMER"
	roleAssigned   = "ASSIGNED_AGENT"
	roleAgent      = "AGENT"
	roleManager    = "MANAGER"
	roleReader     = "READER"
	roleController = "CONTROLLER"
)

// What state and stage may be.
const (
	open  = "OPEN"
	ended = "CLOSE"
)

type dialog struct {
	conv        *Conversation
	id          string
	kind        string // MAIN or POST_SURVEY
	state       string
	closedBy    string
	closedCause string
	app         string // appInstallId
	created     int64
	metaTs      int64
	closed      int64
	events      []*event // those with a sequence
	typing      map[string]string
}

// event is what somebody published.
type event struct {
	dialog   *dialog
	seq      int // -1 for typing
	by       part
	at       time.Time
	kind     string // type of the event
	body     raw
	audience string
	metadata raw
	encoded  string
}

const (
	toAll    = "ALL"
	toAgents = "AGENTS_AND_MANAGERS"
)

func (ev *event) content() bool { return ev.kind == "ContentEvent" || ev.kind == "RichContentEvent" }

// handler is the assigned agent, nil if there is none.
func (c *Conversation) handler() *user {
	for _, p := range c.parts {
		if p.role == roleAssigned && !p.suggested {
			return p.user
		}
	}
	return nil
}

// partOf finds a user's part in a dialog: the first that is his, the assigned
// agent's before others, and one of that dialog alone before all.
func (c *Conversation) partOf(u *user, dialogID string) (part, bool) {
	var found part
	has := false
	for _, p := range c.parts {
		if p.user != u || u == nil || p.suggested || p.dialog != "" && p.dialog != dialogID {
			continue
		}
		alone := dialogID != c.main().id && found.dialog == dialogID // he has one of it already
		if !has || !alone && p.role == roleAssigned || dialogID != c.main().id && p.dialog == dialogID {
			found, has = p, true
		}
	}
	return found, has
}

func (c *Conversation) takesPart(u *user) bool {
	return slices.ContainsFunc(c.parts, func(p part) bool { return p.user == u && !p.suggested })
}

func (c *Conversation) consumerPart() part {
	return part{id: c.consumer, pid: c.consumer, role: roleConsumer}
}

func (c *Conversation) main() *dialog { return c.dialogs[0] }

// newConversation makes a conversation. The lock must be held.
func (s *Service) newConversation(given Consumer, skill int64) *Conversation {
	now := time.Now()
	c := &Conversation{
		s: s, id: s.uuid("conversation"), consumer: given.ID, given: given, skill: skill,
		state: open, stage: open, started: now, metaTs: s.millis(now), lastUpdate: s.millis(now),
		ttrType: "NORMAL", ttr: 3600, unread: map[string]int{}, left: map[*user]time.Time{},
	}
	c.parts = []part{c.consumerPart()}
	s.convs[c.id] = c
	s.order = append(s.order, c)
	s.addDialog(c, c.id, "MAIN")
	s.host.Conversation(c.id, skill, false)
	s.sweep(now)
	return c
}

func (s *Service) addDialog(c *Conversation, id, kind string) *dialog {
	now := s.millis(time.Now())
	d := &dialog{conv: c, id: id, kind: kind, state: open, created: now, metaTs: now, typing: map[string]string{}}
	c.dialogs = append(c.dialogs, d)
	s.dialogs[id] = d
	return d
}

// touched moves the time of the last change of a conversation's state.
func (c *Conversation) touched() {
	now := c.s.millis(time.Now())
	c.metaTs = max(now, c.metaTs+1)
	c.lastUpdate = max(now, c.lastUpdate, c.metaTs)
}

// publish adds an event to a dialog and shows it. The lock must be held.
func (s *Service) publish(d *dialog, by part, kind string, body raw, audience string, metadata raw) *event {
	c := d.conv
	ev := &event{dialog: d, seq: -1, by: by, at: time.Now(), kind: kind, body: body, audience: audience, metadata: metadata}
	if kind == "ChatStateEvent" {
		var state struct {
			ChatState string `json:"chatState"`
		}
		_ = json.Unmarshal(body, &state)
		d.typing[by.id] = state.ChatState
		s.deliver(ev)
		c.waiters.wake()
		return ev
	}
	ev.seq = len(d.events)
	d.events = append(d.events, ev)
	c.lastUpdate = max(c.lastUpdate, s.millis(ev.at))
	if ev.content() {
		c.last = ev
		delete(d.typing, by.id)
		for _, p := range c.parts {
			if p.user != nil && p.user != by.user && !p.suggested {
				c.unread[p.id]++
			}
		}
		if by.role == roleConsumer {
			c.begun = true
		}
	} else if by.user != nil {
		delete(c.unread, by.id)
	}
	s.deliver(ev)
	s.settle(c)
	return ev
}

// deliver sends an event live to the participants' sockets. The lock must be
// held.
func (s *Service) deliver(ev *event) {
	c := ev.dialog.conv
	told := map[*user]bool{}
	for _, p := range c.parts {
		if p.user == nil || p.suggested || told[p.user] {
			continue
		}
		told[p.user] = true
		if p.user == ev.by.user && (s.variants.has(VariantNoEcho) || s.variants.has(VariantNoPrivateEcho) && ev.audience == toAgents) {
			continue
		}
		for _, k := range p.user.sockets {
			k.sendEvent(ev)
		}
	}
	if !s.variants.has(VariantWatchers) {
		return
	}
	for _, u := range s.users {
		if told[u] {
			continue
		}
		for _, k := range u.sockets {
			if slices.ContainsFunc(k.subs, func(sub *subscription) bool { return sub.listed[c] }) {
				k.sendEvent(ev)
			}
		}
	}
}

func (k *socket) sendEvent(ev *event) {
	v := k.s.variants
	if !v.has(VariantV3Events) {
		k.notify(k.modern, ".ams.ms.OnlineEventDistribution", "ms.OnlineEventDistribution", ev.tree(v))
		return
	}
	body := object{{"dialogId", ev.dialog.id}, {"changes", list{ev.tree(v)}}}
	if v.has(VariantV3NoDialog) {
		body = body[1:]
	}
	k.notify(k.modern, "ms.MessagingEventNotification", "ms.MessagingEventNotification", body)
}

// tree is the event as notifications and QueryMessages show it.
func (ev *event) tree(v variantSet) object {
	var out object
	if ev.seq >= 0 {
		out = append(out, member{"sequence", ev.seq})
	}
	out = append(out, member{"originatorId", ev.by.id})
	if !v.has(VariantNoPIDs) {
		out = append(out, member{"originatorPId", ev.by.pid})
	}
	out = append(out, member{"originatorMetadata", object{{"id", ev.by.pid}, {"role", ev.by.role}}})
	if ev.seq >= 0 {
		out = append(out, member{"serverTimestamp", ev.dialog.conv.s.millis(ev.at)})
	}
	body := ev.body
	if v.has(VariantDialogInEvent) {
		id, _ := json.Marshal(ev.dialog.id)
		body = append(append(raw(`{"dialogId":`), id...), append(raw{','}, body[1:]...)...)
	}
	out = append(out, member{"event", body}, member{"dialogId", ev.dialog.id})
	if v.has(VariantBareEvents) {
		if ev.audience != toAll { // or nothing would tell that it is private
			out = append(out, member{"messageAudience", ev.audience})
		}
		return out
	}
	metadata := ev.metadata
	if v.has(VariantNoMetadataEcho) {
		metadata = nil
	}
	return append(out, member{"conversationId", ev.dialog.conv.id}, member{"messageAudience", ev.audience}, member{"metadata", metadata})
}

// settle brings routing and subscriptions up to what a conversation is now.
// The lock must be held.
func (s *Service) settle(c *Conversation) {
	var now *user
	if c.state == open {
		now = c.handler()
	}
	if now != c.assigned {
		if c.assigned != nil {
			delete(c.assigned.open, c)
		}
		if now != nil {
			now.open[c] = true
		}
		c.assigned = now
	}
	s.announce(c)
	c.waiters.wake()
	s.waiters.wake()
	s.reroute(c)
	s.routeAll()
}

// finish closes a conversation with all of its dialogs. The lock must be held.
func (s *Service) finish(c *Conversation, reason string) {
	if c.stage == ended {
		return
	}
	c.touched()
	for _, d := range c.dialogs {
		s.finishDialog(d, reason, "")
	}
	if c.state == open {
		c.state, c.closeReason = ended, reason
	}
	c.stage, c.ended = ended, time.Now()
	s.host.Conversation(c.id, c.skill, true)
}

func (s *Service) finishDialog(d *dialog, by, cause string) {
	if d.state == ended {
		return
	}
	d.state, d.closedBy, d.closedCause = ended, by, cause
	d.metaTs = d.conv.metaTs
	d.closed = s.millis(time.Now())
	clear(d.typing)
}

// closeDialog closes one dialog. After the main one the survey begins, if the
// conversation has one; with its last dialog a conversation is over.
func (s *Service) closeDialog(d *dialog, by, cause string) {
	c := d.conv
	c.touched()
	s.finishDialog(d, by, cause)
	if d.kind == "MAIN" {
		c.state, c.closeReason = ended, by
		if c.given.PostSurvey != "" {
			survey := s.addDialog(c, s.token("survey dialog", 22), "POST_SURVEY")
			survey.app = c.given.PostSurvey
			return
		}
	}
	for _, other := range c.dialogs {
		if other.state == open {
			return
		}
	}
	s.finish(c, by)
}

// sweep forgets conversations that have been over for long. The lock must be held.
func (s *Service) sweep(now time.Time) {
	if s.cfg.forget == 0 {
		return
	}
	s.order = slices.DeleteFunc(s.order, func(c *Conversation) bool {
		if c.stage != ended || now.Sub(c.ended) < s.cfg.forget {
			return false
		}
		delete(s.convs, c.id)
		for _, d := range c.dialogs {
			delete(s.dialogs, d.id)
		}
		for id, r := range s.rings {
			if r.task.conv == c {
				delete(s.rings, id)
			}
		}
		for _, k := range s.sockets {
			for _, sub := range k.subs {
				delete(sub.listed, c)
			}
		}
		return true
	})
}
