package messagingagent

import (
	"context"
	"iter"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Update is something that has happened to an agent. It is one of the types below:
// switch on it. As JSON, for a browser or a log, each has a member "type" beside its
// fields: "ringing", "conversationOpened" and so on; a conversation is its id, an error
// its text, a duration a number of seconds.
type Update interface{ update() }

// Ringing is what rings, the most urgent first, when that has changed.
type Ringing struct {
	Rings []Ring `json:"rings"`
}

// Opening is how a conversation came to the agent.
type Opening string

// The ways in which a conversation comes.
const (
	// Accepted is a conversation that rang and was accepted.
	Accepted Opening = "accepted"
	// Transferred is one that was accepted, too, after another agent had it.
	Transferred Opening = "transferred"
	// Adopted is one that was the agent's on the service: since a former process, or
	// since somebody has assigned it.
	Adopted Opening = "adopted"
	// Resumed is one that was left by a former Watch or Serve, perhaps of another
	// process, that has said how far it was handled.
	Resumed Opening = "resumed"
)

// ConversationOpened is a conversation that has come to the agent.
type ConversationOpened struct {
	Conversation *Conversation `json:"conversation"`
	How          Opening       `json:"how"`
	// Info is its state, and History its events until now.
	Info    ConversationInfo `json:"info"`
	History []Event          `json:"history"`
}

// MessageReceived is a message: the consumer's, the system's, a colleague's, or the
// agent's own.
type MessageReceived struct {
	Conversation *Conversation `json:"conversation"`
	Event        Event         `json:"event"`
}

// EventReceived is a receipt.
type EventReceived struct {
	Conversation *Conversation `json:"conversation"`
	Event        Event         `json:"event"`
}

// TypingReceived is what the consumer or a colleague does: see [ChatState].
type TypingReceived struct {
	Conversation *Conversation `json:"conversation"`
	From         Originator    `json:"from"`
	State        ChatState     `json:"state"`
}

// ConversationChanged is a conversation whose state is another: its skill,
// participants, dialogs, note and so on.
type ConversationChanged struct {
	Conversation *Conversation    `json:"conversation"`
	Info         ConversationInfo `json:"info"`
}

// Closing is how a conversation went.
type Closing string

// The ways in which a conversation goes.
const (
	// ClosedEnded is a conversation that is closed.
	ClosedEnded Closing = "ended"
	// ClosedLost is one that is not with the agent any more; if the login has ended it may
	// still be on the service.
	ClosedLost Closing = "lost"
	// ClosedReplaced is one that has come again: another [ConversationOpened] tells of
	// it.
	ClosedReplaced Closing = "replaced"
	// ClosedTransferred is one that this agent has handed over.
	ClosedTransferred Closing = "transferred"
	// ClosedLeft is one that is left open while Watch or Serve stops.
	ClosedLeft Closing = "left open"
)

// ConversationClosed is a conversation that has gone. With its id and Skill the agent
// survey can be filled in: agentsurvey.Ref{Conversation: u.Conversation.ID(), Skill:
// u.Skill}.
type ConversationClosed struct {
	Conversation *Conversation
	How          Closing
	// Skill is the last one.
	Skill liveperson.SkillID
	// Reason says who closed it, if it is closed and that was told.
	Reason CloseReason
	// Err says more of ClosedLost, if there is more to say. With ClosedEnded it says that
	// what was said last could not be read.
	Err error
}

// AvailabilityChanged is an availability that the service has changed by itself.
type AvailabilityChanged struct {
	From   Availability `json:"from"`
	To     Availability `json:"to"`
	Reason string       `json:"reason"`
}

// Connected is a new socket, in place of one that was lost: what was missed is asked for.
type Connected struct{}

// Disconnected is a socket that was lost. The agent's conversations stay his.
type Disconnected struct {
	Err error
	// Until is when the next one is opened.
	Until time.Time
}

// Trouble is a call of Watch or Serve that has failed and is made again later.
type Trouble struct {
	// What was being done, in words for people: do not compare them.
	What string
	// Conversation is whose it was, empty if of none alone.
	Conversation liveperson.ConversationID
	Err          error
	// Until is when it is tried again.
	Until time.Time
}

// Unconfirmed is a message or a change of a conversation that may have taken effect: see
// [ErrUnconfirmed].
type Unconfirmed struct {
	Conversation *Conversation
	// What it was: "message", "transfer", "close" and so on.
	What string
	Err  error
}

// LoginEnded says that the login session has ended: nothing more can be done.
type LoginEnded struct{ Err error }

func (Ringing) update()             {}
func (ConversationOpened) update()  {}
func (MessageReceived) update()     {}
func (EventReceived) update()       {}
func (TypingReceived) update()      {}
func (ConversationChanged) update() {}
func (ConversationClosed) update()  {}
func (AvailabilityChanged) update() {}
func (Connected) update()           {}
func (Disconnected) update()        {}
func (Trouble) update()             {}
func (Unconfirmed) update()         {}
func (LoginEnded) update()          {}

// Watch yields what happens to the agent and his conversations, in order, for people who
// decide themselves: what rings is accepted with [Ring.Accept], and all methods of the
// conversations may be called from any goroutine. It begins with the conversations that
// the agent has on the service (see [WithoutAdopting]), and goes on through failures as
// [Agent.Serve] does. It waits for nobody: a consumer that is slow misses nothing.
//
// It ends when ctx does, with ctx's error, or when the login session has ended, with
// that; breaking off the loop ends it too. Then the agent is set Away (see
// [WithStateOnStop]), and his conversations stay open. What a loop that broke off had not
// been handed is in the History of the conversations for the next one.
func (a *Agent) Watch(ctx context.Context, opts ...Option) iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		const op = "messagingagent.Watch"
		cfg, err := a.cfg.with(op, opts)
		if err != nil {
			yield(nil, err)
			return
		}
		d, err := a.sitDown(op, cfg, nil)
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
			if !yield(u, nil) {
				return
			}
		}
	}
}

// came tells of events that have come. The owner of the desk calls it.
func (d *serving) came(c *Conversation, events []Event) {
	for _, e := range events {
		switch e.Kind {
		case KindTyping:
			if !e.From.Is(c.agent.ids()...) { // his own comes back to him
				d.emit(TypingReceived{c, e.From, e.Typing})
			}
		case KindReceipt:
			d.emit(EventReceived{c, e})
		default:
			d.emit(MessageReceived{c, e})
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

// trouble reports a call of the agent's own, for a conversation, that has failed.
func (a *Agent) trouble(what string, id liveperson.ConversationID, err error, pause time.Duration) {
	a.mu.Lock()
	d := a.serving
	a.mu.Unlock()
	if d != nil {
		d.Post(func() { d.Trouble(what, string(id), err, pause) })
		return
	}
	a.log.Warn(what+" failed", "conversation", id, "pause", pause.Round(time.Second), "err", err)
}

// down takes that the socket is lost.
func (a *Agent) down(err error, until time.Time) {
	a.mu.Lock()
	d := a.serving
	a.mu.Unlock()
	if d != nil {
		d.Post(func() { d.disconnected(err, until) })
	}
}

// Notification is something that the service has told, as it came.
type Notification struct {
	// Type is its name, such as ".ams.aam.ExConversationChangeNotification".
	Type string
	Body []byte
}
