package main

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// op is one call, done once.
type op func(ctx context.Context) error

// cost is what one call took.
type cost struct {
	ns, allocs, bytes float64
}

// pair is what the SDK and the reference took, as medians over the rounds.
type pair struct {
	sdk, ref cost
	// timeRatio is the median of the ratios of the rounds: what slows the
	// machine down for a while slows both sides of a round.
	timeRatio, allocRatio float64
}

// batch is how long one side of a round runs.
const batch = 150 * time.Millisecond

// compare runs both in turns.
func compare(ctx context.Context, rounds int, sdk, ref op) (pair, error) {
	n := 1
	for { // warm up, and find out how many calls fill a batch
		c, err := timed(ctx, n, ref)
		if err != nil {
			return pair{}, err
		}
		if _, err = timed(ctx, n, sdk); err != nil {
			return pair{}, err
		}
		if took := time.Duration(c.ns * float64(n)); took > batch/4 {
			n = max(1, int(float64(n)*float64(batch)/float64(took)))
			break
		}
		n *= 2
	}
	var sdks, refs []cost
	for round := range rounds {
		first, second := sdk, ref
		if round%2 == 1 {
			first, second = ref, sdk
		}
		one, err := timed(ctx, n, first)
		if err != nil {
			return pair{}, err
		}
		two, err := timed(ctx, n, second)
		if err != nil {
			return pair{}, err
		}
		if round%2 == 1 {
			one, two = two, one
		}
		sdks, refs = append(sdks, one), append(refs, two)
	}
	p := pair{sdk: medianCost(sdks), ref: medianCost(refs)}
	var times []float64
	for i := range sdks {
		times = append(times, sdks[i].ns/refs[i].ns)
	}
	p.timeRatio, p.allocRatio = median(times), p.sdk.allocs/p.ref.allocs
	return p, nil
}

// timed does f n times.
func timed(ctx context.Context, n int, f op) (cost, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range n {
		if err := f(ctx); err != nil {
			return cost{}, err
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	per := func(total uint64) float64 { return float64(total) / float64(n) }
	return cost{
		ns:     float64(took) / float64(n),
		allocs: per(after.Mallocs - before.Mallocs),
		bytes:  per(after.TotalAlloc - before.TotalAlloc),
	}, nil
}

func medianCost(list []cost) cost {
	pick := func(of func(cost) float64) float64 {
		var values []float64
		for _, c := range list {
			values = append(values, of(c))
		}
		return median(values)
	}
	return cost{
		ns:     pick(func(c cost) float64 { return c.ns }),
		allocs: pick(func(c cost) float64 { return c.allocs }),
		bytes:  pick(func(c cost) float64 { return c.bytes }),
	}
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile is the value below which that part of the values lies.
func quantile(values []float64, part float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}
