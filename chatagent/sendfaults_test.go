package chatagent_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// full tells whether the stress tests run at their full size, which takes
// minutes: LIVEPERSON_STRESS=1 go test -timeout 60m ./chatagent
func full() bool { return os.Getenv("LIVEPERSON_STRESS") != "" }

// size is small, or big at full size.
func size(small, big int) int {
	if full() {
		return big
	}
	return small
}

// fleet logs n agents in, over one transport, each with one visitor's chat.
type fleet struct {
	srv    *lptest.Server
	agents []*chatagent.Agent
	visits []*lptest.Visit
}

func newFleet(t *testing.T, srv *lptest.Server, n int) *fleet {
	t.Helper()
	f := &fleet{srv: srv, agents: make([]*chatagent.Agent, n)}
	client, err := retry.NewClient(retry.WithTransport(srv.Transport()))
	require.NoError(t, err)
	domains, err := domain.New(domain.WithHTTPClient(client))
	require.NoError(t, err)
	for i := range n {
		name := fmt.Sprintf("bot%d", i)
		skill := srv.AddSkill(lptest.Skill{Name: "skill of " + name})
		srv.AddAgent(lptest.Agent{LoginName: name, Password: "secret of " + name, MaxChats: 100, Skills: []string{skill.Name}})
		session, err := login.Login(t.Context(), srv.Account(), login.Password(name, "secret of "+name), login.WithHTTPClient(client), login.WithDomains(domains))
		require.NoError(t, err)
		t.Cleanup(func() {
			if err := session.Logout(context.WithoutCancel(t.Context())); err != nil {
				t.Logf("logout: %v", err)
			}
		})
		f.agents[i], err = chatagent.Start(t.Context(), session)
		require.NoError(t, err)
		require.NoError(t, f.agents[i].SetAvailability(t.Context(), chatagent.Online))
	}
	return f
}

// visitors has one come to each agent.
func (f *fleet) visitors(first string) {
	for i := range f.agents {
		f.visits = append(f.visits, f.srv.Visitor(lptest.Visitor{Skill: fmt.Sprintf("skill of bot%d", i), FirstLine: first}))
	}
}

// serve runs f for each chat of each agent until the handlers have returned.
func (f *fleet) serve(t *testing.T, h func(ctx context.Context, chat *chatagent.Chat) error, opts ...chatagent.Option) {
	t.Helper()
	var wg sync.WaitGroup
	for _, agent := range f.agents {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := agent.Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
				defer cancel()
				return h(ctx, chat)
			}), append([]chatagent.Option{chatagent.WithGrace(time.Hour)}, opts...)...)
			assert.ErrorIs(t, err, context.Canceled)
		})
	}
	wg.Wait()
}

// agentLines are the texts of the agent's lines in a chat.
func agentLines(c *lptest.Chat) []string {
	var lines []string
	for _, l := range c.Lines() {
		if l.Source == "agent" {
			lines = append(lines, l.Text)
		}
	}
	return lines
}

// say sends a line as a bot does: one that is known not to be sent, after four
// faults in a row, it sends again.
func say(ctx context.Context, chat *chatagent.Chat, text string) (int64, error) {
	for {
		id, err := chat.Send(ctx, chatagent.Text(text))
		if !retry.Temporary(err) || errors.Is(err, chatagent.ErrUnconfirmed) {
			return id, err
		}
	}
}

