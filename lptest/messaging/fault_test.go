package messaging_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

const hi = `{"type":"ContentEvent","contentType":"text/plain","message":"Hi"}`

func TestRequestFaults(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales"})
		require.NoError(t, w.svc.Colleague("bot").TakeOver(conv.ID()))
		body := `{"dialogId":"` + conv.ID() + `","event":` + hi + `}`
		n := 0
		for _, row := range []struct {
			fault  messaging.Fault
			answer string // "" for none
			took   time.Duration
			made   time.Duration // after which it is; -1 never
			end    int           // close code; 0 for none
		}{
			{messaging.Fault{Code: 429}, `"code":429,"type":".ReqBody$StringResp","body":"The service cannot answer now"`, 0, -1, 0},
			{messaging.Fault{Kind: messaging.FaultRefuse, Code: 500, After: true, Body: "oops"}, `"code":500,"type":".ReqBody$StringResp","body":"oops"`, 0, 0, 0},
			{messaging.Fault{Code: 401, Body: `{"title":"t","details":"d","errorCode":40104}`}, `"code":401,"type":".ReqBody$ErrorResp","body":{"title":"t","details":"d","errorCode":40104}`, 0, -1, 0},
			{messaging.Fault{Code: 502, Delay: 3 * time.Second}, `"code":502`, 3 * time.Second, -1, 0},
			{messaging.Fault{Kind: messaging.FaultDelay, Delay: 3 * time.Second}, `"code":200`, 3 * time.Second, 3 * time.Second, 0},
			{messaging.Fault{Kind: messaging.FaultLate}, `"code":200`, time.Second, 0, 0},
			{messaging.Fault{Kind: messaging.FaultNoAnswer}, "", 0, -1, 0},
			{messaging.Fault{Kind: messaging.FaultNoAnswer, After: true}, "", 0, 0, 0},
			{messaging.Fault{Kind: messaging.FaultHuge, Size: 100}, `,"padding":"` + strings.Repeat("x", 100) + `"}`, 0, 0, 0},
			{messaging.Fault{Kind: messaging.FaultClose, Code: 4401}, "", 0, -1, 4401},
			{messaging.Fault{Kind: messaging.FaultClose, Code: 4410, After: true, Reason: "rich"}, "", 0, 0, 4410},
			{messaging.Fault{Kind: messaging.FaultClose, After: true}, "", 0, 0, -1},
			{messaging.Fault{Kind: messaging.FaultClose, After: true, Delay: time.Second}, "", 0, 0, -1},
		} {
			k := w.dial(w.bot)
			row.fault.Type, row.fault.Times = "PublishEvent", 1
			h := w.svc.AddFault(row.fault)
			before := len(conv.Messages())
			begun := time.Now()
			k.send(`{"kind":"req","id":"1","type":".ams.ms.PublishEvent","body":` + body + `}`)
			synctest.Wait()
			made := len(conv.Messages()) - before
			require.Equal(t, row.made == 0, made == 1, "%+v", row.fault)
			if row.answer != "" {
				for {
					text, err := k.read()
					require.NoError(t, err)
					if strings.Contains(text, `"reqId":"1"`) {
						require.Contains(t, text, row.answer)
						break
					}
				}
				require.Equal(t, row.took, time.Since(begun))
			}
			if row.end != 0 {
				_, err := k.read()
				require.EqualValues(t, row.end, websocket.CloseStatus(err), "%+v", row.fault)
			} else {
				k.ok("2", ".GetClock", `{}`)
				require.NotContains(t, strings.Join(k.bag, ""), `"reqId":"1"`)
			}
			if row.made > 0 {
				require.Len(t, conv.Messages(), before+1)
			}
			require.Equal(t, 1, h.Hits())
			n++
			require.Equal(t, n, w.svc.Count("PublishEvent"))
			require.Equal(t, 1, h.Hits())
			_ = k.conn.CloseNow()
			require.NoError(t, w.svc.WaitSockets(t.Context(), "bot", 0))
		}
		require.NotEmpty(t, w.svc.Requests("PublishEvent")[0].Fault)
	})
}

