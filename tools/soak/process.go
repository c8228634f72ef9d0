package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/messagingagent"
	"github.com/liveperson-community/liveperson-go/retry"
)

// process is one process of an agent, as far as services and ledger can tell:
// with a line to the services and a page in the ledger of its own.
type process struct {
	a       *agent
	line    *line
	page    *page
	options []login.Option
	session *login.Session
	seat    *chatagent.Agent      // in the chat channel
	talk    *messagingagent.Agent // in the other
}

func (a *agent) newProcess() (*process, error) {
	p := &process{a: a, line: &line{next: a.f.at.transport, cut: make(chan struct{})}, page: a.f.ledger.page(agentName(a.number))}
	client, err := retry.NewClient(retry.WithTransport(p.line), retry.WithObserver(a.f.observe))
	if err != nil {
		return nil, err
	}
	domains, err := domain.New(domain.WithHTTPClient(client))
	p.options = []login.Option{login.WithHTTPClient(client), login.WithDomains(domains), login.WithRefresh(refreshEvery)}
	return p, err
}

// begin logs in.
func (p *process) begin(ctx context.Context) (err error) {
	p.session, err = login.Login(ctx, p.a.f.at.account, p.a.credentials(), p.options...)
	if err != nil {
		return err
	}
	if p.a.channel() == messaging {
		err = p.connect(ctx)
	} else {
		p.seat, err = chatagent.Start(ctx, p.session)
	}
	if err != nil {
		p.a.logout(ctx, p.session)
	}
	return err
}

// online goes Online, beside Serve: the chats that a crashed process has left do not
// wait for it.
func (p *process) online(ctx context.Context) {
	online := func() error { return p.seat.SetAvailability(ctx, chatagent.Online) }
	if p.talk != nil {
		online = func() error { return p.talk.SetAvailability(ctx, messagingagent.Online) }
	}
	for online() != nil {
		if pause(ctx, 2*time.Second) != nil {
			return
		}
	}
}

// serve serves with the chats left open in the end, and returns how it ended.
func (p *process) serve(ctx context.Context) error {
	surveys, err := agentsurvey.New(p.session, agentsurvey.WithVersion(agentsurvey.V1), agentsurvey.WithMerge(agentsurvey.PreferTheirs))
	if err != nil {
		return err
	}
	here, leave := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { p.online(here) })
	defer beside.Wait()
	defer leave()
	if p.talk != nil {
		return p.talks(ctx, surveys)
	}
	b := &bot{f: p.a.f, page: p.page, surveys: surveys, id: p.session.User().ID}
	return p.seat.Serve(ctx, b, chatagent.WithLeaveChats(), chatagent.WithOnError(p.a.onError))
}

// snapshot is what the process leaves to the next one.
func (p *process) snapshot(ctx context.Context) (saved login.Saved, snap chatagent.Snapshot, err error) {
	if p.talk != nil {
		p.a.left = p.talk.Snapshot()
		tokens, err := p.session.Save().Reveal()
		if err != nil {
			return saved, snap, err
		}
		return saved, snap, json.Unmarshal(tokens, &saved)
	}
	taken, err := p.seat.Snapshot(ctx)
	if err != nil {
		return saved, snap, err
	}
	chats, err := taken.Reveal()
	if err != nil {
		return saved, snap, err
	}
	tokens, err := p.session.Save().Reveal()
	if err != nil {
		return saved, snap, err
	}
	return saved, snap, errors.Join(json.Unmarshal(chats, &snap), json.Unmarshal(tokens, &saved))
}

// resume goes on with what another process left.
func (p *process) resume(ctx context.Context, saved login.Saved, snap chatagent.Snapshot) (err error) {
	if p.session, err = login.Restore(ctx, saved, p.a.credentials(), p.options...); err != nil {
		return err
	}
	p.a.f.present(agentName(p.a.number))
	if p.a.channel() == messaging {
		err = p.connect(ctx, messagingagent.WithSnapshot(p.a.left))
	} else {
		p.seat, err = chatagent.Resume(ctx, p.session, snap)
	}
	if err != nil {
		p.session.Close()
		p.a.f.leave(agentName(p.a.number))
	}
	return err
}

// crash ends the process as if its machine had lost its power.
func (p *process) crash() {
	p.page.tear()
	p.line.kill()
}

var errCrashed = errors.New("the process has crashed")

// line is how a process reaches the services, until it is cut.
type line struct {
	next http.RoundTripper
	once sync.Once
	cut  chan struct{}
}

func (l *line) kill() { l.once.Do(func() { close(l.cut) }) }

func (l *line) dead() bool {
	select {
	case <-l.cut:
		return true
	default:
		return false
	}
}

// RoundTrip makes a call. What is under way when the line is cut ends.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.dead() {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, errCrashed
	}
	ctx, cancel := context.WithCancel(r.Context())
	over := make(chan struct{})
	go func() {
		defer cancel()
		select {
		case <-l.cut:
		case <-over:
		}
	}()
	end := sync.OnceFunc(func() { close(over) })
	resp, err := l.next.RoundTrip(r.WithContext(ctx))
	if err != nil || l.dead() {
		if err == nil {
			_ = resp.Body.Close()
		}
		end()
		if l.dead() {
			return nil, errCrashed
		}
		return nil, err
	}
	if socket, ok := resp.Body.(io.ReadWriteCloser); ok {
		resp.Body = l.hold(socket, end)
		return resp, nil
	}
	resp.Body = &until{resp.Body, end}
	return resp, nil
}

// until is a body that ends its call when it is closed.
type until struct {
	io.ReadCloser
	end func()
}

// Close closes the body.
func (u *until) Close() error {
	defer u.end()
	return u.ReadCloser.Close()
}
