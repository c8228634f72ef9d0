package login

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
)

// Plain returns the host of a service that is called without the bearer, such as the
// file store, whose URLs are signed, and a client for it. The client sends what it is
// given once, to that host alone and by the [Session.Scheme], without the bearer and
// cookies, and follows no redirect. The bearer is not allowed to go there.
func (s *Session) Plain(ctx context.Context, service domain.Service) (host string, via *http.Client, err error) {
	if _, err := s.alive(); err != nil {
		return "", nil, fmt.Errorf("%w: %w", liveperson.ErrNotSent, err)
	}
	host, err = s.domains.BaseURI(ctx, s.account, service)
	if err != nil {
		return "", nil, err
	}
	return host, &http.Client{Transport: onlyTo{s, origin(s.Scheme(), host)}, CheckRedirect: noRedirects}, nil
}

// onlyTo lets through what goes to one host.
type onlyTo struct {
	session *Session
	origin  string
}

func (o onlyTo) RoundTrip(req *http.Request) (*http.Response, error) {
	var err error
	if !strings.EqualFold(req.URL.Scheme, o.session.Scheme()) || origin(req.URL.Scheme, req.URL.Host) != o.origin {
		err = fmt.Errorf("%w: the request does not go to %s://%s", liveperson.ErrForeignOrigin, req.URL.Scheme, req.URL.Host)
	} else if _, ended := o.session.alive(); ended != nil {
		err = fmt.Errorf("%w: %w", liveperson.ErrNotSent, ended)
	}
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	return o.session.base.Raw().RoundTrip(req)
}
