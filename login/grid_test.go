package login_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// cell is what an operation comes to under a fault.
type cell struct {
	err    error         // nil: good; errOther: a failure that has no sentinel
	tries  int           // of the request that the fault hits
	took   time.Duration // waits are not spread here
	logins int           // further ones
	ends   bool          // the session, with err
}

// errOther stands for a failure that has no sentinel.
var errOther = assert.AnError

// Short names for the table.
var (
	unauthorized = liveperson.ErrUnauthorized
	conflict     = liveperson.ErrConflict
	rateLimited  = liveperson.ErrRateLimited
	blocked      = liveperson.ErrBlocked
	unavailable  = liveperson.ErrUnavailable
	malformed    = liveperson.ErrMalformed
)

const sec = time.Second

// grid is what the package comment promises, spelled out. A hang costs the 30 s
// of a try and the waits.
var grid = []struct {
	name   string
	faults []lptest.Fault

	login, refresh, keepAlive, logout, call, once cell
}{
	{
		name: "503 twice, then good", faults: []lptest.Fault{{Status: 503, Times: 2}},
		login:   cell{nil, 3, 15 * sec, 0, false},
		refresh: cell{nil, 3, 15 * sec, 0, false}, keepAlive: cell{unavailable, 1, 0, 0, false},
		logout: cell{nil, 3, 15 * sec, 0, true},
		call:   cell{nil, 3, 15 * sec, 0, false}, once: cell{unavailable, 1, 0, 0, false},
	},
	{
		name: "reset twice, then good", faults: []lptest.Fault{{Kind: lptest.FaultReset, Times: 2}},
		login:   cell{nil, 3, 15 * sec, 0, false},
		refresh: cell{nil, 3, 15 * sec, 0, false}, keepAlive: cell{unavailable, 1, 0, 0, false},
		logout: cell{nil, 3, 15 * sec, 0, true},
		call:   cell{nil, 3, 15 * sec, 0, false}, once: cell{unavailable, 1, 0, 0, false},
	},
	{
		name: "reset, then 503", faults: []lptest.Fault{{Kind: lptest.FaultReset, Times: 1}, {Status: 503}},
		login:   cell{unavailable, 4, 30 * sec, 0, false},
		refresh: cell{unavailable, 4, 30 * sec, 0, false}, keepAlive: cell{unavailable, 1, 0, 0, false},
		logout: cell{unavailable, 4, 30 * sec, 0, true},
		call:   cell{unavailable, 4, 30 * sec, 0, false}, once: cell{unavailable, 1, 0, 0, false},
	},
	{
		name: "400", faults: []lptest.Fault{{Status: 400}},
		login:   cell{errOther, 1, 0, 0, false},
		refresh: cell{errOther, 1, 0, 0, false}, keepAlive: cell{errOther, 1, 0, 0, false},
		logout: cell{errOther, 1, 0, 0, true},
		call:   cell{errOther, 1, 0, 0, false}, once: cell{errOther, 1, 0, 0, false},
	},
	{ // the login before was just now, hence the 5 s
		name: "401", faults: []lptest.Fault{{Status: 401}},
		login:   cell{unauthorized, 1, 0, 0, false},
		refresh: cell{nil, 1, 5 * sec, 1, false}, keepAlive: cell{nil, 1, 0, 1, false},
		logout: cell{nil, 1, 0, 0, true},
		call:   cell{unauthorized, 2, 5 * sec, 1, false}, once: cell{unauthorized, 2, 5 * sec, 1, false},
	},
	{
		name: "401 once", faults: []lptest.Fault{{Status: 401, Times: 1}},
		login:   cell{unauthorized, 1, 0, 0, false},
		refresh: cell{nil, 1, 5 * sec, 1, false}, keepAlive: cell{nil, 1, 0, 1, false},
		logout: cell{nil, 1, 0, 0, true},
		call:   cell{nil, 2, 5 * sec, 1, false}, once: cell{nil, 2, 5 * sec, 1, false},
	},
	{
		name: "409", faults: []lptest.Fault{{Status: 409}},
		login:   cell{conflict, 1, 0, 0, false},
		refresh: cell{conflict, 1, 0, 0, false}, keepAlive: cell{conflict, 1, 0, 0, false},
		logout: cell{conflict, 1, 0, 0, true},
		call:   cell{conflict, 1, 0, 0, false}, once: cell{conflict, 1, 0, 0, false},
	},
	{
		name: "429", faults: []lptest.Fault{{Status: 429}},
		login:   cell{rateLimited, 4, 15 * sec, 0, false},
		refresh: cell{rateLimited, 4, 3 * sec, 0, false}, keepAlive: cell{rateLimited, 1, 0, 0, false},
		logout: cell{rateLimited, 4, 3 * sec, 0, true},
		call:   cell{rateLimited, 4, 3 * sec, 0, false}, once: cell{rateLimited, 4, 3 * sec, 0, false},
	},
	{
		name: "429 once, for 7 s", faults: []lptest.Fault{{Status: 429, RetryAfter: "7", Times: 1}},
		login:   cell{nil, 2, 7 * sec, 0, false},
		refresh: cell{nil, 2, 7 * sec, 0, false}, keepAlive: cell{rateLimited, 1, 0, 0, false},
		logout: cell{nil, 2, 7 * sec, 0, true},
		call:   cell{nil, 2, 7 * sec, 0, false}, once: cell{nil, 2, 7 * sec, 0, false},
	},
	{
		name: "451", faults: []lptest.Fault{{Status: 451}},
		login:   cell{blocked, 1, 0, 0, false},
		refresh: cell{blocked, 1, 0, 0, true}, keepAlive: cell{blocked, 1, 0, 0, true},
		logout: cell{blocked, 1, 0, 0, true},
		call:   cell{blocked, 1, 0, 0, false}, once: cell{blocked, 1, 0, 0, false},
	},
	{ // the server did it: the second logout is answered 401
		name: "cut body", faults: []lptest.Fault{{Kind: lptest.FaultCut}},
		login:   cell{unavailable, 4, 30 * sec, 0, false},
		refresh: cell{unavailable, 4, 30 * sec, 0, false}, keepAlive: cell{unavailable, 1, 0, 0, false},
		logout: cell{nil, 2, 5 * sec, 0, true},
		call:   cell{unavailable, 4, 30 * sec, 0, false}, once: cell{unavailable, 1, 0, 0, false},
	},
	{
		name: "hang", faults: []lptest.Fault{{Kind: lptest.FaultHang}},
		login:   cell{unavailable, 4, 150 * sec, 0, false},
		refresh: cell{unavailable, 4, 150 * sec, 0, false}, keepAlive: cell{unavailable, 1, 30 * sec, 0, false},
		logout: cell{unavailable, 4, 150 * sec, 0, true},
		call:   cell{unavailable, 4, 150 * sec, 0, false}, once: cell{unavailable, 1, 30 * sec, 0, false},
	},
	{
		name: "HTML 502", faults: []lptest.Fault{{Kind: lptest.FaultHTML}},
		login:   cell{unavailable, 4, 30 * sec, 0, false},
		refresh: cell{unavailable, 4, 30 * sec, 0, false}, keepAlive: cell{unavailable, 1, 0, 0, false},
		logout: cell{unavailable, 4, 30 * sec, 0, true},
		call:   cell{unavailable, 4, 30 * sec, 0, false}, once: cell{unavailable, 1, 0, 0, false},
	},
	{
		name: "HTML 200", faults: []lptest.Fault{{Kind: lptest.FaultHTML, Status: 200}},
		login:   cell{malformed, 4, 30 * sec, 0, false},
		refresh: cell{malformed, 4, 30 * sec, 0, false}, keepAlive: cell{malformed, 1, 0, 0, false},
		logout: cell{malformed, 4, 30 * sec, 0, true},
		call:   cell{malformed, 4, 30 * sec, 0, false}, once: cell{malformed, 1, 0, 0, false},
	},
	{ // the answer to a refresh and to a logout is empty anyway
		name: "empty 200", faults: []lptest.Fault{{Kind: lptest.FaultEmpty}},
		login:   cell{malformed, 4, 30 * sec, 0, false},
		refresh: cell{nil, 1, 0, 0, false}, keepAlive: cell{nil, 1, 0, 0, false},
		logout: cell{nil, 1, 0, 0, true},
		call:   cell{malformed, 4, 30 * sec, 0, false}, once: cell{malformed, 1, 0, 0, false},
	},
	{
		name: "redirect", faults: []lptest.Fault{{Kind: lptest.FaultRedirect}},
		login:   cell{liveperson.ErrRedirected, 1, 0, 0, false},
		refresh: cell{liveperson.ErrRedirected, 1, 0, 0, false}, keepAlive: cell{liveperson.ErrRedirected, 1, 0, 0, false},
		logout: cell{liveperson.ErrRedirected, 1, 0, 0, true},
		call:   cell{liveperson.ErrRedirected, 1, 0, 0, false}, once: cell{liveperson.ErrRedirected, 1, 0, 0, false},
	},
}

