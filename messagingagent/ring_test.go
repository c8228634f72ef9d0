package messagingagent

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// ringing are the changes of a routing task of conv-1 with these rings.
func ringing(rings string) string {
	return `{"subscriptionId":"sub-x","changes":[{"type":"UPSERT","result":{"routingTaskId":"t-1","taskCompleted":false,"conversationId":"conv-1","consumerId":"c0ffee00","skillId":"77","brandId":"12345678","assignedAgentId":"","ringsDetails":` + rings + `}}]}`
}

// ring is one of them; it ends an hour after the time at which tests begin.
func ring(id, state string) string {
	return `{"ringId":"` + id + `","ringState":"` + state + `","ringExpiration":72000,"ringExpirationTs":946688400000,"weight":946688400000,"convId":"conv-1","consumerId":"c0ffee00","skillId":"77","brandId":"12345678"}`
}

// waiting are the ids of what rings.
func waiting(a *Agent) (ids []RingID) {
	for _, r := range a.Rings() {
		ids = append(ids, r.ID)
	}
	return ids
}

// What rings, as the service tells it, and what rings no more.
func TestRingsThatAreTold(t *testing.T) {
	t.Parallel()
	const task = ".ams.routing.RoutingTaskNotification"
	one := []RingID{"r-1"}
	for name, row := range map[string]struct {
		then      [2]string // type and body, after r-1 rings
		want      []RingID
		withoutIt bool // nothing rings before
	}{
		"nothing":      {[2]string{task, `{"subscriptionId":"sub-x","changes":[]}`}, one, false},
		"null":         {[2]string{task, `{"subscriptionId":"sub-x","changes":null}`}, one, false},
		"the same":     {[2]string{task, ringing(`[` + ring("r-1", "WAITING") + `]`)}, one, false},
		"another":      {[2]string{task, ringing(`[` + ring("r-2", "WAITING") + `]`)}, []RingID{"r-1", "r-2"}, false},
		"a dialect":    {[2]string{"routing.RoutingTaskNotification", ringing(ring("r-2", "WAITING"))}, []RingID{"r-2"}, true},
		"accepted":     {[2]string{task, ringing(`[` + ring("r-1", "ACCEPTED") + `]`)}, nil, false},
		"rejected":     {[2]string{task, ringing(`[` + ring("r-1", "REJECTED") + `]`)}, nil, false},
		"expired":      {[2]string{task, ringing(`[` + ring("r-1", "EXPIRED") + `]`)}, nil, false},
		"cancelled":    {[2]string{task, ringing(`[` + ring("r-1", "CANCELLED") + `]`)}, nil, false},
		"taken itself": {[2]string{task, ringing(`[` + ring("r-1", "AUTO_ACCEPT") + `]`)}, nil, false},
		"no state":     {[2]string{task, ringing(`[{"ringId":"r-1","convId":"conv-1"}]`)}, nil, false},
		"completed": {
			[2]string{task, `{"subscriptionId":"sub-x","changes":[{"type":"UPSERT","result":{"taskCompleted":true,"conversationId":"conv-1","ringsDetails":[` + ring("r-1", "WAITING") + `]}}]}`}, nil, false,
		},
		"deleted":           {[2]string{task, `{"subscriptionId":"sub-x","changes":[{"type":"DELETE","result":{"conversationId":"conv-1"}}]}`}, nil, false},
		"deleted by a ring": {[2]string{task, `{"subscriptionId":"sub-x","changes":{"type":"DELETE","result":{"ringsDetails":{"ringId":"x","convId":"conv-1"}}}}`}, nil, false},
		"another's end":     {[2]string{task, `{"subscriptionId":"sub-x","changes":[{"type":"DELETE","result":{"conversationId":"conv-2"}}]}`}, one, false},
		"no id":             {[2]string{task, ringing(`[{"ringState":"WAITING","convId":"conv-1"}]`)}, one, false},
		"over long ago": {
			[2]string{task, ringing(`[{"ringId":"r-2","ringState":"WAITING","ringExpirationTs":946684799999,"convId":"conv-1"}]`)}, nil, true,
		},
		"with an hour left, as texts": {
			[2]string{task, ringing(`[{"ringId":"r-2","ringState":"WAITING","ringExpiration":"72000","ringExpirationTs":"946688400000","weight":"1","conversationId":"conv-1"}]`)}, []RingID{"r-2"}, true,
		},
		"without an end": {[2]string{task, ringing(`[{"ringId":"r-2","ringState":"WAITING","convId":"conv-1"}]`)}, []RingID{"r-2"}, true},
		"of old":         {[2]string{".ams.routing.RingUpdated", `{"ringId":"r-1","ringState":"EXPIRED","convId":"conv-1","consumerId":"c0ffee00","skillId":"77"}`}, one, false},
		"odd":            {[2]string{task, `{"changes":[7]}`}, one, false},
		"odder":          {[2]string{task, `7`}, one, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, `[]`, func(t *testing.T, x *scripted) {
				if !row.withoutIt {
					x.notify(task, ringing(`[`+ring("r-1", "WAITING")+`]`))
					synctest.Wait()
					assert.Equal(t, one, waiting(x.a))
				}
				x.notify(row.then[0], row.then[1])
				synctest.Wait()
				assert.Equal(t, row.want, waiting(x.a))
				x.s.clocks(`{"currentTime":946688400000}`) // which counts, not the time here
				time.Sleep(time.Minute)
				if name != "without an end" {
					assert.Empty(t, waiting(x.a), "they have expired")
				}
				assert.Empty(t, x.all(), "nobody has answered them")
			})
		})
	}
}

