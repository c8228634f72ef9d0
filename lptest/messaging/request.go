package messaging

import (
	"encoding/json"
	"net/http"
	"strconv"
)

func (r *request) agentRequestConversation() answer {
	var in struct {
		ChannelType string          `json:"channelType"`
		ConsumerID  string          `json:"consumerId"`
		BrandID     loose           `json:"brandId"`
		SkillID     loose           `json:"skillId"`
		TTRDefName  string          `json:"ttrDefName"`
		Context     json.RawMessage `json:"conversationContext"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	s := r.s
	switch {
	case in.ChannelType != "MESSAGING":
		return fail(http.StatusBadRequest, "channelType is MESSAGING")
	case in.ConsumerID == "":
		return fail(http.StatusBadRequest, "consumerId is missing")
	}
	if refusal := r.checkBrand(in.BrandID); refusal != nil {
		return *refusal
	}
	if s.profiles[in.ConsumerID] == nil || s.byOldID[in.ConsumerID] != nil {
		return fail(http.StatusNotFound, "There is no consumer "+in.ConsumerID)
	}
	skill := int64(-1)
	if in.SkillID != "" {
		id, err := strconv.ParseInt(string(in.SkillID), 10, 64)
		if err != nil {
			return fail(http.StatusBadRequest, "skillId is the id of a skill")
		}
		if _, known := s.host.SkillName(id); !known && id != -1 {
			return fail(http.StatusNotFound, "There is no skill "+string(in.SkillID))
		}
		skill = id
	}
	c := s.newConversation(Consumer{ID: in.ConsumerID, Name: s.profiles[in.ConsumerID].FirstName, Context: in.Context}, skill)
	if !s.variants.has(VariantRequestUnassigned) {
		s.assign(c, r.k.user)
	}
	s.settle(c)
	return ok(object{{"conversationId", c.id}})
}

// subscribeMessagingEvents is version 3's way to ask for the events so far.
func (r *request) subscribeMessagingEvents() answer {
	var in struct {
		DialogID       string `json:"dialogId"`
		ConversationID string `json:"conversationId"`
		FromSeq        whole  `json:"fromSeq"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	if r.k.version != "3" {
		return fail(http.StatusBadRequest, "Only version 3 has SubscribeMessagingEvents")
	}
	d := r.s.dialogs[in.DialogID]
	if d == nil || in.ConversationID != "" && in.ConversationID != d.conv.id {
		return fail(http.StatusNotFound, "There is no dialog "+in.DialogID)
	}
	changes := list{}
	for _, ev := range d.events {
		if ev.seq >= int(in.FromSeq) {
			changes = append(changes, ev.tree(r.s.variants))
		}
	}
	r.k.notify(true, "", "ms.MessagingEventNotification", object{{"dialogId", d.id}, {"changes", changes}})
	return answer{code: http.StatusOK, name: ".ams.GenericSubscribeResponse"}
}