func TestGrid(t *testing.T) {
	t.Parallel()
	for _, row := range grid {
		for _, column := range []struct {
			name string
			op   lptest.Op
			want cell
			do   func(ctx context.Context, b *bench) error
		}{
			{"login", lptest.OpLogin, row.login, nil},
			{"refresh", lptest.OpRefresh, row.refresh, func(ctx context.Context, b *bench) error { return b.session.Refresh(ctx) }},
			{"keep-alive", lptest.OpRefresh, row.keepAlive, func(_ context.Context, b *bench) error { return b.keepAlive() }},
			{"logout", lptest.OpLogout, row.logout, func(ctx context.Context, b *bench) error { return b.session.Logout(ctx) }},
			{"call", lptest.OpSessionStart, row.call, func(ctx context.Context, b *bench) error { return b.start(ctx, true) }},
			{"call, once", lptest.OpSessionStart, row.once, func(ctx context.Context, b *bench) error { return b.start(ctx, false) }},
		} {
			t.Run(row.name+"/"+column.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := &bench{srv: fake(t), failed: make(chan error, 1)}
					strike := func() {
						for _, f := range row.faults {
							f.Op = column.op
							b.srv.AddFault(f)
						}
					}
					if column.do == nil {
						strike()
						started := time.Now()
						err := b.login(t.Context())
						check(t, b, column.op, column.want, time.Since(started), err)
						if err == nil {
							assert.NoError(t, b.end(context.WithoutCancel(t.Context())))
						}
						return
					}
					require.NoError(t, b.login(t.Context()))
					defer func() { assert.NoError(t, b.end(context.WithoutCancel(t.Context()))) }()
					strike()
					started := time.Now()
					err := column.do(t.Context(), b)
					took := time.Since(started)
					if column.name == "keep-alive" {
						refreshes := b.srv.Requests(lptest.OpRefresh)
						took = refreshes[len(refreshes)-1].Answered.Sub(refreshes[0].Time)
					}
					check(t, b, column.op, column.want, took, err)
				})
			})
		}
	}
}

