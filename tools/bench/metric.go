package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
)

// metric is one measured number.
type metric struct {
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
}

// bench collects metrics and prints them as they come.
type bench struct {
	rounds int
	sizes  []int // of the fleets
	out    io.Writer
	json   bool
	missed int
}

func (b *bench) begin() {
	if !b.json {
		_, _ = fmt.Fprintf(b.out, "%s, %s/%s, %d of %d CPUs%s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), runtime.NumCPU(), cpuName())
		_, _ = fmt.Fprintf(b.out, "%-46s %12s  %-16s %s\n", "metric", "value", "unit", "goal")
	}
}

func (b *bench) end() {
	if !b.json {
		_, _ = fmt.Fprintf(b.out, "\n%d goals missed\n", b.missed)
	}
}

// add reports a metric that has no goal.
func (b *bench) add(name string, value float64, unit string) { b.goal(name, value, unit, math.NaN()) }

// goal reports a metric that should be at most so much.
func (b *bench) goal(name string, value float64, unit string, atMost float64) {
	value = rounded(value)
	if b.json {
		line, err := json.Marshal(metric{name, value, unit})
		if err == nil {
			_, _ = fmt.Fprintf(b.out, "%s\n", line)
		}
		return
	}
	verdict := ""
	switch {
	case math.IsNaN(atMost):
	case value <= atMost:
		verdict = fmt.Sprintf("ok, at most %v", atMost)
	default:
		verdict = fmt.Sprintf("MISSED, at most %v", atMost)
		b.missed++
	}
	_, _ = fmt.Fprintf(b.out, "%-46s %12s  %-16s %s\n", name, number(value), unit, verdict)
}

// byRelease is the goal of the Go release that this was built with. From 1.27 on
// encoding/json is faster at decoding, and so is what the SDK is compared with.
func byRelease(go126, go127 float64) float64 {
	if strings.HasPrefix(runtime.Version(), "go1.26") {
		return go126
	}
	return go127
}

// rounded keeps four significant digits, and all before the point.
func rounded(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	scale := math.Pow(10, max(0, 3-math.Floor(math.Log10(math.Abs(v)))))
	return math.Round(v*scale) / scale
}

func number(v float64) string {
	if math.Abs(v) >= 1000 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.4g", v)
}

// cpuName is the processor's name, where the system tells.
func cpuName() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return ", " + strings.TrimSpace(value)
		}
	}
	return ""
}