// A ring says what it is, and the most urgent comes first.
func TestWhatARingSays(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		x.notify(".ams.routing.RoutingTaskNotification", ringing(`[`+ring("r-2", "WAITING")+`,`+ring("r-1", "WAITING")+
			`,{"ringId":"r-3","ringState":"WAITING","ringExpirationTs":946688400000,"weight":946688300000}`+
			`,{"ringId":"r-4","ringState":"WAITING","ringExpirationTs":946688300000,"weight":946688400000}]`))
		synctest.Wait()
		assert.Equal(t, []RingID{"r-3", "r-4", "r-1", "r-2"}, waiting(x.a))
		assert.Equal(t, RingInfo{
			ID: "r-1", State: RingWaiting, ExpiresAt: time.UnixMilli(946688400000).UTC(), ExpiresIn: 72 * time.Second, Weight: time.UnixMilli(946688400000).UTC(),
			Conversation: "conv-1", Consumer: "c0ffee00", Skill: "77",
		}, x.a.Rings()[2].RingInfo)

		one, err := x.a.Ring("r-1")
		require.NoError(t, err)
		assert.Equal(t, x.a.Rings()[2], one)
		_, err = x.a.Ring("r-5")
		assert.ErrorIs(t, err, ErrRingGone)
		assert.Empty(t, x.sent())
	})
}

// oneRing is r-1, which rings.
func (x *scripted) oneRing() Ring {
	x.t.Helper()
	x.notify(".ams.routing.RoutingTaskNotification", ringing(`[`+ring("r-1", "WAITING")+`]`))
	synctest.Wait()
	require.Len(x.t, x.a.Rings(), 1)
	return x.a.Rings()[0]
}

const (
	accepting = `"type":".ams.routing.UpdateRingState","body":{"ringId":"r-1","ringState":"ACCEPTED"}`
	rejecting = `"type":".ams.routing.UpdateRingState","body":{"ringId":"r-1","ringState":"REJECTED"}`
	ringOK    = `"code":202,"type":".ReqBody$StringResp","body":"Ring state updated successfully"`
)

func TestRejectAsItIsSent(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		x.says("UpdateRingState", ringOK)
		require.NoError(t, x.oneRing().Reject(t.Context()))
		assert.Equal(t, []string{rejecting}, x.sent())
		assert.Empty(t, x.a.Rings())

		r := x.oneRing()
		x.says("UpdateRingState", `"code":409,"type":".ReqBody$StringResp","body":"expired"`)
		err := r.Reject(t.Context())
		assert.ErrorIs(t, err, ErrRingGone)
		assert.ErrorIs(t, err, liveperson.ErrConflict)
		assert.Equal(t, []string{rejecting}, x.sent())
		assert.Empty(t, x.a.Rings())

		r = x.oneRing() // a failure of the service's is waited out
		x.says("UpdateRingState", `"code":500,"type":"x","body":"oops"`, ringOK)
		require.NoError(t, r.Reject(t.Context()))
		assert.Equal(t, []string{rejecting, rejecting}, x.sent())

		r = x.oneRing() // but not for ever
		x.says("UpdateRingState", `"code":500,"type":"x","body":"oops"`)
		assert.ErrorIs(t, r.Reject(t.Context()), liveperson.ErrUnavailable)
		assert.Len(t, x.sent(), 4)
		assert.Len(t, x.a.Rings(), 1, "it may ring still")

		var input *liveperson.InputError
		require.ErrorAs(t, Ring{}.Reject(t.Context()), &input)
		assert.Equal(t, "ring", input.Field)
		_, err = Ring{}.Accept(t.Context())
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "ring", input.Field)
	})
}

