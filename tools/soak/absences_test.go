package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAbsences(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := absences{gone: map[string][]span{}, fought: map[string][]span{}}
		start := time.Now()
		a.leave("ada")
		assert.Equal(t, []span{{from: start}}, a.spansOf("ada"))
		time.Sleep(time.Second)
		a.present("ada")
		assert.Equal(t, []span{{start, start.Add(time.Second)}}, a.spansOf("ada"))
		assert.Empty(t, a.spansOf("bob"))

		time.Sleep(time.Minute - time.Nanosecond)
		assert.False(t, a.here("ada", time.Minute))
		time.Sleep(time.Nanosecond)
		assert.True(t, a.here("ada", time.Minute))
		a.leave("ada")
		assert.False(t, a.here("ada", 0))
		assert.True(t, a.here("bob", time.Minute))
		start = time.Now()

		a.contend("bob", true)
		assert.True(t, a.fights("bob", start, time.Now().Add(1)))
		assert.False(t, a.fights("ada", start, time.Now().Add(1)))
		a.contend("bob", false)
		assert.True(t, a.fights("bob", time.Now().Add(truce-1), time.Now().Add(2*truce)))
		assert.False(t, a.fights("bob", time.Now().Add(truce), time.Now().Add(2*truce)))
	})
}
