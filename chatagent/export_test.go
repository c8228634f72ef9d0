package chatagent

import (
	"net/http"
	"net/url"
)

// OpenChats is how many chats the session keeps, for tests of what it forgets.
func OpenChats(s *Agent) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.chats)
}

// ResumedJar is the jar of a snapshot with one cookie.
func ResumedJar(at *url.URL, name, value string) (http.CookieJar, error) {
	return newResumedJar(at, []snapshotCookie{{name, value}}), nil
}
