package main

import (
	"time"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// people is how many colleagues of the agents there are: they take what is
// transferred to them and transfer it back, mostly to whom it came from.
const people = 2

const peoplesSkill = "People"

// hirePeople has them sign in.
func (w *world) hirePeople() {
	for _, name := range []string{"mary@soak", "otis@soak"}[:people] {
		a := w.srv.AddAgent(lptest.Agent{LoginName: name, Password: "none", MaxChats: 1000, Skills: []string{peoplesSkill}})
		w.people = append(w.people, a)
	}
}

// person works as one of the people does.
func (w *world) person(a lptest.Agent) {
	p := w.srv.Person(a)
	had := map[string]time.Time{}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-w.ctx.Done():
			p.SignOut()
			return
		case <-tick.C:
		}
		p.Online()
		for id := p.Accept(); id != ""; id = p.Accept() {
			had[id] = time.Now()
			w.count(func(t *totals) { t.ToPeople++ })
		}
		for _, chat := range w.srv.ChatsOf(a) {
			w.attend(p, chat, had[chat.ID()])
		}
	}
}

// attend answers what the visitor has said, and transfers the chat back after a
// time that its id decides, which may be at once.
func (w *world) attend(p *lptest.Person, chat *lptest.Chat, since time.Time) {
	id := chat.ID()
	first, wish := w.answerAs(p, chat)
	if wish == wantsEnd || wish == wantsPanic {
		_ = p.End(id) // or the visitor has left
		return
	}
	if time.Since(since) < time.Duration(id[len(id)-1]%4)*2*time.Second {
		return
	}
	for _, a := range w.agents {
		if a.ID != first {
			continue
		}
		if p.TransferToAgent(id, a, "it is yours") != nil {
			_ = p.TransferToSkill(id, a.Skills[0], "it is yours") // else later
		}
		w.count(func(t *totals) { t.Back++ })
	}
}

// answerAs answers the lines that nobody has answered. It returns who of the
// agents had the chat before, and what the last line wants.
func (w *world) answerAs(p *lptest.Person, chat *lptest.Chat) (agent int64, wish string) {
	answered := map[int]bool{}
	lines := chat.Lines()
	for _, line := range lines {
		if line.Source == "agent" {
			n, _ := readReply(line.Text)
			answered[n] = true
		}
	}
	for _, line := range lines {
		switch n, asked := readLine(line.Text); {
		case line.Source == "agent" && !w.isPerson(line.AgentID):
			agent = line.AgentID
		case line.Source != "visitor" || answered[n]:
		default:
			p.Say(chat.ID(), replyTo(n, chat.ID()))
			wish = asked
		}
	}
	return agent, wish
}

func (w *world) isPerson(id int64) bool {
	for _, a := range w.people {
		if a.ID == id {
			return true
		}
	}
	return false
}
