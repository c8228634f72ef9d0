package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is one change of one file.
type mutant struct {
	pkg     string // directory of the tests, below the module's root
	file    string // below the module's root
	line    int
	kind    string // "json name", "header", …
	what    string // what is broken, as a person reads it
	from    int    // bytes of the file that are replaced
	to      int
	by      string
	changed bool // the file is part of the change that is checked
}

func (m mutant) String() string { return fmt.Sprintf("%s:%d: %s %s", m.file, m.line, m.kind, m.what) }

// apply returns the content of the file with the change.
func (m mutant) apply(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return nil, err
	}
	return slices.Concat(text[:m.from], []byte(m.by), text[m.to:]), nil
}

// sorted puts mutants of changed files first.
func sorted(mutants []mutant) []mutant {
	slices.SortStableFunc(mutants, func(a, b mutant) int {
		if a.changed != b.changed {
			if a.changed {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.pkg, b.pkg), strings.Compare(a.file, b.file), a.from-b.from)
	})
	return mutants
}

// lineOf is the number of the line that holds the byte at that offset.
func lineOf(text []byte, offset int) int { return bytes.Count(text[:offset], []byte("\n")) + 1 }
