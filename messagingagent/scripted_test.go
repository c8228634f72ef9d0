package messagingagent

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/login"
)

// scripted is an agent, connected to a service of literal frames.
type scripted struct {
	t *testing.T
	s *socketServer
	a *Agent

	mu sync.Mutex
	// state is what each subscription of conversations is told: a list of changes.
	state string
	// answers are those of the requests whose frame has the key, in turn, the last one
	// again and again: code, type and body of the response as they stand in it. "" is no
	// answer. Others get a 200.
	answers map[string][]string
	turns   map[string]string // the state from a frame on that has the key
	frames  []string          // that came, without kind and id, but those of the opening
	p       *peer
}

var frameHead = regexp.MustCompile(`^\{"kind":"req","id":"(\d+)",`)

// inScript runs f in a bubble of its own.
func inScript(t *testing.T, state string, f func(t *testing.T, x *scripted), opts ...Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := &scripted{t: t, s: newSocketServer(t), state: state, answers: map[string][]string{}}
		session := x.s.login(login.Password("bot", "secret"))
		ctx, cancel := context.WithCancel(t.Context())
		var serving sync.WaitGroup
		serving.Go(func() {
			for {
				select {
				case p := <-x.s.peers:
					x.mu.Lock()
					x.p = p
					x.mu.Unlock()
					serving.Go(func() { x.serve(ctx, p) })
				case <-ctx.Done():
					return
				}
			}
		})
		a, err := Connect(t.Context(), session, opts...)
		require.NoError(t, err)
		x.a = a
		synctest.Wait()
		x.mu.Lock()
		x.frames = nil
		x.mu.Unlock()
		f(t, x)
		a.Close()
		cancel()
		serving.Wait()
		leaks(t, x.s.log.String())
	})
}

func (x *scripted) serve(ctx context.Context, p *peer) {
	sub := 0
	for {
		select {
		case f := <-p.frames:
			id := frameHead.FindStringSubmatch(f)
			require.NotNil(x.t, id, f)
			rest := f[len(id[0]):]
			x.mu.Lock()
			x.frames = append(x.frames, rest)
			answer, said := x.answer(rest)
			for key, next := range x.turns {
				if strings.Contains(rest, key) {
					x.state = next
				}
			}
			state := x.state
			x.mu.Unlock()
			if !said && strings.HasPrefix(rest, `"type":".ams.aam.SubscribeExConversations"`) {
				sub++
				p.send(fmt.Sprintf(`{"kind":"resp","reqId":"%s","code":200,"type":".ams.aam.SubscribeExConversations$Response","body":{"subscriptionId":"sub-%d"}}`, id[1], sub))
				p.send(fmt.Sprintf(`{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"subscriptionId":"sub-%d","changes":%s}}`, sub, state))
				continue
			}
			if answer != "" {
				p.send(`{"kind":"resp","reqId":"` + id[1] + `",` + answer + `}`)
			}
		case <-p.done:
			return
		case <-ctx.Done():
			return
		}
	}
}

// answer is that of a frame, and whether the test has set it. x.mu is held.
func (x *scripted) answer(frame string) (answer string, said bool) {
	for key, list := range x.answers {
		if !strings.Contains(frame, key) {
			continue
		}
		if len(list) > 1 {
			x.answers[key] = list[1:]
		}
		return list[0], true
	}
	switch {
	case strings.Contains(frame, "QueryMessages"):
		return `"code":200,"type":".ams.ms.QueryMessages$Response","body":[]`, false
	case strings.Contains(frame, "SubscribeRoutingTasks"), strings.Contains(frame, "SubscribeAgentsState"):
		return `"code":200,"type":"x","body":{"subscriptionId":"sub-x"}`, false
	}
	return `"code":200,"type":".ReqBody$StringResp","body":"OK"`, false
}

// says sets what the service answers to frames with the key.
func (x *scripted) says(key string, answers ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answers[key] = answers
}

// becomesAfter sets the state from a frame on that has the key.
func (x *scripted) becomesAfter(key, state string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.turns = map[string]string{key: state}
}

func (x *scripted) becomes(state string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.state = state
}

// sent are the frames that came, but those that read conversations, and clears them.
func (x *scripted) sent() (frames []string) {
	for _, f := range x.all() {
		if !strings.Contains(f, "scribeExConversations") && !strings.Contains(f, "QueryMessages") {
			frames = append(frames, strings.TrimSuffix(f, "}"))
		}
	}
	return frames
}

// all are the frames that came, without kind and id, and clears them.
func (x *scripted) all() []string {
	synctest.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	frames := x.frames
	x.frames = nil
	return frames
}

// notify has the service tell something unasked.
func (x *scripted) notify(typ, body string) {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.p.send(`{"kind":"notification","type":"` + typ + `","body":` + body + `}`)
}

// tell has the service tell of a state by itself, to the agent's own subscription.
func (x *scripted) tell(kind, result string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.p.send(`{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"subscriptionId":"sub-1","changes":[{"type":"` + kind + `","result":` + result + `}]}}`)
}

// open opens conv-1.
func (x *scripted) open() *Conversation {
	x.t.Helper()
	c, err := x.a.Conversation(x.t.Context(), "conv-1")
	require.NoError(x.t, err)
	x.sent()
	return c
}

// served has the agent serve, with a handler that keeps each conversation until it ends. It
// returns how conversations were opened and closed so far; stop ends it.
func (x *scripted) served() (seen func() []string, stop func()) {
	var mu sync.Mutex
	var list []string
	note := func(u Update) {
		mu.Lock()
		defer mu.Unlock()
		switch u := u.(type) {
		case ConversationOpened:
			list = append(list, "opened "+string(u.How))
		case ConversationClosed:
			list = append(list, "closed "+string(u.How))
		}
	}
	ctx, cancel := context.WithCancel(x.t.Context())
	done := make(chan error, 1)
	go func() {
		done <- x.a.Serve(ctx, HandlerFunc(func(ctx context.Context, c *Conversation) error {
			for _, err := range c.Messages(ctx) {
				if err != nil {
					return err
				}
			}
			return nil
		}), WithOnUpdate(note))
	}()
	seen = func() []string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), list...)
	}
	return seen, func() {
		cancel()
		require.ErrorIs(x.t, <-done, context.Canceled)
	}
}

// upserts are changes that tell of these conversations.
func upserts(results ...string) string {
	var list []string
	for _, r := range results {
		list = append(list, `{"type":"UPSERT","result":`+r+`}`)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// conv is the state of conv-1: who is assigned, who else takes part, and more members of
// its details, or of an other.
func conv(skill, assigned, managers, more string) string {
	return `{"convId":"conv-1","conversationDetails":{"convId":"conv-1","skillId":"` + skill + `","brandId":"12345678","state":"OPEN","stage":"OPEN",` + more +
		`"participants":{"CONSUMER":["c0ffee00"],"ASSIGNED_AGENT":[` + assigned + `],"MANAGER":[` + managers + `],"AGENT":[]},` +
		`"dialogs":[{"dialogId":"conv-1","dialogType":"MAIN","state":"OPEN"}]}}`
}

const (
	me  = `"12345678.3550017"`
	eve = `"12345678.3550099"`
)

// change is the frame of an UpdateConversationField.
func changing(fields string) string {
	return `"type":".ams.cm.UpdateConversationField","body":{"conversationId":"conv-1","conversationField":[` + fields + `]}`
}
