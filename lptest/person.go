package lptest

import (
	"fmt"
	"time"
)

// Person is a user of the account who works without HTTP, as the test tells
// him: for instance the colleague to whom the agent under test transfers a
// chat, and who transfers it back. Chats are named by their ids.
type Person struct {
	s *Server
	a *agent
}

// Person signs a user in, Online. While he is signed in none of his chats
// times out. He accepts nothing by himself, see Person.Accept and
// Person.AcceptAll; what he lets ring turns him Away like anybody else.
func (s *Server) Person(a Agent) *Person {
	s.enter()
	defer s.mu.Unlock()
	now := time.Now()
	state := s.mustAgent(a)
	if !state.present() {
		state.person = &session{agent: state, signed: true, started: now}
		state.takesAll = false
		state.sessions = append(state.sessions, state.person)
	}
	s.setStatus(state, online, now)
	return &Person{s, state}
}

// present reports whether a person is signed in as this agent.
func (a *agent) present() bool { return a.person != nil && !a.person.ended }

// SignOut ends the person's session; Server.Person signs him in again. If it is the user's last, his chats go
// back to the queue, or end if nobody could take them.
func (p *Person) SignOut() {
	p.s.enter()
	defer p.s.mu.Unlock()
	if p.a.present() {
		p.s.endSession(p.a.person, time.Now())
	}
}

// Online has chats ring at him. Like Away it does nothing once he signed out.
func (p *Person) Online() { p.set(online) }

// Away has nothing ring at him; what rings goes elsewhere.
func (p *Person) Away() { p.set(away) }

func (p *Person) set(status string) {
	p.s.enter()
	defer p.s.mu.Unlock()
	if p.a.present() {
		p.s.setStatus(p.a, status, time.Now())
	}
}

// Accept accepts the chat that rings longest at him and returns its id, "" if
// nothing rings.
func (p *Person) Accept() string {
	p.s.enter()
	defer p.s.mu.Unlock()
	return p.s.acceptAs(p.a)
}

// AcceptAll has him accept at once whatever rings, or no longer so.
func (p *Person) AcceptAll(on bool) {
	p.s.enter()
	defer p.s.mu.Unlock()
	p.a.takesAll = on
	for on && p.s.acceptAs(p.a) != "" {
		continue
	}
}

// Say says a line in a chat of his and returns its event id, -1 if the chat is
// not his or has ended.
func (p *Person) Say(chatID, text string) int {
	p.s.enter()
	defer p.s.mu.Unlock()
	return p.s.sayAs(p.a, chatID, text)
}

// End ends a chat. It is an error if the chat is not his or has ended.
func (p *Person) End(chatID string) error {
	return p.act(chatID, func(ch *chat, now time.Time) error {
		p.s.endAs(ch, now)
		return nil
	})
}

// TransferToAgent transfers a chat; the note, if it is not empty, is shown to
// the agent who accepts it only. It is an error if the chat is not his, or the
// other agent cannot take it.
func (p *Person) TransferToAgent(chatID string, to Agent, note string) error {
	return p.act(chatID, func(ch *chat, now time.Time) error {
		target := p.s.byLogin[to.LoginName]
		if !target.takesFrom(p.a) {
			return fmt.Errorf("lptest: the agent %q is not available", to.LoginName)
		}
		p.s.giveToAgent(ch, target, note, now)
		return nil
	})
}

// TransferToSkill transfers a chat to a skill by its name, as TransferToAgent
// does. It is an error if none of the skill's other agents is Online.
func (p *Person) TransferToSkill(chatID, skill, note string) error {
	return p.act(chatID, func(ch *chat, now time.Time) error {
		desk := p.s.bySkill[skill]
		if desk == nil || desk.skill == nil || p.s.onlineAt(desk, p.a) == 0 {
			return fmt.Errorf("lptest: the skill %q is not available", skill)
		}
		p.s.giveToSkill(ch, desk, note, now)
		return nil
	})
}

func (p *Person) act(id string, do func(*chat, time.Time) error) error {
	p.s.enter()
	defer p.s.mu.Unlock()
	ch := p.s.runningChat(p.a, id)
	if ch == nil {
		return fmt.Errorf("lptest: the chat %q is not with %s", id, p.a.LoginName)
	}
	return do(ch, time.Now())
}
