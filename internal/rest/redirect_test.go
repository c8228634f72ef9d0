package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// A redirect is an error that says where to, and is never followed.
func TestRedirects(t *testing.T) {
	t.Parallel()
	rows := map[string]string{
		"https://evil.example/x?token=1#y":     "to https://evil.example",
		"http://va.example.net/a":              "to http://va.example.net",
		"https://va.example.net/other":         "to https://va.example.net",
		"/relative":                            "to https://va.example.net",
		"//evil.example":                       "to https://evil.example",
		"https://user:pass@evil.example:8443/": "to https://evil.example:8443",
		"https://" + strings.Repeat("x", 1000): "to https://" + strings.Repeat("x", 289) + "…",
		"mailto:x@y":                           "to no host",
		"http://[::1":                          "",
		"%zz":                                  "",
		"":                                     "",
	}
	for _, status := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
		for location, message := range rows {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				f := newFake(t, says(status, "moved", "Location", location))
				_, resp, err := rest.Do[doc](t.Context(), f.Client, rest.Request{
					Op: "x.Y", Method: method, URL: at("/a"), Idempotent: true, Body: map[string]string{"csrf": "1"},
				})
				require.ErrorIs(t, err, liveperson.ErrRedirected)
				assert.Equal(t, retry.EffectUnknown, resp.Effect, "whoever redirects cannot know")
				e := failed(t, err)
				assert.Equal(t, message, e.Message)
				assert.Equal(t, status, e.Status)
				assert.Equal(t, "moved", string(e.Body))
				assert.Equal(t, 1, f.count(), "%d %s", status, location)
				assert.Equal(t, 1, resp.Tries)
			}
		}
	}
}
