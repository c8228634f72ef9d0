package domain_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// grid is what the package comment promises, spelled out: what each operation
// comes to under each fault, with nothing known yet and with an answer from
// before.
var grid = []struct {
	name   string
	faults []lptest.Fault

	err   error // nil: the answer
	tries int
	took  time.Duration

	againErr   error // nil with stale: the answer from before
	stale      bool
	againTries int
	againTook  time.Duration
}{
	{
		"503 twice, then good",
		[]lptest.Fault{{Status: 503, Times: 2}},
		nil, 3, 15 * time.Second,
		nil, true, 1, 0,
	},
	{
		"reset twice, then good",
		[]lptest.Fault{{Kind: lptest.FaultReset, Times: 2}},
		nil, 3, 15 * time.Second,
		nil, true, 1, 0,
	},
	{
		"reset, then 503",
		[]lptest.Fault{{Kind: lptest.FaultReset, Times: 1}, {Status: 503}},
		liveperson.ErrUnavailable, 4, 30 * time.Second,
		nil, true, 1, 0,
	},
	{
		"400",
		[]lptest.Fault{{Status: 400}},
		errOther, 1, 0,
		errOther, false, 1, 0,
	},
	{
		"401",
		[]lptest.Fault{{Status: 401}},
		liveperson.ErrUnauthorized, 1, 0,
		liveperson.ErrUnauthorized, false, 1, 0,
	},
	{
		"409",
		[]lptest.Fault{{Status: 409}},
		liveperson.ErrConflict, 1, 0,
		liveperson.ErrConflict, false, 1, 0,
	},
	{
		"429",
		[]lptest.Fault{{Status: 429}},
		liveperson.ErrRateLimited, 4, 3 * time.Second,
		nil, true, 4, 3 * time.Second,
	},
	{
		"429 once",
		[]lptest.Fault{{Status: 429, Times: 1}},
		nil, 2, time.Second,
		nil, false, 2, time.Second,
	},
	{
		"451",
		[]lptest.Fault{{Status: 451}},
		liveperson.ErrBlocked, 1, 0,
		liveperson.ErrBlocked, false, 1, 0,
	},
	{
		"cut body",
		[]lptest.Fault{{Kind: lptest.FaultCut}},
		liveperson.ErrUnavailable, 4, 30 * time.Second,
		nil, true, 1, 0,
	},
	{
		"hang",
		[]lptest.Fault{{Kind: lptest.FaultHang}},
		liveperson.ErrUnavailable, 4, 150 * time.Second, // 30 s each, and the waits
		nil, true, 1, 5 * time.Second,
	},
	{
		"HTML 502",
		[]lptest.Fault{{Kind: lptest.FaultHTML}},
		liveperson.ErrUnavailable, 4, 30 * time.Second,
		nil, true, 1, 0,
	},
	{
		"empty 200",
		[]lptest.Fault{{Kind: lptest.FaultEmpty}},
		liveperson.ErrMalformed, 4, 30 * time.Second,
		nil, true, 1, 0,
	},
	{
		"redirect",
		[]lptest.Fault{{Kind: lptest.FaultRedirect}},
		liveperson.ErrRedirected, 1, 0,
		nil, true, 1, 0,
	},
	{
		"error with 200",
		[]lptest.Fault{{Status: 200, Body: `{"error":{"message":"no","internalCode":6,"responseStatus":"UNAUTHORIZED"}}`}},
		liveperson.ErrUnauthorized, 1, 0,
		liveperson.ErrUnauthorized, false, 1, 0,
	},
}

// errOther stands for a failure that has no sentinel.
var errOther = assert.AnError

var operations = []struct {
	name string
	do   func(ctx context.Context, c *domain.Client) (stale bool, err error)
}{
	{"domain.BaseURI", func(ctx context.Context, c *domain.Client) (bool, error) {
		h, err := c.Lookup(ctx, account, domain.AgentVEP)
		return h.Stale, err
	}},
	{"domain.All", func(ctx context.Context, c *domain.Client) (bool, error) {
		all, err := c.All(ctx, account)
		if err != nil {
			return false, err
		}
		if len(all) != 10 {
			return false, assert.AnError
		}
		h, err := c.Lookup(ctx, account, domain.AgentVEP) // from memory
		return h.Stale, err
	}},
}

func TestGrid(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		for _, row := range grid {
			t.Run(op.name+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := fake(t)
					hc, err := retry.NewClient(retry.WithTransport(srv.Transport()), retry.WithPolicy(retry.Policy{Jitter: -1}))
					require.NoError(t, err)
					strike := func() {
						for _, f := range row.faults {
							f.Op = lptest.OpDomain
							srv.AddFault(f)
						}
					}
					strike()
					c := newClient(t, hc)
					started := time.Now()
					_, err = op.do(t.Context(), c)
					check(t, op.name, row.err, err)
					assert.Equal(t, row.tries, srv.Count(lptest.OpDomain))
					assert.Equal(t, row.took, time.Since(started))

					srv.ClearFaults()
					c = newClient(t, hc)
					_, err = op.do(t.Context(), c)
					assert.NoError(t, err)
					time.Sleep(time.Hour)
					srv.Transport().(interface{ CloseIdleConnections() }).CloseIdleConnections()
					strike()
					before := srv.Count(lptest.OpDomain)
					started = time.Now()
					stale, err := op.do(t.Context(), c)
					check(t, op.name, row.againErr, err)
					assert.Equal(t, row.stale, stale)
					assert.Equal(t, row.againTries, srv.Count(lptest.OpDomain)-before)
					assert.Equal(t, row.againTook, time.Since(started))
				})
			})
		}
	}
}

func check(t *testing.T, op string, want, err error) {
	t.Helper()
	if want == nil {
		assert.NoError(t, err)
		return
	}
	var e *liveperson.Error
	if !assert.ErrorAs(t, err, &e) {
		return
	}
	assert.Equal(t, op, e.Op)
	assert.Equal(t, "GET", e.Method)
	assert.Equal(t, "https://api.liveperson.net/api/account/12345678/service/baseURI.json?version=1.0", e.URL)
	if want != errOther { //nolint:errorlint // a mark of the table
		assert.ErrorIs(t, err, want)
	}
}
