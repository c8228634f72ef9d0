package domain

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
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

// fetchAll asks for all services of an account:
// https://developers.liveperson.com/domain-api.html.
func (c *Client) fetchAll(ctx context.Context, op, account string) (map[Service]string, error) {
	url := rest.Host(c.scheme, c.host, "/api/account/{account}/service/baseURI.json", account)
	out, err := rest.Get[answer](ctx, c.rest(account), op, url, version)
	return out.hosts(""), err
}

// fetchOne asks for one service:
// https://developers.liveperson.com/domain-api.html.
func (c *Client) fetchOne(ctx context.Context, account string, service Service) (string, error) {
	const op = "domain.BaseURI"
	url := rest.Host(c.scheme, c.host, "/api/account/{account}/service/{service}/baseURI.json", account, string(service))
	out, err := rest.Get[answer](ctx, c.rest(account), op, url, version)
	if base, ok := out.hosts(service)[service]; ok {
		return base, c.check(op, service, base)
	}
	return "", noService(account, service, err)
}

func (c *Client) rest(account string) *rest.Client {
	return &rest.Client{Via: c.via, Account: account}
}

// noService is why there is no base URI: err, or that the answer names none.
func noService(account string, service Service, err error) error {
	what := fmt.Sprintf("domain.BaseURI: account %s, service %s", account, service)
	switch {
	case err == nil:
		return fmt.Errorf("%s: %w", what, ErrNoService)
	case errors.Is(err, liveperson.ErrNotFound):
		return fmt.Errorf("%s: %w: %w", what, ErrNoService, err)
	}
	return err
}

// hosts are the base URIs of an answer by their service. An entry without a
// service is that of the one asked for alone.
func (a answer) hosts(only Service) map[Service]string {
	hosts := map[Service]string{}
	for _, e := range append(a.BaseURIs, a.entry) {
		if s := cmp.Or(Service(e.Service), only); s != "" && e.BaseURI != "" {
			hosts[s] = e.BaseURI
		}
	}
	return hosts
}

// check refuses a base URI that credentials must not go to.
func (c *Client) check(op string, service Service, base string) error {
	if c.Allowed(base) {
		return nil
	}
	where := "an address that is no bare host" // and no text for a log
	if _, ok := bareHost(base); ok {
		where = base + ", which credentials may not go to; see domain.AllowHosts"
	}
	return fmt.Errorf("%s: %s is at %s: %w", op, service, where, liveperson.ErrForeignOrigin)
}
