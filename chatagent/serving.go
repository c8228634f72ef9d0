package chatagent

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/desk"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/login"
)

// serving is a Serve or Watch under way: the desk's channel to the Chat Agent
// API.
type serving struct {
	*desk.Desk[life]
	agent   *Agent
	cfg     *config
	log     *slog.Logger
	handler Handler                // nil: somebody watches
	updates *desk.Queue[Update]    // nil: nobody wants them
	where   map[string]rest.Target // the chats of the list that was read last
	whereMu sync.Mutex

	// The rest is the desk's owner's alone.

	tick        time.Time // the last one
	ring        rings
	groups      groups
	state       states
	reseating   bool
	seatless    bool // the agent session is lost, and there is no new one
	reseatPace  desk.Pacer
	reseatTried time.Time
	slow        time.Time         // until when the service is said to be slow
	seated      time.Time         // when the last new agent session began
	elsewhere   bool              // somebody else logs in with this user
	tended      map[*Chat]*tended // those on the desk
}

// tended is how a chat on the desk is looked after.
type tended struct {
	opened time.Time
	heard  time.Time // when it was asked for last, with success
	asked  bool      // by itself, and its answer is awaited
	tick   time.Time // at which it was asked for by itself last
	err    error     // what that told
	gone   bool      // was not there when it was asked for last
}

// tend is how a chat is looked after; of one that is not on the desk nothing is kept.
func (d *serving) tend(c *Chat) *tended {
	if t := d.tended[c]; t != nil {
		return t
	}
	return &tended{}
}

// life is a chat as the desk has it.
type life struct{ *Chat }

// Key is the chat's id.
func (l life) Key() string { return string(l.id) }

// Over tells whether nothing more can be done with it.
func (l life) Over() bool { return l.isOver() }

// Closing is false: a chat is over when its last event has come.
func (l life) Closing() bool { return false }

// Ended tells whether the chat is over.
func (l life) Ended() bool { return l.isEnded() }

// Unread tells whether there are events that were not handed out.
func (l life) Unread() bool { return l.hasUnread() }

// Replaced ends it: another life has begun.
func (l life) Replaced() { l.finish(replaced, nil) }

// Lost ends it: nothing can be done for it.
func (l life) Lost() { l.finish(lost, nil) }

// Stop hands out no more events: the next one is ErrStopping.
func (l life) Stop() { l.halt() }

// Told tells whether whoever takes the events knows.
func (l life) Told() bool { return l.knowsHalt() }

