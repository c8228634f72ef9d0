package apart

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// The test binary is the child when Start starts it.
func TestMain(m *testing.M) {
	Main(open)
	goleak.VerifyTestMain(m)
}

func open(setup json.RawMessage) (*Fake, error) {
	var account string
	if err := json.Unmarshal(setup, &account); err != nil {
		return nil, err
	}
	srv, err := lptest.Start(lptest.WithAccount(account))
	if err != nil {
		return nil, err
	}
	return &Fake{
		Server: srv,
		Do: func(name string, args json.RawMessage) (any, error) {
			switch name {
			case "count":
				return srv.Count(lptest.OpDomain), nil
			case "wait":
				return nil, srv.WaitOnline(context.Background(), "")
			case "die":
				os.Exit(3)
			}
			return nil, errors.New("no idea what this is: " + name + string(args))
		},
		Close: func() any { return map[string]int{"domain": srv.Count(lptest.OpDomain)} },
	}, nil
}

func TestChild(t *testing.T) {
	t.Parallel()
	p, err := Start(t.Context(), "4711")
	require.NoError(t, err)
	assert.Equal(t, "4711", p.Account())
	assert.Equal(t, "https://"+p.Host(), p.URL())
	assert.NotEqual(t, os.Getpid(), p.PID())
	// Every host name leads to the fake, with a certificate for it.
	for _, host := range []string{"api.liveperson.net", "lptest.liveperson.net", p.Host()} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host+"/api/account/4711/service/agentVep/baseURI.json?version=1.0", nil)
		require.NoError(t, err)
		resp, err := p.Client().Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, 200, resp.StatusCode, "%s", body)
		assert.Contains(t, string(body), "baseURI")
	}
	var count int
	require.NoError(t, p.Ask(t.Context(), "count", nil, &count))
	assert.Equal(t, 3, count)
	require.EqualError(t, p.Ask(t.Context(), "?", 7, nil), "apart: the child: no idea what this is: ?7")
	usage, err := p.Usage(t.Context())
	require.NoError(t, err)
	assert.Positive(t, usage.Heap)
	assert.Positive(t, usage.Goroutines)
	// A command that waits does not hold up others, nor the end.
	waiting := make(chan error, 1)
	go func() { waiting <- p.Ask(t.Context(), "wait", nil, nil) }()
	require.NoError(t, p.Ask(t.Context(), "count", nil, &count))
	var report map[string]int
	total, err := p.Stop(t.Context(), &report)
	require.NoError(t, err)
	require.Error(t, <-waiting)
	assert.Equal(t, map[string]int{"domain": 3}, report)
	assert.GreaterOrEqual(t, total.CPU, usage.CPU)
	require.ErrorIs(t, p.Ask(t.Context(), "count", nil, &count), ErrGone)
	<-p.Done()
	require.NoError(t, p.Err())
}

func TestChildThatDies(t *testing.T) {
	t.Parallel()
	p, err := Start(t.Context(), "4711")
	require.NoError(t, err)
	require.ErrorIs(t, p.Ask(t.Context(), "die", nil, nil), ErrGone)
	<-p.Done()
	require.ErrorContains(t, p.Err(), "exit status 3")
	_, err = p.Stop(t.Context(), nil)
	require.ErrorContains(t, err, "exit status 3")
}

func TestChildThatCannotStart(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), "a bad/account")
	require.EqualError(t, err, `apart: the child: lptest: bad account id "a bad/account"`)
}

// What a child does when its parent is gone: its input ends.
func TestEndOfInput(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, serve(strings.NewReader(`{"args":"1"}{"id":5,"name":"count"}`), &out, open))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	assert.Contains(t, lines[0], `"greeting":{"url":"https://127.0.0.1:`)
	assert.Equal(t, `{"id":5,"answer":0}`, lines[1])
	assert.Contains(t, lines[2], `"usage":{"cpu":`)
	require.Error(t, serve(strings.NewReader(""), io.Discard, open))
	require.Error(t, serve(strings.NewReader(`{"args":"/"}`), io.Discard, open))
}

func TestMainReturnsInTheParent(t *testing.T) {
	t.Parallel()
	Main(func(json.RawMessage) (*Fake, error) {
		t.Error("this is no child")
		return nil, errors.New("no child")
	})
}
