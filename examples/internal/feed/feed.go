// Package feed brings what happens to an agent to browsers.
package feed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// length is how many updates are kept: so far may a browser be behind.
const length = 10_000

// Feed is what has happened of late, as server-sent events. Make it with New.
type Feed struct {
	mu    sync.Mutex
	log   []json.RawMessage
	first int           // how many there were before those
	more  chan struct{} // closed and replaced when one comes
}

// New returns an empty feed.
func New() *Feed { return &Feed{more: make(chan struct{})} }

// Add adds an update, as JSON. It waits for no browser.
func (f *Feed) Add(update any) error {
	data, err := json.Marshal(update)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	gone := max(len(f.log)+1-length, 0)
	f.log, f.first = append(f.log[gone:], data), f.first+gone
	close(f.more)
	f.more = make(chan struct{})
	return nil
}

// ServeHTTP streams what has happened and what happens, as fast as the browser reads.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	seen, _ := strconv.Atoi(r.Header.Get("Last-Event-ID")) // of an EventSource that is back
	for r.Context().Err() == nil {
		f.mu.Lock()
		if seen < f.first || seen > f.first+len(f.log) { // long ago, or another process
			seen = f.first
		}
		fresh, more := f.log[seen-f.first:], f.more
		f.mu.Unlock()
		for _, data := range fresh {
			seen++
			fmt.Fprintf(w, "id: %d\ndata: %s\n\n", seen, data)
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-more:
		case <-r.Context().Done():
		}
	}
}
