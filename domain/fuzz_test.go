package domain_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/domain"
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
