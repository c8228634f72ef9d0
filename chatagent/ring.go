package chatagent

import (
	"context"
	"errors"
	"time"
)

// pollTimeout limits one poll: a hanging one must not cost a chat its 40 s.
const pollTimeout = 8 * time.Second

// ring asks for incoming requests and has them accepted, as many as may run.
func (l *loop) ring(ctx context.Context) error {
	ringing, err := l.s.pollIncoming(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	room := l.room()
	begin := (ringing > 0 && room || l.search) && !l.accepting
	l.accepting = l.accepting || begin
	l.mu.Unlock()
	l.beside()
	if ringing > 0 && !room {
		l.s.log.Info("leaving requests ringing", "ringing", ringing, "limit", l.cfg.maxChats)
	}
	if begin {
		l.wg.Go(func() { l.accept(ctx, ringing) })
	}
	return nil
}

// room tells whether another chat may run. Its caller holds l.mu.
func (l *loop) room() bool { return l.cfg.maxChats == 0 || len(l.running) < l.cfg.maxChats }

// accept takes ringing chats, on a goroutine of its own: an answer that is
// lost takes time to make good, and the running chats need their polls.
func (l *loop) accept(ctx context.Context, ringing int) {
	defer func() {
		l.mu.Lock()
		l.accepting = false
		l.mu.Unlock()
		l.nudge()
	}()
	l.mu.Lock()
	search := l.search
	l.search = time.Now().Before(l.searchUntil)
	l.mu.Unlock()
	if search {
		l.adopt(ctx)
	}
	for range ringing {
		if l.cfg.maxChats > 0 && l.count() >= l.cfg.maxChats || l.isLeaving() {
			return
		}
		at, url, doubt, err := l.s.accept(ctx, true)
		if doubt {
			l.searchAgain()
		}
		if errors.Is(err, ErrNoIncoming) || ctx.Err() != nil {
			return // somebody else took it, or the visitor left
		}
		if err == nil {
			var chat *Chat
			if chat, err = l.s.open(ctx, at, url); err == nil {
				l.start(chat) //nolint:contextcheck // handlers have the life of Serve
				continue
			}
		}
		// The chat may be ours now without our knowing it.
		l.s.log.Warn("accepting a chat failed", "err", err)
		l.searchAgain()
		return
	}
}

// searchFor is how long chats are looked for after an answer to Accept was lost: as
// long as that one may still take effect.
const searchFor = 35 * time.Second

// searchAgain has the next polls look for chats that are ours without our knowing.
func (l *loop) searchAgain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.search, l.searchUntil = true, time.Now().Add(searchFor)
}

// adopt looks for chats of the agent that are not being handled: accepted with
// the answer lost, or left over from a lost agent session.
func (l *loop) adopt(ctx context.Context) {
	at := l.s.at()
	list, err := chatSessions(ctx, at)
	failed := err != nil
	for _, cs := range list {
		l.mu.Lock()
		known := l.running[cs.ID] != nil || l.finished[cs.ID]
		l.mu.Unlock()
		if known {
			continue
		}
		chat, err := l.s.open(ctx, at, cs.url)
		if err != nil {
			failed = failed || !gone(err)
			l.s.log.Warn("taking over a chat failed", "chat", cs.ID, "err", err)
			continue
		}
		if !chat.ended() {
			l.start(chat) //nolint:contextcheck // handlers have the life of Serve
		}
	}
	if failed && ctx.Err() == nil {
		l.mu.Lock()
		l.search = true
		l.mu.Unlock()
	}
}
