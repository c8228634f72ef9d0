package messaging_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

func TestUpgrade(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		bearer := w.srv.Bearer(w.bot)
		require.Equal(t, 401, w.refused(w.url("nonsense")))
		require.Equal(t, 401, w.refused(w.url("")))
		require.Equal(t, 401, w.refused(strings.Replace(w.url(bearer), "12345678", "999", 1)))
		require.Equal(t, 400, w.refused(strings.Replace(w.url(bearer), "v=2.1", "v=1", 1)))
		k := w.dial(w.bot)
		require.Equal(t, 1, w.svc.Sockets("bot"))
		w.srv.RevokeBearers(w.bot)
		require.Equal(t, 401, w.refused(w.url(bearer)))
		k.ok("1", ".GetClock", `{}`) // an open socket outlives its token
		_, _ = k.ask("2", ".InitConnection", `{}`)
		_ = k.conn.Close(websocket.StatusNormalClosure, "")
		require.NoError(t, w.svc.WaitSockets(t.Context(), "bot", 0))

		entries := w.srv.Requests(lptest.OpSocket)
		require.Len(t, entries, 6)
		require.Equal(t, "bot", entries[4].Agent)
		require.Equal(t, []int{401, 401, 401, 400, 101, 401}, []int{
			entries[0].Status, entries[1].Status, entries[2].Status, entries[3].Status, entries[4].Status, entries[5].Status,
		})
		for _, entry := range entries {
			require.True(t, strings.HasSuffix(entry.Path, "/messaging/brand/-"), entry.Path)
		}
		// Also where no service is.
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://evil.example/ws_api/account/12345678/messaging/brand/"+bearer, http.NoBody)
		require.NoError(t, err)
		resp, err := w.srv.Client().Do(req)
		require.NoError(t, err)
		_ = resp.Body.Close()
		require.Equal(t, 421, resp.StatusCode)
		for _, entry := range w.srv.Journal() {
			require.NotContains(t, entry.Path, bearer)
		}
	})
}

func TestOneLogin(t *testing.T) {
	t.Parallel()
	bubbleWith(t, func(t *testing.T, w *world) {
		first := w.srv.Bearer(w.bot)
		second := w.srv.Bearer(w.bot)
		require.Equal(t, 401, w.refused(w.url(first)))
		w.dialURL(w.url(second)).ok("1", ".GetClock", `{}`)
	})
}

func TestHosts(t *testing.T) {
	t.Parallel()
	bubbleWith(t, func(t *testing.T, w *world) {
		bearer := w.srv.Bearer(w.bot)
		const path = "/ws_api/account/12345678/messaging/brand/"
		w.dialURL("wss://va.msg.liveperson.net"+path+bearer+"?v=2").ok("1", ".GetClock", `{}`)
		w.dialURL("wss://va.facade.liveperson.net"+path+bearer+"?v=2.1").ok("1", ".GetClock", `{}`)
		require.Equal(t, 404, w.refused("wss://va.agentvep.liveperson.net"+path+bearer+"?v=2.1"))
	}, lptest.WithBaseURIs(map[lptest.Service]string{
		lptest.AsyncMessagingEnt: "va.msg.liveperson.net", lptest.FacadeMsg: "va.facade.liveperson.net",
		lptest.AgentVep: "va.agentvep.liveperson.net",
	}))
}

// TestLoopback opens a socket over TLS on loopback, and closes the server while
// it is open.
func TestLoopback(t *testing.T) {
	t.Parallel()
	srv := lptest.NewServer()
	a := srv.AddAgent(lptest.Agent{LoginName: "bot"})
	w := &world{t: t, srv: srv, svc: srv.Messaging()}
	k := w.dialURL(strings.Replace(srv.URL(), "https", "wss", 1) + "/ws_api/account/12345678/messaging/brand/" + srv.Bearer(a) + "?v=2.1")
	k.ok("1", ".GetClock", `{}`)
	srv.Close()
	_, err := k.read()
	require.Error(t, err)
	require.ErrorIs(t, srv.Messaging().WaitSockets(t.Context(), "bot", 5), messaging.ErrClosed)
}

