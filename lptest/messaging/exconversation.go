package messaging

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// subscription is one stream of notifications over one socket.
type subscription struct {
	id     string
	k      *socket
	modern bool
	kind   string // of what: "conversations", "rings", "state"
	filter filter
	listed map[*Conversation]bool   // what it has shown and not yet deleted
	skill  string                   // rings: of this skill only
	conv   string                   // rings: of this conversation only
	before map[*Conversation]object // what it was told last, for FaultStale
}

// filter is what a subscription to conversations lists.
type filter struct {
	BrandID            loose        `json:"brandId"`
	AgentIDs           many[string] `json:"agentIds"`
	ConvState          many[string] `json:"convState"`
	Stage              many[string] `json:"stage"`
	ConvStage          many[string] `json:"convStage"`
	ConsumerID         string       `json:"consumerId"`
	ConversationID     string       `json:"conversationId"`
	SkillID            loose        `json:"skillId"`
	MinLastUpdatedTime *whole       `json:"minLastUpdatedTime"`
	MaxLastUpdatedTime *whole       `json:"maxLastUpdatedTime"`
	MaxETTR            *whole       `json:"maxETTR"`
	DialogTypes        many[string] `json:"dialogTypes"`
}

func (s *Service) newSubscription(r *request, kind string) *subscription {
	s.subs++
	sub := &subscription{
		id: s.token("subscription", 16), k: r.k, modern: r.modern, kind: kind, listed: map[*Conversation]bool{},
	}
	r.k.subs = append(r.k.subs, sub)
	return sub
}

// subscribed is the answer to a subscription.
func (r *request) subscribed(sub *subscription) answer {
	a := ok(object{{"subscriptionId", sub.id}})
	if r.s.variants.has(VariantGenericTypes) {
		a.name = ".ams.GenericSubscribe$Response"
	}
	return a
}

func (r *request) subscribeExConversations() answer {
	var f filter
	if refusal := r.read(&f); refusal != nil {
		return *refusal
	}
	s := r.s
	if refusal := r.checkBrand(f.BrandID); refusal != nil {
		return *refusal
	}
	for _, state := range f.ConvState {
		if state != open && state != ended && state != "LOCKED" {
			return fail(http.StatusBadRequest, "convState is OPEN, CLOSE or LOCKED")
		}
	}
	f.Stage = append(f.Stage, f.ConvStage...)
	for _, stage := range f.Stage {
		if stage != open && stage != ended {
			return fail(http.StatusBadRequest, "stage is OPEN or CLOSE")
		}
	}
	for _, id := range f.AgentIDs {
		if s.byOldID[id] == nil {
			return fail(http.StatusBadRequest, "agentIds are ids of the form account.user")
		}
	}
	sub := s.newSubscription(r, "conversations")
	sub.filter = f
	changes := list{}
	for _, c := range s.order {
		if len(changes) == s.cfg.snapshot {
			break
		}
		if s.matches(sub, c) {
			sub.listed[c] = true
			changes = append(changes, s.upsert(sub, c))
		}
	}
	s.notifyConversations(sub, changes)
	return r.subscribed(sub)
}

// checkBrand holds an optional brandId to the account.
func (r *request) checkBrand(brand loose) *answer {
	if brand != "" && string(brand) != r.s.host.Account() {
		return refuse("brandId is another account")
	}
	return nil
}

