package messagingagent

import (
	"context"
	"strings"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Filter chooses conversations. Its zero value chooses all that the user may see.
//
// https://developers.liveperson.com/messaging-agent-sdk-conversation-metadata-guide.html
type Filter struct {
	// Agents are those who take part, in any role: user ids, with the account or
	// without; [Agent.Me] is the agent's own.
	Agents []liveperson.UserID
	// States are those of the main dialog, Stages those of the whole conversation.
	States []State
	Stages []Stage
	// Consumer, Conversation and Skill are one each; empty for any.
	Consumer     string
	Conversation liveperson.ConversationID
	Skill        liveperson.SkillID
	// UpdatedAfter and UpdatedBefore, and the latest RespondBefore, limit the times;
	// zero for none.
	UpdatedAfter, UpdatedBefore, RespondBefore time.Time
	// DialogTypes are kinds of dialogs that it has.
	DialogTypes []DialogType
}

// filterBody is a filter as it is sent.
type filterBody struct {
	BrandID      string       `json:"brandId"`
	AgentIDs     []string     `json:"agentIds,omitempty"`
	ConvState    []State      `json:"convState,omitempty"`
	Stage        []Stage      `json:"stage,omitempty"`
	ConsumerID   string       `json:"consumerId,omitempty"`
	Conversation string       `json:"conversationId,omitempty"`
	SkillID      string       `json:"skillId,omitempty"`
	MinUpdated   int64        `json:"minLastUpdatedTime,omitempty"`
	MaxUpdated   int64        `json:"maxLastUpdatedTime,omitempty"`
	MaxETTR      int64        `json:"maxETTR,omitempty"`
	DialogTypes  []DialogType `json:"dialogTypes,omitempty"`
}

func (f Filter) body(a *Agent) filterBody {
	b := filterBody{
		BrandID: a.account(), ConvState: f.States, Stage: f.Stages, ConsumerID: f.Consumer,
		Conversation: string(f.Conversation), SkillID: string(f.Skill), DialogTypes: f.DialogTypes,
		MinUpdated: millis(f.UpdatedAfter), MaxUpdated: millis(f.UpdatedBefore), MaxETTR: millis(f.RespondBefore),
	}
	for _, id := range f.Agents {
		b.AgentIDs = append(b.AgentIDs, a.oldIDOf(id))
	}
	return b
}

// check tells what would not be taken.
func (f *Filter) check(op string) error {
	bad := func(field, rule string) error { return &liveperson.InputError{Op: op, Field: field, Rule: rule} }
	for _, id := range f.Agents {
		if !isUserID(id) {
			return bad("agentIds", "must be user ids")
		}
	}
	if f.Skill != "" && !isNumber(string(f.Skill)) {
		return bad("skillId", "must be the skill's id, a number")
	}
	for field, t := range map[string]time.Time{"minLastUpdatedTime": f.UpdatedAfter, "maxLastUpdatedTime": f.UpdatedBefore, "maxETTR": f.RespondBefore} {
		if millis(t) < 0 {
			return bad(field, "must not be before 1970")
		}
	}
	return nil
}

// isUserID tells whether an id may be a user's, with the account or without.
func isUserID(id liveperson.UserID) bool { return id != "" && !strings.HasSuffix(string(id), ".") }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// subscription is a filter whose conversations the service tells of, over whichever
// socket is open. What it knows is the reader's and, between sockets, the opener's:
// the agent's mutex guards it.
type subscription struct {
	filter Filter
	// told takes each change, in order; it must not wait. The mutex is not held.
	told func(change conversationChange)
	// listed is called after the first notification of each socket. plain is false if
	// there may be more than it told.
	listed func(plain bool)
	// has tells whether the agent is the one who has a conversation; nil if that is all the
	// same.
	has func(info *ConversationInfo) bool

	id      string // on that socket
	socket  uint64
	fresh   bool // no notification has come on it
	dropped bool // nobody wants it any more
	known   map[liveperson.ConversationID]*knownConversation
}

// knownConversation is what a subscription knows of one.
type knownConversation struct {
	info ConversationInfo
	gone bool      // it no longer matches
	at   time.Time // when that was told, here
	// shown is the number of the socket over which it was told of last. On a newer one it
	// is in doubt: much may have happened while there was none.
	shown uint64

	verifying bool // is being asked for
	// parted is when the agent closed it or left it, while the service had not told of that:
	// that it is his is old news if it is not from after that. Zero if it has.
	parted time.Time
}

// maxListed is how many conversations the first notification tells of at most.
const maxListed = 1000

// take takes the changes that a notification tells, and returns those that are news.
// snapshot says that it should tell all there are, if it is plain. asked is when that was
// asked for. It may be another notification, since nothing tells the two apart, and one
// may be lost. To be verified are those that it does not tell, and those of which it may
// be old news.
func (s *subscription) take(changes []conversationChange, snapshot, plain bool, asked time.Time) (news []conversationChange, doubtful []liveperson.ConversationID) {
	if s.known == nil {
		s.known = map[liveperson.ConversationID]*knownConversation{}
	}
	now := time.Now()
	there := map[liveperson.ConversationID]bool{}
	for _, c := range changes {
		id := c.info.ID
		there[id] = true
		k := s.known[id]
		if k != nil && c.info.UpdatedAt.Before(k.info.UpdatedAt) && !c.info.UpdatedAt.IsZero() {
			continue // an older state, late
		}
		if k != nil && k.gone && c.gone {
			continue
		}
		if k != nil && !c.gone && s.isOld(k, &c, asked) {
			doubtful = append(doubtful, id)
			continue
		}
		if c.gone && k != nil && c.info.UpdatedAt.IsZero() && c.info.State == "" && c.info.Stage == "" { // a short one
			c.info = k.info
		}
		fresh := &knownConversation{info: c.info, gone: c.gone, at: now}
		if k != nil {
			fresh.shown, fresh.verifying = k.shown, k.verifying
		}
		s.known[id] = fresh
		news = append(news, c)
	}
	s.forget(now)
	if snapshot && plain {
		for id, k := range s.known {
			if !there[id] && !k.gone && k.at.Before(asked) {
				doubtful = append(doubtful, id)
			}
		}
	}
	return news, doubtful
}

// isOld tells whether a state may be from before the agent closed or left the conversation:
// nothing says when it was told, unless it was asked for.
func (s *subscription) isOld(k *knownConversation, c *conversationChange, asked time.Time) bool {
	return !k.parted.IsZero() && (!c.sure || asked.Before(k.parted)) && s.has != nil && s.has(&c.info)
}

// shows notes that the service has told of conversations over that socket.
func (s *subscription) shows(changes []conversationChange, socket uint64) {
	for _, c := range changes {
		if k := s.known[c.info.ID]; k != nil && !c.gone {
			k.shown = max(k.shown, socket)
		}
	}
}

// forgetAfter is how long a conversation that is gone is remembered, so that a late
// notification does not bring it back.
const forgetAfter = 10 * time.Minute

func (s *subscription) forget(now time.Time) {
	for id, k := range s.known {
		if k.gone && now.Sub(k.at) > forgetAfter {
			delete(s.known, id)
		}
	}
}

// subscribed is the answer of the requests that subscribe.
type subscribed struct {
	SubscriptionID string `json:"subscriptionId"`
}

// unsubscribe ends what the service tells over that socket; that it fails harms nobody.
func (a *Agent) unsubscribe(id string, socket uint64) {
	a.beside(func(ctx context.Context) {
		s, _, _ := a.link.present()
		if s == nil || s.number != socket {
			return // it ended with its socket
		}
		_, err := s.do(ctx, request{
			op: "messagingagent.Unsubscribe", typ: ".ams.aam.UnsubscribeExConversations",
			body: subscribed{id},
		})
		if err != nil {
			a.log.Debug("unsubscribing failed", "err", err)
		}
	})
}

// verify finds out what became of conversations that a subscription does not tell of any
// more: they are gone if the service does not show them as the filter wants them.
func (a *Agent) verify(s *subscription, ids []liveperson.ConversationID) {
	for _, id := range ids {
		a.mu.Lock()
		k := s.known[id]
		if k == nil || k.gone || k.verifying {
			a.mu.Unlock()
			continue
		}
		k.verifying = true
		a.mu.Unlock()
		a.beside(func(ctx context.Context) { a.verifyOne(ctx, s, id) })
	}
}

// lastOf is the state of a conversation that went while nobody was told: it may be closed,
// which the agent's own filter does not show.
func (a *Agent) lastOf(ctx context.Context, known ConversationInfo) ConversationInfo {
	info, err := a.read(ctx, "messagingagent.Conversations", known.ID)
	if err != nil || info.UpdatedAt.Before(known.UpdatedAt) {
		return known
	}
	return info
}

// verifyOne asks for one conversation until that is answered; one that is not shown is
// asked for twice.
func (a *Agent) verifyOne(ctx context.Context, s *subscription, id liveperson.ConversationID) {
	filter := s.filter
	filter.Conversation = id
	unseen := 0
	for pause := time.Second; ctx.Err() == nil; pause = min(2*pause, mostFillPause) {
		asked := time.Now()
		number := a.socketNumber()
		list, _, err := a.list(ctx, "messagingagent.Conversations", filter)
		if err == nil && len(list) == 0 {
			unseen++
		}
		a.mu.Lock()
		k := s.known[id]
		if k != nil && !k.gone && (number != a.socket || asked.Before(k.parted)) { // what it told may be from before
			a.mu.Unlock()
			unseen, pause = 0, time.Second/2
			continue
		}
		if k == nil || k.gone || !k.at.Before(asked) && k.shown >= number { // the service has told meanwhile
			if k != nil {
				k.verifying = false
			}
			a.mu.Unlock()
			return
		}
		var news []conversationChange
		switch {
		case len(list) > 0:
			k.verifying = false
			news = []conversationChange{{info: list[0], sure: !a.over[id].After(asked)}}
			s.shows(news, number)
			news, _ = s.take(news, false, false, asked)
			a.signal()
		case unseen >= looks || refused(err):
			k.gone, k.at, k.verifying = true, time.Now(), false
			news = []conversationChange{{gone: true, info: k.info, sure: true}}
		}
		a.mu.Unlock()
		if len(list) == 0 && news != nil {
			news[0].info = a.lastOf(ctx, news[0].info)
			a.mu.Lock()
			if k.gone && s.known[id] == k { // not told of again meanwhile
				k.info = news[0].info
			}
			a.mu.Unlock()
		}
		for _, c := range news {
			s.told(c)
		}
		if len(list) > 0 || news != nil {
			return
		}
		sleep(ctx, pause)
	}
}

// learnt takes the state of a conversation that was asked for at that time, as if the
// agent's own subscription had told it, unless that has told one meanwhile.
func (a *Agent) learnt(info ConversationInfo, asked time.Time) {
	a.mu.Lock()
	news := []conversationChange{{info: info, gone: !a.chooses(&info), sure: !a.over[info.ID].After(asked)}}
	switch k := a.own.known[info.ID]; {
	case k != nil && k.at.After(asked):
		news = nil
	case k == nil && news[0].gone:
		news[0].gone = false // he had no part in it before
	default:
		news, _ = a.own.take(news, false, false, asked)
	}
	a.mu.Unlock()
	for _, c := range news {
		a.toldOwn(c)
	}
}

// chooses tells whether the agent's own filter chooses a conversation.
func (a *Agent) chooses(info *ConversationInfo) bool {
	isOpen := info.State == StateOpen
	if a.cfg.surveys {
		isOpen = info.Stage == StageOpen
	}
	return isOpen && len(a.parts(info)) > 0
}
