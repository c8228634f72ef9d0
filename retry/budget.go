package retry

import "sync"

// Budget keeps the retries of many calls a small part of them, so that an
// outage is not amplified. Share one among all clients of a process.
type Budget struct {
	ratio, limit float64

	mu     sync.Mutex
	tokens float64
}

// NewBudget allows ratio retries per call (0.1: one for ten), and a reserve of
// that many retries that can be saved up. It starts full.
func NewBudget(ratio float64, reserve int) *Budget {
	b := &Budget{ratio: max(ratio, 0), limit: float64(max(reserve, 0))}
	b.tokens = b.limit
	return b
}

// deposit adds what one call earns.
func (b *Budget) deposit() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.tokens+b.ratio, b.limit)
}

// take spends one retry and tells whether there was one.
func (b *Budget) take() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens < 1-1e-9 { // ten times 0.1 is a little less than 1
		return false
	}
	b.tokens--
	return true
}
