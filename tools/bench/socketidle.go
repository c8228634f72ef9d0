package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// socketIdle measures what a messaging agent costs that serves and has nothing to do,
// its login session included and its connection not, and what each of its
// conversations adds. The connections are in memory, with the service's end in this
// process too: as many that nobody uses are counted first, and taken off.
func socketIdle(ctx context.Context, b *bench) error {
	bare, err := connected(ctx)
	if err != nil {
		return err
	}
	without, err := serving(ctx, 0)
	if err != nil {
		return err
	}
	const conversations = 3
	with, err := serving(ctx, conversations)
	if err != nil {
		return err
	}
	b.goal("messaging.idle_bytes", (without.bytes-bare.bytes)/crewSize, "bytes/agent", 40<<10)
	b.add("messaging.idle_heap_bytes", (without.heap-bare.heap)/crewSize, "bytes/agent")
	b.add("messaging.idle_stack_bytes", (without.stacks-bare.stacks)/crewSize, "bytes/agent")
	b.add("messaging.idle_connection_bytes", bare.bytes/crewSize, "bytes/connection")
	b.goal("messaging.goroutines", (without.goroutines-bare.goroutines)/crewSize, "goroutines/agent", 4)
	b.add("messaging.conversation.bytes", (with.bytes-without.bytes)/crewSize/conversations, "bytes/conversation")
	b.goal("messaging.conversation.goroutines", (with.goroutines-without.goroutines)/crewSize/conversations, "goroutines/conversation", 1)
	return nil
}

// less is what a holds beside b.
func (a size) less(b size) size {
	return size{a.bytes - b.bytes, a.heap - b.heap, a.stacks - b.stacks, a.goroutines - b.goroutines}
}

// connected measures connections that nobody uses: both ends, of which the service's
// has a goroutine that reads.
func connected(ctx context.Context) (size, error) {
	before := footprint()
	stop, transport := inMemory(&switchboard{})
	client := &http.Client{Transport: transport()}
	var conns []*websocket.Conn
	defer func() {
		for _, c := range conns {
			_ = c.CloseNow()
		}
		stop()
	}()
	for range crewSize {
		h, err := dialHandset(ctx, client, "http://"+boardHost+"/ws_api/account/1/messaging/brand/b?v=2.1")
		if err != nil {
			return size{}, err
		}
		conns = append(conns, h.conn)
	}
	if err := wait(ctx, time.Second); err != nil {
		return size{}, err
	}
	return footprint().less(before), nil
}

// serving measures agents that have served for some time.
func serving(ctx context.Context, conversations int) (size, error) {
	before := footprint()
	stop, transport := inMemory(&switchboard{conversations: conversations})
	via := transport()
	var wg sync.WaitGroup
	working, dismiss := context.WithCancel(ctx)
	defer func() {
		dismiss()
		wg.Wait()
		via.CloseIdleConnections()
		stop()
	}()
	var busy sync.WaitGroup
	busy.Add(crewSize * conversations)
	handler := messagingagent.HandlerFunc(func(ctx context.Context, c *messagingagent.Conversation) error {
		busy.Done()
		for _, err := range c.Messages(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	})
	for i := range crewSize {
		session, err := login.Login(ctx, "1", login.Password(fmt.Sprint("bot", i), "secret"), login.WithTestServer("http://"+boardHost, via))
		if err != nil {
			return size{}, err
		}
		agent, err := messagingagent.Connect(ctx, session)
		if err != nil {
			return size{}, err
		}
		wg.Go(func() {
			_ = agent.Serve(working, handler, messagingagent.WithGrace(0), messagingagent.WithStateOnStop("")) // ends with working
			agent.Close()
			session.Close()
		})
	}
	busy.Wait()
	if err := wait(ctx, 9*time.Second); err != nil { // some ticks of the desk
		return size{}, err
	}
	return footprint().less(before), nil
}
