package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// outcome is what the tests say of a mutant.
type outcome string

const (
	noticed  outcome = "noticed"
	hung     outcome = "hung"
	survived outcome = "survived"
	notBuilt outcome = "does not compile"
	notTried outcome = "not tried"
)

type result struct {
	mutant  mutant
	outcome outcome
	by      string // the test that noticed it
}

// trial runs the tests with mutants in place of files.
type trial struct {
	root string // of a copy: tests may write beside themselves
	tmp  string
	env  []string

	mu      sync.Mutex
	killers map[string][]string // of each package, the latest first
}

// testTimeout is for the tests of one package; they take seconds.
const testTimeout = 2 * time.Minute

// tryAll tries the mutants, as many at a time as there are processors.
func tryAll(ctx context.Context, root string, mutants []mutant, o options, out io.Writer) ([]result, error) {
	tmp, err := os.MkdirTemp("", "wirecheck")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	// Mutants would fill the build cache with what nobody needs again.
	t := &trial{root: filepath.Join(tmp, "tree"), tmp: tmp, killers: map[string][]string{}}
	t.env = append(os.Environ(), "GOCACHE="+cmp.Or(o.cache, filepath.Join(tmp, "cache")), "GOFLAGS=-buildvcs=false", "GOWORK=off")
	if err := copyTree(t.root, root); err != nil {
		return nil, err
	}
	for _, pkg := range testedBy(mutants) {
		if message, err := t.build(ctx, mutant{}, pkg, filepath.Join(tmp, "first")); err != nil {
			return nil, fmt.Errorf("%s does not build: %w\n%s", pkg, err, message)
		}
	}
	results := make([]result, len(mutants))
	next := make(chan int)
	var wg sync.WaitGroup
	var failed error
	for worker := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			dir := filepath.Join(tmp, fmt.Sprint("worker", worker))
			for i := range next {
				r, err := t.try(ctx, mutants[i], dir)
				t.mu.Lock()
				failed = errors.Join(failed, err)
				if results[i] = r; o.verbose || r.outcome == survived {
					_, _ = fmt.Fprintf(out, "%-16s %s %s\n", r.outcome, r.mutant, r.by)
				}
				t.mu.Unlock()
			}
		})
	}
	started := time.Now()
	for i := range mutants {
		if i > 0 && i%50 == 0 {
			t.mu.Lock()
			_, _ = fmt.Fprintf(out, "%d of %d after %v\n", i, len(mutants), time.Since(started).Round(time.Second))
			t.mu.Unlock()
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return results, failed
}

// copyTree copies a module without what tools keep in it.
func copyTree(to, from string) error {
	entries, err := os.ReadDir(from)
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			err = errors.Join(err, os.CopyFS(filepath.Join(to, e.Name()), os.DirFS(filepath.Join(from, e.Name()))))
		case e.Type().IsRegular():
			text, readErr := os.ReadFile(filepath.Join(from, e.Name()))
			err = errors.Join(err, readErr, os.MkdirAll(to, 0o700), os.WriteFile(filepath.Join(to, e.Name()), text, 0o600))
		}
	}
	return err
}

// testedBy are the packages whose tests are needed.
func testedBy(mutants []mutant) []string {
	var list []string
	for _, m := range mutants {
		list = append(list, m.pkg)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// try runs the tests that may notice m.
func (t *trial) try(ctx context.Context, m mutant, dir string) (result, error) {
	r, err := t.tryIn(ctx, m, dir)
	if ctx.Err() != nil { // what it said was cut short
		return result{mutant: m, outcome: notTried}, nil //nolint:nilerr // no error: it was interrupted
	}
	return r, err
}

func (t *trial) tryIn(ctx context.Context, m mutant, dir string) (result, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return result{}, err
	}
	_, err := t.build(ctx, m, m.pkg, dir)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return result{mutant: m, outcome: notBuilt}, nil
	case err != nil:
		return result{}, err
	}
	// First the tests that have noticed others, then all.
	t.mu.Lock()
	known := slices.Clone(t.killers[m.pkg])
	t.mu.Unlock()
	patterns := []string{"."}
	if len(known) > 0 {
		patterns = []string{"^(" + strings.Join(known, "|") + ")$", "."}
	}
	for _, pattern := range patterns {
		o, by, err := t.test(ctx, m.pkg, dir, pattern)
		switch {
		case err != nil:
			return result{}, err
		case o != survived:
			t.remember(m.pkg, by)
			return result{m, o, by}, nil
		}
	}
	return result{mutant: m, outcome: survived}, nil
}

// build compiles the tests of pkg with m in place.
func (t *trial) build(ctx context.Context, m mutant, pkg, dir string) (message string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	overlay := map[string]map[string]string{"Replace": {}}
	if m.file != "" {
		text, err := m.apply(t.root)
		if err != nil {
			return "", err
		}
		file := filepath.Join(dir, "mutant.go")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return "", err
		}
		overlay["Replace"][filepath.Join(t.root, m.file)] = file
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w",
		"-overlay", filepath.Join(dir, "overlay.json"), "-o", filepath.Join(dir, "test.bin"), "./"+pkg)
	cmd.Dir, cmd.Env = t.root, t.env
	output, err := cmd.CombinedOutput()
	return string(output), err
}

var failRE = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// test runs the tests that match pattern.
func (t *trial) test(ctx context.Context, pkg, dir, pattern string) (outcome, string, error) {
	limited, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	cmd := exec.CommandContext(limited, filepath.Join(dir, "test.bin"), "-test.run", pattern, "-test.failfast", "-test.short", "-test.timeout", "90s")
	cmd.Dir, cmd.Env = filepath.Join(t.root, pkg), t.env
	cmd.WaitDelay = time.Second
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return survived, "", nil
	case limited.Err() != nil || bytes.Contains(output, []byte("panic: test timed out")):
		return hung, "", nil
	case errors.As(err, &exit):
		if found := failRE.FindSubmatch(output); found != nil {
			return noticed, string(found[1]), nil
		}
		return noticed, "", nil
	}
	return "", "", err
}

// remember puts a test in front of those that are run first.
func (t *trial) remember(pkg, test string) {
	if test == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := slices.DeleteFunc(t.killers[pkg], func(s string) bool { return s == test })
	t.killers[pkg] = append([]string{test}, list[:min(len(list), 11)]...)
}
