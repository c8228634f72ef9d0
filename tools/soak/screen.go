package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// screen shows the counters: refreshed in place on a terminal, else as a line
// every few seconds.
type screen struct {
	w        io.Writer
	terminal bool
	height   int // lines of the block that stands there now
	shown    time.Time
}

// lineEvery is how often a line comes where nothing can be refreshed.
const lineEvery = 5 * time.Second

func newScreen(w io.Writer, terminal bool) *screen { return &screen{w: w, terminal: terminal} }

// isTerminal tells whether a file is a character device.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// clear takes the block off the screen.
func (s *screen) clear() {
	if s.height > 0 {
		fmt.Fprintf(s.w, "\x1b[%dA\x1b[J", s.height)
		s.height = 0
	}
}

// note writes lines that stay.
func (s *screen) note(text string) {
	s.clear()
	fmt.Fprintln(s.w, strings.TrimRight(text, "\n"))
}

// show shows the block on a terminal and else, from time to time, the line.
func (s *screen) show(now time.Time, block []string, line string) {
	if s.terminal {
		s.clear()
		fmt.Fprintln(s.w, strings.Join(block, "\n"))
		s.height = len(block)
		return
	}
	if now.Sub(s.shown) >= lineEvery {
		s.shown = now
		fmt.Fprintln(s.w, line)
	}
}
