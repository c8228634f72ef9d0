package domain_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Whatever is allowed is a host of LivePerson's by net/url's reading too, and
// nothing but a host.
func FuzzAllowed(f *testing.F) {
	for _, base := range append(hostile, good...) {
		f.Add(base)
	}
	c, err := domain.New()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, base string) {
		if !c.Allowed(base) {
			return
		}
		u, err := url.Parse("https://" + base + "/path")
		require.NoError(t, err)
		assert.Equal(t, base, u.Host)
		assert.Nil(t, u.User)
		assert.Equal(t, "/path", u.Path)
		name := strings.ToLower(u.Hostname())
		assert.True(t, strings.HasSuffix(name, ".liveperson.net") || strings.HasSuffix(name, ".lpsnmedia.net"), name)
		assert.NotContains(t, base, "..")
	})
}

// Whatever the Domain API answers, a host that is handed out is one that
// credentials may go to.
func FuzzAnswer(f *testing.F) {
	for _, body := range forms {
		f.Add(body, body)
	}
	for _, base := range append(hostile, good...) {
		one, err := json.Marshal(map[string]string{"service": "agentVep", "account": account, "baseURI": base})
		require.NoError(f, err)
		f.Add(`{"baseURIs":[`+string(one)+`]}`, string(one))
		f.Add(`{}`, string(one))
	}
	f.Fuzz(func(t *testing.T, all, one string) {
		s := answers(text(200, all), text(200, one))
		hc, err := retry.NewClient(retry.WithTransport(s.client().Transport), retry.WithPolicy(retry.Policy{Waits: []time.Duration{}}))
		require.NoError(t, err)
		c := newClient(t, hc)
		host, err := c.BaseURI(t.Context(), account, domain.AgentVEP)
		if err != nil {
			assert.Empty(t, host)
		} else {
			assert.True(t, c.Allowed(host), host)
		}
		if hosts, err := c.All(t.Context(), account); err == nil {
			for _, host := range hosts {
				assert.True(t, c.Allowed(host), host)
			}
		}
	})
}
