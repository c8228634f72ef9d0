package lptest_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// Whatever way an answer is lost, the change can come long after.
func TestLateChange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault lptest.Fault
		wait  time.Duration // until the answer is lost
		lost  func(reply) bool
	}{
		"status":   {lptest.Fault{Status: 503}, 0, func(r reply) bool { return r.status == 503 }},
		"html":     {lptest.Fault{Kind: lptest.FaultHTML}, 0, func(r reply) bool { return r.status == 502 }},
		"reset":    {lptest.Fault{Kind: lptest.FaultReset}, 0, func(r reply) bool { return errors.Is(r.err, syscall.ECONNRESET) }},
		"slow":     {lptest.Fault{Kind: lptest.FaultReset, Latency: 3 * time.Second}, 3 * time.Second, func(r reply) bool { return errors.Is(r.err, syscall.ECONNRESET) }},
		"error":    {lptest.Fault{Kind: lptest.FaultError200}, 0, func(r reply) bool { return r.status == 200 }},
		"redirect": {lptest.Fault{Kind: lptest.FaultRedirect}, 0, func(r reply) bool { return r.status == 307 }},
		"time-out": {lptest.Fault{Kind: lptest.FaultHang}, 10 * time.Second, func(r reply) bool { return errors.Is(r.err, context.DeadlineExceeded) }},
		"hang":     {lptest.Fault{Kind: lptest.FaultHang, Latency: 4 * time.Second}, 4 * time.Second, func(r reply) bool { return errors.Is(r.err, syscall.ECONNRESET) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				defer s.srv.Close()
				s.client.Timeout = 10 * time.Second
				test.fault.Op, test.fault.Times = lptest.OpSend, 1
				test.fault.After, test.fault.Delay = true, 25*time.Second
				s.srv.AddFault(test.fault)
				begin := time.Now()
				r := s.say()
				require.True(t, test.lost(r), r)
				require.Equal(t, test.wait, time.Since(begin))
				synctest.Wait()
				pass(25*time.Second - time.Nanosecond)
				synctest.Wait()
				require.Zero(t, s.said())
				pass(time.Nanosecond)
				synctest.Wait()
				require.Equal(t, 1, s.said())
				require.Equal(t, "chat "+s.visit.ChatID()+" line 4 by ann@brand", s.srv.Requests(lptest.OpSend)[0].Changed)
				require.Equal(t, 201, s.say().status)
			})
		})
	}
}

// Every kind of change can come late.
func TestLateChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.srv.Close()
		b := bob(t, s.srv)
		s.srv.AddSurvey(branching())
		late := func(op lptest.Op) {
			s.srv.AddFault(lptest.Fault{Op: op, Status: 502, After: true, Delay: 8 * time.Second, Times: 1})
		}
		soon := func() {
			pass(8 * time.Second)
			synctest.Wait()
		}
		late(lptest.OpAccept)
		second := s.srv.Visitor(lptest.Visitor{Skill: "Sales"})
		for second.Chat().Ringing() != "ann@brand" {
			second = s.srv.Visitor(lptest.Visitor{Skill: "Sales"})
		}
		require.Equal(t, 502, s.call("POST", "/incomingRequests", "{}").status)
		require.Equal(t, "waiting", second.Chat().State())
		soon()
		require.Equal(t, "ann@brand", second.Chat().Agent())

		late(lptest.OpTransfer)
		require.Equal(t, 502, s.call("POST", s.url+"/transfer", `{"transfer":{"agent":{"id":3705342611}}}`).status)
		require.Equal(t, "ann@brand", s.visit.Chat().Agent())
		soon()
		require.Equal(t, "bob@brand", s.visit.Chat().Ringing())

		late(lptest.OpEnd)
		r := s.call("POST", s.as+"/chat/"+second.ChatID()+"/events", `{"event":{"@type":"state","state":"ended"}}`)
		require.Equal(t, 502, r.status)
		require.Equal(t, "chatting", second.Chat().State())
		soon()
		require.Equal(t, "ended", second.Chat().State())

		late(lptest.OpSurveySave)
		require.Equal(t, 502, b.survey("PUT", "/state", query+"2.0", saved).status)
		require.Zero(t, s.srv.Survey(conversation, 42).Saves)
		soon()
		require.Equal(t, 1, s.srv.Survey(conversation, 42).Saves)
		late(lptest.OpSurveySubmit)
		require.Equal(t, 502, b.survey("POST", "/state", query+"2.0", full, rev(s.srv.Survey(conversation, 42).Revision)).status)
		require.Equal(t, "open", s.srv.Survey(conversation, 42).Status)
		soon()
		require.Equal(t, "submitted", s.srv.Survey(conversation, 42).Status)
	})
}

// What is still to come when the server is closed does not come.
func TestLateChangeAndClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultReset, After: true, Delay: time.Second})
		require.Error(t, s.say().err)
		s.srv.Close()
		pass(2 * time.Second)
		require.Zero(t, s.said())
	})
}
