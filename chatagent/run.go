package chatagent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/store"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Run is a bot's whole life: it logs in, starts an agent session, goes Online and
// serves until ctx ends. Then it stops as [Agent.Serve] does, and logs out, all
// within the grace ([WithGrace], 20 s). It returns nil after that, and else what
// ended it: a login that was refused, for instance.
//
// With [WithStore] it leaves its chats open when it stops, logs nobody out, and
// puts login and chats into the store, where the next Run finds them: a new version
// of a bot takes over in the middle of its chats.
//
// Signals are the caller's: see the README for a complete main.
func Run(ctx context.Context, account string, creds login.Credentials, h Handler, opts ...Option) error {
	const op = "chatagent.Run"
	if err := checkHandler(op, h); err != nil {
		return err
	}
	cfg, err := defaults.with(op, opts)
	if err != nil {
		return err
	}
	data, was, err := takeFrom(ctx, cfg)
	if err != nil {
		return stopped(ctx, err)
	}
	session, agent, err := begin(ctx, cfg, account, creds, was, opts)
	if session != nil {
		defer session.Close()
	}
	if err != nil {
		return errors.Join(stopped(ctx, err), giveUp(ctx, cfg, session, data, err))
	}
	if cfg.store != nil {
		opts = append(opts[:len(opts):len(opts)], WithLeaveChats())
	}
	err = agent.Serve(ctx, h, opts...)
	last, cancel := cfg.last(ctx)
	defer cancel()
	if cfg.store != nil && session.Err() == nil {
		return errors.Join(stopped(ctx, err), leaveIn(last, cfg.store, creds, session, agent))
	}
	return errors.Join(stopped(ctx, err), session.Logout(last))
}

// last is the time for what is done when all else is over.
func (c *config) last(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), max(c.grace/10, 2*time.Second))
}

// giveUp undoes a beginning that has failed: what the store held goes back if the
// next Run may be luckier, and else the login ends.
func giveUp(ctx context.Context, cfg *config, session *login.Session, data []byte, why error) error {
	last, cancel := cfg.last(ctx)
	defer cancel()
	switch {
	case len(data) > 0 && (ctx.Err() != nil || retry.Temporary(why)):
		return putInto(last, cfg.store, data)
	case session != nil:
		_ = session.Logout(last) // there is a worse error
	}
	return nil
}

// stopped is err without what only says that ctx has ended.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// takeTimeout is how long a store may take to tell what it has.
const takeTimeout = 10 * time.Second

// takeFrom reads what the store has, if there is one. What cannot be read is worth
// nothing to the next Run either.
func takeFrom(ctx context.Context, cfg *config) (data []byte, was stored, err error) {
	if cfg.store == nil {
		return nil, was, nil
	}
	limited, cancel := context.WithTimeout(ctx, takeTimeout)
	defer cancel()
	if data, err = cfg.store.Take(limited); err != nil {
		return nil, was, fmt.Errorf("chatagent.Run: taking from the store: %w", err)
	}
	if len(data) == 0 {
		return nil, was, nil
	}
	if err := json.Unmarshal(data, &was); err != nil {
		cfg.log.Warn("what the store holds cannot be read; logging in afresh", "err", err)
		return nil, stored{}, nil
	}
	return data, was, nil
}

// begin logs in and goes Online, or goes on with what the store had.
func begin(ctx context.Context, cfg *config, account string, creds login.Credentials, was stored, opts []Option) (*login.Session, *Agent, error) {
	loginOpts := append([]login.Option{login.WithLogger(cfg.log)}, cfg.login...)
	if was.For != "" && was.For != creds.String() {
		cfg.log.Warn("what the store holds is another user's; logging in afresh", "of", was.For)
		was = stored{}
	}
	if was.Login.Account != "" && was.Login.Account == account && was.Agent.data != nil {
		session, err := login.Restore(ctx, was.Login, creds, loginOpts...)
		if errors.Is(err, liveperson.ErrForeignOrigin) { // of a test server that has moved, for instance
			cfg.log.Warn("the login in the store cannot be used; logging in afresh", "err", err)
			return begin(ctx, cfg, account, creds, stored{}, opts)
		}
		if err != nil {
			return nil, nil, err
		}
		agent, err := Resume(ctx, session, was.Agent, opts...)
		if err == nil {
			agent.wish(Online) // Serve sets it: nobody asks for the chats before that
			return session, agent, nil
		}
		cfg.log.Warn("the chats of the former process cannot be resumed; looking for them", "err", err)
		agent, err = Start(ctx, session, opts...)
		if err != nil {
			return session, nil, err
		}
		return session, agent, agent.online(ctx)
	}
	session, err := login.Login(ctx, account, creds, loginOpts...)
	if err != nil {
		return nil, nil, err
	}
	agent, err := Start(ctx, session, opts...)
	if err != nil {
		return session, nil, err
	}
	return session, agent, agent.online(ctx)
}

// leaveIn puts login and chats into the store.
func leaveIn(ctx context.Context, store Store, creds login.Credentials, session *login.Session, agent *Agent) error {
	snap, err := agent.Snapshot(ctx)
	if err != nil {
		return err
	}
	data, err := reveal(creds, session.Save(), snap)
	if err != nil {
		return err
	}
	return putInto(ctx, store, data)
}

func putInto(ctx context.Context, store Store, data []byte) error {
	if err := store.Put(ctx, data); err != nil {
		return fmt.Errorf("chatagent.Run: putting into the store: %w", err)
	}
	return nil
}

// stored is what a Store holds.
type stored struct {
	Login login.Saved `json:"login"`
	Agent Snapshot    `json:"agent"`
	// For names the credentials of the Run, without what is secret in them.
	For string `json:"for"`
}

// reveal is the JSON of a stored, with its credentials.
func reveal(creds login.Credentials, saved login.Saved, snap Snapshot) ([]byte, error) {
	l, err := saved.Reveal()
	if err != nil {
		return nil, err
	}
	a, err := snap.Reveal()
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"login": json.RawMessage(l), "agent": json.RawMessage(a), "for": creds.String()})
}

// Store keeps login and chats of a bot between two processes; see [WithStore]. What
// it keeps holds credentials: keep it as safe as a password. Its methods must return soon
// once ctx has ended: Run waits for them.
type Store interface {
	// Take returns what was put last and removes it, so that one process alone goes
	// on with it; nil if there is nothing.
	Take(ctx context.Context) ([]byte, error)
	// Put keeps data: all of it or nothing. It is called when Run stops; after a crash there
	// is nothing of this process in the store.
	Put(ctx context.Context, data []byte) error
}

// FileStore is a Store in a file that only its owner may read, in a directory that exists.
// It writes another file beside it, syncs it and renames it.
func FileStore(path string) Store { return store.File(path) }
