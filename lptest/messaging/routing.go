package messaging

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// task is a conversation that waits for an agent.
type task struct {
	id        string
	conv      *Conversation
	rings     []*ring // all of them, the oldest first
	transfer  bool    // OCCUPIED agents are asked too
	suggested *user   // only he is asked, until fallback
	fallback  *job
	retry     *job
	over      bool
}

// ring is one task's ring at one agent.
type ring struct {
	id      string
	task    *task
	user    *user
	state   string
	at      time.Time
	expires time.Time
	endedAt time.Time
	timer   *job
}

// The states of a ring.
const (
	waiting   = "WAITING"
	accepted  = "ACCEPTED"
	rejected  = "REJECTED"
	expired   = "EXPIRED"
	cancelled = "CANCELLED"
)

// reroute begins or ends the task of a conversation as it is now. The lock
// must be held.
func (s *Service) reroute(c *Conversation) {
	needs := c.state == open && c.begun && c.handler() == nil
	switch {
	case needs && c.task == nil:
		s.newTask(c, nil)
	case !needs && c.task != nil:
		s.endTask(c.task)
	}
}

// newTask lets a conversation wait for an agent. The lock must be held.
func (s *Service) newTask(c *Conversation, suggested *user) *task {
	t := &task{id: s.uuid("task"), conv: c, suggested: suggested}
	c.task = t
	s.queue = append(s.queue, t)
	if suggested != nil {
		t.transfer = true
		t.fallback = s.after(s.cfg.transferWait, func() { s.fallBack(t) })
	}
	return t
}

// endTask ends a task; rings that wait are cancelled. The lock must be held.
func (s *Service) endTask(t *task) {
	if t.over {
		return
	}
	t.over = true
	t.conv.task = nil
	s.cancel(t.fallback)
	s.cancel(t.retry)
	s.queue = slices.DeleteFunc(s.queue, func(other *task) bool { return other == t })
	for _, r := range t.rings {
		s.endRing(r, cancelled)
	}
}

// fallBack gives up on a suggested agent: the conversation goes to the queue of
// its skill. The lock must be held.
func (s *Service) fallBack(t *task) {
	if t.over || t.suggested == nil {
		return
	}
	c := t.conv
	s.cancel(t.fallback)
	t.suggested = nil
	for _, r := range t.rings {
		s.endRing(r, expired)
	}
	c.parts = slices.DeleteFunc(c.parts, func(p part) bool { return p.suggested })
	c.touched()
	s.settle(c)
}

// routeAll offers what waits to whoever can take it. The lock must be held.
func (s *Service) routeAll() {
	if s.routing {
		s.again = true
		return
	}
	s.routing = true
	for s.again = true; s.again; {
		s.again = false
		for _, t := range slices.Clone(s.queue) {
			s.offer(t)
		}
	}
	s.routing = false
}

// offer rings for a task as long as somebody can be asked. The lock must be
// held.
func (s *Service) offer(t *task) {
	for !t.over && t.count() < s.cfg.fanOut {
		u, later := s.candidate(t)
		if u == nil {
			if later > 0 && (t.retry == nil || t.retry.place < 0) {
				t.retry = s.after(later, func() { s.routeAll() })
			}
			return
		}
		s.ring(t, u)
		if t.suggested != nil {
			return
		}
	}
}

// count is how many rings of the task wait.
func (t *task) count() int {
	n := 0
	for _, r := range t.rings {
		if r.state == waiting {
			n++
		}
	}
	return n
}

