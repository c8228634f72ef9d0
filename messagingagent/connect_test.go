package messagingagent

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
)

// What no agent can be made with is refused before anything is sent.
func TestConnectIsChecked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		session := s.login(login.Password("bot", "secret"))
		for _, row := range []struct {
			session     *login.Session
			opts        []Option
			field, rule string
		}{
			{nil, nil, "session", "must not be nil"},
			{s.login(login.Signed("key", "secret", "token", "secret")), nil, "session", "must have a bearer: signed calls open no socket"},
			{session, []Option{WithService("")}, "service", "must not be empty"},
			{session, []Option{WithVersion("3")}, "version", "must be 2 or 2.1"},
			{session, []Option{WithMaxFrame(64<<10 - 1)}, "max frame", "must be at least 64 KiB"},
			{session, []Option{WithPatience(-1)}, "patience", "must not be negative"},
			{session, []Option{WithMaxConversations(0)}, "max conversations", "must be at least 1, or Unlimited"},
			{session, []Option{WithMaxConversations(-2)}, "max conversations", "must be at least 1, or Unlimited"},
			{session, []Option{WithMaxConversations(1), WithWhenFull(Online)}, "state when full", "must be Occupied or Away"},
			{session, []Option{WithWhenFull(Away)}, "state when full", "needs WithMaxConversations"},
			{session, []Option{WithWhenFull(Away), WithMaxConversations(Unlimited)}, "state when full", "needs WithMaxConversations"},
			{session, []Option{WithGrace(-1)}, "grace", "must not be negative"},
			{session, []Option{WithStateOnStop(Online)}, "state on stop", "must not be Online"},
			{session, []Option{WithHandOver(Target{})}, "target", "must be made by ToSkill, ToAgent or ToQueue"},
			{session, []Option{WithGoodbye(Text(""))}, "message", "must not be empty"},
			{session, []Option{WithCloseOnStop(), WithStore(FileStore("x"))}, "closing on stop", "must not be combined with a store"},
		} {
			_, err := Connect(t.Context(), row.session, row.opts...)
			var input *liveperson.InputError
			require.ErrorAs(t, err, &input, row.rule)
			assert.Equal(t, &liveperson.InputError{Op: "messagingagent.Connect", Field: row.field, Rule: row.rule}, input)
		}
		assert.Empty(t, s.tries())
		_, err := Connect(t.Context(), session, WithService("facadeMsg"))
		require.ErrorIs(t, err, domain.ErrNoService)
		assert.ErrorContains(t, err, "facadeMsg")
		assert.Empty(t, s.tries())
	})
}

// One session has one agent, and the next one after that has gone.
func TestOneAgentOfASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		a, p := s.opens(ownConversations)
		_, err := Connect(t.Context(), a.Login())
		require.ErrorIs(t, err, ErrConnected)
		go a.Close()
		<-p.done
		assert.Equal(t, "failed to get reader: received close frame: status = StatusNormalClosure and reason = \"\"", p.err.Error())
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = Connect(ctx, a.Login()) // nobody answers
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Len(t, s.tries(), 2)
	})
}

// An opening that the service refuses is tried again; the state of an agent may be left
// unwatched.
func TestOpeningsThatAreRefused(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		for _, request := range []string{"SubscribeRoutingTasks", "SetAgentState", "SubscribeExConversations"} {
			require.NoError(t, x.a.SetAvailability(t.Context(), Online))
			x.says(request, `"code":400,"type":"x","body":"no"`, okText)
			if request != "SetAgentState" {
				x.says(request, `"code":400,"type":"x","body":"no"`, subscriptionNamed("sub-1"))
			}
			was := len(x.s.tries())
			x.p.cut()
			time.Sleep(time.Minute)
			assert.Len(t, x.s.tries(), was+2, request)
		}
		was := len(x.s.tries())
		x.says("SubscribeAgentsState", `"code":403,"type":"x","body":"no"`)
		x.p.cut()
		time.Sleep(time.Minute)
		assert.Len(t, x.s.tries(), was+1)
		_, err := x.a.Do(t.Context(), "Ask", nil)
		require.NoError(t, err)
	})
}

// Answers that have nothing to say need no body.
func TestOpeningsWithoutBodies(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		for _, request := range []string{"SubscribeRoutingTasks", "SetAgentState", "SubscribeAgentsState"} {
			require.NoError(t, x.a.SetAvailability(t.Context(), Online))
			x.says(request, `"code":200,"type":"x"`)
			was := len(x.s.tries())
			x.p.cut()
			time.Sleep(time.Minute)
			assert.Len(t, x.s.tries(), was+1, request)
		}
		_, err := x.a.Do(t.Context(), "Ask", nil)
		require.NoError(t, err)
	})
}

// The link's settings are those of the options.
func TestOptionsOfTheLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		var log bytes.Buffer
		a, p := s.opens(ownConversations, nil, WithLogger(nil), WithLogger(slog.New(slog.NewTextHandler(&log, nil))), WithPatience(time.Second), WithMaxFrame(64<<10))
		defer a.Close()
		p.send(`{"kind":"notification","type":"x","body":"` + strings.Repeat("x", 60<<10) + `"}`)
		synctest.Wait()
		require.Len(t, s.tries(), 1)
		p.send(`{"kind":"notification","type":"x","body":"` + strings.Repeat("x", 64<<10) + `"}`)
		<-p.done
		synctest.Wait()
		began := time.Now()
		_, err := a.Do(t.Context(), "Ask", nil)
		require.ErrorIs(t, err, liveperson.ErrNotSent)
		require.ErrorIs(t, err, liveperson.ErrTooLarge)
		assert.Equal(t, time.Second, time.Since(began))
		assert.Contains(t, log.String(), "account=12345678")
		assert.Contains(t, log.String(), "agent=bot")
		leaks(t, log.String())
	})
}

// Of a snapshot that of the same agent counts.
func TestSnapshotsThatAreTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		snap := Snapshot{Agent: "12345678.3550017", Conversations: map[liveperson.ConversationID]map[DialogID]Position{"conv-1": {"conv-1": {Next: 7, Seen: 9}}}}
		a, _ := s.opens(ownConversations, WithSnapshot(snap))
		assert.Equal(t, snap, a.Snapshot())
		a.Close()
	})
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		snap := Snapshot{Agent: "12345678.3550099", Conversations: map[liveperson.ConversationID]map[DialogID]Position{"conv-1": {"conv-1": {Next: 7, Seen: 9}}}}
		a, _ := s.opens(ownConversations, WithSnapshot(snap))
		assert.Equal(t, Snapshot{Agent: "12345678.3550017", Conversations: map[liveperson.ConversationID]map[DialogID]Position{}}, a.Snapshot())
		a.Close()
	})
}
