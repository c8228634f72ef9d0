package domain

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// answer is what the Domain API says, in the list form and in the single one:
// either may come from either call.
type answer struct {
	entry
	BaseURIs []entry `json:"baseURIs"`
}

type entry struct {
	Service string `json:"service"`
	BaseURI string `json:"baseURI"`
}

type versionQuery struct {
	Version string `url:"version"`
}

var version = versionQuery{Version: "1.0"}

// fetchAll asks for all services of an account (Domain API page, all services).
func (c *Client) fetchAll(ctx context.Context, op, account string) (map[Service]string, error) {
	out, _, err := rest.Do[answer](ctx, c.http, rest.Request{
		Op: op, Method: http.MethodGet, Class: retry.Idempotent, Query: version,
		URL: rest.Host(c.scheme, c.host, "/api/account/{account}/service/baseURI.json", account),
	})
	if err != nil {
		return nil, err
	}
	return c.hostsOf(op, out)
}

// fetchOne asks for one service (Domain API page).
func (c *Client) fetchOne(ctx context.Context, account string, service Service) (string, error) {
	const op = "domain.BaseURI"
	out, _, err := rest.Do[answer](ctx, c.http, rest.Request{
		Op: op, Method: http.MethodGet, Class: retry.Idempotent, Query: version,
		URL: rest.Host(c.scheme, c.host, "/api/account/{account}/service/{service}/baseURI.json", account, string(service)),
	})
	if errors.Is(err, liveperson.ErrNotFound) {
		return "", fmt.Errorf("%s: account %s, service %s: %w: %w", op, account, service, ErrNoService, err)
	}
	if err != nil {
		return "", err
	}
	if out.Service == "" {
		out.Service = string(service)
	}
	for _, e := range append(out.BaseURIs, out.entry) {
		switch {
		case Service(e.Service) != service || e.BaseURI == "":
		case c.Allowed(e.BaseURI):
			return e.BaseURI, nil
		default:
			return "", foreign(op, e)
		}
	}
	return "", fmt.Errorf("%s: account %s, service %s: %w", op, account, service, ErrNoService)
}

// hostsOf takes the hosts that credentials may go to. If that leaves none of
// those given, the answer is refused.
func (c *Client) hostsOf(op string, out answer) (map[Service]string, error) {
	hosts := map[Service]string{}
	var refused entry
	for _, e := range append(out.BaseURIs, out.entry) {
		switch {
		case e.Service == "" || e.BaseURI == "":
		case c.Allowed(e.BaseURI):
			hosts[Service(e.Service)] = e.BaseURI
		default:
			refused = e
		}
	}
	if len(hosts) == 0 && refused.Service != "" {
		return nil, foreign(op, refused)
	}
	return hosts, nil
}

func foreign(op string, e entry) error {
	return fmt.Errorf("%s: base URI of %q: %w", op, e.Service, liveperson.ErrForeignOrigin)
}
