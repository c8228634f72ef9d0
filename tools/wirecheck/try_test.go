package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module is a module whose tests look at one of its two names only.
var module = map[string]string{
	"go.mod": "module example.com/m\n\ngo 1.26\n",
	"p/p.go": "package p\n\ntype Doc struct {\n\tSeen   int `json:\"seen\"`\n\tUnseen int `json:\"unseen\"`\n}\n\nconst Limit = 3\n",
	"p/p_test.go": `package p

import (
	"encoding/json"
	"testing"
)

func TestSeen(t *testing.T) {
	var d Doc
	if json.Unmarshal([]byte("{\"seen\":1,\"unseen\":2}"), &d); d.Seen != 1 {
		t.Fatal(d)
	}
}
`,
}

func write(t *testing.T, files map[string]string) (root, cache string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	return root, strings.TrimSpace(string(out))
}

func TestUntestedNameSurvives(t *testing.T) {
	t.Parallel()
	root, cache := write(t, module)
	var out bytes.Buffer
	survivors, err := check(t.Context(), root, options{packages: []string{"./p"}, cache: cache, verbose: true}, &out)
	require.NoError(t, err)
	assert.Equal(t, 1, survivors)
	assert.Regexp(t, `(?m)^noticed +p/p.go:4: json name seen TestSeen$`, out.String())
	assert.Regexp(t, `(?m)^survived +p/p.go:5: json name unseen`, out.String())
	assert.Contains(t, out.String(), "2 mutants: 1 noticed (0 by running out of time), 1 survived, 0 that do not compile, 0 not tried")
	text, err := os.ReadFile(filepath.Join(root, "p/p.go"))
	require.NoError(t, err)
	assert.Equal(t, module["p/p.go"], string(text), "the work tree is not touched")
}

func TestOnly(t *testing.T) {
	t.Parallel()
	root, _ := write(t, module)
	var out bytes.Buffer
	_, err := check(t.Context(), root, options{packages: []string{"p"}, only: "unseen", list: true}, &out)
	require.NoError(t, err)
	assert.Equal(t, "p/p.go:5: json name unseen\n", out.String())
	_, err = check(t.Context(), root, options{packages: []string{"p"}, only: "("}, &out)
	require.Error(t, err)
}

func TestMost(t *testing.T) {
	t.Parallel()
	root, _ := write(t, module)
	var out bytes.Buffer
	_, err := check(t.Context(), root, options{packages: []string{"p"}, most: 1, list: true}, &out)
	require.NoError(t, err)
	assert.Equal(t, "the first 1 of 2\np/p.go:4: json name seen\n", out.String())
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	root, cache := write(t, module)
	mutants, err := find(root, "p")
	require.NoError(t, err)
	tr := &trial{root: root, tmp: t.TempDir(), env: append(os.Environ(), "GOCACHE="+cache), killers: map[string][]string{}}
	r, err := tr.try(ended(t), mutants[0], t.TempDir())
	require.NoError(t, err)
	assert.Equal(t, notTried, r.outcome)
	var out bytes.Buffer
	assert.Zero(t, report([]result{r}, &out))
	assert.Contains(t, out.String(), "1 not tried")
}

func TestWhatDoesNotCompileIsReported(t *testing.T) {
	t.Parallel()
	root, cache := write(t, module)
	bad := mutant{pkg: "p", file: "p/p.go", line: 8, kind: "word", what: "limit", by: "no Go"}
	var out bytes.Buffer
	results, err := tryAll(t.Context(), root, []mutant{bad}, options{cache: cache}, &out)
	require.NoError(t, err)
	assert.Equal(t, 1, report(results, &out))
	assert.Regexp(t, `(?m)^does not compile +p/p.go:8: word limit$`, out.String())
}

func TestMutantsOfTheSDK(t *testing.T) {
	t.Parallel()
	root, err := sdkRoot(t.Context())
	require.NoError(t, err)
	mutants, err := collect(t.Context(), root, options{})
	require.NoError(t, err, "no equivalent is stale")
	assert.GreaterOrEqual(t, len(mutants), 500)
}

func TestSince(t *testing.T) {
	t.Parallel()
	root, _ := write(t, module)
	git := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", root, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-qm", "first")
	mutants, err := collect(t.Context(), root, options{packages: []string{"p"}, since: "HEAD"})
	require.NoError(t, err)
	assert.Empty(t, mutants)
	require.NoError(t, os.WriteFile(filepath.Join(root, "p/p_test.go"), []byte("package p\n"), 0o600))
	mutants, err = collect(t.Context(), root, options{packages: []string{"p"}, since: "HEAD"})
	require.NoError(t, err)
	assert.Empty(t, mutants, "only a test has changed")
	require.NoError(t, os.WriteFile(filepath.Join(root, "p/p.go"), []byte(strings.Replace(module["p/p.go"], "3", "4", 1)), 0o600))
	mutants, err = collect(t.Context(), root, options{packages: []string{"p"}, since: "HEAD"})
	require.NoError(t, err)
	require.Len(t, mutants, 2)
	assert.True(t, mutants[0].changed)
	_, err = collect(t.Context(), root, options{packages: []string{"p"}, since: "nothing"})
	require.Error(t, err)
}

func ended(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