// Every line that is sent arrives once and in order, whatever happens to one
// call in five.
func TestSendingUnderFaults(t *testing.T) {
	t.Parallel()
	agents, lines := size(20, 200), 50
	for seed := range int64(size(2, 20)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := lptest.NewMemory(lptest.WithSeed(seed))
				t.Cleanup(srv.Close)
				f := newFleet(t, srv, agents)
				for _, fault := range []lptest.Fault{
					{Op: lptest.OpSend, Kind: lptest.FaultReset, Probability: 0.05},
					{Op: lptest.OpSend, Kind: lptest.FaultResetAfter, Probability: 0.05},
					{Op: lptest.OpSend, Status: 503, Probability: 0.04},
					{Op: lptest.OpSend, Status: 429, Probability: 0.03},
					{Op: lptest.OpSend, Kind: lptest.FaultCut, Probability: 0.02},
					{Op: lptest.OpSend, Kind: lptest.FaultHang, Probability: 0.01},
				} {
					srv.AddFault(fault)
				}
				f.visitors("hello")
				var mu sync.Mutex
				sent := map[chatagent.ChatID][]string{}
				unsure := map[chatagent.ChatID][]string{}
				f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
					last := int64(-1)
					for i := range lines {
						text := fmt.Sprintf("line %d", i/2) // each text twice: texts repeat in real life
						id, err := say(ctx, chat, text)
						mu.Lock()
						if errors.Is(err, chatagent.ErrUnconfirmed) {
							unsure[chat.ID()] = append(unsure[chat.ID()], text)
						}
						if err == nil {
							sent[chat.ID()] = append(sent[chat.ID()], text)
							assert.Greater(t, id, last, "the id is that of the line")
							last = id
						}
						mu.Unlock()
					}
					return nil
				})
				for _, v := range f.visits {
					id := chatagent.ChatID(v.ChatID())
					got, sure := agentLines(v.Chat()), sent[id]
					assert.Len(t, sure, lines-len(unsure[id]), "each line was sent, or said not to be sure")
					for _, text := range got { // in order, and none too often
						switch {
						case len(sure) > 0 && sure[0] == text:
							sure = sure[1:]
						case slices.Contains(unsure[id], text):
							at := slices.Index(unsure[id], text)
							unsure[id] = slices.Delete(unsure[id], at, at+1)
						default:
							t.Errorf("%q is doubled or out of order", text)
						}
					}
					assert.Empty(t, sure, "0 lost")
				}
			})
		})
	}
}

// When the events feed is down too, or a change comes late, nothing is doubled
// and nothing is claimed that is not so.
func TestSendingThatCannotBeProven(t *testing.T) {
	t.Parallel()
	for seed := range int64(size(3, 20)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := lptest.NewMemory(lptest.WithSeed(seed))
				t.Cleanup(srv.Close)
				f := newFleet(t, srv, size(10, 50))
				for _, fault := range []lptest.Fault{
					{Op: lptest.OpSend, Kind: lptest.FaultResetAfter, Probability: 0.1},
					{Op: lptest.OpSend, Kind: lptest.FaultReset, Probability: 0.1},
					{Op: lptest.OpSend, Kind: lptest.FaultLate, Probability: 0.1, Delay: 2 * time.Second},
					{Op: lptest.OpEvents, Status: 500, Probability: 0.8},
				} {
					srv.AddFault(fault)
				}
				f.visitors("hello")
				type outcome struct{ sent, unsure, not map[string]bool }
				var mu sync.Mutex
				outcomes := map[chatagent.ChatID]outcome{}
				unsure := 0
				f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
					o := outcome{map[string]bool{}, map[string]bool{}, map[string]bool{}}
					for i := range 10 {
						text := fmt.Sprintf("line %d", i)
						_, err := chat.Send(ctx, chatagent.Text(text))
						switch {
						case err == nil:
							o.sent[text] = true
						case errors.Is(err, chatagent.ErrUnconfirmed):
							o.unsure[text] = true
						default:
							o.not[text] = true
						}
					}
					mu.Lock()
					defer mu.Unlock()
					outcomes[chat.ID()] = o
					unsure += len(o.unsure)
					return nil
				})
				for _, v := range f.visits {
					o := outcomes[chatagent.ChatID(v.ChatID())]
					count := map[string]int{}
					for _, text := range agentLines(v.Chat()) {
						count[text]++
					}
					for text, n := range count {
						assert.Equal(t, 1, n, "%s is doubled", text)
						assert.False(t, o.not[text], "%s was said not to be sent", text)
					}
					for text := range o.sent {
						assert.Equal(t, 1, count[text], "%s was said to be sent", text)
					}
				}
				assert.Positive(t, unsure, "the faults show")
			})
		})
	}
}

func TestSendSaysWhatBecameOfTheLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		faults      []lptest.Fault
		sent        bool
		unconfirmed bool
		is          error
		posts       int
	}{
		{name: "all is well", sent: true, posts: 1},
		{name: "503, then well", faults: []lptest.Fault{{Op: lptest.OpSend, Nth: 1, Status: 503}}, sent: true, posts: 2},
		{name: "answer lost", faults: []lptest.Fault{{Op: lptest.OpSend, Nth: 1, Kind: lptest.FaultResetAfter}}, sent: true, posts: 1},
		{name: "answer cut", faults: []lptest.Fault{{Op: lptest.OpSend, Nth: 1, Kind: lptest.FaultCut}}, sent: true, posts: 1},
		{name: "a success without a body", faults: []lptest.Fault{{Op: lptest.OpSend, Nth: 1, Kind: lptest.FaultEmpty}}, sent: true, posts: 1},
		{name: "an empty success that is none", faults: []lptest.Fault{{Op: lptest.OpSend, Nth: 1, Status: 200, Body: " "}}, unconfirmed: true, posts: 1},
		{name: "a success that names no event", faults: []lptest.Fault{{Op: lptest.OpSend, Nth: 1, Status: 201, Body: "{}"}}, unconfirmed: true, posts: 1},
		{name: "400", faults: []lptest.Fault{{Op: lptest.OpSend, Status: 400}}, posts: 1},
		{name: "404", faults: []lptest.Fault{{Op: lptest.OpSend, Status: 404}}, is: liveperson.ErrNotFound, posts: 1},
		{name: "429 for ever", faults: []lptest.Fault{{Op: lptest.OpSend, Status: 429}}, is: liveperson.ErrRateLimited, posts: 4},
		{name: "503 for ever", faults: []lptest.Fault{{Op: lptest.OpSend, Status: 503}}, is: liveperson.ErrUnavailable, posts: 4},
		{name: "the answer lost and the events down", faults: []lptest.Fault{{Op: lptest.OpSend, Kind: lptest.FaultResetAfter}, {Op: lptest.OpEvents, Status: 500}}, unconfirmed: true, is: liveperson.ErrUnavailable, posts: 1},
		{name: "revoked token", faults: []lptest.Fault{{Op: lptest.OpSend, Nth: 1, Kind: lptest.FaultRevoke}}, sent: true, posts: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := lptest.NewMemory()
				t.Cleanup(srv.Close)
				f := newFleet(t, srv, 1)
				f.visitors("hello")
				var got error
				f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
					for _, fault := range c.faults {
						srv.AddFault(fault)
					}
					_, got = chat.Send(ctx, chatagent.Text("a line"))
					srv.ClearFaults()
					return nil
				})
				lines := len(agentLines(f.visits[0].Chat()))
				assert.Equal(t, c.posts, srv.Count(lptest.OpSend))
				assert.Equal(t, c.unconfirmed, errors.Is(got, chatagent.ErrUnconfirmed), "%v", got)
				if c.sent {
					assert.NoError(t, got)
					assert.Equal(t, 1, lines)
					return
				}
				assert.Error(t, got)
				if c.is != nil {
					assert.ErrorIs(t, got, c.is)
				}
				if !c.unconfirmed {
					assert.Zero(t, lines)
				}
			})
		})
	}
}

func TestSendsOfOneChatKeepTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		t.Cleanup(srv.Close)
		f := newFleet(t, srv, 1)
		srv.AddFault(lptest.Fault{Op: lptest.OpSend, Latency: time.Second})
		srv.AddFault(lptest.Fault{Op: lptest.OpSend, Nth: 2, Status: 503})
		f.visitors("hello")
		f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
			var wg sync.WaitGroup
			for _, text := range []string{"a", "b", "c"} {
				wg.Go(func() {
					_, err := chat.Send(ctx, chatagent.Text(text))
					assert.NoError(t, err)
				})
				synctest.Wait() // each is under way, or waits for its turn
			}
			short, cancel := context.WithTimeout(ctx, time.Second/2)
			defer cancel()
			_, err := chat.Send(short, chatagent.Text("impatient"))
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.NotErrorIs(t, err, chatagent.ErrUnconfirmed, "it never got its turn")
			wg.Wait()
			return nil
		})
		got := agentLines(f.visits[0].Chat())
		assert.Len(t, got, 3)
		assert.NotContains(t, strings.Join(got, " "), "impatient")
	})
}