func (r *request) unsubscribe() answer {
	var in struct {
		SubscriptionID string `json:"subscriptionId"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	if in.SubscriptionID == "" || len(in.SubscriptionID) > 64 {
		return fail(http.StatusBadRequest, "subscriptionId has 1 to 64 characters")
	}
	for i, sub := range r.k.subs {
		if sub.id == in.SubscriptionID {
			r.k.subs = slices.Delete(r.k.subs, i, i+1)
			return done(http.StatusOK, "OK")
		}
	}
	return fail(http.StatusNotFound, "There is no such subscription on this socket")
}

// matches reports whether a subscription lists a conversation as it is now.
func (s *Service) matches(sub *subscription, c *Conversation) bool {
	f := &sub.filter
	in := func(values []string, value string) bool { return len(values) == 0 || slices.Contains(values, value) }
	if len(f.AgentIDs) > 0 && !slices.ContainsFunc(c.parts, func(p part) bool {
		return p.user != nil && slices.Contains(f.AgentIDs, p.id) && (!p.suggested || s.variants.has(VariantSuggestedListed))
	}) {
		return false
	}
	switch {
	case !in(f.ConvState, c.state), !in(f.Stage, c.stage):
		return false
	case f.ConsumerID != "" && f.ConsumerID != c.consumer, f.ConversationID != "" && f.ConversationID != c.id:
		return false
	case f.SkillID != "" && string(f.SkillID) != strconv.FormatInt(c.skill, 10):
		return false
	case f.MinLastUpdatedTime != nil && c.lastUpdate < int64(*f.MinLastUpdatedTime),
		f.MaxLastUpdatedTime != nil && c.lastUpdate > int64(*f.MaxLastUpdatedTime):
		return false
	case f.MaxETTR != nil && (c.ettr() < 0 || c.ettr() > int64(*f.MaxETTR)):
		return false
	}
	return len(f.DialogTypes) == 0 || slices.ContainsFunc(c.dialogs, func(d *dialog) bool {
		return d.state == open && slices.Contains(f.DialogTypes, d.kind)
	})
}

// announce tells the subscriptions how a conversation is now: an UPSERT if it
// matches, a DELETE once if it no longer does. The lock must be held.
func (s *Service) announce(c *Conversation) {
	for _, k := range slices.Clone(s.sockets) {
		for _, sub := range slices.Clone(k.subs) {
			if sub.kind != "conversations" {
				continue
			}
			switch {
			case s.matches(sub, c):
				sub.listed[c] = true
				now := s.upsert(sub, c)
				if s.stales() {
					k.stale = sub.before[c]
					if sub.before == nil {
						sub.before = map[*Conversation]object{}
					}
					sub.before[c] = now
				}
				s.notifyConversations(sub, list{now})
				k.stale = nil
			case sub.listed[c]:
				delete(sub.listed, c)
				s.notifyConversations(sub, list{object{{"type", "DELETE"}, {"result", s.result(sub, c)}}})
			}
		}
	}
}

// stales reports whether a fault may send states of before.
func (s *Service) stales() bool {
	return slices.ContainsFunc(s.faults, func(h *FaultHandle) bool { return h.fault.Kind == FaultStale })
}

func (s *Service) upsert(sub *subscription, c *Conversation) object {
	return object{{"type", "UPSERT"}, {"result", s.result(sub, c)}}
}

func (s *Service) notifyConversations(sub *subscription, changes list) {
	body := object{{"subscriptionId", sub.id}, {"changes", changes}}
	if sub.k.stale != nil {
		sub.k.stale = object{{"subscriptionId", sub.id}, {"changes", list{sub.k.stale}}}
	}
	sub.k.notify(sub.modern, ".ams.aam.ExConversationChangeNotification", "cqm.ExConversationChangeNotification", body)
}

// ettr is until when an answer is due, in ms; -1 if there is no hurry.
func (c *Conversation) ettr() int64 {
	if c.manualETTR > 0 {
		return c.manualETTR
	}
	if c.last == nil || c.state != open {
		return -1
	}
	return c.s.millis(c.last.at) + c.ttr*1000
}

// result is the whole state of a conversation as a subscription shows it.
func (s *Service) result(sub *subscription, c *Conversation) object {
	out := object{
		{"convId", c.id},
		{"effectiveTTR", c.ettr()},
		{"conversationDetails", s.details(sub, c)},
	}
	if c.last != nil && !s.variants.has(VariantNoLastContent) {
		last := c.last.tree(s.variants)
		kept := object{}
		for _, m := range last {
			if m.key != "conversationId" && m.key != "messageAudience" && m.key != "metadata" {
				kept = append(kept, m)
			}
		}
		out = append(out, member{"lastContentEventNotification", kept})
	}
	unread := object{}
	for _, p := range c.parts {
		if n := c.unread[p.id]; n > 0 && p.user != nil {
			unread = append(unread, member{p.id, n})
		}
	}
	if len(unread) > 0 {
		out = append(out, member{"numberOfunreadMessages", unread})
	}
	return append(out, member{"lastUpdateTime", c.lastUpdate})
}

func (s *Service) details(sub *subscription, c *Conversation) object {
	v := s.variants
	suggestions := sub.k.version != "2" // only version 2.1 is told of them
	out := object{
		{"convId", c.id},
		{"skillId", skillID(c.skill)},
		{"brandId", s.host.Account()},
		{"state", c.state},
		{"stage", c.stage},
	}
	if c.closeReason != "" {
		out = append(out, member{"closeReason", c.closeReason})
	}
	out = append(out, member{"startTs", s.millis(c.started)})
	if !c.ended.IsZero() {
		out = append(out, member{"endTs", s.millis(c.ended)})
	}
	out = append(out, member{"metaDataLastUpdateTs", c.metaTs})
	if v.has(VariantParticipants) {
		all := list{}
		for _, p := range c.parts {
			if !p.suggested || suggestions {
				all = append(all, p.tree())
			}
		}
		out = append(out, member{"participants", all})
	} else {
		out = append(out, member{"participants", c.roles(v, func(p part) string { return p.id }, suggestions && v.has(VariantSuggestedListed))})
		if !v.has(VariantNoPIDs) {
			out = append(out, member{"participantsPId", c.roles(v, func(p part) string { return p.pid }, false)})
		}
	}
	dialogs := list{}
	for _, d := range c.dialogs {
		dialogs = append(dialogs, d.tree(v, suggestions))
	}
	out = append(out, member{"dialogs", dialogs}, member{"ttr", object{{"ttrType", c.ttrType}, {"value", c.ttr}}})
	if c.manualETTR > 0 {
		out = append(out, member{"manualETTR", c.manualETTR})
	}
	if len(c.delay) > 0 {
		out = append(out, member{"delay", c.delay})
	}
	if len(c.csat) > 0 {
		out = append(out, member{"csat", c.csat})
	}
	out = append(out,
		member{"firstConversation", false}, member{"csatRate", c.rate}, member{"note", c.note}, member{"topic", c.topic},
		member{"groupId", ""},
		member{"campaignInfo", object{{"campaignId", c.given.Campaign}, {"engagementId", c.given.Engagement}}})
	if len(c.given.Context) > 0 {
		out = append(out, member{"context", raw(c.given.Context)})
	} else {
		out = append(out, member{"context", object{
			{"type", "SharkContext"},
			{"lang", "en-US"},
			{"clientProperties", object{{"type", ".ClientProperties"}, {"deviceFamily", "DESKTOP"}}},
			{"visitorId", "A" + c.id[:8]},
			{"sessionId", "x" + c.id[9:13]},
			{"interactionContextId", "1"},
		}})
	}
	return append(out, member{"conversationHandlerDetails", object{{"accountId", s.host.Account()}, {"skillId", skillID(c.skill)}}})
}

func (p part) tree() object {
	state := "ACTIVE"
	if p.suggested {
		state = "SUGGESTED"
	}
	return object{{"id", p.id}, {"role", p.role}, {"state", state}}
}

// roles lists who takes part by role.
func (c *Conversation) roles(v variantSet, id func(part) string, suggested bool) object {
	out := object{}
	for _, role := range [...]string{roleConsumer, roleAssigned, roleAgent, roleManager, roleReader} {
		ids := list{}
		for _, p := range c.parts {
			if p.role == role && (!p.suggested || suggested) {
				ids = append(ids, id(p))
			}
		}
		if len(ids) == 0 && (role == roleAgent || v.has(VariantNoEmptyRoles)) {
			continue
		}
		out = append(out, member{role, ids})
	}
	return out
}

func (d *dialog) tree(v variantSet, suggestions bool) object {
	out := object{
		{"dialogId", d.id},
		{"dialogType", d.kind},
		{"channelType", "MESSAGING"},
		{"state", d.state},
		{"creationTs", d.created},
		{"metaDataLastUpdateTs", d.metaTs},
	}
	if d.state == ended {
		out = append(out, member{"endTs", d.closed}, member{"closedBy", d.closedBy})
		if d.closedCause != "" {
			out = append(out, member{"closedCause", d.closedCause})
		}
	}
	if d.app != "" {
		out = append(out, member{"metaData", object{{"appInstallId", d.app}}})
	}
	if v.has(VariantNoDetails) {
		return out
	}
	parts := list{}
	for _, p := range d.conv.parts {
		if p.suggested && !suggestions || p.role != roleConsumer && (p.dialog == "") != (d.kind == "MAIN") ||
			p.dialog != "" && p.dialog != d.id {
			continue
		}
		parts = append(parts, p.tree())
	}
	return append(out, member{"participantsDetails", parts})
}

// stamp is a time in ms for texts.
func (s *Service) stamp(t time.Time) string { return strconv.FormatInt(s.millis(t), 10) }
