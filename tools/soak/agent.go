package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// agent is one agent of the fleet through all its processes.
type agent struct {
	f      *fleet
	number int
	random *rand.Rand
	beside sync.WaitGroup
	left   messagingagent.Snapshot // by the last process, in the messaging channel
}

// work serves chats until ctx ends, and logs out.
func (a *agent) work(ctx context.Context) {
	a.f.leave(agentName(a.number))
	defer a.beside.Wait()
	for ctx.Err() == nil {
		p, err := a.newProcess()
		if err == nil {
			err = p.begin(ctx)
		}
		if err != nil {
			_ = pause(ctx, 3*time.Second)
			continue
		}
		a.f.present(agentName(a.number))
		a.f.meet(a.channel(), p.session.User().ID)
		a.f.serving.Add(1)
		for next := p; next != nil; next = a.serve(ctx, next) {
			p = next
		}
		a.f.serving.Add(-1)
		if p.line.dead() {
			_ = pause(ctx, rebootTime)
		} else {
			a.logout(ctx, p.session)
		}
		if ctx.Err() == nil {
			a.f.revived.Add(1)
		}
	}
}

// rebootTime is how long an agent that has crashed is away. It is longer than
// what is under way to the services may take.
const rebootTime = 6 * time.Second

// logout logs out, also after ctx has ended.
func (a *agent) logout(ctx context.Context, s *login.Session) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_ = s.Logout(ctx) // the session ends in any case
}

func (a *agent) credentials() login.Credentials {
	if a.number%2 == 0 {
		return login.BotUser(agentName(a.number), clientID(a.number), password(a.number))
	}
	return login.Password(agentName(a.number), password(a.number))
}

// serve has a process serve for a while. It returns the one that goes on with
// its chats, nil if there is none.
func (a *agent) serve(ctx context.Context, p *process) *process {
	while, cancel := context.WithTimeout(ctx, time.Duration(30+a.random.IntN(150))*time.Second)
	defer cancel()
	crashes := a.f.plan.has(crashes) && a.random.IntN(3) == 0
	if a.f.plan.has(rivals) && a.random.IntN(8) == 0 {
		a.beside.Go(func() { a.rival(while) })
	}
	if a.f.plan.has(sideCalls) && a.channel() == chatting {
		a.beside.Go(func() { a.sideCalls(while, p) })
	}
	var err error
	ended := make(chan struct{})
	a.beside.Go(func() {
		defer close(ended)
		serving := while
		if crashes {
			serving = ctx // nobody tells it to stop
		}
		err = p.serve(serving)
		if crashes {
			p.session.Close() // its goroutines end
		}
	})
	if crashes {
		select {
		case <-while.Done():
			if ctx.Err() == nil {
				a.f.crashed.Add(1)
				p.crash()
				a.f.leave(agentName(a.number))
				p.session.Close()
				return nil
			}
			<-ended
		case <-ended:
		}
		a.f.leave(agentName(a.number))
		return nil
	}
	<-ended
	a.f.leave(agentName(a.number))
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return nil // all is over, or the login session has ended
	}
	return a.restart(ctx, p)
}

func (a *agent) onError(_ *chatagent.Chat, err error) {
	if p := (*chatagent.PanicError)(nil); errors.As(err, &p) && p.Value == errAsked { //nolint:errorlint // the very one
		a.f.panics.Add(1)
		return
	}
	a.f.errors.Add(1)
}

// restart goes on as a new process would: with what was written down.
func (a *agent) restart(ctx context.Context, p *process) *process {
	a.f.restarts.Add(1)
	saved, snap, err := p.snapshot(ctx)
	p.session.Close() // its goroutines end; the server does not hear of it
	for err == nil && ctx.Err() == nil {
		next, failed := a.newProcess()
		if failed == nil {
			next.page.before = p.page
			failed = next.resume(ctx, saved, snap)
		}
		if failed == nil {
			return next
		}
		_ = pause(ctx, 2*time.Second)
	}
	return nil
}

// rival is a second process of the same agent, started by mistake, that serves
// for some seconds.
func (a *agent) rival(ctx context.Context) {
	if pause(ctx, time.Duration(5+a.random.IntN(20))*time.Second) != nil {
		return
	}
	name := agentName(a.number)
	a.f.rivals.Add(1)
	a.f.contend(name, true)
	defer a.f.contend(name, false)
	p, err := a.newProcess()
	if err != nil || p.begin(ctx) != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	_ = p.serve(ctx)
	p.session.Close() // the user stays logged in
}

// sideCalls asks, as a console does, for this and that which no chat waits for.
func (a *agent) sideCalls(ctx context.Context, p *process) {
	for n := a.number; pause(ctx, 5*time.Second) == nil; n++ {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		switch n % 5 {
		case 0:
			_, _ = p.seat.Info(ctx)
		case 1:
			_, _ = p.seat.AvailableAgents(ctx, chatagent.AgentFilter{})
		case 2:
			_, _ = p.seat.AvailableSlots(ctx, chatagent.SlotQuery{})
		case 3:
			_, _ = p.seat.Status(ctx)
		case 4:
			_, _ = p.seat.Participant(ctx, "nobody")
		}
		cancel()
	}
}