func TestNotificationFaults(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		conv := w.svc.Consumer(messaging.Consumer{Skill: "Sales"})
		require.NoError(t, w.svc.Colleague("bot").TakeOver(conv.ID()))
		k := w.dial(w.bot)
		said := 0
		say := func() string {
			said++
			conv.Say("line " + strconv.Itoa(said))
			return `"line ` + strconv.Itoa(said) + `"`
		}
		fault := func(f messaging.Fault) {
			f.Type, f.Nth = "OnlineEventDistribution", 1
			w.svc.AddFault(f)
		}
		fault(messaging.Fault{Kind: messaging.FaultLose})
		say()
		text := say()
		require.Contains(t, k.next(), text, "the first is lost")
		fault(messaging.Fault{Kind: messaging.FaultTwice})
		text = say()
		require.Contains(t, k.next(), text)
		require.Contains(t, k.next(), text)
		fault(messaging.Fault{Kind: messaging.FaultDelay, Delay: 5 * time.Second})
		late := say()
		begun := time.Now()
		text = say()
		require.Contains(t, k.next(), text)
		require.Contains(t, k.next(), late)
		require.Equal(t, 5*time.Second, time.Since(begun))
		fault(messaging.Fault{Kind: messaging.FaultSwap})
		first, second := say(), say()
		require.Contains(t, k.next(), second)
		require.Contains(t, k.next(), first)
		fault(messaging.Fault{Kind: messaging.FaultSwap})
		text = say()
		begun = time.Now()
		require.Contains(t, k.next(), text)
		require.Equal(t, time.Second, time.Since(begun), "nothing else came")
		fault(messaging.Fault{Kind: messaging.FaultHuge, Size: 1 << 20})
		say()
		require.Greater(t, len(k.next()), 1<<20)
		fault(messaging.Fault{Kind: messaging.FaultClose, Code: 1011, After: true})
		text = say()
		require.Contains(t, k.next(), text)
		_, err := k.read()
		require.EqualValues(t, 1011, websocket.CloseStatus(err))
		k = w.dial(w.bot)
		fault(messaging.Fault{Kind: messaging.FaultClose})
		say()
		_, err = k.read()
		require.EqualValues(t, -1, websocket.CloseStatus(err))
	})
}

func TestStale(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.serve()
		w.svc.AddFault(messaging.Fault{Type: "ExConversationChangeNotification", Kind: messaging.FaultStale, Contains: `"note":"new"`})
		conv := w.take(k, messaging.Consumer{Skill: "Sales", FirstMessage: "Hello"})
		code, _ := k.update("1", conv, `[{"field":"Note","note":"old"}]`)
		require.Equal(t, 200, code)
		old := k.next()
		require.Contains(t, old, `"note":"old"`)
		code, _ = k.update("2", conv, `[{"field":"Note","note":"new"}]`)
		require.Equal(t, 200, code)
		require.Contains(t, k.next(), `"note":"new"`)
		require.Equal(t, old, k.next())
	})
}

func TestFaultChoice(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T) (hits string) {
		t.Helper()
		bubble(t, func(t *testing.T, w *world) {
			k := w.dial(w.bot)
			half := w.svc.AddFault(messaging.Fault{Code: 500, Probability: 0.5})
			w.svc.AddFault(messaging.Fault{Type: "GetClock", User: "mate", Code: 503})
			for i := range 40 {
				code, _ := k.ask(strconv.Itoa(i), ".GetClock", `{}`)
				hits += strconv.Itoa(code) + " "
			}
			require.Greater(t, half.Hits(), 10)
			require.Less(t, half.Hits(), 30)
			half.Remove()
			w.svc.AddFault(messaging.Fault{Type: "GetClock", Nth: 2, Code: 502})
			for i, want := range []int{200, 502, 200} {
				code, _ := k.ask("n"+strconv.Itoa(i), ".GetClock", `{}`)
				require.Equal(t, want, code)
			}
			code, _ := w.dial(w.mate).ask("1", ".GetClock", `{}`)
			require.Equal(t, 503, code)
			w.svc.ClearFaults()
			k.ok("last", ".GetClock", `{}`)
		})
		return hits
	}
	once := run(t)
	require.Equal(t, once, run(t), "the same seed, the same run")
	bubble(t, func(t *testing.T, w *world) {
		for _, f := range []messaging.Fault{
			{Type: "Nothing", Code: 500},
			{Type: "GetClock"},
			{Type: "GetClock", Kind: "odd"},
			{Type: "GetClock", Code: 500, Probability: 2},
			{Type: "GetClock", Code: 500, Nth: -1},
			{Type: "GetClock", Kind: messaging.FaultLose},
			{Type: "OnlineEventDistribution", Code: 500},
			{Type: "OnlineEventDistribution", Kind: messaging.FaultStale},
			{Type: "Upgrade", Kind: messaging.FaultHuge},
		} {
			require.Panics(t, func() { w.svc.AddFault(f) }, "%+v", f)
		}
	})
	for bad, want := range map[string]string{
		`{"type":"PublishEvnt","code":500}`:      `messaging: faults: there is no type "PublishEvnt": it is one of ["AgentRequestConversation" "GenerateURLForDownloadFile" `,
		`{"type":"PublishEvent","kind":"refus"}`: `messaging: faults: there is no kind "refus": it is one of ["refuse" "no-answer" "close" "delay" "late" "huge" "lose" "twice" "swap" "stale"]`,
		`{"type":"PublishEvent"}`:                `messaging: faults: a kind or a code is wanted`,
		`[{"code":500},{"type":"a","code":500}]`: `messaging: faults: there is no type "a": `,
	} {
		_, err := messaging.ParseFaults([]byte(bad))
		require.ErrorContains(t, err, want)
	}
	require.Len(t, messaging.FaultKinds(), 10)
	require.Len(t, messaging.FaultTypes(), 26)
	for _, one := range []string{"GetClock", "PublishEvent", "RoutingTaskNotification", "Upgrade", "PutFile"} {
		require.Contains(t, messaging.FaultTypes(), one)
	}
	for _, bad := range []func(){
		func() { messaging.WithRing(0) },
		func() { messaging.WithPage(0) },
		func() { messaging.WithFrames(-1) },
	} {
		require.Panics(t, bad)
	}
}
