package messagingagent

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
)

// What each opening asks for, whole.
const (
	ownConversations = `"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678","agentIds":["12345678.3550017"],"convState":["OPEN"]}}`
	ownSurveys       = `"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678","agentIds":["12345678.3550017"],"stage":["OPEN"]}}`
	ownRings         = `"type":".ams.routing.SubscribeRoutingTasks","body":{"brandId":"12345678","agentId":"12345678.3550017","channelType":"MESSAGING"}}`
	ownState         = `"type":".ams.routing.SubscribeAgentsState","body":{"brandId":"12345678","agentId":"12345678.3550017"}}`
	isOnline         = `"type":".ams.routing.SetAgentState","body":{"channels":["MESSAGING"],"agentUserId":"12345678.3550017","availability":"ONLINE"}}`
)

// number is the start of a request.
func number(id int) string { return fmt.Sprintf(`{"kind":"req","id":"%d",`, id) }

// answer answers a request: code, type and body as they stand in the frame.
func (p *peer) answer(id int, rest string) {
	p.send(fmt.Sprintf(`{"kind":"resp","reqId":"%d",%s}`, id, rest))
}

// exchange wants a request of that number, and nothing after it, and answers it.
func (p *peer) exchange(id int, request, answer string) {
	p.s.t.Helper()
	p.want(number(id) + request)
	p.none()
	p.answer(id, answer)
}

// takes wants a request of whatever number and answers it; "" is no answer.
func (p *peer) takes(request, answer string) {
	p.s.t.Helper()
	frame := p.next()
	head := frameHead.FindStringSubmatch(frame)
	if !assert.NotNil(p.s.t, head, frame) {
		return
	}
	assert.Equal(p.s.t, request, frame[len(head[0]):])
	if answer != "" {
		p.send(`{"kind":"resp","reqId":"` + head[1] + `",` + answer + `}`)
	}
}

const (
	noEvents = `"code":200,"type":".ams.ms.QueryMessages$Response","body":[]`
	okText   = `"code":200,"type":".ReqBody$StringResp","body":"OK"`
	stateOK  = `"code":202,"type":".ReqBody$StringResp","body":"Agent state updated successfully"`
)

// subscriptionNamed is the answer that names one.
func subscriptionNamed(id string) string {
	return `"code":200,"type":".ams.GenericSubscribe$Response","body":{"subscriptionId":"` + id + `"}`
}

// opens makes the first opening, and returns the agent.
func (s *socketServer) opens(own string, opts ...Option) (*Agent, *peer) {
	s.t.Helper()
	session := s.login(login.Password("bot", "secret"))
	var a *Agent
	done := make(chan error, 1)
	go func() {
		var err error
		a, err = Connect(s.t.Context(), session, opts...)
		done <- err
	}()
	p := s.accept()
	p.exchange(1, own, subscriptionNamed("sub-1"))
	p.exchange(2, ownRings, subscriptionNamed("sub-2"))
	p.exchange(3, ownState, subscriptionNamed("sub-3"))
	require.NoError(s.t, <-done)
	p.none() // 4 is the keep-alive
	return a, p
}

// The first opening asks for what is the agent's, in order, and sets no state: nobody has
// said which.
func TestFramesOfTheFirstOpening(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		opts []Option
		own  string
		uri  string
	}{
		{"as a rule", nil, ownConversations, "/ws_api/account/12345678/messaging/brand/canary%2F7f41%201?v=2.1"},
		{"with surveys", []Option{WithSurveyDialogs()}, ownSurveys, "/ws_api/account/12345678/messaging/brand/canary%2F7f41%201?v=2.1"},
		{"of version 2", []Option{WithVersion("2")}, ownConversations, "/ws_api/account/12345678/messaging/brand/canary%2F7f41%201?v=2"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSocketServer(t)
				a, p := s.opens(row.own, row.opts...)
				defer a.Close()
				require.Len(t, s.tries(), 1)
				assert.Equal(t, row.uri, s.tries()[0].uri)
				assert.Equal(t, liveperson.UserAgent, s.tries()[0].ua)
				assert.Len(t, p.clocks, 1)
				time.Sleep(29 * time.Second)
				p.none()
				assert.Len(t, p.clocks, 1)
			})
		})
	}
}

// Later openings set the state first, and then ask for what the former socket told: the
// agent's conversations and those of the loops, in order, the rings and the state. What
// was read is read on from there.
func TestFramesOfTheNextOpening(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSocketServer(t)
		a, p := s.opens(ownConversations)
		defer a.Close()
		done := make(chan error, 1)
		go func() { done <- a.SetAvailability(t.Context(), Online) }()
		p.exchange(5, isOnline, stateOK)
		require.NoError(t, <-done)

		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for _, err := range a.Conversations(ctx, Filter{Skill: "4242"}) {
				if err != nil {
					done <- err
				}
			}
		}()
		other := `"type":".ams.aam.SubscribeExConversations","body":{"brandId":"12345678","skillId":"4242"}}`
		p.exchange(6, other, subscriptionNamed("sub-4"))

		p.send(`{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"subscriptionId":"sub-1","changes":` + upserts(conv("77", me, "", "")) + `}}`)
		synctest.Wait()
		go func() {
			_, err := a.Conversation(t.Context(), "conv-1")
			done <- err
		}()
		p.exchange(7, `"type":".ams.ms.QueryMessages","body":{"dialogId":"conv-1","newerThanSequence":-1,"maxQuantity":100}}`, `"code":200,"type":".ams.ms.QueryMessages$Response","body":[`+text(0, "one")+`,`+text(1, "two")+`]`)
		p.exchange(8, `"type":".ams.ms.QueryMessages","body":{"dialogId":"conv-1","newerThanSequence":1,"maxQuantity":100}}`, noEvents)
		require.NoError(t, <-done)

		p.cut()
		p = s.accept()
		p.exchange(1, isOnline, stateOK)
		p.exchange(2, ownConversations, subscriptionNamed("sub-5"))
		p.exchange(3, other, subscriptionNamed("sub-6"))
		p.exchange(4, ownRings, subscriptionNamed("sub-7"))
		p.exchange(5, ownState, subscriptionNamed("sub-8"))
		p.send(`{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"subscriptionId":"sub-5","changes":` + upserts(conv("77", me, "", "")) + `}}`)
		p.takes(`"type":".ams.ms.QueryMessages","body":{"dialogId":"conv-1","newerThanSequence":1,"maxQuantity":100}}`, noEvents)
		p.none()
		assert.Len(t, p.clocks, 1)
		stop()
		require.ErrorIs(t, <-done, context.Canceled)
	})
}

// text is a text of the consumer's in conv-1.
func text(sequence int, message string) string {
	return fmt.Sprintf(`{"sequence":%d,"originatorId":"c0ffee00","originatorMetadata":{"id":"c0ffee00","role":"CONSUMER"},"serverTimestamp":1700000120000,`+
		`"event":{"type":"ContentEvent","contentType":"text/plain","message":%q},"dialogId":"conv-1"}`, sequence, message)
}
