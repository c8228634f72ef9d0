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

// sdkRoot is the directory of the SDK's module.
func sdkRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/liveperson-community/liveperson-go").Output()
	root := strings.TrimSpace(string(out))
	if err != nil || root == "" {
		return "", errors.Join(errors.New("the module liveperson-go is not known here"), err)
	}
	return root, nil
}

// collect returns the mutants to try.
func collect(ctx context.Context, root string, o options) ([]mutant, error) {
	changed, err := changedFiles(ctx, root, o.since)
	if err != nil {
		return nil, err
	}
	touched := func(pkg string) bool {
		return o.since == "" ||
			slices.ContainsFunc(changed, func(file string) bool {
				return path.Dir(file) == pkg && path.Ext(file) == ".go" && !strings.HasSuffix(file, "_test.go")
			})
	}
	names := slices.Clone(packages)
	if len(o.packages) > 0 {
		names = nil
		for _, p := range o.packages {
			names = append(names, path.Clean(strings.TrimPrefix(filepath.ToSlash(p), "./")))
		}
	}
	names = slices.DeleteFunc(names, func(pkg string) bool { return !touched(pkg) })
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

// changedFiles are the files that differ from a revision, below the root.
func changedFiles(ctx context.Context, root, since string) ([]string, error) {
	if since == "" {
		return nil, nil
	}
	out, err := exec.CommandContext(ctx, "git", "-C", root, "diff", "--name-only", since, "--").Output()
	if err != nil {
		return nil, fmt.Errorf("what changed since %s: %w", since, err)
	}
	return strings.Fields(string(out)), nil
}