// candidate finds who is to be asked next: of those who can take the
// conversation the one who was asked the least often, then the one with the
// least in hand. If only those are left who let it pass a moment ago, it tells
// when to look again.
func (s *Service) candidate(t *task) (*user, time.Duration) {
	now := time.Now()
	var best *user
	asked, later := 0, time.Duration(0)
	for _, u := range s.users {
		if !s.canTake(u, t) {
			continue
		}
		n, since := 0, t.conv.left[u]
		for _, r := range t.rings {
			if r.user == u {
				n++
				if (r.state == expired || r.state == rejected) && r.endedAt.After(since) {
					since = r.endedAt
				}
			}
		}
		if wait := s.cfg.ringPause - now.Sub(since); t.suggested == nil && !since.IsZero() && wait > 0 {
			if later == 0 || wait < later {
				later = wait
			}
			continue
		}
		if best == nil || n < asked || n == asked && len(u.open)+len(u.ringing) < len(best.open)+len(best.ringing) {
			best, asked = u, n
		}
	}
	return best, later
}

// canTake reports whether a task can ring at a user now.
func (s *Service) canTake(u *user, t *task) bool {
	if !u.reachable() || !u.room() || slices.ContainsFunc(t.rings, func(r *ring) bool { return r.user == u && r.state == waiting }) {
		return false
	}
	if t.suggested != nil {
		return u == t.suggested && (u.availability == online || u.availability == occupied || u.availability == backSoon)
	}
	if u.availability != online && (u.availability != occupied || !t.transfer) {
		return false
	}
	return t.conv.skill == -1 || slices.Contains(u.Skills, t.conv.skill)
}

// ring rings at a user. The lock must be held.
func (s *Service) ring(t *task, u *user) {
	now := time.Now()
	deadline := s.cfg.ring
	if t.suggested != nil && t.fallback != nil && t.fallback.place >= 0 {
		deadline = min(deadline, t.fallback.due.Sub(now))
	}
	r := &ring{task: t, user: u, state: waiting, at: now, expires: now.Add(deadline)}
	r.id = t.conv.id + "_" + u.ID + "_" + s.stamp(now)
	for n := 1; s.rings[r.id] != nil; n++ {
		r.id = t.conv.id + "_" + u.ID + "_" + strconv.FormatInt(s.millis(now)+int64(n), 10)
	}
	s.rings[r.id] = r
	t.rings = append(t.rings, r)
	t.conv.allRings = append(t.conv.allRings, r)
	u.ringing[r] = true
	r.timer = s.after(deadline, func() { s.expire(r) })
	t.conv.waiters.wake()
	s.showTask(r)
	if u.takesAll {
		s.accept(r)
	}
}

// expire ends a ring that nobody answered.
func (s *Service) expire(r *ring) {
	if r.state != waiting {
		return
	}
	u := r.user
	s.endRing(r, expired)
	u.missed++
	if s.cfg.missedAway > 0 && u.missed >= s.cfg.missedAway {
		s.setAvailability(u, away, "")
	}
	s.routeAll()
}

// endRing ends a ring that waits. The lock must be held.
func (s *Service) endRing(r *ring, state string) {
	if r.state != waiting {
		return
	}
	r.state, r.endedAt = state, time.Now()
	s.cancel(r.timer)
	delete(r.user.ringing, r)
	r.task.conv.waiters.wake()
	s.showTask(r)
}

// accept gives the conversation to whom it rings at. The lock must be held.
func (s *Service) accept(r *ring) {
	c, u := r.task.conv, r.user
	u.missed = 0
	s.endRing(r, accepted)
	s.assign(c, u)
	s.settle(c)
}

// assign makes a user the assigned agent. The lock must be held.
func (s *Service) assign(c *Conversation, u *user) {
	c.parts = slices.DeleteFunc(c.parts, func(p part) bool { return p.role == roleAssigned })
	c.parts = append(c.parts, part{id: u.oldID, pid: u.PID, role: roleAssigned, user: u})
	c.touched()
}

