package login

import (
	"context"
	"fmt"
	"time"

	"github.com/liveperson-community/liveperson-go/retry"
)

// renew logs in again because a call with the tokens of that generation was
// answered 401. Concurrent callers share one login; if newer tokens are there
// already, nothing is done.
func (s *Session) renew(ctx context.Context, generation int) error {
	_, err := s.renewals.Do(ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.relogin(ctx, generation)
	})
	return err
}

func (s *Session) relogin(ctx context.Context, generation int) error {
	if s.current().generation > generation {
		return nil
	}
	if err := s.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)() // Logout ends it too
	if err := s.waitTurn(ctx); err != nil {
		return err
	}
	s.log.Info("logging in again", "account", s.account)
	err := s.login(ctx)
	s.mu.Lock()
	s.lastTry = time.Now()
	s.mu.Unlock()
	if err == nil {
		return nil
	}
	if ended := s.Err(); ended != nil {
		return ended
	}
	if ctx.Err() == nil && !retry.Temporary(err) && s.creds.kind != kindProvider {
		err = fmt.Errorf("session cannot be saved: %w", err)
		s.end(err)
	}
	return err
}

// waitTurn keeps logins apart.
func (s *Session) waitTurn(ctx context.Context) error {
	s.mu.Lock()
	wait := time.Until(s.lastTry.Add(spacing))
	s.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		if err := s.Err(); err != nil {
			return err
		}
		return ctx.Err()
	}
}
