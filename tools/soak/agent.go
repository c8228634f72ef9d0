package main

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
)

// agent is one agent of the fleet through all its logins and restarts.
type agent struct {
	f       *fleet
	number  int
	random  *rand.Rand
	session *login.Session
	seat    *chatagent.Agent
}

// work serves chats until ctx ends, and logs out.
func (a *agent) work(ctx context.Context) {
	for ctx.Err() == nil {
		if err := a.begin(ctx); err != nil {
			_ = pause(ctx, 3*time.Second)
			continue
		}
		a.f.serving.Add(1)
		for a.serve(ctx) {
		}
		a.f.serving.Add(-1)
		a.end(ctx)
		if ctx.Err() == nil {
			a.f.revived.Add(1)
		}
	}
}

// begin logs in and goes Online.
func (a *agent) begin(ctx context.Context) (err error) {
	a.session, err = login.Login(ctx, a.f.at.account, a.credentials(), a.options()...)
	if err != nil {
		return err
	}
	a.seat, err = chatagent.Start(ctx, a.session)
	if err == nil {
		err = a.seat.SetAvailability(ctx, chatagent.Online)
	}
	if err != nil {
		a.end(ctx)
	}
	return err
}

// end logs out, also after ctx has ended.
func (a *agent) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_ = a.session.Logout(ctx) // the session ends in any case
}

func (a *agent) credentials() login.Credentials {
	if a.number%2 == 0 {
		return login.BotUser(agentName(a.number), clientID(a.number), password(a.number))
	}
	return login.Password(agentName(a.number), password(a.number))
}

func (a *agent) options() []login.Option {
	return []login.Option{login.WithHTTPClient(a.f.client), login.WithDomains(a.f.domains), login.WithRefresh(refreshEvery)}
}

// serve serves for a while and restarts then, with the chats left open. It
// tells whether the agent is ready for more.
func (a *agent) serve(ctx context.Context) bool {
	id := a.session.User().ID
	a.f.meet(id)
	while, cancel := context.WithTimeout(ctx, time.Duration(30+a.random.IntN(150))*time.Second)
	defer cancel()
	surveys, err := agentsurvey.New(a.session, agentsurvey.WithVersion(agentsurvey.V1), agentsurvey.WithMerge(agentsurvey.PreferTheirs))
	if err != nil {
		return false
	}
	err = a.seat.Serve(while, &bot{f: a.f, surveys: surveys, id: id},
		chatagent.WithStayOnline(), chatagent.WithLeaveChats(), chatagent.WithOnError(a.onError))
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return false // all is over, or the login session has ended
	}
	return a.restart(ctx) == nil
}

func (a *agent) onError(_ *chatagent.Chat, err error) {
	if p := (*chatagent.PanicError)(nil); errors.As(err, &p) && p.Value == errAsked { //nolint:errorlint // the very one
		a.f.panics.Add(1)
		return
	}
	a.f.errors.Add(1)
}

// restart goes on as a new process would: with what was written down.
func (a *agent) restart(ctx context.Context) error {
	a.f.restarts.Add(1)
	snapshot, err := a.seat.Snapshot().Reveal()
	if err != nil {
		return err
	}
	tokens, err := a.session.Save().Reveal()
	if err != nil {
		return err
	}
	var snap chatagent.Snapshot
	var saved login.Saved
	if err := errors.Join(json.Unmarshal(snapshot, &snap), json.Unmarshal(tokens, &saved)); err != nil {
		return err
	}
	silent, cancel := context.WithCancel(ctx)
	cancel()
	_ = a.session.Logout(silent) // its goroutines end; the server does not hear of it
	for {
		session, err := login.Restore(ctx, saved, a.credentials(), a.options()...)
		if err == nil {
			var seat *chatagent.Agent
			if seat, err = chatagent.Resume(ctx, session, snap); err == nil {
				a.session, a.seat = session, seat
				return nil
			}
			_ = session.Logout(silent)
		}
		if ctx.Err() != nil {
			return err
		}
		_ = pause(ctx, 2*time.Second)
	}
}
