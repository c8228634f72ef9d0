package messagingagent

import (
	"maps"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Snapshot is how far an agent has handled his conversations: what the service does not
// know. It holds no credential, and encodes to JSON. The next process goes on with it:
// see [WithSnapshot].
type Snapshot struct {
	// Agent is whose it is: [Agent.Me].
	Agent liveperson.UserID `json:"agent"`
	// Conversations are those that were handled, by their dialogs.
	Conversations map[liveperson.ConversationID]map[DialogID]Position `json:"conversations"`
}

// Position is how far a dialog was handled.
type Position struct {
	// Next is the number of the first message that was not handled. One counts as
	// handled once something was sent after it was taken; see Doubtful.
	Next int64 `json:"next"`
	// Seen is the first number that had not come: an answer from there on is another
	// agent's or process's.
	Seen int64 `json:"seen"`
	// Sending is a digest of the message that was being sent when this was taken, empty for
	// none. One like it from Seen on is taken for it; what it answers is Doubtful.
	Sending string `json:"sending,omitempty"`
	// Unsure says that a message of this agent's may come that was not confirmed, so that
	// one that does is not taken for another process's.
	Unsure bool `json:"unsure,omitempty"`
	// Doubtful is the number of the first message before Next of which only this is known:
	// what was sent after it is [ErrUnconfirmed]. It counts as handled if the dialog shows an
	// agent's message from Seen on when the next life begins; else it comes again. nil: there
	// is none.
	Doubtful *int64 `json:"doubtful,omitempty"`
}

// Snapshot returns how far the agent has handled his conversations. Take it when Serve
// or Watch has returned; one that was taken before is for the case of a crash: whatever the
// agent says after that counts as an answer to all that was said before, but for the message
// that was being sent ([Position.Sending]). It makes no request.
func (a *Agent) Snapshot() Snapshot {
	a.mu.Lock()
	serves := a.serving != nil
	a.mu.Unlock()
	return a.snapshot(serves)
}

// snapshot is Snapshot, for the case of a crash or after a stop.
func (a *Agent) snapshot(crash bool) Snapshot {
	a.mu.Lock()
	s := Snapshot{Agent: liveperson.UserID(a.oldID), Conversations: maps.Clone(a.reached)}
	var lives []*Conversation
	for _, c := range a.lives {
		lives = append(lives, c)
	}
	a.mu.Unlock()
	for _, c := range lives {
		c.mu.Lock()
		s.Conversations[c.id] = c.reached(crash)
		c.mu.Unlock()
	}
	for id, dialogs := range s.Conversations {
		sure := dialogs
		dialogs = maps.Clone(sure)
		for dialog, at := range sure {
			at.Unsure = !crash && (at.Unsure || a.outboxOf(id).isUnsure(dialog))
			dialogs[dialog] = at
		}
		s.Conversations[id] = dialogs
	}
	return s
}

// into has the agent go on with the snapshot. That of another agent is of no use.
func (s *Snapshot) into(a *Agent) {
	if s.Agent != liveperson.UserID(a.oldID) {
		if s.Agent != "" {
			a.log.Warn("the snapshot is another agent's, and is not used", "of", s.Agent)
		}
		return
	}
	for id, dialogs := range s.Conversations {
		a.reached[id] = maps.Clone(dialogs)
	}
}
