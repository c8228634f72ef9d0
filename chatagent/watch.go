package chatagent

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/desk"
)

// Update is something that has happened to an agent. It is one of the types below:
// switch on it. As JSON, for a browser or a log, each has a member "type" beside its
// fields: "ringing", "chatOpened" and so on; a chat is its id, an error its text, a
// duration a number of seconds.
type Update interface{ update() }

// Ringing is how many chats ring, when that has changed or one was accepted.
type Ringing struct {
	Count int `json:"count"`
	// Since is when that was seen first; Until is when the one that rings longest
	// turns the agent Away, by the 20 s of the pages. Both are zero with Count 0.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// Opening is how a chat came to the agent.
type Opening string

// The ways in which a chat comes.
const (
	// Accepted is a chat that rang and was accepted.
	Accepted Opening = "accepted"
	// Transferred is one that was accepted, too, after another agent had it.
	Transferred Opening = "transferred"
	// Adopted is one that was the agent's on the server: after a crash, or since the
	// answer to Accept was lost.
	Adopted Opening = "adopted"
	// Resumed is one that was left open by a former Watch or Serve, perhaps of
	// another process.
	Resumed Opening = "resumed"
)

// ChatOpened is a chat that has come to the agent.
type ChatOpened struct {
	Chat *Chat   `json:"chat"`
	How  Opening `json:"how"`
	// Info is what was read of it, and History its events until now; of a Resumed chat
	// those that were not handled.
	Info    ChatInfo `json:"info"`
	History []Event  `json:"history"`
}

// LineReceived is a line of a chat: the visitor's, the system's, a colleague's, or
// the agent's own.
type LineReceived struct {
	Chat *Chat `json:"chat"`
	Line Line  `json:"line"`
}

// EventReceived is an event that is neither a line nor a state.
type EventReceived struct {
	Chat  *Chat `json:"chat"`
	Event Event `json:"event"`
}

// VisitorTyping says that the visitor has begun to type, or stopped.
type VisitorTyping struct {
	Chat   *Chat `json:"chat"`
	Typing bool  `json:"typing"`
}

// ChatStateChanged is a state event of a chat.
type ChatStateChanged struct {
	Chat  *Chat     `json:"chat"`
	State ChatState `json:"state"`
}

// Closing is how a chat went.
type Closing string

// The ways in which a chat goes.
const (
	// ClosedEnded is a chat that is over.
	ClosedEnded Closing = "ended"
	// ClosedLost is one that is not with the agent any more.
	ClosedLost Closing = "lost"
	// ClosedReplaced is one that has come again: another [ChatOpened] tells of it.
	ClosedReplaced Closing = "replaced"
	// ClosedTransferred is one that this agent has handed over.
	ClosedTransferred Closing = "transferred"
	// ClosedLeft is one that is left open while Watch or Serve stops.
	ClosedLeft Closing = "left open"
)

// ChatClosed is a chat that has gone. Its Chat can do nothing more but read, and
// submit the survey, after ClosedEnded.
type ChatClosed struct {
	Chat *Chat
	How  Closing
	// Err says more of ClosedLost, if there is more to say.
	Err error
}

// AvailabilityChanged is an availability that the server has changed by itself.
type AvailabilityChanged struct {
	From Availability      `json:"from"`
	To   AgentAvailability `json:"to"`
}

// SessionReplaced is a new agent session, in place of one that was lost.
type SessionReplaced struct {
	ID string `json:"id"`
}

// Trouble is a call of Watch or Serve that has failed and is made again later.
type Trouble struct {
	// What was being done, in words for people: do not compare them.
	What string
	// Chat is whose it was, empty if of none alone.
	Chat ChatID
	Err  error
	// Until is when it is tried again.
	Until time.Time
}

// Unconfirmed is a line, a transfer or an end of a chat that may have taken effect:
// see [ErrUnconfirmed].
type Unconfirmed struct {
	Chat *Chat
	// What it was: "line", "transfer" or "end".
	What string
	Err  error
}

// LoginEnded says that the login session has ended: nothing more can be done.
type LoginEnded struct{ Err error }

func (Ringing) update()             {}
func (ChatOpened) update()          {}
func (LineReceived) update()        {}
func (EventReceived) update()       {}
func (VisitorTyping) update()       {}
func (ChatStateChanged) update()    {}
func (ChatClosed) update()          {}
func (AvailabilityChanged) update() {}
func (SessionReplaced) update()     {}
func (Trouble) update()             {}
func (Unconfirmed) update()         {}
func (LoginEnded) update()          {}

// Watch yields what happens to the agent and its chats, in order, for people who
// decide themselves: what rings is accepted with [Agent.Accept], and all methods of
// the chats may be called from any goroutine. It begins with the chats that the
// agent has on the server (see [WithoutAdopting]), and goes on through failures as
// [Agent.Serve] does. Its polls are two requests every 2 s, however many chats
// there are, and wait for nobody: a consumer that is slow misses nothing.
//
// It ends when ctx does, with ctx's error, or when the login session has ended,
// with that; breaking off the loop ends it too. Then the agent is set Away (see
// [WithStateOnStop]), and its chats stay open for another Watch or Serve, which
// has to begin within the 40 s after which a chat times out. What a loop that broke
// off had not been handed is in the History of the chats then.
func (s *Agent) Watch(ctx context.Context, opts ...Option) iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		const op = "chatagent.Watch"
		cfg, err := s.cfg.with(op, opts)
		if err != nil {
			yield(nil, err)
			return
		}
		d, err := s.sitDown(op, cfg, nil)
		if err != nil {
			yield(nil, err)
			return
		}
		watching, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			err = d.serve(op, watching)
			d.updates.Close()
		}()
		defer func() { stop(); <-done; d.leave() }()
		for {
			u, ok := d.updates.Next(context.WithoutCancel(ctx))
			if !ok {
				<-done
				yield(nil, err)
				return
			}
			handed(u)
			if !yield(u, nil) {
				return
			}
		}
	}
}

