package domain

import (
	"context"
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
func (c *Client) fetchOne(ctx context.Context, account string, service Service) (map[Service]string, error) {
	const op = "domain.BaseURI"
	out, _, err := rest.Do[answer](ctx, c.http, rest.Request{
		Op: op, Method: http.MethodGet, Class: retry.Idempotent, Query: version,
		URL: rest.Host(c.scheme, c.host, "/api/account/{account}/service/{service}/baseURI.json", account, string(service)),
	})
	if err != nil {
		return nil, err
	}
	if out.Service == "" {
		out.Service = string(service)
	}
	return c.hostsOf(op, out)
}

// hostsOf takes the hosts that credentials may go to. If that leaves none of
// those given, the answer is refused.
func (c *Client) hostsOf(op string, out answer) (map[Service]string, error) {
	hosts := map[Service]string{}
	refused := ""
	for _, e := range append(out.BaseURIs, out.entry) {
		switch {
		case e.Service == "" || e.BaseURI == "":
		case c.Allowed(e.BaseURI):
			hosts[Service(e.Service)] = e.BaseURI
		default:
			refused = e.Service
		}
	}
	if len(hosts) == 0 && refused != "" {
		return nil, fmt.Errorf("%s: base URI of %s: %w", op, refused, liveperson.ErrForeignOrigin)
	}
	return hosts, nil
}
