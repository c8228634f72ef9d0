package chatagent_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// What a handler does while the agent session is lost waits for the new one: a chat
// is not ended for that.
func TestWritesWaitForTheNewAgentSession(t *testing.T) {
	t.Parallel()
	writes := map[string]func(ctx context.Context, t *testing.T, f *fleet, chat *chatagent.Chat) error{
		"send": func(ctx context.Context, _ *testing.T, _ *fleet, chat *chatagent.Chat) error {
			_, err := chat.Send(ctx, chatagent.Text("hello"))
			return err
		},
		"typing": func(ctx context.Context, _ *testing.T, _ *fleet, chat *chatagent.Chat) error {
			return chat.SetTyping(ctx, chatagent.IsTyping)
		},
		"transfer": func(ctx context.Context, t *testing.T, f *fleet, chat *chatagent.Chat) error {
			return chat.Transfer(ctx, chatagent.TransferTarget{AgentID: f.id(t, 1)}, "")
		},
		"end": func(ctx context.Context, _ *testing.T, _ *fleet, chat *chatagent.Chat) error { return chat.End(ctx) },
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 2, func(t *testing.T, f *fleet) {
				done := make(chan error, 1)
				stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
					f.srv.DropSessions(f.srv.Agents()[0])
					f.srv.AddFault(lptest.Fault{Op: lptest.OpSessionStart, Status: 503, Times: 1})
					err := write(ctx, t, f, chat)
					done <- err
					<-ctx.Done()
					return ctx.Err()
				})
				f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				require.NoError(t, <-done)
				time.Sleep(5 * time.Second)
				assert.Equal(t, 2, f.srv.CountStatus(lptest.OpSessionStart, 201)-1, "one new agent session")
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// A call that is told of the loss does not wait for the next poll to find it out.
func TestAWriteSeesToANewAgentSession(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		waited := make(chan time.Duration, 1)
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			time.Sleep(time.Second) // between two polls
			f.srv.DropSessions(f.srv.Agents()[0])
			began := time.Now()
			_, err := chat.Send(ctx, chatagent.Text("hello"))
			assert.NoError(t, err)
			waited <- time.Since(began)
			return nil
		})
		f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
		assert.Zero(t, <-waited)
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// By hand nobody starts another: the error says what to do.
func TestWritesByHandSayThatTheAgentSessionIsLost(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, srv *lptest.Server, agent *chatagent.Agent) {
		require.NoError(t, agent.SetAvailability(t.Context(), chatagent.Online))
		srv.Visitor(lptest.Visitor{})
		chat, err := agent.Accept(t.Context())
		require.NoError(t, err)
		srv.DropSessions(srv.Agents()[0])
		began := time.Now()
		_, err = chat.Send(t.Context(), chatagent.Text("hello"))
		require.ErrorIs(t, err, chatagent.ErrSessionLost)
		assert.Zero(t, time.Since(began))
		assert.Equal(t, 1, srv.Count(lptest.OpSend), "nor is it made again")
	})
}

// While chats wait for a new agent session, a Domain API that hangs does not hold it
// up: the host of before will do.
func TestNewAgentSessionWhileTheDomainAPIHangs(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo)
		v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "one"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		time.Sleep(10 * time.Minute) // what was looked up is old
		f.srv.AddFault(lptest.Fault{Op: lptest.OpDomain, Kind: lptest.FaultHang})
		f.srv.DropSessions(f.srv.Agents()[0])
		v.Say("two")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = v.WaitLine(ctx, 2)
		require.NoError(t, err)
		f.srv.ClearFaults()
		v.Leave()
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}

// That host is the one of the last agent session, where it is another than the login's;
// what the Domain API says counts if it says it.
func TestNewAgentSessionOnTheHostOfTheLastOne(t *testing.T) {
	t.Parallel()
	const (
		path = ".agentvep.liveperson.net/api/account/12345678/agentSession"
		look = "https://api.liveperson.net/api/account/12345678/service/baseURI.json"
	)
	is := func(host string) string {
		return `200 {"baseURIs":[{"service":"agentVep","account":"12345678","baseURI":"` + host + `.agentvep.liveperson.net"}]}`
	}
	for _, hangs := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w, first := newTap(t)
			first.Close()
			time.Sleep(10 * time.Minute) // what was looked up is old
			for _, host := range []string{"vb", "vc"} {
				all := "https://" + host + path
				w.on("POST "+all, `201 {"agentSessionLocation":{"link":{"@href":"`+all+`/`+host+`-1"}}}`, `201 {"agentSessionLocation":{"link":{"@href":"`+all+`/`+host+`-2"}}}`)
				w.on("GET "+all+"/vb-1/chatSessions", "404 ")
				w.on("GET "+all+"/vb-1/incomingRequests", "404 ")
				for _, session := range []string{"/vb-2", "/vc-1"} {
					w.on("GET "+all+session+"/chatSessions", `200 {"chatSessions":{}}`)
					w.on("GET "+all+session+"/incomingRequests", silence)
				}
			}
			w.on("GET "+look, is("vb"))
			agent, err := chatagent.Start(t.Context(), first.Login())
			require.NoError(t, err)
			agent.Close()
			time.Sleep(10 * time.Minute)
			w.on("GET "+look, is("vc"))
			want := "vc-1"
			if hangs {
				want = "vb-2"
				w.mock.RegisterResponder("GET", look, func(r *http.Request) (*http.Response, error) {
					<-r.Context().Done()
					return nil, r.Context().Err()
				})
			}
			_, _ = served(t, w, agent, 20*time.Second)
			assert.Equal(t, want, agent.ID())
		})
	}
}
