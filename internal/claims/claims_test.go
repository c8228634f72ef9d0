package claims_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/internal/claims"
)

func TestClaims(t *testing.T) {
	t.Parallel()
	var c claims.Claims
	one, two := new(int), new(int)
	assert.Nil(t, c.Holder("chat"))
	c.Drop("chat", one) // nothing to drop

	holder, ok := c.Take("chat", one)
	assert.True(t, ok)
	assert.Same(t, one, holder)
	_, ok = c.Take("chat", one)
	assert.True(t, ok, "one's own already")
	holder, ok = c.Take("chat", two)
	assert.False(t, ok)
	assert.Same(t, one, holder)
	_, ok = c.Take("other", two)
	assert.True(t, ok)

	c.Drop("chat", two)
	assert.Same(t, one, c.Holder("chat"), "not two's to drop")
	c.Drop("chat", one)
	assert.Nil(t, c.Holder("chat"))
	_, ok = c.Take("chat", two)
	assert.True(t, ok)
}

func TestLeave(t *testing.T) {
	t.Parallel()
	var c claims.Claims
	assert.False(t, c.Left())
	c.Leave("an agent")
	c.Leave("an agent")
	assert.True(t, c.Left())
}

func TestOneHolderAtATime(t *testing.T) {
	t.Parallel()
	var c claims.Claims
	var got atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, ok := c.Take("chat", new(int)); ok {
				got.Add(1)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, got.Load())
}

func TestEnded(t *testing.T) {
	t.Parallel()
	var c claims.Claims
	assert.False(t, c.Ended("0"))
	for n := range 1500 {
		c.End(strconv.Itoa(n))
		c.End(strconv.Itoa(n))
	}
	assert.False(t, c.Ended("499"), "the last thousand")
	assert.True(t, c.Ended("500"))
	assert.True(t, c.Ended("1499"))
}

// How far a chat came is known to all who share the claims.
func TestReached(t *testing.T) {
	t.Parallel()
	var c claims.Claims
	assert.Nil(t, c.Reached("chat"))
	c.Reach("chat", 7)
	assert.Equal(t, 7, c.Reached("chat"))
	assert.Equal(t, map[string]any{"chat": 7}, c.AllReached())
	c.Reach("chat", nil)
	assert.Nil(t, c.Reached("chat"))
	for i := range 1000 {
		c.Reach(strconv.Itoa(i), i)
	}
	c.Reach("999", 0)
	assert.Equal(t, 1, c.Reached("1"))
	c.Reach("one more", 1)
	assert.Len(t, c.AllReached(), 1, "they are forgotten together")
}