// Whoever accepts gets the conversation, whether its state or the answer comes first.
func TestAcceptAsItIsSent(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{true, false} {
		inScript(t, `[]`, func(t *testing.T, x *scripted) {
			x.says("UpdateRingState", ringOK)
			r := x.oneRing()
			time.Sleep(time.Second)
			if before {
				x.tell("UPSERT", conv("77", me, "", ""))
			} else {
				time.AfterFunc(3*time.Second, func() { x.tell("UPSERT", conv("77", me, "", "")) })
			}
			c, err := r.Accept(t.Context())
			require.NoError(t, err)
			assert.Equal(t, liveperson.ConversationID("conv-1"), c.ID())
			assert.Equal(t, DialogID("conv-1"), c.Main())
			assert.Equal(t, liveperson.SkillID("77"), c.Skill())
			assert.Same(t, x.a, c.Agent())
			assert.Empty(t, x.a.Rings())
			assert.Equal(t, []string{
				accepting + `}`,
				`"type":".ams.ms.QueryMessages","body":{"dialogId":"conv-1","newerThanSequence":-1,"maxQuantity":100}}`,
			}, x.all())
			again, err := x.a.Conversation(t.Context(), "conv-1")
			require.NoError(t, err)
			assert.Same(t, c, again)
			assert.Empty(t, x.all())
		})
	}
}

// What becomes of accepting otherwise.
func TestAcceptThatFails(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answers []string
		during  func(x *scripted)
		is      error
		frames  int
	}{
		"somebody else has it": {[]string{`"code":400,"type":".ReqBody$StringResp","body":"no"`}, nil, ErrRingGone, 1},
		"no such ring":         {[]string{`"code":404,"type":".ReqBody$StringResp","body":"no"`}, nil, ErrRingGone, 1},
		"it does not show":     {[]string{ringOK}, nil, ErrUnconfirmed, 1},
		"it goes to another":   {[]string{ringOK}, func(x *scripted) { x.tell("UPSERT", conv("77", eve, "", "")) }, ErrUnconfirmed, 1},
		"no answer":            {[]string{""}, nil, ErrUnconfirmed, 3},
		"no answer, and then it is gone, and here": {
			[]string{"", `"code":409,"type":"x","body":"gone"`}, func(x *scripted) { x.tell("UPSERT", conv("77", me, "", "")) }, nil, 2,
		},
		"failures": {[]string{`"code":503,"type":"x","body":"oops"`}, nil, liveperson.ErrUnavailable, 4},
		"a failure, and then it is here": {
			[]string{`"code":503,"type":"x","body":"oops"`, ringOK}, func(x *scripted) { x.tell("UPSERT", conv("77", me, "", "")) }, nil, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, `[]`, func(t *testing.T, x *scripted) {
				x.says("UpdateRingState", row.answers...)
				r := x.oneRing()
				if row.during != nil {
					time.AfterFunc(2*time.Second, func() { row.during(x) })
				}
				c, err := r.Accept(t.Context())
				if row.is == nil {
					require.NoError(t, err)
					assert.Equal(t, liveperson.ConversationID("conv-1"), c.ID())
				} else {
					require.ErrorIs(t, err, row.is)
					assert.Nil(t, c)
				}
				frames := x.sent()
				assert.Len(t, frames, row.frames)
				for _, f := range frames {
					assert.Equal(t, accepting, f)
				}
			})
		})
	}
	inScript(t, `[]`, func(t *testing.T, x *scripted) { // it is given up
		x.says("UpdateRingState", ringOK)
		r := x.oneRing()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := r.Accept(ctx)
		assert.ErrorIs(t, err, ErrUnconfirmed)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
	inScript(t, `[]`, func(t *testing.T, x *scripted) { // its messages cannot be read
		x.says("UpdateRingState", ringOK)
		x.says("QueryMessages", `"code":403,"type":"x","body":"no"`)
		r := x.oneRing()
		x.tell("UPSERT", conv("77", me, "", ""))
		_, err := r.Accept(t.Context())
		assert.ErrorIs(t, err, liveperson.ErrForbidden)
	})
}
