package messagingagent

import (
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
	was, err := readFrom(ctx, cfg)
	if err != nil {
		return stopped(ctx, err)
	}
	if was != nil {
		opts = append(opts[:len(opts):len(opts)], WithSnapshot(*was))
	}
	agent, err := Connect(ctx, session, opts...)
	if err != nil {
		return stopped(ctx, err)
	}
	defer agent.Close()
	kept := agent.keep(ctx, cfg)
	err = agent.SetAvailability(ctx, Online)
	if err == nil {
		err = agent.Serve(ctx, h, opts...)
	}
	kept()
	last, cancel := cfg.last(ctx)
	defer cancel()
	return errors.Join(stopped(ctx, err), putInto(last, cfg, agent))
}

// elsewhere tells whether another process works with the user, and has put into the
// store what counts.
func (a *Agent) elsewhere() bool {
	_, err := a.session.Trouble()
	return errors.Is(err, login.ErrLoggedInElsewhere)
}

// stopped is err without what only says that ctx has ended.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// storeTimeout limits a call of the store's.
const storeTimeout = 10 * time.Second

// readFrom reads what the store has, if there is one. What cannot be read is worth
// nothing to the next Run either.
func readFrom(ctx context.Context, cfg *config) (*Snapshot, error) {
	if cfg.store == nil {
		return nil, nil
	}
	limited, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	data, err := cfg.store.Get(limited)
	if err != nil {
		return nil, fmt.Errorf("messagingagent.Run: reading from the store: %w", err)
	}
	if len(data) == 0 {
		return nil, nil
	}
	was := new(Snapshot)
	if err := json.Unmarshal(data, was); err != nil {
		cfg.log.Warn("what the store holds cannot be read", "err", err)
		return nil, nil
	}
	return was, nil
}

// putInto puts how far the agent has come into the store, if there is one.
func putInto(ctx context.Context, cfg *config, agent *Agent) error {
	if cfg.store == nil || agent.elsewhere() {
		return nil
	}
	data, err := json.Marshal(agent.Snapshot())
	if err == nil {
		err = cfg.store.Put(ctx, data)
	}
	if err != nil {
		return fmt.Errorf("messagingagent.Run: putting into the store: %w", err)
	}
	return nil
}

// Store keeps a [Snapshot] between two processes; see [WithStore]. It is asked for one thing
// at a time, but by two processes at once while one takes over from the other. A Put that
// fails, or takes longer than its context (1 s before an answer, which goes out all the same),
// is an error in the log and is made again with the next one; what it would have kept is
// missing after a crash until then. Its methods must return soon once ctx has ended: the
// agent waits for them when it stops.
type Store interface {
	// Get returns what was put last; nil if there is nothing.
	Get(ctx context.Context) ([]byte, error)
	// Put keeps data, in place of what was put before: all of it or nothing, also if the
	// process ends meanwhile. It may hold on to data, and must not change it.
	Put(ctx context.Context, data []byte) error
}

// FileStore is a Store in a file that only its owner may read, in a directory that exists.
// It writes another file beside it, syncs it and renames it.
func FileStore(path string) Store { return store.File(path) }
