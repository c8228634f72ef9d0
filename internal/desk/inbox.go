package desk

import "sync"

// inbox holds what has been reported to the owner, in order. Reporting never
// waits. Its zero value is ready but for filled.
type inbox struct {
	mu      sync.Mutex
	reports []func()
	closed  bool
	filled  chan struct{} // of capacity 1
}

// post adds a report. After close it is dropped.
func (i *inbox) post(report func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return
	}
	i.reports = append(i.reports, report)
	select {
	case i.filled <- struct{}{}:
	default:
	}
}

// take returns what has been reported.
func (i *inbox) take() []func() {
	i.mu.Lock()
	defer i.mu.Unlock()
	reports := i.reports
	i.reports = nil
	return reports
}

func (i *inbox) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.reports, i.closed = nil, true
}
