package rest

import (
	"context"
	"errors"
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
	// HTTP follows the retry policy; see retry.Wrap.
	HTTP *http.Client
	// Jar holds the cookies of the calls; nil: no cookies.
	Jar http.CookieJar
	// Secrets returns what must not stand in an error. May be nil.
	Secrets func() []string
}

// Request is one call of one endpoint.
type Request struct {
	// Op names the operation, package first.
	Op string
	// Method is the method as documented.
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
	// Class, Verify, RateLimitWait, Single and Timeout are those of retry.Call.
	Class         retry.Class
	Verify        func(ctx context.Context) (retry.Effect, error)
	RateLimitWait time.Duration
	Single        bool
	Timeout       time.Duration
	// Conflict is asked after a 409 for the request to send next, nil to let
	// the 409 stand.
	Conflict func(ctx context.Context) (*Request, error)
	// Empty says that a success may come without a body.
	Empty bool
	// Private keeps the answer's body out of errors: it may hold credentials.
	Private bool
	// Secrets are the credentials in this request's body.
	Secrets []string
}

// build makes the http.Request of r.
func (r *Request) build(ctx context.Context) (*http.Request, error) {
	if ctx == nil {
		return nil, errNoContext
	}
	if err := r.URL.Err(); err != nil {
		return nil, err
	}
	u := *r.URL.url
	q, err := encodeQuery(u.RawQuery, r.Query)
	if err != nil {
		return nil, err
	}
	u.RawQuery = q
	var body []byte
	if r.Body != nil {
		if body, err = wire.Marshal(r.Body); err != nil {
			return nil, fmt.Errorf("encoding the body: %w", err)
		}
	}
	method := r.Method
	if r.Override {
		method = http.MethodPost
	}
	req := (&http.Request{
		Method: method, URL: &u, Host: strings.TrimSuffix(u.Host, ":"), Header: make(http.Header, 8), Body: http.NoBody,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if body != nil {
		req.Body, req.ContentLength = retry.NewBody(body), int64(len(body))
		req.Header.Set("Content-Type", "application/json")
	}
	if r.Override {
		req.Header.Set("X-HTTP-Method-Override", r.Method)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", liveperson.UserAgent)
	for k, v := range r.Header {
		req.Header[http.CanonicalHeaderKey(k)] = slices.Clone(v)
	}
	return req, nil
}

var errNoContext = errors.New("rest: no context")

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