func TestUpgradeFaults(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		bearer := w.srv.Bearer(w.bot)
		for _, code := range []int{401, 502, 503} {
			w.svc.AddFault(messaging.Fault{Type: "Upgrade", User: "bot", Nth: 1, Code: code})
			require.Equal(t, code, w.refused(w.url(bearer)))
		}
		w.svc.AddFault(messaging.Fault{Type: "Upgrade", Kind: messaging.FaultClose, Times: 1})
		k := w.dialURL(w.url(bearer))
		_, err := k.read()
		require.Error(t, err)
		require.EqualValues(t, -1, websocket.CloseStatus(err))
		w.svc.AddFault(messaging.Fault{Type: "Upgrade", Kind: messaging.FaultClose, Code: 4401, Delay: 10 * time.Second, Times: 1})
		k = w.dialURL(w.url(bearer))
		k.ok("1", ".GetClock", `{}`)
		begun := time.Now()
		_, err = k.read()
		require.EqualValues(t, 4401, websocket.CloseStatus(err))
		require.Equal(t, 10*time.Second, time.Since(begun))
		w.svc.AddFault(messaging.Fault{Type: "Upgrade", Kind: messaging.FaultDelay, Delay: time.Minute, Times: 1})
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		_, _, err = websocket.Dial(ctx, w.url(bearer), &websocket.DialOptions{HTTPClient: &http.Client{Transport: w.srv.Transport()}})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestSilence(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		time.Sleep(59 * time.Second)
		k.ok("1", ".GetClock", `{}`)
		begun := time.Now()
		_, err := k.read()
		require.EqualValues(t, -1, websocket.CloseStatus(err))
		require.Equal(t, time.Minute, time.Since(begun))
		require.Equal(t, 0, w.svc.Sockets("bot"))

		k = w.dial(w.bot)
		pings := func() error {
			for range 3 {
				time.Sleep(50 * time.Second)
				if err := k.conn.Ping(t.Context()); err != nil {
					return err
				}
			}
			return nil
		}
		result := make(chan error, 1)
		go func() { result <- pings() }()
		_, err = k.read()
		require.Error(t, err)
		require.NoError(t, <-result, "a ping counts")
		require.Equal(t, 210*time.Second, time.Since(begun)-time.Minute)
	})
	bubble(t, func(t *testing.T, w *world) {
		k := w.dial(w.bot)
		begun := time.Now()
		_, err := k.read()
		require.Error(t, err)
		require.Equal(t, 5*time.Second, time.Since(begun))
	}, messaging.WithSilence(5*time.Second))
}

func TestCloseSockets(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		for _, code := range []int{1000, 1001, 1005, 1008, 1011, 4401, 4407, 4410} {
			k := w.serve()
			require.Equal(t, "ONLINE", w.svc.Availability("bot"))
			require.Equal(t, 1, w.svc.CloseSockets("bot", code, "identity token is invalid"))
			require.Equal(t, 0, w.svc.Sockets("bot"))
			require.Equal(t, "OFFLINE", w.svc.Availability("bot"))
			_, err := k.read()
			require.EqualValues(t, code, websocket.CloseStatus(err), "%v", err)
			if code != 1005 {
				require.ErrorContains(t, err, "identity token is invalid")
			}
		}
		for _, code := range []int{1004, 1006} {
			k := w.dial(w.bot)
			w.svc.CloseSockets("bot", code, "")
			_, err := k.read()
			require.EqualValues(t, -1, websocket.CloseStatus(err))
		}
		k := w.dial(w.bot)
		require.Equal(t, 1, w.svc.DropSockets("bot"))
		_, err := k.read()
		require.Error(t, err)
		require.Equal(t, 11, w.svc.Opened())
	})
}

// TestDeafClient closes the server while a client answers no close frame.
func TestDeafClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := lptest.NewMemory()
		a := srv.AddAgent(lptest.Agent{LoginName: "bot"})
		w := &world{t: t, srv: srv, svc: srv.Messaging()}
		w.dial(a)
		w.svc.CloseSockets("bot", 4401, "")
		begun := time.Now()
		srv.Close()
		require.Less(t, time.Since(begun), time.Second)
	})
}
