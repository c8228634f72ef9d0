package domain_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/lptest"
)

const account = "12345678"

// script answers the requests in turn, the last answer for ever, and keeps the
// requests as they go over the wire.
type script struct {
	mu   sync.Mutex
	sent []string
	next []httpmock.Responder
}

func answers(next ...httpmock.Responder) *script { return &script{next: next} }

func text(status int, body string) httpmock.Responder {
	return httpmock.NewStringResponder(status, body)
}

func (s *script) client() *http.Client {
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		var wire strings.Builder
		if err := r.Write(&wire); err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.sent = append(s.sent, wire.String())
		responder := s.next[min(len(s.sent), len(s.next))-1]
		s.mu.Unlock()
		return responder(r)
	})
	return &http.Client{Transport: mock}
}

func (s *script) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.sent...)
}

func newClient(t *testing.T, hc *http.Client, opts ...domain.Option) *domain.Client {
	t.Helper()
	c, err := domain.New(append([]domain.Option{domain.WithHTTPClient(hc)}, opts...)...)
	require.NoError(t, err)
	return c
}

// fake starts a fake of the services, for the bubble that t belongs to.
func fake(t *testing.T) *lptest.Server {
	t.Helper()
	srv := lptest.NewMemory()
	t.Cleanup(srv.Close)
	return srv
}

// base looks agentVep up and expects the fake's host.
func base(t *testing.T, c *domain.Client) domain.Host {
	t.Helper()
	h, err := c.Lookup(t.Context(), account, domain.AgentVEP)
	require.NoError(t, err)
	assert.Equal(t, "lptest.liveperson.net", h.BaseURI)
	return h
}
