package desk

import (
	"context"
	"sync"
)

// Queue hands things to one consumer in order, however slow it is: adding never
// waits, and nothing is dropped. Make one with NewQueue.
type Queue[T any] struct {
	mu     sync.Mutex
	items  []T
	closed bool
	filled chan struct{} // of capacity 1
}

// NewQueue returns an empty queue.
func NewQueue[T any]() *Queue[T] { return &Queue[T]{filled: make(chan struct{}, 1)} }

// Add adds an item. After Close it is dropped.
func (q *Queue[T]) Add(item T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.items = append(q.items, item)
	q.wake()
}

// Close says that no more items come.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
}

func (q *Queue[T]) wake() {
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// Next waits for the next item. It returns false when the queue is closed and
// empty, or ctx has ended.
func (q *Queue[T]) Next(ctx context.Context) (item T, ok bool) {
	for {
		q.mu.Lock()
		if len(q.items) > 0 {
			item = q.items[0]
			var none T
			q.items[0] = none
			if q.items = q.items[1:]; len(q.items) == 0 {
				q.items = nil
			}
			q.mu.Unlock()
			return item, true
		}
		closed := q.closed
		q.mu.Unlock()
		if closed {
			return item, false
		}
		select {
		case <-q.filled:
		case <-ctx.Done():
			return item, false
		}
	}
}
