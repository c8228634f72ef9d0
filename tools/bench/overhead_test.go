package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkCall is for profiles: go test -bench Call/poll20/sdk -memprofile …
func BenchmarkCall(b *testing.B) {
	s, err := newStage(b.Context(), "memory")
	require.NoError(b, err)
	defer s.close()
	for _, c := range s.calls {
		reference := func(i int) op { return func(ctx context.Context) error { return c.by(ctx, &c.refs[i]) } }
		for side, f := range map[string]op{"sdk": c.sdk, "ref": reference(0), "ref_no_jar": reference(1)} {
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
