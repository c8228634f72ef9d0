package domain

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// suffixes are the domains that LivePerson serves its APIs under.
var suffixes = []string{"liveperson.net", "lpsnmedia.net"}

// Allowed tells whether credentials may be sent to base: a bare host, with a
// port at most, of LivePerson's or named by AllowHosts; with WithTestServer
// that server instead of LivePerson's.
func (c *Client) Allowed(base string) bool {
	host, ok := bareHost(base)
	if !ok {
		return false
	}
	if c.hosts[host] || c.hosts[strings.ToLower(base)] {
		return true
	}
	if c.only {
		return c.onServer(base)
	}
	for _, s := range suffixes {
		if strings.HasSuffix(host, "."+s) {
			return true
		}
	}
	return false
}

// onServer tells whether base is the host and port that the Domain API is on.
func (c *Client) onServer(base string) bool {
	a, err := url.Parse(c.scheme + "://" + base)
	if err != nil {
		return false
	}
	b, err := url.Parse(c.scheme + "://" + c.host)
	if err != nil {
		return false
	}
	if rest.Loopback(a.Hostname()) && rest.Loopback(b.Hostname()) {
		a.Host, b.Host = "localhost:"+a.Port(), "localhost:"+b.Port()
	}
	return rest.SameOrigin(a, b)
}

// bareHost returns the lower-case host name of a "host" or "host:port", and
// whether base is one.
func bareHost(base string) (string, bool) {
	if base == "" || len(base) > 300 || strings.ContainsFunc(base, func(r rune) bool { return r > '~' }) {
		return "", false // names beyond ASCII also because lower case makes others of some
	}
	u, err := url.Parse("https://" + base)
	if err != nil || u.Host != base {
		return "", false
	}
	if p := u.Port(); p != "" || strings.HasSuffix(base, ":") {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return "", false
		}
	}
	host := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(host); err == nil {
		return host, true
	}
	for label := range strings.SplitSeq(host, ".") {
		if !isLabel(label) {
			return "", false
		}
	}
	return host, true
}

// isLabel tells whether s is one part of a host name.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, r := range s {
		if !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return true
}
