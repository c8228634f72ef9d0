package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// find returns the mutants of all files of a package that are no tests.
func find(root, pkg string) ([]mutant, error) {
	files, err := filepath.Glob(filepath.Join(root, pkg, "*.go"))
	if err != nil {
		return nil, err
	}
	var all []mutant
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return nil, err
		}
		found, err := findIn(name, text)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	for i := range all {
		all[i].pkg = pkg
	}
	return all, nil
}

// finder collects the mutants of one file.
type finder struct {
	file  *token.File
	name  string
	text  []byte
	found []mutant
}

func findIn(name string, text []byte) ([]mutant, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f := &finder{file: set.File(tree.Pos()), name: name, text: text}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			f.tag(n.Tag)
			return true
		case *ast.GenDecl:
			f.words(n)
		case *ast.CallExpr:
			f.relation(n)
		case *ast.BasicLit:
			f.literal(n)
		}
		return true
	})
	return f.found, nil
}

func (f *finder) add(kind, what string, from, to int, by string) {
	for _, m := range f.found {
		if m.from == from && m.to == to {
			return // found as something else already
		}
	}
	f.found = append(f.found, mutant{
		file: f.name, line: lineOf(f.text, from), kind: kind, what: what, from: from, to: to, by: by,
	})
}

var pairRE = regexp.MustCompile(`(json|url|wire):"([^"]*)"`)

// tag breaks the names of a struct tag and takes away its options.
func (f *finder) tag(lit *ast.BasicLit) {
	if lit == nil {
		return
	}
	start := f.file.Offset(lit.Pos())
	for _, at := range pairRE.FindAllStringSubmatchIndex(lit.Value, -1) {
		key, value, offset := lit.Value[at[2]:at[3]], lit.Value[at[4]:at[5]], start+at[4]
		if key == "wire" {
			f.wireTag(value, offset)
			continue
		}
		name, options, _ := strings.Cut(value, ",")
		if name == "-" {
			continue
		}
		if name != "" {
			f.add(key+" name", name, offset, offset+len(name), name+"X")
		}
		place := offset + len(name)
		for option := range strings.SplitSeq(options, ",") {
			if option != "" {
				f.add(key+" option", name+","+option, place, place+1+len(option), "")
			}
			place += 1 + len(option)
		}
	}
}

// wireTag breaks the second spellings of a name.
func (f *finder) wireTag(value string, offset int) {
	if value == "raw" {
		f.add("wire option", value, offset, offset+len(value), "")
		return
	}
	names, ok := strings.CutPrefix(value, "or=")
	place := offset + len("or=")
	if !ok {
		return
	}
	for name := range strings.SplitSeq(names, "|") {
		f.add("wire name", name, place, place+len(name), name+"X")
		place += len(name) + 1
	}
}

// words breaks the constants of enumerated types.
func (f *finder) words(decl *ast.GenDecl) {
	if decl.Tok != token.CONST {
		return
	}
	for _, spec := range decl.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || v.Type == nil {
			continue
		}
		for _, value := range v.Values {
			if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				f.replace("word", lit, func(s string) string { return s + "X" })
			}
		}
	}
}

// relation breaks the names of links.
func (f *finder) relation(call *ast.CallExpr) {
	if name, ok := call.Fun.(*ast.Ident); !ok || name.Name != "href" || len(call.Args) != 2 {
		return
	}
	if lit, ok := call.Args[1].(*ast.BasicLit); ok {
		f.replace("relation", lit, func(s string) string { return s + "X" })
	}
}

var (
	headerRE = regexp.MustCompile(`^([A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)+|[xX]-[A-Za-z-]+|Accept|Authorization|Cookie|Location|application/json|Bearer )$`)
	pathRE   = regexp.MustCompile(`^/[A-Za-z{][A-Za-z0-9_{}/.]*$`)
	typeRE   = regexp.MustCompile(`^\.([a-z]+\.)*[A-Z][A-Za-z]+$`)
)

// literal breaks headers, paths and the types of requests over a web socket.
func (f *finder) literal(lit *ast.BasicLit) {
	if lit.Kind != token.STRING {
		return
	}
	s, err := strconv.Unquote(lit.Value)
	switch {
	case err != nil:
	case headerRE.MatchString(s):
		f.replace("header", lit, func(s string) string { return s[:len(s)-1] + "X" + s[len(s)-1:] })
	case pathRE.MatchString(s):
		f.replace("path", lit, func(s string) string { return "/X" + s[1:] })
	case typeRE.MatchString(s):
		f.replace("type", lit, func(s string) string { return s + "X" })
	}
}

func (f *finder) replace(kind string, lit *ast.BasicLit, by func(string) string) {
	s, err := strconv.Unquote(lit.Value)
	if err != nil || s == "" {
		return
	}
	from := f.file.Offset(lit.Pos())
	f.add(kind, strconv.Quote(s), from, from+len(lit.Value), strconv.Quote(by(s)))
}

// without leaves out the mutants that are known to change nothing.
func without(mutants []mutant, known []same) (kept []mutant, unused []same) {
	used := make([]bool, len(known))
	kept = slices.DeleteFunc(slices.Clone(mutants), func(m mutant) bool {
		for i, k := range known {
			if k.file == m.file && k.kind == m.kind && k.what == m.what {
				used[i] = true
				return true
			}
		}
		return false
	})
	for i, k := range known {
		if !used[i] {
			unused = append(unused, k)
		}
	}
	return kept, unused
}
