package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// patience is how long a visitor waits for a reply. A Send may take all of its
// four tries, and look for 30 s after each.
const patience = 5 * time.Minute

// visitors come to one place, one after the other.
func (w *world) visitors(slot int, visit func(slot, nth int) *finished) {
	for nth := 0; ; nth++ {
		select {
		case <-w.draining:
			return
		case <-w.ctx.Done():
			return
		case <-time.After(time.Duration(1+slot%40) * 50 * time.Millisecond):
		}
		w.count(func(t *totals) { t.Begun++; t.Visitors++ })
		f := visit(slot, nth)
		if !f.accepted {
			w.srv.CloseConversation(f.Chat)
		}
		w.mu.Lock()
		if f.accepted {
			w.settled[f.Chat] = f
		}
		delete(w.running, f.Chat)
		delete(w.visits, f.Chat)
		w.sum.Visitors--
		w.sum.Ended++
		w.sum.Replies += len(f.Replies)
		w.sum.Ends[f.End]++
		w.mu.Unlock()
	}
}

// guest is a visitor in a chat.
type guest struct {
	w     *world
	v     caller
	lines int // of agents, that were heard
	heard int // the highest reply
}

// caller is a visitor in a chat, or a consumer in a conversation.
type caller interface {
	ID() string // of it
	Type(on bool)
	Say(text string) int // -1 if it is over
	WaitReply(ctx context.Context, nth int) (string, error)
	WaitEnded(ctx context.Context) error
	Over() bool
	Served() bool // somebody has it
	Leave()
	Vanish()
}

// visitOf is a visitor as a caller.
type visitOf struct{ *lptest.Visit }

// ID is the chat's.
func (v visitOf) ID() string { return v.ChatID() }

// WaitReply waits for the nth line of agents.
func (v visitOf) WaitReply(ctx context.Context, nth int) (string, error) {
	line, err := v.WaitLine(ctx, nth)
	return line.Text, err
}

// Over tells whether the chat is.
func (v visitOf) Over() bool { return v.Chat().State() == "ended" }

// Served tells whether an agent has it.
func (v visitOf) Served() bool { return v.Chat().Agent() != "" }

// visit plays one visitor from beginning to end.
func (w *world) visit(slot, nth int) *finished {
	s := newScript(w.plan.Seed, len(w.skills), slot, nth)
	skill := w.skills[s.skill].Name
	if slot >= w.plan.Agents*w.plan.Chats {
		skill = manySkill
	}
	f := &finished{meddle: s.meddles}
	visitor := lptest.Visitor{Name: fmt.Sprintf("visitor %d.%d", slot, nth), Skill: skill}
	if s.opens {
		visitor.FirstLine = s.lines[0].text
		f.Said = 1
	}
	f.Began = time.Now()
	v := w.srv.Visitor(visitor)
	f.Chat, f.Visitor = v.ChatID(), visitor.Name
	w.mu.Lock()
	w.running[f.Chat], w.visits[f.Chat] = 0, v
	w.mu.Unlock()
	w.srv.AddSurvey(surveyOf(f.Chat))
	g := &guest{w: w, v: visitOf{v}}
	left := g.talk(s, f)
	if !left {
		_ = v.WaitEnded(w.ctx) // or all ends
	}
	w.record(f, v, s, left)
	f.Over = time.Now()
	return f
}

// talk says the lines and ends the chat as the script wants. It returns
// whether the visitor ended it.
func (g *guest) talk(s script, f *finished) (left bool) {
	for n, line := range s.lines {
		if n < f.Said {
			continue // said on arrival
		}
		if line.waits && !g.hear(n, f) {
			return g.leave()
		}
		if line.typed {
			g.v.Type(true)
		}
		if !g.pause(line.pause) || g.v.Say(line.text) < 0 {
			return g.leave()
		}
		f.Said = n + 1
	}
	if s.forestall {
		g.w.srv.SubmitAs(f.Chat, unassigned, colleagueName)
	}
	if s.end == endedByAgent {
		ctx, cancel := context.WithTimeout(g.w.ctx, patience)
		defer cancel()
		if g.v.WaitEnded(ctx) != nil {
			f.GaveUp = f.Said
			return g.leave()
		}
		return false
	}
	if s.patient {
		g.hear(f.Said, f)
	} else {
		g.pause(s.lines[0].pause)
	}
	if s.end == endedByLoss && !g.v.Over() {
		g.v.Vanish()
		return true
	}
	return g.leave()
}

// leave ends the chat unless it is over already.
func (g *guest) leave() bool {
	if g.v.Over() {
		return false
	}
	g.v.Leave()
	return true
}

func (g *guest) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-g.w.ctx.Done():
		return false
	}
}

// hear waits for the replies up to a line. False means that the chat is over
// or the reply did not come.
func (g *guest) hear(n int, f *finished) bool {
	for began := time.Now(); g.heard < n; {
		ctx, cancel := context.WithTimeout(g.w.ctx, 3*time.Second)
		text, err := g.v.WaitReply(ctx, g.lines+1)
		cancel()
		switch {
		case err == nil:
			g.lines++
			began = time.Now()
			if got, _ := readReply(text); got > g.heard {
				g.heard = got
			}
		case !errors.Is(err, context.DeadlineExceeded):
			return false
		case g.inDoubt() > g.heard:
			g.heard = g.inDoubt()
		case time.Since(began) > patience:
			if g.v.Served() { // else it waits for one
				f.GaveUp = g.heard + 1
			}
			return false
		}
	}
	return true
}

// inDoubt is the last line whose reply need not come.
func (g *guest) inDoubt() int {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	return g.w.running[g.v.ID()]
}

// record writes down what the server has of the chat.
func (w *world) record(f *finished, v *lptest.Visit, s script, left bool) {
	chat := v.Chat()
	f.Agent = chat.Agent()
	f.Lines = map[int]int64{}
	f.End = endedByAgent
	if left {
		f.End = s.end
		if s.end == endedByAgent {
			f.End = endedByVisitor
		}
	}
	for _, event := range chat.Events() {
		line := event.Line
		switch {
		case event.State == "chatting":
			f.accepted = true
		case line == nil:
		case line.SystemMessage == disconnected && !left:
			f.End = endedByPlatform
		case line.Source == "agent" && line.SubType == "REGULAR":
			n, in := readReply(line.Text)
			f.Replies = append(f.Replies, arrival{N: n, Chat: in, ID: int64(line.ID), At: line.Time, Agent: w.nameOf(line.AgentID), Person: w.isPerson(line.AgentID)})
		case line.Source == "visitor":
			n, _ := readLine(line.Text)
			f.Lines[n] = int64(line.ID)
		}
	}
}

// nameOf is the login name of one of the agents, "" for another.
func (w *world) nameOf(id int64) string {
	for _, a := range w.agents {
		if a.ID == id {
			return a.LoginName
		}
	}
	return ""
}

// disconnected is the system's message for a chat that lost one of its sides.
const disconnected = 6
