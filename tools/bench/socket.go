package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/messagingagent"
	"github.com/liveperson-community/liveperson-go/retry"
)

// sockets measures what the SDK adds to a hand-written client of a web socket: a
// message that is published and confirmed, and a notification of 20 messages on its way
// to the handler. The service is the same for both, and in this process; over TLS on
// loopback, and in memory, where the share of the system is least.
func sockets(ctx context.Context, b *bench) error {
	for _, where := range []string{"loopback", "memory"} {
		c, err := newDuo(ctx, where)
		if err != nil {
			return err
		}
		for _, m := range c.compared() {
			p, err := compare(ctx, b.rounds, m.sdk, m.ref)
			if err != nil {
				return fmt.Errorf("%s in %s: %w", m.name, where, err)
			}
			name := "messaging." + m.name + "."
			if where == "memory" {
				b.add(name+"memory.time_ratio", p.timeRatio, "ratio")
				b.add(name+"memory.ns_extra", p.sdk.ns-p.ref.ns, "ns/call")
				b.add(name+"allocs_extra", p.sdk.allocs-p.ref.allocs, "allocs/call")
				b.add(name+"bytes_extra", p.sdk.bytes-p.ref.bytes, "bytes/call")
				continue
			}
			b.goal(name+"time_ratio", p.timeRatio, "ratio", m.ratio)
			b.add(name+"sdk_us", p.sdk.ns/1e3, "us")
			b.add(name+"ref_us", p.ref.ns/1e3, "us")
		}
		c.close()
	}
	return nil
}

// duo is an agent of the SDK with a conversation in its handler's hands, and the
// hand-written client, each with a service of its own of the same kind.
type duo struct {
	conversation *messagingagent.Conversation
	handset      *handset
	lines        [2]*line // to the SDK's agent, to the handset
	heard        [2]chan string
	ends         []func()
}

// both is one thing that both do.
type both struct {
	name     string
	sdk, ref op
	ratio    float64
}

func (d *duo) compared() []both {
	hear := func(i int) op {
		return func(ctx context.Context) error {
			if err := d.lines[i].say(ctx); err != nil {
				return err
			}
			select {
			case last := <-d.heard[i]:
				if last == "" {
					return errIncomplete
				}
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return []both{{
		name: "publish", ratio: 1.15,
		sdk: func(ctx context.Context) error {
			_, err := d.conversation.Send(ctx, messagingagent.Text(said))
			return err
		},
		ref: func(ctx context.Context) error {
			_, err := d.handset.publish(ctx, conversationID(0), said)
			return err
		},
	}, {
		name: "hear20", ratio: byRelease(1.1, math.NaN()), sdk: hear(0), ref: hear(1),
	}}
}

func newDuo(ctx context.Context, where string) (*duo, error) {
	d := &duo{heard: [2]chan string{make(chan string), make(chan string)}}
	err := d.begin(ctx, where)
	if err != nil {
		d.close()
	}
	return d, err
}

func (d *duo) close() {
	for i := len(d.ends) - 1; i >= 0; i-- {
		d.ends[i]()
	}
}

// service serves one of the two. It returns the way to it.
func (d *duo) service(where string, board *switchboard) (url string, transport *http.Transport) {
	if where == "loopback" {
		srv, dial := loopback(board)
		d.ends = append(d.ends, srv.Close)
		transport = dial()
		return "https://" + boardHost, transport
	}
	stop, dial := inMemory(board)
	d.ends = append(d.ends, stop)
	return "http://" + boardHost, dial()
}

func (d *duo) begin(ctx context.Context, where string) (err error) {
	var boards [2]*switchboard
	for i := range boards {
		boards[i] = &switchboard{conversations: 1, opened: make(chan *line, 1)}
	}
	url, transport := d.service(where, boards[0])
	if err := d.sdk(ctx, url, transport); err != nil {
		return err
	}
	url, transport = d.service(where, boards[1])
	d.handset, err = dialHandset(ctx, &http.Client{Transport: transport}, url+"/ws_api/account/1/messaging/brand/b?v=2.1")
	if err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = d.handset.read(reading) // ends with it
		close(d.handset.messages)
	})
	wg.Go(func() {
		n := 0
		for m := range d.handset.messages {
			if n++; n%events == 0 {
				d.heard[1] <- m.Event.Message
			}
		}
	})
	d.ends = append(d.ends, func() {
		stop()
		wg.Wait()
	})
	for i, board := range boards {
		if d.lines[i], err = board.line(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sdk has the SDK's agent serve.
func (d *duo) sdk(ctx context.Context, url string, transport *http.Transport) error {
	client, err := retry.NewClient(retry.WithTransport(transport))
	if err != nil {
		return err
	}
	options := []login.Option{login.WithoutRefresh(), login.WithHTTPClient(client)}
	if url[:5] == "http:" {
		options = append(options, login.WithTestServer(url, transport))
	} else {
		domains, err := domain.New(domain.WithHTTPClient(client))
		if err != nil {
			return err
		}
		options = append(options, login.WithDomains(domains))
	}
	session, err := login.Login(ctx, "1", login.Password("bot", "secret"), options...)
	if err != nil {
		return err
	}
	agent, err := messagingagent.Connect(ctx, session)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	taken := make(chan *messagingagent.Conversation, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = agent.Serve(serving, messagingagent.HandlerFunc(func(ctx context.Context, c *messagingagent.Conversation) error {
			taken <- c
			n := 0
			for m, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
				if m.Sequence < firstNumber {
					continue // the history
				}
				if n++; n%events == 0 {
					d.heard[0] <- m.Text
				}
			}
			return nil
		}), messagingagent.WithGrace(0), messagingagent.WithoutReceipts(), messagingagent.WithStateOnStop("")) // ends with serving
	})
	d.ends = append(d.ends, func() {
		stop()
		wg.Wait()
		agent.Close()
		session.Close()
		transport.CloseIdleConnections()
	})
	select {
	case d.conversation = <-taken:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