// showTask tells the user of a ring how his task is now. The lock must be held.
func (s *Service) showTask(r *ring) {
	t := r.task
	for _, k := range slices.Clone(r.user.sockets) {
		for _, sub := range slices.Clone(k.subs) {
			if sub.kind != "rings" || !sub.shows(t) {
				continue
			}
			v := s.variants
			if r.state == waiting || v.has(VariantRingStates) || r.state == accepted && v.has(VariantAcceptedUpsert) {
				s.notifyTasks(sub, list{object{{"type", "UPSERT"}, {"result", s.taskTree(t, r.user)}}})
			}
			if r.state == waiting {
				continue
			}
			gone := s.taskTree(t, r.user)
			switch {
			case v.has(VariantShortDelete):
				gone = object{{"conversationId", t.conv.id}}
			case v.has(VariantTaskDelete) && !v.has(VariantMinimalRings): // which tell no such id
				gone = object{{"routingTaskId", t.id}}
			}
			s.notifyTasks(sub, list{object{{"type", "DELETE"}, {"result", gone}}})
		}
		if s.variants.has(VariantRingUpdated) {
			k.notify(k.modern, ".ams.routing.RingUpdated", "routing.RingUpdated", object{
				{"ringId", r.id},
				{"ringState", r.state},
				{"convId", t.conv.id},
				{"consumerId", t.conv.consumer},
				{"skillId", skillID(t.conv.skill)},
			})
		}
	}
}

func (sub *subscription) shows(t *task) bool {
	return (sub.skill == "" || sub.skill == strconv.FormatInt(t.conv.skill, 10)) && (sub.conv == "" || sub.conv == t.conv.id)
}

func (s *Service) notifyTasks(sub *subscription, changes list) {
	body := object{{"subscriptionId", sub.id}, {"changes", changes}}
	sub.k.notify(sub.modern, ".ams.routing.RoutingTaskNotification", "routing.RoutingTaskNotification", body)
}

// taskTree is a task with the rings at one user.
func (s *Service) taskTree(t *task, u *user) object {
	c := t.conv
	rings := list{}
	completed, assigned := false, ""
	for _, r := range t.rings {
		if r.user != u {
			continue
		}
		if r.state == accepted {
			completed, assigned = true, u.oldID
		}
		if s.variants.has(VariantMinimalRings) {
			rings = append(rings, object{{"ringId", r.id}, {"ringState", r.state}, {"convId", c.id}})
			continue
		}
		rings = append(rings, object{
			{"ringId", r.id},
			{"ringState", r.state},
			{"ringExpiration", r.expires.Sub(r.at).Milliseconds()},
			{"ringExpirationTs", s.millis(r.expires)},
			{"weight", s.millis(r.at) + c.ttr*1000},
			{"convId", c.id},
			{"consumerId", c.consumer},
			{"skillId", skillID(c.skill)},
			{"brandId", s.host.Account()},
		})
	}
	if s.variants.has(VariantMinimalRings) {
		return object{{"ringsDetails", rings}}
	}
	return object{
		{"routingTaskId", t.id},
		{"taskCompleted", completed},
		{"conversationId", c.id},
		{"consumerId", c.consumer},
		{"skillId", skillID(c.skill)},
		{"brandId", s.host.Account()},
		{"assignedAgentId", assigned},
		{"ringsDetails", rings},
	}
}