// handed notes whose events an update hands to the one who watches.
func handed(u Update) {
	switch u := u.(type) {
	case ChatOpened:
		u.Chat.yielded(len(u.History))
	case LineReceived:
		u.Chat.yielded(1)
	case EventReceived:
		u.Chat.yielded(1)
	case ChatStateChanged:
		u.Chat.yielded(1)
	}
}

// came tells of events that have come. The owner of the desk calls this and what
// follows.
func (d *serving) came(c *Chat, events []Event) {
	for _, e := range events {
		switch e.Type {
		case EventLine:
			d.emit(LineReceived{c, e.Line})
		case EventState:
			d.emit(ChatStateChanged{c, e.State})
		default:
			d.emit(EventReceived{c, e})
		}
	}
}

// emit hands an update to whoever wants it.
func (d *serving) emit(u Update) {
	if d.updates != nil {
		d.updates.Add(u)
	}
}

// wanted tells whether anybody wants updates.
func (d *serving) wanted() bool { return d.updates != nil }

// Opened tells that a life has begun, and has it polled.
func (d *serving) Opened(l life, how desk.How) {
	opening := map[desk.How]Opening{desk.Accepted: Accepted, desk.Adopted: Adopted, desk.Resumed: Resumed}[how]
	if how == desk.Accepted && l.cameFromColleague() {
		opening = Transferred
	}
	info, history := l.manage(d)
	d.groups.add(l.Chat)
	d.log.Info("chat opened", "chat", l.id, "how", opening, "skill", info.SkillName, "events", len(history))
	d.emit(ChatOpened{l.Chat, opening, info, history})
	d.tended[l.Chat] = &tended{opened: time.Now(), heard: time.Now()}
}

// Closed tells that a life has ended, or is left open.
func (d *serving) Closed(l life, leaving bool) {
	l.manage(nil)
	closing, cause := ClosedLeft, error(nil)
	if leaving {
		l.leave()
		d.agent.login.Claims().Leave(string(l.id))
	} else {
		l.finish(lost, nil) // unless it has ended otherwise
		closing, cause = l.closing()
	}
	args := []any{"chat", l.id, "how", closing, "after", time.Since(d.tend(l.Chat).opened).Round(time.Second)}
	if cause != nil {
		args = append(args, "err", cause)
	}
	level := slog.LevelInfo
	if closing == ClosedLost {
		level = slog.LevelWarn
	}
	d.log.Log(context.Background(), level, "chat closed", args...)
	d.emit(ChatClosed{l.Chat, closing, cause})
	delete(d.tended, l.Chat)
}

// closing is how this life ended.
func (c *Chat) closing() (Closing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return map[ending]Closing{over: ClosedEnded, lost: ClosedLost, replaced: ClosedReplaced, transferred: ClosedTransferred}[c.end], c.cause
}
