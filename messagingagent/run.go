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
	snap, err := takeFrom(ctx, cfg)
	if err == nil {
		err = serveAll(ctx, cfg, session, h, snap, opts)
	} else {
		err = stopped(ctx, err)
	}
	last, cancel := cfg.last(ctx)
	defer cancel()
	return errors.Join(err, session.Logout(last))
}

// last is the time for what is done when all else is over.
func (c *config) last(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), max(c.grace/10, 2*time.Second))
}

// serveAll is what Run does between login and logout. What the store held goes back if
// nothing comes of it.
func serveAll(ctx context.Context, cfg *config, session *login.Session, h Handler, snap *Snapshot, opts []Option) error {
	var resume Option
	if snap != nil {
		resume = WithSnapshot(*snap)
	}
	agent, err := Connect(ctx, session, append(opts[:len(opts):len(opts)], resume)...)
	if err == nil {
		defer agent.Close()
		if err = agent.SetAvailability(ctx, Online); err == nil {
			err = agent.Serve(ctx, h, opts...)
		}
		now := agent.Snapshot()
		snap = &now
	}
	err = stopped(ctx, err)
	if cfg.store == nil || snap == nil {
		return err
	}
	last, cancel := cfg.last(ctx)
	defer cancel()
	return errors.Join(err, putInto(last, cfg, *snap))
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
func takeFrom(ctx context.Context, cfg *config) (*Snapshot, error) {
	if cfg.store == nil {
		return nil, nil
	}
	data, err := cfg.store.Take(ctx)
	if err != nil {
		return nil, fmt.Errorf("messagingagent.Run: taking from the store: %w", err)
	}
	if len(data) == 0 {
		return nil, nil
	}
	var s Snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		cfg.log.Warn("what the store holds cannot be read", "err", err)
		return nil, nil
	}
	return &s, nil
}

func putInto(ctx context.Context, cfg *config, s Snapshot) error {
	data, err := json.Marshal(s)
	if err == nil {
		err = cfg.store.Put(ctx, data)
	}
	if err != nil {
		return fmt.Errorf("messagingagent.Run: putting into the store: %w", err)
	}
	return nil
}

// Store keeps a [Snapshot] between two processes; see [WithStore].
type Store interface {
	// Take returns what was put last and removes it; nil if there is nothing.
	Take(ctx context.Context) ([]byte, error)
	// Put keeps data.
	Put(ctx context.Context, data []byte) error
}

// FileStore is a Store in a file that only its owner may read.
func FileStore(path string) Store { return store.File(path) }
