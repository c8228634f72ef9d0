package lptest

import (
	"net/http"
	"net/url"
	"time"
)

// The typing states.
const (
	typing    = "typing"
	notTyping = "not-typing"
)

// chatInfo answers row 15, the Retrieve Chat Information page.
func (c *call) chatInfo() answer {
	return ok(object{{"info", c.infoTree(c.chat)}})
}

// infoTree is what a chat says about itself.
func (c *call) infoTree(ch *chat) object {
	self := c.chatURL(ch) + "/info"
	until := c.now
	if ch.state == ended {
		until = ch.ended
	}
	links := many{
		link(self, "self"),
		link(self+"/visitorName", "visitor-name"),
		link(self+"/visitorTyping", "visitor-typing"),
		link(self+"/agentTyping", "agent-typing"),
	}
	if p := ch.visitor.Participant; p != nil {
		links = append(links,
			link(c.sessionURL()+"/participantInfo/"+url.PathEscape(p.ID), "participant-info"),
			link(c.sessionURL()+"/participantExtendedInfo/"+url.PathEscape(p.ID), "participant-extended-info"),
		)
	}
	info := object{
		{"link", links},
		{"state", ch.state},
		{"chatSessionKey", ch.id},
	}
	if ch.skill != "" {
		info = append(info, member{"skillName", ch.skill}, member{"skillId", bare(c.s.desk(ch.skill).skill.ID)})
	}
	if ch.agent != nil {
		info = append(info, member{"agentName", ch.agent.name()}, member{"agentId", bare(ch.agent.ID)})
	}
	info = append(info,
		member{"startTime", stamp{at: ch.started}},
		member{"duration", bare(int64(until.Sub(ch.started) / time.Second))},
		member{"lastUpdate", stamp{at: ch.updated}},
		member{"chatTimeout", bare(int64(c.s.cfg.chatTimeout / time.Second))},
		member{"visitorId", bare(ch.visitor.ID)},
		member{"agentTyping", ch.agentTyping},
		member{"visitorTyping", ch.visitorTyping},
		member{"visitorName", ch.visitor.Name},
		member{"rtSessionId", bare(ch.visitor.RTSession)},
		member{"sharkVisitorId", ch.visitor.SharkVisitor},
		member{"sharkSessionId", ch.visitor.SharkSession},
		member{"sharkContextId", bare(1)},
		member{"engagementId", bare(ch.visitor.Engagement)},
		member{"campaignId", bare(ch.visitor.Campaign)},
		member{"language", ch.visitor.Language},
	)
	if ch.visitor.Participant != nil {
		info = append(info, member{"participantId", ch.visitor.Participant.ID})
	}
	return info
}

// visitorName answers row 17, the Retrieve Visitor's Name page.
func (c *call) visitorName() answer {
	return ok(object{{"visitorName", c.chat.visitor.Name}})
}

// agentTyping answers row 18, the Retrieve Agent's Typing Status page.
func (c *call) agentTyping() answer {
	return ok(object{{"agentTyping", c.chat.agentTyping}})
}

// setAgentTyping answers row 19, the Set Agent's Typing Status page.
func (c *call) setAgentTyping() answer {
	state := c.doc.text("agentTyping")
	if state != typing && state != notTyping {
		return fail(http.StatusBadRequest, codeBadRequest, `"agentTyping" is typing or not-typing`)
	}
	if c.chat.state != chatting {
		return c.chatEnded()
	}
	c.chat.agentTyping = state
	c.chat.notify()
	c.change("chat " + c.chat.id + " agent " + state)
	a := ok(object{{"agentTyping", state}})
	a.dull = true
	return a
}

// visitorTyping answers row 20, the Retrieve Visitor's Typing Status page.
func (c *call) visitorTyping() answer {
	return ok(object{{"visitorTyping", c.chat.visitorTyping}})
}
