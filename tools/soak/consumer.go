package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	service "github.com/liveperson-community/liveperson-go/lptest/messaging"
)

const consumerRole = "CONSUMER"

// consumer is a consumer in a conversation. The mutex of the world guards it.
type consumer struct {
	w    *world
	conv *service.Conversation

	said   int       // the last line
	saidAt time.Time // when
	heard  int       // the last reply
	served bool      // an agent had it
	who    string    // has it, if he can be reached
	since  time.Time // for how long
	told   bool      // it was forgotten
}

// Type shows the consumer as typing.
func (c *consumer) Type(on bool) { c.conv.Typing(on) }

// Say says a line; -1 if the conversation is over.
func (c *consumer) Say(text string) int {
	n := c.conv.Say(text)
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.said++
	c.saidAt = time.Now()
	return n
}

// WaitReply waits for the nth line of agents.
func (c *consumer) WaitReply(ctx context.Context, nth int) (string, error) {
	m, err := c.conv.WaitMessage(ctx, nth)
	if n, _ := readReply(m.Text); err == nil {
		c.w.mu.Lock()
		defer c.w.mu.Unlock()
		c.heard = max(c.heard, n)
	}
	return m.Text, err
}

// WaitEnded waits until the conversation is closed.
func (c *consumer) WaitEnded(ctx context.Context) error { return c.conv.WaitEnded(ctx) }

// Over tells whether it is.
func (c *consumer) Over() bool { return c.conv.Stage() != "OPEN" }

// Served tells whether somebody has it.
func (c *consumer) Served() bool { return c.conv.Assigned() != "" }

// Leave closes it.
func (c *consumer) Leave() { c.conv.Close() }

// Vanish has it time out.
func (c *consumer) Vanish() { c.conv.TimeOut() }

// ID is the conversation's.
func (c *consumer) ID() string { return c.conv.ID() }

// consume plays one consumer from beginning to end.
func (w *world) consume(slot, nth int) *finished {
	s := newScript(w.plan.Seed, len(w.talk.skills), w.plan.Agents*w.plan.Chats+manyChats+slot, nth)
	f := &finished{meddle: s.meddles, record: record{Talk: true}}
	given := service.Consumer{Name: fmt.Sprintf("consumer %d.%d", slot, nth), Skill: w.talk.skills[s.skill].Name}
	if s.opens {
		given.FirstMessage = s.lines[0].text
		f.Said = 1
	}
	f.Began = time.Now()
	c := &consumer{w: w, conv: w.srv.Messaging().Consumer(given), said: f.Said, saidAt: f.Began}
	f.Chat, f.Visitor = c.ID(), given.Name
	w.srv.AddSurvey(surveyOf(f.Chat))
	w.mu.Lock()
	w.running[f.Chat], w.talk.running[f.Chat] = 0, c
	w.mu.Unlock()
	g := &guest{w: w, v: c}
	left := g.talk(s, f)
	if !left {
		_ = c.WaitEnded(w.ctx) // or all ends
	}
	w.mu.Lock()
	delete(w.talk.running, f.Chat)
	f.accepted = c.served
	w.mu.Unlock()
	w.recordTalk(f, c.conv, s, left)
	f.Over = time.Now()
	return f
}

// recordTalk writes down what the server has of the conversation.
func (w *world) recordTalk(f *finished, c *service.Conversation, s script, left bool) {
	f.Agent = c.Assigned()
	f.Lines = map[int]int64{}
	f.End = endedByAgent
	if left {
		f.End = s.end
		if s.end == endedByAgent {
			f.End = endedByVisitor
		}
	}
	for _, m := range c.Messages() {
		if m.Role == consumerRole {
			n, _ := readLine(m.Text)
			f.Lines[n] = int64(m.Sequence)
			continue
		}
		name := w.talkerOf(m.OriginatorID)
		n, in := readReply(m.Text)
		f.accepted = f.accepted || name != ""
		f.Replies = append(f.Replies, arrival{N: n, Chat: in, ID: int64(m.Sequence), At: m.At, Agent: name, Person: name == ""})
	}
}

// talkerOf is the login name of an agent by account and user id, "" for another.
func (w *world) talkerOf(id string) string {
	for _, a := range w.talk.agents {
		if strings.HasSuffix(id, fmt.Sprint(".", a.ID)) {
			return a.LoginName
		}
	}
	return ""
}
