package messagingagent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/store"
	"github.com/liveperson-community/liveperson-go/login"
)

// Run is a bot's whole life: it logs in, connects, goes Online and serves until ctx ends.
// Then it stops as [Agent.Serve] does, and logs out, all within the grace ([WithGrace],
// 20 s). It returns nil after that, and else what ended it: a login that was refused, for
// instance.
//
// The conversations stay the agent's on the service, and the next Run begins with them:
// after the last message of an agent in each, or, with [WithStore], where this one came
// to.
//
// Signals are the caller's: see the README for a complete main.
func Run(ctx context.Context, account string, creds login.Credentials, h Handler, opts ...Option) error {
	const op = "messagingagent.Run"
	if err := checkHandler(op, h); err != nil {
		return err
	}
	cfg, err := defaults.with(op, opts)
	if err != nil {
		return err
	}
	session, err := login.Login(ctx, account, creds, append([]login.Option{login.WithLogger(cfg.log)}, cfg.login...)...)
	if err != nil {
		return stopped(ctx, err)
	}
	defer session.Close()
	err = serveAll(ctx, cfg, session, h, opts)
	last, cancel := cfg.last(ctx)
	defer cancel()
	return errors.Join(err, session.Logout(last))
}

// last is the time for what is done when all else is over.
func (c *config) last(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), max(c.grace/10, 2*time.Second))
}

// serveAll is what Run does between login and logout.
func serveAll(ctx context.Context, cfg *config, session *login.Session, h Handler, opts []Option) error {
	data, was, err := takeFrom(ctx, cfg)
	if err != nil {
		return stopped(ctx, err)
	}
	if len(data) > 0 {
		opts = append(opts[:len(opts):len(opts)], WithSnapshot(was))
	}
	agent, err := Connect(ctx, session, opts...)
	if err != nil {
		return errors.Join(stopped(ctx, err), putInto(ctx, cfg, data)) // the next Run may be luckier
	}
	defer agent.Close()
	kept := keep(ctx, cfg, agent)
	err = agent.SetAvailability(ctx, Online)
	if err == nil {
		err = agent.Serve(ctx, h, opts...)
	}
	kept()
	err = stopped(ctx, err)
	data, odd := json.Marshal(agent.Snapshot())
	return errors.Join(err, odd, putInto(ctx, cfg, data))
}

// keepEvery is how often the store is told how far the conversations were handled, if that
// has changed.
const keepEvery = 5 * time.Second

// keepTimeout limits one such call.
const keepTimeout = 10 * time.Second

// keep has the store know, in case of a crash, how far the conversations were handled,
// until end is called.
func keep(ctx context.Context, cfg *config, agent *Agent) (end func()) {
	if cfg.store == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // while it stops, too
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(keepEvery)
		defer tick.Stop()
		var last []byte
		for failed := false; ; {
			data, err := json.Marshal(agent.snapshot(true))
			if err == nil && !bytes.Equal(data, last) {
				limited, done := context.WithTimeout(ctx, keepTimeout)
				if err = cfg.store.Put(limited, data); err == nil {
					last = data
				}
				done()
			}
			if err != nil && !failed && ctx.Err() == nil {
				cfg.log.Error("the store does not take how far the conversations were handled", "err", err)
			}
			failed = err != nil
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// stopped is err without what only says that ctx has ended.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// takeFrom reads what the store has, if there is one. What cannot be read is worth
// nothing to the next Run either.
func takeFrom(ctx context.Context, cfg *config) (data []byte, was Snapshot, err error) {
	if cfg.store == nil {
		return nil, was, nil
	}
	if data, err = cfg.store.Take(ctx); err != nil {
		return nil, was, fmt.Errorf("messagingagent.Run: taking from the store: %w", err)
	}
	if len(data) == 0 {
		return nil, was, nil
	}
	if err := json.Unmarshal(data, &was); err != nil {
		cfg.log.Warn("what the store holds cannot be read", "err", err)
		return nil, Snapshot{}, nil
	}
	return data, was, nil
}

// putInto puts data into the store, if there is one.
func putInto(ctx context.Context, cfg *config, data []byte) error {
	if cfg.store == nil || len(data) == 0 {
		return nil
	}
	last, cancel := cfg.last(ctx)
	defer cancel()
	if err := cfg.store.Put(last, data); err != nil {
		return fmt.Errorf("messagingagent.Run: putting into the store: %w", err)
	}
	return nil
}

// Store keeps a [Snapshot] between two processes; see [WithStore].
type Store interface {
	// Take returns what was put last and removes it; nil if there is nothing.
	Take(ctx context.Context) ([]byte, error)
	// Put keeps data, in place of what was put before.
	Put(ctx context.Context, data []byte) error
}

// FileStore is a Store in a file that only its owner may read.
func FileStore(path string) Store { return store.File(path) }
