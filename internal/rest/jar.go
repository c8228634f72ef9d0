package rest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// What a jar holds at most, so that the Cookie header of a request stays within
// what servers take, whatever answers set: cookies, and bytes of their names,
// values, paths and domains.
const (
	maxCookies     = 200
	maxCookieBytes = 16 << 10
)

// NewJar returns a jar for the cookies of one session. It holds 200 cookies and
// 16 KiB at most. What goes beyond is not stored; those that are there are still
// renewed and removed.
func NewJar() http.CookieJar {
	jar, _ := cookiejar.New(nil) // which cannot fail
	return &boundedJar{Jar: jar}
}

type boundedJar struct {
	*cookiejar.Jar

	mu    sync.Mutex
	known []known // few, and there is a jar for each agent
	bytes int
}

// cookieKey is what tells one cookie from another.
type cookieKey struct{ domain, path, name string }

// known is a cookie that is stored.
type known struct {
	cookieKey
	bytes   int
	expires time.Time // zero: with the session
}

// SetCookies stores what an answer from u sets, as far as there is room.
func (j *boundedJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		if j.fits(u, c) {
			j.Jar.SetCookies(u, []*http.Cookie{c})
		}
	}
}

// fits tells whether there is room for c, and takes it.
func (j *boundedJar) fits(u *url.URL, c *http.Cookie) bool {
	key := keyOf(u, c)
	now := known{key, len(key.domain) + len(key.path) + len(key.name) + len(c.Value), c.Expires}
	if c.MaxAge > 0 {
		now.expires = time.Now().Add(time.Duration(c.MaxAge) * time.Second)
	}
	same := func(k known) bool { return k.cookieKey == key }
	if c.MaxAge < 0 || now.over() {
		j.drop(same)
		return true
	}
	before, renewed := 0, false
	if i := slices.IndexFunc(j.known, same); i >= 0 {
		before, renewed = j.known[i].bytes, true
	}
	full := func() bool {
		return !renewed && len(j.known) >= maxCookies || j.bytes-before+now.bytes > maxCookieBytes
	}
	if full() {
		j.drop(func(k known) bool { return !same(k) && k.over() })
		if full() {
			return false
		}
	}
	j.drop(same)
	j.known = append(j.known, now)
	j.bytes += now.bytes
	return true
}

// drop forgets cookies.
func (j *boundedJar) drop(which func(known) bool) {
	j.known = slices.DeleteFunc(j.known, func(k known) bool {
		if !which(k) {
			return false
		}
		j.bytes -= k.bytes
		return true
	})
}

// over tells whether the cookie has expired.
func (k known) over() bool { return !k.expires.IsZero() && !k.expires.After(time.Now()) }

// keyOf is what c is stored under, with the default path of RFC 6265.
func keyOf(u *url.URL, c *http.Cookie) cookieKey {
	key := cookieKey{strings.ToLower(strings.TrimPrefix(c.Domain, ".")), c.Path, c.Name}
	if key.domain == "" {
		key.domain = strings.ToLower(u.Hostname())
	}
	if !strings.HasPrefix(key.path, "/") {
		key.path = "/"
		if i := strings.LastIndexByte(u.Path, '/'); i > 0 {
			key.path = u.Path[:i]
		}
	}
	return key
}
