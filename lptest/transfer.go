package lptest

import (
	"net/http"
	"strconv"
	"time"
)

// transferTargets answers row 21, the Retrieve Available Skills page: skills
// with an agent Online who is not in this chat.
func (c *call) transferTargets() answer {
	skills := many{}
	for _, skill := range c.s.skills {
		n := c.s.onlineAt(c.s.bySkill[skill.Name], c.chat.agent)
		if n > 0 {
			skills = append(skills, object{
				{"id", quoted(skill.ID)}, {"name", skill.Name}, {"onlineAgents", quoted(int64(n))},
			})
		}
	}
	return ok(object{{"transfer", object{{"skill", skills}}}})
}

// onlineAt counts the agents of a desk who are Online, without the one given.
func (s *Server) onlineAt(desk *skillDesk, without *agent) int {
	n := 0
	for _, a := range desk.agents {
		if a != without && a.state() == online {
			n++
		}
	}
	return n
}

// transfer answers row 22, the Transfer a Chat page. With both an agent and a
// skill the agent wins.
func (c *call) transfer() answer {
	wanted := c.doc.object("transfer")
	ch := c.chat
	switch {
	case ch.state != chatting && !c.fixed.has(vTransferOK):
		return c.chatEnded()
	case ch.state != chatting:
		return c.noTransfer("The chat has " + ended)
	case wanted.has("agent"):
		id, _ := wanted.object("agent").field("id").number()
		target := c.s.byID[id]
		if target == nil || target == c.agent || target.Disabled || target.free() <= 0 ||
			target.state() != online && target.state() != occupied {
			return c.noTransfer("The agent " + strconv.FormatInt(id, 10) + " is not available")
		}
		c.handOver(messageTransferred, "You are being transferred to another operator.", wanted.text("text"))
		ch.direct = true
		c.s.ring(ch, target, c.now)
		c.change("chat " + ch.id + " transferred to agent " + target.LoginName)
	case wanted.has("skill"):
		id, _ := wanted.object("skill").field("id").number()
		desk := c.s.skillByID(id)
		if desk == nil || c.s.onlineAt(desk, c.agent) == 0 {
			return c.noTransfer("The skill " + strconv.FormatInt(id, 10) + " is not available")
		}
		c.handOver(messageOtherSkill, "You are being transferred to "+desk.skill.Name+".", wanted.text("text"))
		ch.skill = desk.skill.Name
		c.s.placeBeside(ch, c.agent, c.now)
		c.change("chat " + ch.id + " transferred to skill " + desk.skill.Name)
	default:
		return fail(http.StatusBadRequest, codeBadRequest, "A skill or an agent is wanted")
	}
	a := ok(nil)
	return a
}

func (c *call) noTransfer(message string) answer {
	a := answer{status: http.StatusBadRequest, body: object{{"transfer", object{{"errormsg", message}}}}}
	if c.fixed.has(vTransferOK) {
		a.status = http.StatusOK
	}
	return a
}

// handOver takes the chat from its agent; the note is for the next one only.
func (c *call) handOver(message int, text, note string) {
	ch, former := c.chat, c.agent
	if note != "" {
		ch.add(event{
			kind: "line", at: c.now, text: note, textType: "plain", by: former.name(), source: "agent",
			subType: "ONLY_TO_REP", agentID: former.ID, heir: true,
		})
	}
	ch.agentTyping = notTyping
	ch.system(c.now, message, text)
	ch.addState(c.now, waiting)
	c.s.release(ch, c.now)
}

// placeBeside places a chat, but not at the agent who just gave it away.
func (s *Server) placeBeside(ch *chat, former *agent, now time.Time) {
	status := former.status
	former.status = occupied // takes nothing from the queue
	s.place(ch, now)
	former.status = status
}
