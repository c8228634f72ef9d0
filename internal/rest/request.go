package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/go-querystring/query"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Client makes the calls of one API.
type Client struct {
	// Via makes the calls: the retries, with or without a login above them.
	Via retry.Caller
	// Jar holds the cookies of the calls; nil: no cookies.
	Jar http.CookieJar
	// Secrets returns what must not stand in an error. May be nil.
	Secrets func() []string
	// Account and Agent say for whom the calls are made, in logs and statistics. A login
	// session above the retries says so itself.
	Account, Agent string
}

// Over returns the Caller of a client that retry.Wrap or a login session made.
func Over(hc *http.Client) retry.Caller { return hc.Transport.(retry.Caller) } //nolint:forcetypeassert // see above

// Request is one call of one endpoint.
type Request struct {
	// Op names the operation, package first.
	Op string
	// Method is the method as documented. A GET is always idempotent.
	Method string
	// Override sends PUT and DELETE as POST with X-HTTP-Method-Override.
	Override bool
	// URL is where it goes.
	URL Target
	// Query is a struct for go-querystring, an EncodedQuery, url.Values, or nil.
	Query any
	// Header is added to the usual headers.
	Header http.Header
	// Body is sent as JSON; nil: no body.
	Body any
	// Idempotent, RateLimitWait, Single and Timeout are those of retry.Call.
	Idempotent    bool
	RateLimitWait time.Duration
	Single        bool
	Timeout       time.Duration
	// Empty says that a success may come without a body.
	Empty bool
	// Private keeps the answer's body out of errors: it may hold credentials.
	Private bool
	// Secrets are the credentials in this request's body.
	Secrets []string
}

// call makes the retry.Call of r.
func (r *Request) call(c *Client) (*retry.Call, error) {
	if err := r.URL.Err(); err != nil {
		return nil, err
	}
	u := *r.URL.url
	q, err := encodeQuery(u.RawQuery, r.Query)
	if err != nil {
		return nil, err
	}
	u.RawQuery = q
	call := &retry.Call{
		Op: r.Op, Account: c.Account, Agent: c.Agent, Method: r.Method, URL: &u, Host: strings.TrimSuffix(u.Host, ":"), Header: make(http.Header, 8),
		Idempotent: r.Idempotent || r.Method == http.MethodGet, RateLimitWait: r.RateLimitWait, Single: r.Single, Timeout: r.Timeout,
		JSON: true, Empty: r.Empty, Jar: c.Jar,
	}
	if r.Body != nil {
		if call.Body, err = wire.Marshal(r.Body); err != nil {
			return nil, fmt.Errorf("encoding the body: %w", err)
		}
		call.Header["Content-Type"] = jsonType
	}
	if r.Override {
		call.Method = http.MethodPost
		call.Header["X-Http-Method-Override"] = []string{r.Method}
	}
	call.Header["Accept"] = jsonType
	call.Header["User-Agent"] = userAgent
	for k, v := range r.Header {
		call.Header[http.CanonicalHeaderKey(k)] = slices.Clone(v)
	}
	return call, nil
}

// Header values that are the same in all calls; nobody changes them.
var (
	jsonType  = []string{"application/json"}
	userAgent = []string{liveperson.UserAgent}
)

// EncodedQuery is a query as it goes over the wire; see [EncodeQuery].
type EncodedQuery string

// EncodeQuery encodes a struct for go-querystring once, for many requests. It
// panics if that is not possible.
func EncodeQuery(q any) EncodedQuery {
	v, err := query.Values(q)
	if err != nil {
		panic(err)
	}
	return EncodedQuery(v.Encode())
}

// encodeQuery adds q to the query that a link already has. Of a key that both
// have, q's value stands.
func encodeQuery(link string, q any) (string, error) {
	var add url.Values
	switch q := q.(type) {
	case nil:
	case EncodedQuery:
		if link == "" {
			return string(q), nil
		}
		add, _ = url.ParseQuery(string(q)) // which EncodeQuery wrote
	case url.Values:
		add = q
	default:
		v, err := query.Values(q)
		if err != nil {
			return "", fmt.Errorf("encoding the query: %w", err)
		}
		add = v
	}
	if link == "" || len(add) == 0 {
		return link + add.Encode(), nil
	}
	have, err := url.ParseQuery(link)
	if err != nil {
		return "", fmt.Errorf("%w: link with a broken query", liveperson.ErrMalformed)
	}
	for k := range add {
		if have.Has(k) {
			for k, v := range add {
				have[k] = v
			}
			return have.Encode(), nil
		}
	}
	return link + "&" + add.Encode(), nil
}
