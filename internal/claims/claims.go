// Package claims says who in a process handles a chat.
package claims

import "sync"

// Claims belong to one login: a chat is handled once in a process, whatever
// number of agent sessions that login has. The zero value is ready and may be
// used by many goroutines. Holders are compared with ==: pointers, mostly.
type Claims struct {
	mu   sync.Mutex
	held map[string]any
	left bool
}

// Take claims the chat for by. It succeeds if the chat is free or by's already;
// holder is whose it is then.
func (c *Claims) Take(id string, by any) (holder any, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if holder, taken := c.held[id]; taken {
		return holder, holder == by
	}
	if c.held == nil {
		c.held = map[string]any{}
	}
	c.held[id] = by
	return by, true
}

// Drop frees the chat if it is by's.
func (c *Claims) Drop(id string, by any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if holder, taken := c.held[id]; taken && holder == by {
		delete(c.held, id)
	}
}

// Holder is who handles the chat, nil if nobody does.
func (c *Claims) Holder(id string) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held[id]
}

// Leave notes that chats were left open for the next process. They would not
// survive a logout.
func (c *Claims) Leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = true
}

// Left tells whether chats were left open.
func (c *Claims) Left() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}
