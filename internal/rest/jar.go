package rest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
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
	return &boundedJar{Jar: jar, known: map[cookieKey]cookieSize{}}
}

type boundedJar struct {
	*cookiejar.Jar

	mu    sync.Mutex
	known map[cookieKey]cookieSize
	bytes int
}

// cookieKey is what tells one cookie from another.
type cookieKey struct{ domain, path, name string }

type cookieSize struct {
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
	size := cookieSize{len(key.domain) + len(key.path) + len(key.name) + len(c.Value), c.Expires}
	if c.MaxAge > 0 {
		size.expires = time.Now().Add(time.Duration(c.MaxAge) * time.Second)
	}
	if c.MaxAge < 0 || size.over() {
		j.drop(key)
		return true
	}
	old, renewed := j.known[key]
	full := func() bool {
		return !renewed && len(j.known) >= maxCookies || j.bytes-old.bytes+size.bytes > maxCookieBytes
	}
	if full() {
		for k, s := range j.known {
			if k != key && s.over() {
				j.drop(k)
			}
		}
		if full() {
			return false
		}
	}
	j.drop(key)
	j.known[key] = size
	j.bytes += size.bytes
	return true
}

func (j *boundedJar) drop(key cookieKey) {
	j.bytes -= j.known[key].bytes
	delete(j.known, key)
}

// over tells whether the cookie has expired.
func (s cookieSize) over() bool { return !s.expires.IsZero() && !s.expires.After(time.Now()) }

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
