package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// guard is a protection that a test must miss when it is gone.
type guard struct {
	name     string
	file     string
	old, by  string   // old stands once in file
	packages []string // whose tests are asked, in this order
}

// guardMutants turns guards into mutants.
func guardMutants(root string, guards []guard) ([]mutant, error) {
	var all []mutant
	for _, g := range guards {
		text, err := os.ReadFile(filepath.Join(root, g.file))
		if err != nil {
			return nil, err
		}
		if n := bytes.Count(text, []byte(g.old)); n != 1 {
			return nil, fmt.Errorf("guard %q: its text stands %d times in %s, not once", g.name, n, g.file)
		}
		from := bytes.Index(text, []byte(g.old))
		all = append(all, mutant{
			pkg: g.packages[0], more: g.packages[1:], file: g.file, line: lineOf(text, from), kind: "guard", what: g.name,
			from: from, to: from + len(g.old), by: g.by,
		})
	}
	return all, nil
}
