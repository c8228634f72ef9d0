// Package claims says who in a process handles a chat.
package claims

import (
	"maps"
	"sync"
)

// Claims belong to one login: a chat is handled once in a process, whatever
// number of agent sessions that login has. The zero value is ready and may be
// used by many goroutines. Holders are compared with ==: pointers, mostly.
type Claims struct {
	mu   sync.Mutex
	held map[string]any
	left map[string]bool // chats that were left open for the next process
	rest map[string]any  // chats that nobody holds, and who let go of them

	reached map[string]any // how far chats came that went elsewhere

	over    map[string]bool
	overIDs []string // in the order in which they ended
}

// maxOver is how many chats that are over are remembered.
const maxOver = 1000

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
	delete(c.rest, id)
	delete(c.left, id)
	return by, true
}

// Rest frees the chat if it is by's, who may go on with it until another takes it.
func (c *Claims) Rest(id string, by any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if holder, taken := c.held[id]; taken && holder != by {
		return
	}
	delete(c.held, id)
	if c.rest == nil {
		c.rest = map[string]any{}
	}
	c.rest[id] = by
}

// Rests tells whether the chat is as by has let go of it, and forgets that it was.
func (c *Claims) Rests(id string, by any) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	who, rests := c.rest[id]
	if !rests || who != by {
		return false
	}
	delete(c.rest, id)
	return true
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

// Leave notes that a chat was left open for the next process: it would not survive a
// logout. That holds until somebody takes it, or it is over.
func (c *Claims) Leave(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == nil {
		c.left = map[string]bool{}
	}
	c.left[id] = true
}

// Left tells whether chats were left open.
func (c *Claims) Left() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.left) > 0
}

// Reach notes how far a chat came that went elsewhere, should it come again. Nil is that
// nobody needs to know. Up to a thousand are remembered, and then forgotten together.
func (c *Claims) Reach(id string, at any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case at == nil:
		delete(c.reached, id)
		return
	case c.reached == nil, len(c.reached) >= maxReached && c.reached[id] == nil:
		c.reached = map[string]any{}
	}
	c.reached[id] = at
}

// maxReached is how many chats are remembered that went elsewhere.
const maxReached = 1000

// Reached is how far a chat came, nil if that is not known.
func (c *Claims) Reached(id string) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reached[id]
}

// AllReached is how far chats came that went elsewhere.
func (c *Claims) AllReached() map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.reached)
}

// End notes that a chat is over. The last thousand are remembered.
func (c *Claims) End(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.left, id)
	if c.over[id] {
		return
	}
	if c.over == nil {
		c.over = map[string]bool{}
	}
	c.over[id] = true
	if c.overIDs = append(c.overIDs, id); len(c.overIDs) > maxOver {
		delete(c.over, c.overIDs[0])
		c.overIDs = c.overIDs[1:]
	}
}

// Ended tells whether a chat is over: the service may answer it to a later accept
// once more.
func (c *Claims) Ended(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over[id]
}
