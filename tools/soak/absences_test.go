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
		time.Sleep(longAbsence - time.Millisecond)
		a.present("ada", start)
		assert.False(t, a.explain("ada", start.Add(time.Second)), "it was back in time")
		time.Sleep(time.Millisecond)
		a.present("ada", start)
		assert.True(t, a.explain("ada", time.Now().Add(time.Second)))
		assert.False(t, a.explain("bob", time.Now()))
		assert.False(t, a.explain("ada", start))
		assert.False(t, a.explain("ada", time.Now().Add(2*longAbsence)))

		a.contend("bob", true)
		assert.True(t, a.fights("bob", start, time.Now().Add(1)))
		assert.False(t, a.fights("ada", start, time.Now().Add(1)))
		a.contend("bob", false)
		assert.True(t, a.fights("bob", time.Now().Add(truce-1), time.Now().Add(2*truce)))
		assert.False(t, a.fights("bob", time.Now().Add(truce), time.Now().Add(2*truce)))
	})
}
