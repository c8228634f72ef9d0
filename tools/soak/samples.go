package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"

	"github.com/liveperson-community/liveperson-go/tools/apart"
)

// sample is one look at the watched process.
type sample struct {
	goroutines int
	heap       uint64 // bytes that are reachable
	chats      int    // running
	agents     int    // serving
}

// look collects garbage and takes a sample.
func look(chats, agents int) sample {
	runtime.GC()
	u := apart.Used()
	return sample{u.Goroutines, u.Heap, chats, agents}
}

// How much more the last quarter of a run may take than the second one.
const (
	goroutineTolerance = 0.20
	heapTolerance      = 0.20
	heapSlack          = 512 << 10 // bytes: what a small heap may vary by
	goroutineSlack     = 0.5       // per chat
	leastSamples       = 8
)

// flatness compares two quarters of a run.
type flatness struct {
	samples                          int
	goroutinesBefore, goroutinesNow  float64 // per running chat, medians
	heapBefore, heapNow              float64 // bytes, medians
	goroutinesFlat, heapFlat, enough bool
}

// compare looks at the samples of the steady part of a run. What the process
// had before the first agent does not count.
func compare(samples []sample, before sample) flatness {
	f := flatness{samples: len(samples)}
	if len(samples) < leastSamples {
		return f
	}
	f.enough = true
	second, last := samples[len(samples)/4:len(samples)/2], samples[len(samples)*3/4:]
	perChat := func(s sample) float64 { return float64(s.goroutines-before.goroutines) / float64(max(1, s.chats)) }
	heap := func(s sample) float64 { return float64(s.heap) }
	f.goroutinesBefore, f.goroutinesNow = medianOf(second, perChat), medianOf(last, perChat)
	f.heapBefore, f.heapNow = medianOf(second, heap), medianOf(last, heap)
	f.goroutinesFlat = f.goroutinesNow <= f.goroutinesBefore*(1+goroutineTolerance)+goroutineSlack
	f.heapFlat = f.heapNow <= f.heapBefore*(1+heapTolerance)+heapSlack
	return f
}

// reasons are what is not flat.
func (f *flatness) reasons() []string {
	var out []string
	if !f.enough {
		return nil // a short run tells nothing
	}
	if !f.goroutinesFlat {
		out = append(out, fmt.Sprintf("goroutines grow: %.1f for each chat in the second quarter, %.1f in the last", f.goroutinesBefore, f.goroutinesNow))
	}
	if !f.heapFlat {
		out = append(out, fmt.Sprintf("the heap grows: %s in the second quarter, %s in the last", bytesText(f.heapBefore), bytesText(f.heapNow)))
	}
	return out
}

func medianOf(samples []sample, value func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = value(s)
	}
	slices.SortFunc(values, cmp.Compare[float64])
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

func bytesText(n float64) string { return fmt.Sprintf("%.1f MiB", n/(1<<20)) }
