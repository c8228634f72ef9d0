package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// BenchmarkMessaging is for profiles: go test -bench Messaging/publish/sdk -cpuprofile …
func BenchmarkMessaging(b *testing.B) {
	d, err := newDuo(b.Context(), "loopback")
	require.NoError(b, err)
	defer d.close()
	for _, c := range d.compared() {
		for side, f := range map[string]op{"sdk": c.sdk, "ref": c.ref} {
			b.Run(c.name+"/"+side, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := f(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// SDK and reference send the same frames, but for their ids.
func TestHandsetSendsTheSameFrames(t *testing.T) {
	t.Parallel()
	d, err := newDuo(t.Context(), "memory")
	require.NoError(t, err)
	defer d.close()
	for _, c := range d.compared() {
		require.NoError(t, c.sdk(t.Context()), c.name)
		require.NoError(t, c.ref(t.Context()), c.name)
	}
	var frames [2]exactRequest
	for i, l := range d.lines {
		require.NoError(t, json.Unmarshal(l.published, &frames[i]))
		frames[i].ID = ""
	}
	assert.Equal(t, frames[1], frames[0])
	assert.Equal(t, "req", frames[0].Kind)
}

// What the reference decodes is all that comes.
func TestHandsetDecodesAllThatComes(t *testing.T) {
	t.Parallel()
	var f exactFrame
	assertWhole(t, page20(), &f)
	var n exactEventNotification
	assertWhole(t, f.Body, &n)
	assert.Len(t, n.Changes, events)
}
