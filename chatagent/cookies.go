package chatagent

import (
	"net/http"
	"net/url"
	"sync"

	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// resumedJar holds the cookies of a snapshot. Which paths the server gave them
// is not known, and a jar keeps cookies of one name and several paths side by
// side: so a new value replaces the one of the snapshot here.
type resumedJar struct {
	http.CookieJar
	at *url.URL // of the agent session

	mu  sync.Mutex
	old map[string]bool // names of cookies that are still those of the snapshot
}

func newResumedJar(at *url.URL, cookies []snapshotCookie) *resumedJar {
	j := &resumedJar{CookieJar: rest.NewJar(), at: at, old: map[string]bool{}}
	for _, c := range cookies {
		j.put(c.Name, c.Value, 0)
		j.old[c.Name] = true
	}
	return j
}

// SetCookies stores what an answer sets.
func (j *resumedJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		if j.old[c.Name] {
			j.put(c.Name, "", -1)
			delete(j.old, c.Name)
		}
	}
	j.CookieJar.SetCookies(u, cookies)
}

// Cookies returns what a request is sent with.
func (j *resumedJar) Cookies(u *url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.CookieJar.Cookies(u)
}

// put stores a cookie for all of the agent session; with a negative age it
// removes it.
func (j *resumedJar) put(name, value string, age int) {
	j.CookieJar.SetCookies(j.at, []*http.Cookie{{Name: name, Value: value, MaxAge: age, Path: j.at.EscapedPath(), Secure: j.at.Scheme == "https"}}) //nolint:gosec // http is for tests
}