// bench is a fake and one session.
type bench struct {
	srv     *lptest.Server
	session *login.Session
	jar     http.CookieJar
	failed  chan error // a failure of the keep-alive
}

func (b *bench) login(ctx context.Context) (err error) {
	b.session, err = login.Login(ctx, b.srv.Account(), login.Password("bot", password), login.WithHTTPClient(exact(b.srv)),
		login.WithRefresh(retry.Interval{Min: time.Hour, Max: time.Hour, OnFailure: func(err error) { b.failed <- err }}))
	return err
}

// keepAlive waits for the first refresh in the background, and 3 min more.
func (b *bench) keepAlive() error {
	time.Sleep(time.Hour + 3*time.Minute)
	select {
	case err := <-b.failed:
		return err
	default:
		return b.session.Err() // an end is no failure to report
	}
}

type startDoc struct {
	Location struct{} `json:"agentSessionLocation"`
}

// start makes an authorized call the way the packages above do.
func (b *bench) start(ctx context.Context, idempotent bool) error {
	_, err := b.try(ctx, idempotent)
	return err
}

// try is start with what became of the call.
func (b *bench) try(ctx context.Context, idempotent bool) (retry.Answer, error) {
	_, answer, err := rest.Do[startDoc](ctx, &rest.Client{Via: rest.Over(b.session.Client()), Jar: b.jar}, rest.Request{
		Op: "test.Start", Method: http.MethodPost, Idempotent: idempotent, Body: map[string]string{"loginData": ""},
		URL:   rest.Host("https", b.srv.Host(), "/api/account/{account}/agentSession", b.srv.Account()),
		Query: url.Values{"v": {"1"}, "NC": {"true"}},
	})
	return answer, err
}

func (b *bench) end(ctx context.Context) error {
	b.srv.ClearFaults()
	return b.session.Logout(ctx)
}

func check(t *testing.T, b *bench, op lptest.Op, want cell, took time.Duration, err error) {
	t.Helper()
	assert.Equal(t, want.took, took)
	assert.Equal(t, want.tries, b.srv.Count(op))
	if op != lptest.OpLogin {
		assert.Equal(t, 1+want.logins, b.srv.Count(lptest.OpLogin))
	}
	switch want.err {
	case nil:
		assert.NoError(t, err)
	default:
		assert.Error(t, err)
		if want.err != errOther { //nolint:errorlint // a mark of the table
			assert.ErrorIs(t, err, want.err)
		}
	}
	if err != nil {
		var e *liveperson.Error
		assert.ErrorAs(t, err, &e)
	}
	if b.session == nil {
		return
	}
	switch {
	case op == lptest.OpLogout:
		assert.ErrorIs(t, b.session.Err(), login.ErrLoggedOut)
	case want.ends:
		assert.ErrorIs(t, b.session.Err(), want.err)
		<-b.session.Done()
	default:
		assert.NoError(t, b.session.Err())
	}
}