func (r *request) subscribeRoutingTasks() answer {
	var in struct {
		BrandID        loose  `json:"brandId"`
		AgentID        string `json:"agentId"`
		ChannelType    string `json:"channelType"`
		SkillID        loose  `json:"skillId"`
		ConversationID string `json:"conversationId"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	switch {
	case in.BrandID == "":
		return fail(http.StatusBadRequest, "brandId is missing")
	case in.ChannelType != "MESSAGING":
		return fail(http.StatusBadRequest, "channelType is MESSAGING")
	}
	if refusal := r.checkBrand(in.BrandID); refusal != nil {
		return *refusal
	}
	if refusal := r.checkSelf(in.AgentID, "agentId"); refusal != nil {
		return *refusal
	}
	s := r.s
	sub := s.newSubscription(r, "rings")
	sub.skill, sub.conv = string(in.SkillID), in.ConversationID
	changes := list{}
	for _, t := range s.queue {
		if sub.shows(t) && slices.ContainsFunc(t.rings, func(g *ring) bool { return g.user == r.k.user && g.state == waiting }) {
			changes = append(changes, object{{"type", "UPSERT"}, {"result", s.taskTree(t, r.k.user)}})
		}
	}
	s.notifyTasks(sub, changes)
	return r.subscribed(sub)
}

// checkSelf holds an id to the user's own old id.
func (r *request) checkSelf(id, name string) *answer {
	switch {
	case id == "":
		return refuse(name + " is missing")
	case r.s.byOldID[id] == nil:
		return refuse(name + " is an id of the form account.user")
	case r.s.byOldID[id] != r.k.user:
		a := fail(http.StatusForbidden, name+" is another user")
		return &a
	}
	return nil
}

func (r *request) updateRingState() answer {
	var in struct {
		RingID    string `json:"ringId"`
		RingState string `json:"ringState"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	g := r.s.rings[in.RingID]
	switch {
	case in.RingState != accepted && in.RingState != rejected:
		return fail(http.StatusBadRequest, "ringState is ACCEPTED or REJECTED")
	case g == nil || g.user != r.k.user:
		return fail(http.StatusNotFound, "There is no such ring")
	case g.state != waiting:
		return fail(http.StatusConflict, "The ring is "+g.state)
	}
	if in.RingState == accepted {
		r.s.accept(g)
	} else {
		r.s.reject(g)
	}
	return done(http.StatusAccepted, "Ring state updated successfully")
}

// reject ends a ring as its agent wants; a suggested agent's conversation goes
// to the queue. The lock must be held.
func (s *Service) reject(r *ring) {
	r.user.missed = 0
	s.endRing(r, rejected)
	if r.task.suggested != nil {
		s.fallBack(r.task)
		return
	}
	s.routeAll()
}

func (r *request) setAgentState() answer {
	var in struct {
		Channels     many[string] `json:"channels"`
		AgentUserID  string       `json:"agentUserId"`
		Availability string       `json:"availability"`
		Description  string       `json:"description"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	if refusal := r.checkSelf(in.AgentUserID, "agentUserId"); refusal != nil {
		return *refusal
	}
	switch {
	case !slices.Contains(in.Channels, "MESSAGING"):
		return fail(http.StatusBadRequest, "channels holds MESSAGING")
	case !isAvailability(in.Availability):
		return fail(http.StatusBadRequest, "The availability is not known")
	}
	r.s.setAvailability(r.k.user, in.Availability, in.Description)
	return done(http.StatusAccepted, "Agent state updated successfully")
}

func isAvailability(state string) bool {
	return slices.Contains([]string{online, occupied, away, backSoon, offline}, state)
}

// setAvailability changes a user's availability and tells his subscriptions.
// The lock must be held.
func (s *Service) setAvailability(u *user, state, description string) {
	u.availability, u.description = state, description
	u.missed = 0
	for _, k := range slices.Clone(u.sockets) {
		for _, sub := range slices.Clone(k.subs) {
			if sub.kind == "state" {
				s.notifyState(sub, u)
			}
		}
	}
	s.waiters.wake()
	s.routeAll()
}

func (r *request) subscribeAgentsState() answer {
	var in struct {
		BrandID loose  `json:"brandId"`
		AgentID string `json:"agentId"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	if in.BrandID == "" {
		return fail(http.StatusBadRequest, "brandId is missing")
	}
	if refusal := r.checkBrand(in.BrandID); refusal != nil {
		return *refusal
	}
	if refusal := r.checkSelf(in.AgentID, "agentId"); refusal != nil {
		return *refusal
	}
	sub := r.s.newSubscription(r, "state")
	r.s.notifyState(sub, r.k.user)
	return r.subscribed(sub)
}

func (s *Service) notifyState(sub *subscription, u *user) {
	body := object{{"subscriptionId", sub.id}, {"changes", list{object{{"type", "UPSERT"}, {"result", object{
		{"channels", list{"MESSAGING"}}, {"agentUserId", u.oldID}, {"availability", u.availability}, {"description", u.description},
	}}}}}}
	sub.k.notify(sub.modern, ".ams.routing.AgentStateNotification", "routing.AgentStateNotification", body)
}
