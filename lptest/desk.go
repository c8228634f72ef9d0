package lptest

import (
	"slices"
	"time"
)

// How chats find agents. A waiting chat is either offered to one agent, where
// it rings, or in the queue of its skill.

// place offers a waiting chat to the least busy agent who is Online, serves
// its skill and has room, or queues it.
func (s *Server) place(ch *chat, now time.Time) {
	ch.direct = false
	desk := s.desk(ch.skill)
	var best *agent
	for _, a := range desk.agents {
		if a.state() == online && a.free() > 0 && (best == nil || a.load() < best.load()) {
			best = a
		}
	}
	if best != nil {
		s.ring(ch, best, now)
		return
	}
	at, _ := slices.BinarySearchFunc(desk.queue, ch, byArrival)
	desk.queue = slices.Insert(desk.queue, at, ch)
	ch.queued = desk
}

func byArrival(a, b *chat) int { return a.number - b.number }

// offer fills an agent's free places from the queues, oldest chat first.
func (s *Server) offer(a *agent, now time.Time) {
	for a.state() == online && a.free() > 0 {
		oldest := first(s.bySkill[""])
		for _, name := range a.Skills {
			if ch := first(s.desk(name)); ch != nil && (oldest == nil || ch.number < oldest.number) {
				oldest = ch
			}
		}
		if oldest == nil {
			return
		}
		s.ring(oldest, a, now)
	}
}

func first(desk *skillDesk) *chat {
	if len(desk.queue) == 0 {
		return nil
	}
	return desk.queue[0]
}

// ring offers a chat to an agent, who has 20 s to accept it.
func (s *Server) ring(ch *chat, a *agent, now time.Time) {
	s.dequeue(ch)
	ch.offered = a
	a.ringing = append(a.ringing, ch)
	ch.ringTask = s.at(now.Add(s.cfg.ring), func(now time.Time) { s.ringOut(ch, now) })
	ch.notify()
	if a.takesAll && a.present() {
		s.take(ch, a, now)
	}
}

// ringOut turns an agent Away who let a chat ring for too long; everything
// that rings at him goes elsewhere.
func (s *Server) ringOut(ch *chat, now time.Time) {
	if a := ch.offered; a != nil {
		s.setStatus(a, away, now)
	}
}

// withdraw stops the ringing; with WithRingingLag it leaves an echo.
func (s *Server) withdraw(ch *chat, now time.Time) {
	a := ch.offered
	if a == nil {
		return
	}
	if s.cfg.ringLag > 0 {
		a.echoes(now) // those that are over go
		a.echo = append(a.echo, now.Add(s.cfg.ringLag))
	}
	a.ringing = slices.DeleteFunc(a.ringing, func(other *chat) bool { return other == ch })
	ch.offered = nil
	s.cancel(ch.ringTask)
	ch.ringTask = nil
	ch.notify()
}

func (s *Server) dequeue(ch *chat) {
	if ch.queued == nil {
		return
	}
	if at, found := slices.BinarySearchFunc(ch.queued.queue, ch, byArrival); found {
		ch.queued.queue = slices.Delete(ch.queued.queue, at, at+1)
	}
	ch.queued = nil
}

// giveBack takes a running chat from its agent: back to the queue if another
// agent who is Online serves its skill, else it is disconnected.
func (s *Server) giveBack(ch *chat, now time.Time) {
	former := ch.agent
	s.release(ch, now)
	suitable := slices.ContainsFunc(s.desk(ch.skill).agents, func(a *agent) bool {
		return a != former && a.state() == online
	})
	if !suitable {
		ch.agent = former // who may still read it
		s.disconnect(ch, now)
		return
	}
	s.requeue(ch, now)
}

// requeue queues a chat that was taken from its agent.
func (s *Server) requeue(ch *chat, now time.Time) {
	ch.agentTyping = notTyping
	ch.addState(now, waiting)
	ch.system(now, messageRequeued, "Your chat was put back into the queue.")
	s.place(ch, now)
}

// Requeue takes the chat from its agent, as the service does by itself now and
// then: it waits again, with system message 23, and rings at once at whoever is
// suitable, the same agent included. Until he accepts it again, calls of the
// former agent to the chat answer 403. Nothing happens to a chat that no agent
// has.
func (v *Visit) Requeue() {
	v.s.enter()
	defer v.s.mu.Unlock()
	if v.ch.state != chatting {
		return
	}
	now := time.Now()
	v.s.release(v.ch, now)
	v.s.requeue(v.ch, now)
}

// release takes a chat from the agent who has it and gives him the next one.
func (s *Server) release(ch *chat, now time.Time) {
	a := ch.agent
	s.cancel(ch.idleTask)
	ch.idleTask = nil
	if a == nil {
		return
	}
	ch.agent = nil
	a.running = slices.DeleteFunc(a.running, func(other *chat) bool { return other == ch })
	s.offer(a, now)
}
