package main

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	service "github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

func talking() plan {
	p := small()
	p.Channels = []string{messaging}
	return p
}

func TestPlayMessaging(t *testing.T) {
	t.Parallel()
	r, v, shown := played(t, talking(), nothing)
	assert.Empty(t, v.reasons, shown)
	assert.Greater(t, r.result.judged, 20)
	assert.Positive(t, r.world.Faults["messaging close"])
	assert.Positive(t, r.world.Faults["messaging lose"])
	assert.Positive(t, r.fleet.restarts.Load())
	assert.Positive(t, r.fleet.crashed.Load())
	assert.Positive(t, r.fleet.ledger.counts().surveys[surveySubmitted])
	assert.Positive(t, r.world.Requeued)
	assert.Positive(t, r.world.Talk.Dropped)
	assert.Positive(t, r.world.Talk.Taken)
	assert.Positive(t, r.world.Talk.Back)
	assert.Contains(t, shown, "lost 0  doubled 0  disordered 0  orphaned 0")
}

// Every fault that the plan has is one that the fake knows.
func TestTalkFaults(t *testing.T) {
	t.Parallel()
	assert.Len(t, talkFaultsFor(plan{Seed: 1, Faults: 1}), len(usualTalk))
	assert.Empty(t, talkFaultsFor(plan{Seed: 1}))
	kinds := map[service.FaultKind]bool{}
	for _, u := range usualTalk {
		kinds[u.fault.Kind] = true
	}
	assert.Len(t, kinds, 10, "all kinds")
}

// An agent that has accepted a conversation and does nothing for it is found out.
func TestForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := plan{Seed: 5, Agents: 2, Chats: 1, Channels: []string{messaging}, Without: mishaps}
		w := newWorld(p)
		srv := lptest.NewMemory(w.options()...)
		t.Cleanup(srv.Close)
		w.furnish(srv)
		a := w.talk.agents[0]
		session, err := login.Login(t.Context(), srv.Account(), login.Password(a.LoginName, a.Password), login.WithTestServer(srv.URL(), srv.Transport()))
		require.NoError(t, err)
		defer session.Close()
		agent, err := messagingagent.Connect(t.Context(), session)
		require.NoError(t, err)
		defer agent.Close()
		require.NoError(t, agent.SetAvailability(t.Context(), messagingagent.Online))
		c := &consumer{w: w, conv: srv.Messaging().Consumer(service.Consumer{Skill: a.Skills[0]})}
		w.running[c.ID()] = 0
		c.Say("1")
		synctest.Wait()
		_, err = agent.Rings()[0].Accept(t.Context())
		require.NoError(t, err)

		r := newRun(p, services{}, func(context.Context, string, any, any) error { return nil }, newScreen(io.Discard, false))
		for range 61 {
			w.look(c, time.Now())
			time.Sleep(time.Second)
		}
		r.world = w.sum
		r.forgotten(t.Context())
		assert.Zero(t, r.result.found[orphaned])
		w.look(c, time.Now())
		w.look(c, time.Now())
		r.world = w.sum
		r.fleet.ledger.page("ada").begin(c.ID())
		r.forgotten(t.Context())
		assert.Zero(t, r.result.found[orphaned], "a handler has it")
		r.told = 0
		r.fleet.ledger.take(c.ID())
		r.forgotten(t.Context())
		assert.Equal(t, 1, r.result.found[orphaned])
	})
}
