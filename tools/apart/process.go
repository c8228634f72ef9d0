package apart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

// ErrGone is a call to a child that has ended.
var ErrGone = errors.New("apart: the child has ended")

// Process is the child, as the parent sees it. Its methods may be called from
// several goroutines at once.
type Process struct {
	hello     greeting
	transport *http.Transport
	cmd       *exec.Cmd
	done      chan struct{} // closed when the child has ended

	mu      sync.Mutex
	stdin   io.WriteCloser
	last    int
	waiting map[int]chan reply
	report  *reply
	failure error // how the child ended
}

// Start starts this program once more, where Main takes over, and returns when
// the fake listens. The context covers the start only.
func Start(ctx context.Context, setup any) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("apart: %w", err)
	}
	args, err := json.Marshal(setup)
	if err != nil {
		return nil, fmt.Errorf("apart: setup: %w", err)
	}
	cmd := exec.Command(self) //nolint:gosec,noctx // this very program; it outlives the context of its start
	cmd.Env = append(os.Environ(), environment+"=1")
	cmd.Stderr = os.Stderr
	p := &Process{cmd: cmd, done: make(chan struct{}), waiting: map[int]chan reply{}}
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("apart: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("apart: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("apart: %w", err)
	}
	first := make(chan reply, 1)
	p.waiting[0] = first
	go p.listen(stdout)
	if err := p.write(command{Args: args}); err != nil {
		p.kill()
		return nil, err
	}
	r, err := p.await(ctx, 0, first)
	if err == nil && r.Greeting == nil {
		err = errors.New("apart: the child did not greet: is Main the first call in main?")
	}
	if err == nil {
		p.hello = *r.Greeting
		p.transport, err = newTransport(p.hello.Host, p.hello.CA)
	}
	if err != nil {
		p.kill()
		return nil, err
	}
	return p, nil
}

// listen hands out the child's replies until it has ended.
func (p *Process) listen(stdout io.Reader) {
	decoder := json.NewDecoder(stdout)
	var broken error
	for {
		var r reply
		if err := decoder.Decode(&r); err != nil {
			if !errors.Is(err, io.EOF) {
				broken = err
				p.end() // and with it comes the end of its output
				_, _ = io.Copy(io.Discard, stdout)
			}
			break
		}
		p.mu.Lock()
		if r.Usage != nil {
			p.report = &r
		} else if waits := p.waiting[r.ID]; waits != nil {
			delete(p.waiting, r.ID)
			waits <- r
		}
		p.mu.Unlock()
	}
	err := errors.Join(broken, p.cmd.Wait())
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.failure = fmt.Errorf("apart: the child: %w", err)
	}
	close(p.done)
}

func (p *Process) write(c command) error {
	line, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("apart: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		return errors.Join(ErrGone, err)
	}
	return nil
}

func (p *Process) await(ctx context.Context, id int, answer chan reply) (reply, error) {
	select {
	case r := <-answer:
		return r, r.err()
	case <-ctx.Done():
		p.mu.Lock()
		delete(p.waiting, id)
		p.mu.Unlock()
		return reply{}, ctx.Err()
	case <-p.done:
	}
	select {
	case r := <-answer: // its last words
		return r, r.err()
	default:
		return reply{}, errors.Join(ErrGone, p.Err())
	}
}

func (r *reply) err() error {
	if r.Error != "" {
		return errors.New("apart: the child: " + r.Error)
	}
	return nil
}

// URL is the fake's address (lptest.Server.URL).
func (p *Process) URL() string { return p.hello.URL }

// Host is the fake's host (lptest.Server.Host).
func (p *Process) Host() string { return p.hello.Host }

// Account is the id of the fake's account.
func (p *Process) Account() string { return p.hello.Account }

// PID is the child's process id.
func (p *Process) PID() int { return p.hello.PID }

// Transport trusts the fake and reaches it whatever host is asked for, as
// lptest.Server.Transport does in one process. Every call returns the same one.
func (p *Process) Transport() *http.Transport { return p.transport }

// Client is a plain client over Transport. It follows no redirects and keeps
// no cookies.
func (p *Process) Client() *http.Client {
	return &http.Client{
		Transport:     p.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Ask has Fake.Do run a command in the child. answer may be nil.
func (p *Process) Ask(ctx context.Context, name string, args, answer any) error {
	data, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("apart: %s: %w", name, err)
	}
	waits := make(chan reply, 1)
	p.mu.Lock()
	p.last++
	id := p.last
	p.waiting[id] = waits
	p.mu.Unlock()
	if err := p.write(command{id, name, data}); err != nil {
		return err
	}
	r, err := p.await(ctx, id, waits)
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(r.Answer, answer)
}

// Usage asks the child what it has used so far.
func (p *Process) Usage(ctx context.Context) (u Usage, err error) {
	err = p.Ask(ctx, usageCommand, nil, &u)
	return u, err
}

// Done is closed when the child has ended; Err tells how.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is nil while the child runs and after it ended in order.
func (p *Process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failure
}

// Stop has the child end, waits for it, and returns what it used in all and,
// in report, what Fake.Close returned; report may be nil. When ctx ends first
// the child is killed.
func (p *Process) Stop(ctx context.Context, report any) (Usage, error) {
	p.transport.CloseIdleConnections()
	p.end()
	select {
	case <-p.done:
	case <-ctx.Done():
		p.kill()
		return Usage{}, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure != nil {
		return Usage{}, p.failure
	}
	if p.report == nil {
		return Usage{}, ErrGone
	}
	if report != nil {
		if err := json.Unmarshal(p.report.Answer, report); err != nil {
			return Usage{}, fmt.Errorf("apart: report: %w", err)
		}
	}
	u := *p.report.Usage
	u.CPU = max(u.CPU, p.cmd.ProcessState.UserTime()+p.cmd.ProcessState.SystemTime())
	return u, nil
}

func (p *Process) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.stdin.Close() // closed already, or the child is gone
}

func (p *Process) kill() {
	p.end()
	select {
	case <-p.done:
		return
	case <-time.After(time.Second):
	}
	_ = p.cmd.Process.Kill()
	<-p.done
}
