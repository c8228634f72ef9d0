package messagingagent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// changeBody asks for changes of a conversation, which are made together.
//
// https://developers.liveperson.com/messaging-agent-sdk-conversation-metadata-guide.html
type changeBody struct {
	ConversationID liveperson.ConversationID `json:"conversationId"`
	DialogID       DialogID                  `json:"dialogId,omitempty"`
	Fields         []fieldDoc                `json:"conversationField"`
}

// fieldDoc is one of the changes.
type fieldDoc struct {
	Field    string             `json:"field"`
	Type     string             `json:"type,omitempty"`
	Role     Role               `json:"role,omitempty"`
	UserID   string             `json:"userId,omitempty"`
	Skill    liveperson.SkillID `json:"skill,omitempty"`
	State    State              `json:"conversationState,omitempty"`
	Dialog   *dialogField       `json:"dialog,omitempty"`
	TTRType  TTRType            `json:"ttrType,omitempty"`
	Value    int64              `json:"value,omitempty"`
	Time     int64              `json:"time,omitempty"`
	TillWhen int64              `json:"tillWhen,omitempty"`
	Note     *string            `json:"note,omitempty"`
}

// dialogField is the change of a dialog.
type dialogField struct {
	DialogID    DialogID `json:"dialogId"`
	State       State    `json:"state"`
	ClosedBy    string   `json:"closedBy,omitempty"`
	ClosedCause string   `json:"closedCause,omitempty"`
}

// participant is the field that adds, removes or suggests somebody.
func participant(how string, role Role, userID string) fieldDoc {
	return fieldDoc{Field: "ParticipantsChange", Type: how, Role: role, UserID: userID}
}

// alteration is a change and what shows that it was made.
type alteration struct {
	op       string
	what     string // for Unconfirmed
	dialog   DialogID
	fields   []fieldDoc
	metadata json.RawMessage
	// shown is what a state says of the change.
	shown func(info *ConversationInfo) verdict
	// unlisted says that it was made if the service does not tell of the conversation
	// any more.
	unlisted bool
	// settled says that a refusal may be due to the aim being reached before.
	settled bool
	// again says that it may be sent a second time: that overwrites nothing of others.
	again bool
	// second says that it was sent before, and perhaps made since.
	second bool
	// told tells whether the change has been told of by itself; nil for never.
	told func() bool
	// hold is that of its request.
	hold func(ctx context.Context, s *socket) error
}

// verdict is what a conversation's state says of a change.
type verdict int

const (
	unsure verdict = iota
	made
	notMade
)

// is is made or notMade.
func is(yes bool) verdict {
	if yes {
		return made
	}
	return notMade
}

// alter makes a change. It reports what may have been done.
func (c *Conversation) alter(ctx context.Context, x alteration) error {
	if err := c.closed(); err != nil {
		return opError(x.op, err)
	}
	x.hold = c.hold
	err := c.agent.alter(ctx, c.id, x)
	switch {
	case refused(err):
		if x.told != nil {
			c.setLeaving(false) // if it has gone, then otherwise
		}
		return c.refusal(ctx, x.op, err)
	case errors.Is(err, errUnchanged):
		return c.because(x.op, err)
	case errors.Is(err, ErrUnconfirmed):
		c.report(x.what, err)
	}
	return err
}

// because is the error of a request that was not done, with why if this life is over.
func (c *Conversation) because(op string, err error) error {
	if gone := c.closed(); gone != nil && !errors.Is(err, gone) {
		return opError(op, fmt.Errorf("%w: %w", gone, err))
	}
	return err
}

// refusal is because for what the service has refused. If it has not told why yet, the
// conversation's state is read: it may be closed, or have gone elsewhere.
func (c *Conversation) refusal(ctx context.Context, op string, err error) error {
	if c.closed() == nil {
		ctx, cancel := context.WithTimeout(ctx, answerLimit)
		defer cancel()
		asked := time.Now()
		info, unread := c.agent.read(ctx, op, c.id)
		if unread == nil {
			c.agent.learnt(info, asked)
		} else {
			c.doubt(ctx)
		}
	}
	return c.because(op, err)
}

