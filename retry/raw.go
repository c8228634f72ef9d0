package retry

import (
	"context"
	"fmt"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Raw returns the transport beneath the policy, for a request that no policy fits,
// such as the opening of a web socket: it is sent once, without cookies, and its
// answer is left as it comes. The limiter is asked first, and a request without a
// User-Agent gets that of all calls.
func (t *Transport) Raw() http.RoundTripper { return raw{t} }

type raw struct{ t *Transport }

func (r raw) RoundTrip(req *http.Request) (*http.Response, error) {
	if l := r.t.limiter; l != nil {
		if err := l.Wait(req.Context()); err != nil {
			return nil, fmt.Errorf("%w: rate limit: %w", liveperson.ErrNotSent, err)
		}
	}
	// A Transport further down leaves it alone.
	req = req.Clone(context.WithValue(req.Context(), sendingKey{}, &sending{t: r.t}))
	if req.Header.Get("User-Agent") == "" {
		req.Header["User-Agent"] = r.t.userAgent
		if r.t.userAgent == nil {
			req.Header["User-Agent"] = []string{liveperson.UserAgent}
		}
	}
	return r.t.base.RoundTrip(req)
}