// sitDown makes the desk of a Serve, or of a Watch if there is no handler.
func (s *Agent) sitDown(op string, cfg *config, h Handler) (*serving, error) {
	d := &serving{
		agent: s, cfg: cfg, handler: h, tended: map[*Chat]*tended{}, log: s.log,
	}
	if cfg.log != s.cfg.log {
		d.log = logOf(cfg, s.login)
	}
	var handle func(context.Context, life) error
	if h != nil {
		handle = func(ctx context.Context, l life) error { return h.ServeChat(ctx, l.Chat) }
	}
	d.Desk = desk.New(desk.Config[life]{
		Channel: d, Handle: handle, Interval: cfg.poll, Max: cfg.maxChats, Adopting: !cfg.notAdopting, Leave: cfg.leave || h == nil,
		Grace: cfg.grace, Ended: s.login.Done(),
	})
	if h == nil || cfg.onUpdate != nil {
		d.updates = desk.NewQueue[Update]()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.serving != nil {
		return nil, opError(op, ErrServing)
	}
	s.serving = d
	return d, nil
}

// serve works at the desk until ctx has ended and the chats are seen to, or until
// the login session has ended.
func (d *serving) serve(op string, ctx context.Context) error { //nolint:revive // the operation comes first as in all errors
	d.Run(ctx)
	if err := d.agent.login.Err(); err != nil {
		d.emit(LoginEnded{err})
		return opError(op, err)
	}
	d.log.Info("stopped")
	return ctx.Err()
}

// leave makes room for another Serve or Watch.
func (d *serving) leave() {
	d.agent.mu.Lock()
	defer d.agent.mu.Unlock()
	d.agent.serving = nil
}

// Begin opens the chats that a former Serve, here or in another process, has left
// open, and those that were accepted by hand before.
func (d *serving) Begin() {
	d.agent.mu.Lock()
	chats := slices.SortedFunc(maps.Values(d.agent.chats), byID)
	d.agent.mu.Unlock()
	for _, c := range chats {
		next := c.reborn()
		if next != nil && !d.agent.login.Claims().Rests(string(c.id), d.agent) {
			d.agent.release(c) // another agent session has had it since, and gone further
			continue
		}
		if next != nil && d.agent.register(next, c) {
			c.finish(replaced, nil)
			d.Open(life{next}, desk.Resumed)
		} else if next == nil && !c.isOver() && d.agent.holds(c.id) {
			d.Open(life{c}, desk.Accepted)
		}
	}
	d.state.begin(d)
}

// contested is login.ErrLoggedInElsewhere while another program logs in as this
// agent, and for a while after this one is back: it may be thrown out again.
func (d *serving) contested() error {
	if _, err := d.agent.login.Trouble(); errors.Is(err, login.ErrLoggedInElsewhere) {
		return err
	}
	return nil
}

// List asks for the agent's chats, but for those that are in hand. Nobody knows whose
// they are while that is contested.
func (d *serving) List(ctx context.Context) (keys []string, plain bool, err error) {
	list, plain, err := listChats(ctx, d.agent.at(), onePoll)
	if seatLost(err) {
		d.Post(d.ring.poll.pace.Now) // which sees to another agent session
	}
	if err == nil {
		err = d.contested()
	}
	if err != nil {
		return nil, false, err
	}
	where := map[string]rest.Target{}
	for _, c := range list {
		if c.url.Err() == nil && d.agent.login.Claims().Holder(string(c.ID)) == nil {
			keys = append(keys, string(c.ID))
			where[string(c.ID)] = c.url
		}
	}
	d.Post(d.back)
	d.whereMu.Lock()
	defer d.whereMu.Unlock()
	d.where = where
	return keys, plain, err
}

// Adopt begins a life of a chat that the server says is the agent's.
func (d *serving) Adopt(ctx context.Context, key string) (l life, ok bool, err error) {
	s := d.agent
	d.whereMu.Lock()
	url := d.where[key]
	d.whereMu.Unlock()
	chat, err := s.read(ctx, s.at(), url, onePoll)
	if err != nil || chat.isOver() {
		return l, false, err
	}
	opened := s.onlyOpened(chat.id)
	if opened != nil {
		chat.out = opened.out
	}
	if !s.register(chat, opened) {
		return l, false, nil
	}
	if opened != nil {
		opened.finish(replaced, nil)
	}
	return life{chat}, true, nil
}

// holds tells whether this agent has the chat in hand.
func (s *Agent) holds(id ChatID) bool { return s.login.Claims().Holder(string(id)) == s }

// onlyOpened is the life of a chat that [Agent.Chat] has opened and that nobody has
// in hand, nil if there is none.
func (s *Agent) onlyOpened(id ChatID) *Chat {
	if s.login.Claims().Holder(string(id)) != nil {
		return nil
	}
	return s.life(id)
}

// Rest makes the agent Away, before anything else is stopped.
func (d *serving) Rest(ctx context.Context) {
	d.log.Info("stopping", "chats", d.agent.handled())
	if d.cfg.resting == "" {
		return
	}
	err := d.agent.setPassing(ctx, false, func(wanted availabilityBody) availabilityBody {
		if wanted.Chat == Online {
			return availabilityBody{Chat: d.cfg.resting}
		}
		return wanted
	})
	switch {
	case errors.Is(err, login.ErrLoggedInElsewhere): // nothing rings here
	case err != nil:
		d.log.Error("setting the availability failed: chats may still ring", "to", d.cfg.resting, "err", err)
	}
}

// Returned tells what became of a handler.
func (d *serving) Returned(l life, err error, leaving bool) {
	told := d.Stopping() && errors.Is(err, context.Canceled) || leaving && errors.Is(err, ErrStopping)
	switch {
	case err == nil || told:
		return
	case errors.Is(err, ErrChatEnded), errors.Is(err, ErrChatLost): // everyday things
		d.log.Info("chat handler met the end of its chat", "chat", l.id, "err", err)
		return
	}
	args := []any{"chat", l.id, "err", err}
	var p *desk.PanicError
	if errors.As(err, &p) {
		err = &PanicError{Value: p.Value, Stack: p.Stack}
		args = []any{"chat", l.id, "err", err, "stack", string(p.Stack)}
	}
	d.log.Error("chat handler failed", args...)
	if d.cfg.onError != nil {
		_ = d.call("WithOnError", func() error { d.cfg.onError(l.Chat, err); return nil })
	}
}

// Settle hands a chat over whose handler has failed or was stopped, or ends it.
func (d *serving) Settle(ctx context.Context, l life, err error, again bool) {
	c := l.Chat
	unasked := err != nil || d.Stopping() && !d.cfg.leave
	if d.cfg.handOver != nil && unasked {
		err := c.Transfer(ctx, *d.cfg.handOver, d.cfg.note)
		if errors.Is(err, ErrChatEnded) {
			c.finish(over, nil)
		}
		if err == nil || c.isOver() {
			return
		}
		if d.cfg.refused == nil {
			d.log.Error("handing a chat over failed; ending it", "chat", c.id, "err", err)
		} else {
			err := d.call("WithHandOverRefused", func() error { return d.cfg.refused(ctx, c, err) })
			if err != nil {
				d.log.Error("handing a chat over failed; ending it", "chat", c.id, "err", err)
			}
			if c.isOver() {
				return
			}
		}
	}
	if d.cfg.goodbye != nil && unasked && !again {
		if _, err := c.Send(ctx, *d.cfg.goodbye); err != nil {
			d.log.Warn("saying goodbye failed", "chat", c.id, "err", err)
		}
	}
	err = c.End(ctx)
	switch {
	case err == nil:
		c.finish(over, nil) // perhaps by the visitor
	case !errors.Is(err, ErrChatLost):
		d.log.Error("ending a chat failed", "chat", c.id, "err", err)
		d.Post(d.Look) // it may still be the agent's
	}
}

// Trouble is a call of the desk's own that has failed.
func (d *serving) Trouble(what, key string, err error, pause time.Duration) {
	if errors.Is(err, context.Canceled) {
		return // by the end of the desk
	}
	args := []any{"pause", pause.Round(time.Second), "err", err}
	if key != "" {
		args = append([]any{"chat", key}, args...)
	}
	elsewhere := errors.Is(err, login.ErrLoggedInElsewhere)
	level := slog.LevelWarn
	if elsewhere && d.elsewhere {
		level = slog.LevelInfo // it has been said
	}
	d.log.Log(context.Background(), level, what+" failed", args...)
	d.emit(Trouble{what, ChatID(key), err, time.Now().Add(pause)})
	if elsewhere {
		d.givenUp(err)
	}
}

// givenUp ends the agent's chats here: another program has logged in as this
// agent, and has them. They are taken over again when this one is back, if they are
// still there.
func (d *serving) givenUp(err error) {
	d.elsewhere = true
	for _, l := range d.Lives() {
		l.finish(lost, err)
	}
}

// begin begins the life of a chat that was accepted by hand. What rings now is
// another chat, also if there are as many as before.
func (d *serving) begin(c *Chat) {
	d.Open(life{c}, desk.Accepted)
	d.ringing(max(d.ring.count-1, 0)) // another that rings is told of again
}

// doubtful says that a chat may have been accepted, or may still be: a try takes
// effect for as long as it may be under way.
func (d *serving) doubtful() { d.Doubt(time.Now().Add(searchFor)) }

// searchFor is how long chats are looked for after an answer to Accept was lost.
const searchFor = 35 * time.Second
