package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// moduleRoot is the directory of go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	file := strings.TrimSpace(string(out))
	if err != nil || file == "" || !filepath.IsAbs(file) {
		return "", errors.Join(errors.New("not inside a module"), err)
	}
	return filepath.Dir(file), nil
}

// collect returns the mutants to try.
func collect(ctx context.Context, root string, o options) ([]mutant, error) {
	if o.guards {
		return guardMutants(root, guards)
	}
	names := packages
	if len(o.packages) > 0 {
		names = nil
		for _, p := range o.packages {
			names = append(names, path.Clean(strings.TrimPrefix(filepath.ToSlash(p), "./")))
		}
	}
	var changed []string
	if o.since != "" {
		out, err := exec.CommandContext(ctx, "git", "-C", root, "diff", "--name-only", o.since, "--").Output()
		if err != nil {
			return nil, fmt.Errorf("what changed since %s: %w", o.since, err)
		}
		changed = strings.Fields(string(out))
		names = slices.DeleteFunc(slices.Clone(names), func(pkg string) bool {
			return !slices.ContainsFunc(changed, func(file string) bool { return path.Dir(file) == pkg && path.Ext(file) == ".go" })
		})
	}
	var all []mutant
	for _, pkg := range names {
		found, err := find(root, pkg)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	kept, unused := without(all, equivalents)
	for _, u := range unused {
		if slices.Contains(names, path.Dir(u.file)) {
			return nil, fmt.Errorf("equivalents.go: nothing is found any more for %+v", u)
		}
	}
	for i := range kept {
		kept[i].changed = slices.Contains(changed, kept[i].file)
	}
	return sorted(kept), nil
}
