package chatagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A process that stops with its chats left open, and another that goes on with
// them, again and again: no line is lost and none is handled twice.
func TestRestartAtRandomPoints(t *testing.T) {
	t.Parallel()
	points := size(40, 200)
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		t.Cleanup(srv.Close)
		srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "s3cret-word", MaxChats: 10})
		creds := login.Password("bot", "s3cret-word")
		session, err := login.Login(t.Context(), srv.Account(), creds, login.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		agent, err := chatagent.Start(t.Context(), session)
		require.NoError(t, err)
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))

		random := rand.New(rand.NewPCG(1, 2))
		var visits []*lptest.Visit
		talking, hush := context.WithCancel(t.Context())
		defer hush()
		said := map[string]int{}
		var mu sync.Mutex
		var talkers sync.WaitGroup
		for i := range 5 {
			v := srv.Visitor(lptest.Visitor{Name: fmt.Sprint("visitor ", i)})
			visits = append(visits, v)
			pause := time.Duration(700+random.IntN(2000)) * time.Millisecond
			talkers.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-talking.Done():
						return
					case <-time.After(pause):
					}
					v.Say(fmt.Sprint("line ", n))
					mu.Lock()
					said[v.ChatID()]++
					mu.Unlock()
				}
			})
		}
		for point := range points {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(8000))*time.Millisecond)
			err := agent.Serve(ctx, chatagent.HandlerFunc(slowEcho), chatagent.WithLeaveChats())
			cancel()
			require.ErrorIs(t, err, context.DeadlineExceeded)

			// What the process would write to disk, and what the next one reads.
			snapshot, err := snapshot(t, agent).Reveal()
			require.NoError(t, err)
			tokens, err := session.Save().Reveal()
			require.NoError(t, err)
			var saved login.Saved
			var snap chatagent.Snapshot
			require.NoError(t, json.Unmarshal(tokens, &saved))
			require.NoError(t, json.Unmarshal(snapshot, &snap))
			time.Sleep(time.Duration(random.IntN(5000)) * time.Millisecond)

			old := session
			session, err = login.Restore(t.Context(), saved, creds, login.WithHTTPClient(srv.Client()))
			require.NoError(t, err)
			stopKeepingUp(old)
			if point%10 == 9 {
				srv.DropSessions(srv.Agents()[0]) // the agent session did not survive
			}
			agent, err = chatagent.Resume(t.Context(), session, snap)
			require.NoError(t, err)
		}
		hush()
		talkers.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, agent.Serve(ctx, chatagent.HandlerFunc(slowEcho), chatagent.WithLeaveChats()), context.DeadlineExceeded)
		assert.Equal(t, 1, srv.CountStatus(lptest.OpLogin, 200), "the login was kept too")
		for _, v := range visits {
			got := agentLines(v.Chat())
			assert.Len(t, got, said[v.ChatID()])
			for n, text := range got {
				if !assert.Equal(t, fmt.Sprint("You said: line ", n), text) {
					break
				}
			}
		}
		require.ErrorIs(t, session.Logout(context.WithoutCancel(t.Context())), login.ErrChatsLeft)
	})
}

// A chat that one agent session has left, and another of the same login has gone on
// with and left, is still left after the first has served again: logging out would end it.
func TestChatsLeftByTwoAgentSessions(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		session := f.agents[0].Login()
		second, err := chatagent.Start(t.Context(), session)
		require.NoError(t, err)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		for _, one := range []struct {
			agent *chatagent.Agent
			opts  []chatagent.Option
		}{{f.agents[0], nil}, {second, nil}, {f.agents[0], []chatagent.Option{chatagent.WithoutAdopting()}}} {
			stop := serve(t, one.agent, echo, append(one.opts, chatagent.WithLeaveChats())...)
			time.Sleep(10 * time.Second)
			require.ErrorIs(t, stop(), context.Canceled)
		}
		require.ErrorIs(t, session.Logout(context.WithoutCancel(t.Context())), login.ErrChatsLeft)
		assert.Equal(t, "chatting", v.Chat().State())
		assert.Equal(t, []string{"You said: hello"}, agentLines(v.Chat()))
	})
}

// slowEcho is echo that takes its time.
func slowEcho(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		time.Sleep(300 * time.Millisecond)
		if _, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text)); err != nil {
			return err
		}
	}
	return nil
}

// stopKeepingUp ends a session's goroutine without the server hearing of it, as
// the end of its process would.
func stopKeepingUp(s *login.Session) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Logout(ctx)
}

func TestLostAgentSession(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		id := f.agents[0].ID()
		f.srv.DropSessions(f.srv.Agents()[0])
		v.Say("two")
		line, err := v.WaitLine(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: two", line.Text, "the chat is taken over")
		assert.NotEqual(t, id, f.agents[0].ID(), "in a new agent session")
		synctest.Wait()
		assert.Equal(t, "Online", f.srv.Availability(f.srv.Agents()[0]))
		late := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		_, err = late.WaitLine(t.Context(), 1)
		require.NoError(t, err, "and new chats come")
		late.Leave()
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Len(t, agentLines(v.Chat()), 2)
	})
}

func TestRevokedTokenWhileServing(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0"})
		require.NoError(t, v.WaitAccepted(t.Context()))
		for n := range 5 {
			f.srv.RevokeBearers(f.srv.Agents()[0])
			v.Say(fmt.Sprint(n))
			_, err := v.WaitLine(t.Context(), n+1)
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, 1, f.srv.CountStatus(lptest.OpSessionStart, 201), "a dead token costs no agent session")
		assert.Equal(t, 6, f.srv.CountStatus(lptest.OpLogin, 200))
	})
}

func TestResumeRefusesWhatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.take()
	for _, c := range []struct {
		doc string
		is  error
	}{
		{`{"url":"https://evil.example/agentSession/1"}`, liveperson.ErrForeignOrigin},
		{`{"url":"http://va.agentvep.liveperson.net/agentSession/1"}`, liveperson.ErrForeignOrigin},
		{`{"url":"https://va.agentvep.liveperson.net/a/../b"}`, liveperson.ErrMalformed},
		{`null`, liveperson.ErrInvalidInput},
	} {
		var snap chatagent.Snapshot
		require.NoError(t, json.Unmarshal([]byte(c.doc), &snap))
		_, err := chatagent.Resume(t.Context(), agent.Login(), snap)
		assert.ErrorIs(t, err, c.is, c.doc)
	}
	assert.Empty(t, w.take())
	var snap chatagent.Snapshot
	require.Error(t, json.Unmarshal([]byte(`{"url":7}`), &snap))
}

func TestSnapshotShowsNoCookie(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		snap := snapshot(t, f.agents[0])
		doc, err := snap.Reveal()
		require.NoError(t, err)
		var seen struct {
			Cookies []struct{ Value string }
		}
		require.NoError(t, json.Unmarshal(doc, &seen))
		require.NotEmpty(t, seen.Cookies)
		type holder struct{ snap chatagent.Snapshot }
		type public struct{ Snap chatagent.Snapshot }
		var log logged
		out := ""
		for _, v := range []any{snap, &snap, holder{snap}, &holder{snap}, public{snap}, []chatagent.Snapshot{snap}, map[string]*chatagent.Snapshot{"s": &snap}} {
			out += fmt.Sprintf("%v %+v %#v", v, v, v)
			doc, err := json.Marshal(v)
			require.NoError(t, err)
			out += string(doc)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("stopped", "snapshot", v)
			slog.New(slog.NewTextHandler(&log, nil)).Info("stopped", "snapshot", v)
		}
		out += log.String()
		for _, c := range seen.Cookies {
			assert.NotContains(t, out, c.Value)
		}
		assert.Contains(t, log.String(), `"snapshot":"snapshot of an agent session with 0 chats"`)
	})
}

// Cookies of one agent session never reach another, although attempts are
// repeated, all share one transport, and the server changes the cookies.
func TestCookiesOfAFleet(t *testing.T) {
	t.Parallel()
	world(t, size(50, 1000), func(t *testing.T, f *fleet) {
		f.srv.AddFault(lptest.Fault{Kind: lptest.FaultRotate, Probability: 0.3})
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Status: 503, Rotate: true, Probability: 0.2})
		f.visitors("hello")
		f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
			for n := range 5 {
				_, err := say(ctx, chat, fmt.Sprint("line ", n))
				for again := 0; again < 3 && errors.Is(err, liveperson.ErrForbidden); again++ { // with cookies that another call of the same moment has changed
					_, err = say(ctx, chat, fmt.Sprint("line ", n))
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		for _, r := range f.srv.Journal() {
			if r.Jar != "stale" { // those of a call that was under way while they changed
				assert.Empty(t, r.Jar, "%s %s", r.Method, r.Path)
			}
			names := map[string]bool{}
			for _, name := range r.Cookies {
				assert.False(t, names[name], "%s is sent twice", name)
				names[name] = true
			}
		}
		for _, v := range f.visits {
			assert.Len(t, agentLines(v.Chat()), 5)
		}
	})
}

// What an agent session does not have is not in its snapshot.
func TestSnapshotOfAnEmptySession(t *testing.T) {
	t.Parallel()
	_, agent := newTap(t)
	doc, err := json.Marshal(snapshot(t, agent))
	require.NoError(t, err)
	assert.Equal(t, `{"url":"`+as+`"}`, string(doc))
}

// The document of a snapshot, to the letter: another version of the program
// reads what this one wrote.
func TestSnapshotDocument(t *testing.T) {
	t.Parallel()
	const doc = `{"url":"` + as + `","cookies":[{"name":"LPAgent","value":"c00k1e"}],"state":"Occupied","reasonId":"17",` +
		`"chats":[{"id":"H217-b7d7K845","url":"` + ch + `","from":1,"doubtful":{"text||hi":2}}]}`
	w, other := newTap(t)
	openChat(t, w, other) // answers for the chat: events 0 and 1
	w.on("GET "+as+"/incomingRequests", `200 {"incomingRequests":{"ringingCount":"0"}}`)
	w.take()
	var snap chatagent.Snapshot
	require.NoError(t, json.Unmarshal([]byte(doc), &snap))
	agent, err := chatagent.Resume(t.Context(), other.Login(), snap)
	require.NoError(t, err)
	withCookie := strings.Replace(get, "\nUser-Agent", "\nCookie: LPAgent=c00k1e\nUser-Agent", 1)
	assert.Equal(t, []string{
		"GET " + as + "/incomingRequests" + q + withCookie,
		"GET " + ch + q + withCookie,
	}, w.take())
	again, err := snapshot(t, agent).Reveal()
	require.NoError(t, err)
	assert.Equal(t, doc, string(again))
	public, err := json.Marshal(snapshot(t, agent))
	require.NoError(t, err)
	assert.Equal(t, strings.Replace(doc, `"cookies":[{"name":"LPAgent","value":"c00k1e"}],`, "", 1), string(public))
	nothing, err := chatagent.Snapshot{}.Reveal()
	require.NoError(t, err)
	assert.Equal(t, "null", string(nothing))
	chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
	require.NoError(t, err)
	for event, err := range chat.Events(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, int64(1), event.ID, "the first that was not handled")
		break
	}
	assert.Empty(t, w.take())
}
