package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkIdle writes the heap of a crew that serves to the file that HEAP
// names.
func BenchmarkIdle(b *testing.B) {
	c, err := (&quiet{}).hire(b.Context(), crewSize)
	require.NoError(b, err)
	require.NoError(b, wait(b.Context(), 6*time.Second))
	runtime.GC()
	runtime.GC()
	if name := os.Getenv("HEAP"); name != "" {
		f, err := os.Create(name)
		require.NoError(b, err)
		require.NoError(b, pprof.Lookup("heap").WriteTo(f, 0))
		require.NoError(b, f.Close())
	}
	c.dismiss()
}
