package rest

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Target is where a request goes. A Target that could not be built carries its
// error until the request is made.
type Target struct {
	url *url.URL
	err error
}

// Host returns the target on a bare host ("va.agentvep.liveperson.net", with a
// port if it has one) at the path that template and args make.
//
// A template is a path with names in braces, "/api/account/{accountId}/login";
// args are the names' values in order.
func Host(scheme, host, template string, args ...string) Target {
	if scheme != "https" && scheme != "http" {
		return Target{err: &liveperson.InputError{Field: "scheme", Rule: "must be https"}}
	}
	u, err := url.Parse(scheme + "://" + host)
	if err != nil || u.Host != host || u.User != nil || !bare(u) {
		return Target{err: &liveperson.InputError{Field: "host", Rule: "must be a bare host, with a port at most"}}
	}
	return Target{url: u}.Join(template, args...)
}

// bare tells whether u's host is a name or an address, and its port a port.
func bare(u *url.URL) bool {
	name, port := u.Hostname(), u.Port()
	if name == "" || strings.ContainsAny(name, "[]") || strings.ContainsFunc(u.Host, oddInHost) {
		return false
	}
	if strings.Contains(name, ":") != (u.Host[0] == '[') { // IPv6 stands in brackets, nothing else does
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 || port == "" && !strings.HasSuffix(u.Host, ":")
}

// oddInHost tells whether r has no place in a host with a port. Names beyond
// ASCII are left out: what they resolve to is not what they look like.
func oddInHost(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._:[]", r))
}

// Join returns the target below t at the path that template and args make.
// Queries are not kept.
func (t Target) Join(template string, args ...string) Target {
	if err := t.Err(); err != nil {
		return Target{err: err}
	}
	path, err := expand(template, args)
	if err != nil {
		return Target{err: err}
	}
	u := *t.url
	u.RawQuery = ""
	return rebuilt(&u, strings.TrimSuffix(u.EscapedPath(), "/")+path)
}

// Follow returns the target of a link that the server gave: absolute, on the
// scheme, host and port of t, or a path there; without a user, a fragment or dots
// in its path.
// Anything else, the empty text included, is [liveperson.ErrForeignOrigin] or
// [liveperson.ErrMalformed]; rel names the link in the error.
func (t Target) Follow(rel, href string) Target {
	if err := t.Err(); err != nil {
		return Target{err: err}
	}
	if href == "" {
		return Target{err: fmt.Errorf("%w: no %s link in it", liveperson.ErrMalformed, rel)}
	}
	u, err := url.Parse(href)
	if err != nil {
		return Target{err: fmt.Errorf("%w: %s link that is no URL", liveperson.ErrMalformed, rel)}
	}
	if strings.HasPrefix(href, "/") && u.Host == "" && u.Scheme == "" { // a path on the same host
		u.Scheme, u.Host = t.url.Scheme, t.url.Host
	}
	if !SameOrigin(u, t.url) {
		return Target{err: fmt.Errorf("%w: %s link to another host", liveperson.ErrForeignOrigin, rel)}
	}
	if u.User != nil || u.Opaque != "" || dotted(u.Path) || hasControl(u.Path) {
		return Target{err: fmt.Errorf("%w: %s link with a user or a path that climbs", liveperson.ErrMalformed, rel)}
	}
	u.Fragment, u.RawFragment = "", ""
	return Target{url: u}
}

// Failing is the target of what must not be asked for: err says why.
func Failing(err error) Target { return Target{err: err} }

// Err is the error that t carries. The zero Target has one too.
func (t Target) Err() error {
	if t.err == nil && t.url == nil {
		return errNoURL
	}
	return t.err
}

var errNoURL = errors.New("rest: no URL")

// String returns the URL, "" if t carries an error.
func (t Target) String() string {
	if t.url == nil {
		return ""
	}
	return t.url.String()
}

// Last returns the last element of the path, unescaped.
func (t Target) Last() string {
	if t.url == nil {
		return ""
	}
	p := strings.TrimSuffix(t.url.EscapedPath(), "/")
	last, _ := url.PathUnescape(p[strings.LastIndexByte(p, '/')+1:]) // EscapedPath has no wrong escapes
	return last
}

// SameOrigin tells whether a and b agree in scheme, host and port.
func SameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b) &&
		a.Hostname() != "" && !strings.ContainsFunc(a.Host+b.Host, oddInHost)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	switch strings.ToLower(u.Scheme) {
	case "https":
		return "443"
	case "http":
		return "80"
	}
	return ""
}

// Loopback tells whether host is a name or an address of this very machine.
func Loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// origin names where u leads, for an error.
func origin(u *url.URL) string {
	if u.Host == "" {
		return "no host"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}

// expand fills a path template.
func expand(template string, args []string) (string, error) {
	if template != "" && template[0] != '/' {
		return "", fmt.Errorf("rest: path without a leading slash: %s", template)
	}
	var b strings.Builder
	n := 0
	for rest := template; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("rest: open brace in %s", template)
		}
		if n >= len(args) {
			return "", fmt.Errorf("rest: no value for {%s} in %s", name, template)
		}
		elem, err := Element(name, args[n])
		if err != nil {
			return "", err
		}
		b.WriteString(elem)
		n++
		rest = tail
	}
	if n != len(args) {
		return "", fmt.Errorf("rest: %d values for %s", len(args), template)
	}
	return b.String(), nil
}

// Element checks and escapes one path element. Only letters, digits and -._~
// stay as they are. Refused are the empty element, "." and "..", also between
// slashes inside it, control characters, and what is not UTF-8; the error
// names the field.
func Element(field, value string) (string, error) {
	switch {
	case value == "":
		return "", &liveperson.InputError{Field: field, Rule: "must not be empty"}
	case dotted(value):
		return "", &liveperson.InputError{Field: field, Rule: `must not be or hold "." or ".." as a path element`}
	case hasControl(value):
		return "", &liveperson.InputError{Field: field, Rule: "must be UTF-8 without control characters"}
	case len(value) > maxElement:
		return "", &liveperson.InputError{Field: field, Rule: "must not be longer than 512 bytes"}
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String(), nil
}

const maxElement = 512

func dotted(path string) bool {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		part, _, _ = strings.Cut(part, ";") // some servers drop what follows
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

func hasControl(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)
}

// rebuilt sets the escaped path of u.
func rebuilt(u *url.URL, escaped string) Target {
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return Target{err: fmt.Errorf("rest: path: %w", err)}
	}
	u.Path, u.RawPath = path, escaped
	return Target{url: u}
}
