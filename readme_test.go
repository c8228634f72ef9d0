package liveperson_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The program in the README is the one that compiles as an Example.
func TestReadmeProgramIsTheExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	_, program, ok := strings.Cut(string(readme), "func main() {\n")
	require.True(t, ok)
	program, _, ok = strings.Cut(program, "```")
	require.True(t, ok)
	assert.Contains(t, string(example), program)
}

func TestReadmeShowsBothCommandsNearTheTop(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	top := strings.Join(strings.SplitN(string(readme), "\n", 31)[:30], "\n")
	assert.Contains(t, top, "go run ./examples/quickstart")
	assert.Contains(t, top, "go test ./...")
}
