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
		if c.refused() || !target.takesFrom(c.agent) {
			return c.noTransfer("The agent " + strconv.FormatInt(id, 10) + " is not available")
		}
		c.s.giveToAgent(ch, target, wanted.text("text"), c.now)
		c.change("chat " + ch.id + " transferred to agent " + target.LoginName)
	case wanted.has("skill"):
		id, _ := wanted.object("skill").field("id").number()
		desk := c.s.skillByID(id)
		if c.refused() || desk == nil || c.s.onlineAt(desk, c.agent) == 0 {
			return c.noTransfer("The skill " + strconv.FormatInt(id, 10) + " is not available")
		}
		c.s.giveToSkill(ch, desk, wanted.text("text"), c.now)
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
	if c.refused() {
		a.status = c.fault.status(a.status)
	}
	return a
}

func (c *call) refused() bool { return c.fault != nil && c.fault.Kind == FaultRefuse }

// goesTo reports whether a transfer is to the skill or agent of that name.
func (c *call) goesTo(name string) bool {
	wanted := c.doc.object("transfer")
	if wanted.has("agent") {
		id, _ := wanted.object("agent").field("id").number()
		a := c.s.byID[id]
		return a != nil && a.LoginName == name
	}
	id, _ := wanted.object("skill").field("id").number()
	desk := c.s.skillByID(id)
	return desk != nil && desk.skill.Name == name
}

// takesFrom reports whether a chat of another agent may be transferred to this one.
func (a *agent) takesFrom(other *agent) bool {
	return a != nil && a != other && !a.Disabled && a.free() > 0 && (a.state() == online || a.state() == occupied)
}

func (s *Server) giveToAgent(ch *chat, target *agent, note string, now time.Time) {
	s.handOver(ch, messageTransferred, "You are being transferred to another operator.", note, now)
	ch.direct = true
	s.ring(ch, target, now)
}

func (s *Server) giveToSkill(ch *chat, desk *skillDesk, note string, now time.Time) {
	former := ch.agent
	s.handOver(ch, messageOtherSkill, "You are being transferred to "+desk.skill.Name+".", note, now)
	ch.skill = desk.skill.Name
	s.placeBeside(ch, former, now)
}

// handOver takes the chat from its agent; the note is for the next one only.
func (s *Server) handOver(ch *chat, message int, text, note string, now time.Time) {
	former := ch.agent
	if note != "" {
		ch.add(event{
			kind: "line", at: now, text: note, textType: "plain", by: former.name(), source: "agent",
			subType: "ONLY_TO_REP", agentID: former.ID, heir: true,
		})
	}
	ch.agentTyping = notTyping
	ch.system(now, message, text)
	ch.addState(now, waiting)
	s.release(ch, now)
}

// placeBeside places a chat, but not at the agent who just gave it away.
func (s *Server) placeBeside(ch *chat, former *agent, now time.Time) {
	status := former.status
	former.status = occupied // takes nothing from the queue
	s.place(ch, now)
	former.status = status
}