// alter makes a change of a conversation. If its answer is lost, and the fresh state plainly
// shows that it was not made, it is sent again once, if it may be. That is not done to what
// has been accepted anew.
func (a *Agent) alter(ctx context.Context, id liveperson.ConversationID, x alteration) error {
	err := a.alterOnce(ctx, id, x)
	if !x.again || !errors.Is(err, errUnchanged) || ctx.Err() != nil || a.isExpected(id) {
		return err
	}
	a.log.Info("a change was not made; sending it again", "conversation", id, "what", x.what)
	x.second = true
	err = a.alterOnce(ctx, id, x)
	if err != nil && x.told != nil && x.told() {
		return nil
	}
	return err
}

// alterOnce makes a change, once. If its answer is lost, or is a 408 or 5xx, the fresh state
// tells whether it was made; [ErrUnconfirmed] if that cannot be told.
func (a *Agent) alterOnce(ctx context.Context, id liveperson.ConversationID, x alteration) error {
	_, err := a.link.do(ctx, request{
		op: x.op, typ: ".ams.cm.UpdateConversationField", metadata: x.metadata, body: changeBody{id, x.dialog, x.fields},
		hold: x.hold, about: string(id),
	})
	switch {
	case err == nil:
		return nil
	case doubtful(err):
		return a.wasAltered(ctx, id, x, err)
	case (x.settled || x.second) && refused(err):
		info, unread := a.read(ctx, x.op, id)
		if unread == nil && x.shown(&info) == made || x.second && x.unlisted && errors.Is(unread, ErrNoConversation) {
			return nil
		}
	}
	return err
}

// doubtful tells whether a request that failed may have been done. A 408, and a gateway's
// 5xx, may lie.
func doubtful(err error) bool {
	var e *liveperson.Error
	return unknown(err) || errors.As(err, &e) && (e.Status >= http.StatusInternalServerError || e.Status == http.StatusRequestTimeout)
}

// errUnchanged is a change whose answer was lost, and that the service does not show.
var errUnchanged = fmt.Errorf("the conversation is as it was: %w", liveperson.ErrUnavailable)

// wasAltered finds out whether a change was made whose answer was lost: twice, some time
// apart. The second time counts.
func (a *Agent) wasAltered(ctx context.Context, id liveperson.ConversationID, x alteration, cause error) error {
	last := unsure
	for n := range looks {
		if n > 0 {
			a.pause(ctx, lookPause)
		}
		last = unsure
		info, err := a.read(ctx, x.op, id)
		switch {
		case x.told != nil && x.told():
			return nil
		case err == nil:
			last = x.shown(&info)
		case errors.Is(err, ErrNoConversation) && x.unlisted:
			last = made
		}
		if last == made {
			return nil
		}
	}
	if last == notMade {
		return opError(x.op, fmt.Errorf("%w: %w", errUnchanged, cause))
	}
	return opError(x.op, fmt.Errorf("%w: %w", ErrUnconfirmed, cause))
}

// present is the conversation's state: as it was told by itself, or else as it is read.
func (c *Conversation) present(ctx context.Context, op string) (ConversationInfo, error) {
	if info, ok := c.agent.known(c.id); ok {
		return info, nil
	}
	return c.agent.read(ctx, op, c.id)
}

// depart makes a change by which the agent leaves, and ends this life.
func (c *Conversation) depart(ctx context.Context, x alteration) error {
	c.setLeaving(true)
	x.told = c.hasDeparted
	if err := c.alter(ctx, x); err != nil {
		c.setLeaving(false)
		return err
	}
	c.finish(transferred, nil)
	return nil
}

func (c *Conversation) setLeaving(leaving bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaving = leaving
}

// hasDeparted tells whether the service has told that the agent has left.
func (c *Conversation) hasDeparted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end == transferred
}
