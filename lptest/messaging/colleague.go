package messaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Colleague acts as a user without a socket, as the test tells him: an agent
// beside the one under test, or a second process of that one. Conversations
// are named by their ids.
type Colleague struct {
	s *Service
	u *user
}

// Colleague acts as a user of the account, by his login name. It panics if
// there is none. He is not signed in by that: see Colleague.Online.
func (s *Service) Colleague(loginName string) *Colleague {
	s.enter()
	defer s.mu.Unlock()
	return &Colleague{s, s.mustUser(loginName)}
}

// Online signs him in, so that conversations ring at him though he has no socket.
func (p *Colleague) Online() { p.sign(true, online) }

// Away has nothing ring at him.
func (p *Colleague) Away() { p.sign(true, away) }

// SignOut ends what Online began. His conversations stay his.
func (p *Colleague) SignOut() { p.sign(false, offline) }

func (p *Colleague) sign(present bool, state string) {
	p.s.enter()
	defer p.s.mu.Unlock()
	p.u.present = present
	if !present && len(p.u.sockets) > 0 {
		return
	}
	p.s.setAvailability(p.u, state, "")
}

// AcceptAll has him accept at once whatever rings, or no longer so.
func (p *Colleague) AcceptAll(on bool) {
	p.s.enter()
	defer p.s.mu.Unlock()
	p.u.takesAll = on
	for on && len(p.u.ringing) > 0 {
		p.s.accept(p.u.oldest())
	}
}

func (u *user) oldest() *ring {
	var first *ring
	for r := range u.ringing {
		if first == nil || r.at.Before(first.at) || r.at.Equal(first.at) && r.id < first.id {
			first = r
		}
	}
	return first
}

// Accept accepts what rings longest at him and returns the conversation's id,
// "" if nothing rings.
func (p *Colleague) Accept() string { return p.ring(p.s.accept) }

// Reject rejects what rings longest at him and returns the conversation's id,
// "" if nothing rings.
func (p *Colleague) Reject() string { return p.ring(p.s.reject) }

func (p *Colleague) ring(do func(*ring)) string {
	p.s.enter()
	defer p.s.mu.Unlock()
	r := p.u.oldest()
	if r == nil {
		return ""
	}
	do(r)
	return r.task.conv.id
}

// Say says a text and returns its sequence, -1 if he takes no part or the
// dialog is closed.
func (p *Colleague) Say(conversation, text string) int {
	return p.Publish(conversation, conversation, toAll, string(textEvent(text)))
}

// Whisper says a text that the consumer does not see.
func (p *Colleague) Whisper(conversation, text string) int {
	return p.Publish(conversation, conversation, toAgents, string(textEvent(text)))
}

// Publish publishes an event in a dialog and returns its sequence, -1 for
// typing, if he takes no part or if the dialog is closed.
func (p *Colleague) Publish(conversation, dialogID, audience, event string) int {
	p.s.enter()
	defer p.s.mu.Unlock()
	d := p.s.dialogs[dialogID]
	if d == nil || d.conv.id != conversation || d.state != open {
		return -1
	}
	by, isPart := d.conv.partOf(p.u, d.id)
	kind, complaint := checkEvent([]byte(event), d, by.role)
	if !isPart || complaint != "" {
		return -1
	}
	return p.s.publish(d, by, kind, compact([]byte(event)), audience, nil).seq
}

// TakeOver makes him the assigned agent in place of whoever is.
func (p *Colleague) TakeOver(conversation string) error {
	return p.act(conversation, false, func(c *Conversation) error {
		if c.state != open {
			return ErrEnded
		}
		p.s.assign(c, p.u)
		return nil
	})
}

// Join has him take part with a role: AGENT, MANAGER or READER.
func (p *Colleague) Join(conversation, role string) error {
	return p.act(conversation, false, func(c *Conversation) error {
		c.parts = append(c.parts, part{id: p.u.oldID, pid: p.u.PID, role: role, user: p.u})
		c.touched()
		return nil
	})
}

// Leave ends all of his parts in a conversation; the assigned agent's goes back
// to the queue.
func (p *Colleague) Leave(conversation string) error { return p.Remove(conversation, p.u.LoginName) }

// Remove removes another user with all of his parts.
func (p *Colleague) Remove(conversation, loginName string) error {
	return p.act(conversation, false, func(c *Conversation) error {
		other := p.s.mustUser(loginName)
		if !c.takesPart(other) {
			return errNotHis
		}
		c.parts = slices.DeleteFunc(c.parts, func(q part) bool { return q.user == other })
		if other == p.u {
			c.left[other] = time.Now()
		}
		c.touched()
		return nil
	})
}

// TransferToSkill gives a conversation of his to the queue of a skill, by its name.
func (p *Colleague) TransferToSkill(conversation, skill string) error {
	id := p.s.host.Skill(skill)
	return p.act(conversation, true, func(c *Conversation) error {
		p.s.release(c, id, nil)
		return nil
	})
}

// TransferToAgent suggests a conversation of his to another user, by the login
// name; if he does not accept in time it goes to the queue of its skill.
func (p *Colleague) TransferToAgent(conversation, loginName string) error {
	return p.act(conversation, true, func(c *Conversation) error {
		target := p.s.mustUser(loginName)
		if !target.reachable() || target.availability == away || target.availability == offline {
			return fmt.Errorf("messaging: the agent %q is not available", loginName)
		}
		p.s.release(c, c.skill, target)
		return nil
	})
}

// End closes a conversation that he takes part in.
func (p *Colleague) End(conversation string) error {
	return p.act(conversation, false, func(c *Conversation) error {
		if !c.takesPart(p.u) {
			return errNotHis
		}
		p.s.finish(c, "AGENT")
		return nil
	})
}

// WaitRinging waits until something rings at him.
func (p *Colleague) WaitRinging(ctx context.Context) error {
	return p.s.wait(ctx, "something rings at "+p.u.LoginName, &p.s.waiters, func() (bool, error) {
		return len(p.u.ringing) > 0, nil
	})
}

func (p *Colleague) act(id string, his bool, do func(*Conversation) error) error {
	p.s.enter()
	defer p.s.mu.Unlock()
	c := p.s.convs[id]
	if c == nil {
		return errors.New("messaging: there is no conversation " + id)
	}
	if c.stage == ended {
		return ErrEnded
	}
	if his && (c.handler() != p.u || c.state != open) {
		return errNotHis
	}
	if err := do(c); err != nil {
		return err
	}
	p.s.settle(c)
	return nil
}

// release takes a conversation from its agent and lets it wait for another. The
// lock must be held.
func (s *Service) release(c *Conversation, skill int64, suggested *user) {
	if u := c.handler(); u != nil {
		c.left[u] = time.Now()
	}
	c.parts = slices.DeleteFunc(c.parts, func(p part) bool { return p.role == roleAssigned })
	moved := skill != c.skill
	c.skill = skill
	s.host.Conversation(c.id, skill, false)
	c.touched()
	if c.task != nil {
		s.endTask(c.task)
	}
	if suggested != nil {
		c.parts = append(c.parts, part{id: suggested.oldID, pid: suggested.PID, role: roleAssigned, user: suggested, suggested: true})
	}
	t := s.newTask(c, suggested)
	t.transfer = t.transfer || moved
}
