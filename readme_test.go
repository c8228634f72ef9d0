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
	for channel := range handlers {
		assert.Contains(t, string(readme), "```go\n"+handlerOf(t, channel)+"```", channel)
	}
}

// handlers are the functions of the Example that are the bot's handlers, by their
// packages. In the README and in package comments all of them are called echo.
var handlers = map[string]string{"messagingagent": "echo", "chatagent": "echoChat"}

// handlerOf is the bot's handler for a channel.
func handlerOf(t *testing.T, channel string) string {
	t.Helper()
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	_, handler, ok := strings.Cut(string(example), "\nfunc "+handlers[channel]+"(")
	require.True(t, ok)
	handler, _, ok = strings.Cut(handler, "\n}\n")
	require.True(t, ok)
	return "func echo(" + handler + "\n}\n"
}

// The handler in the package comments is the Example's.
func TestSamplesInPackageCommentsAreTheExample(t *testing.T) {
	t.Parallel()
	for file, channel := range map[string]string{"doc.go": "messagingagent", "messagingagent/doc.go": "messagingagent", "chatagent/doc.go": "chatagent"} {
		comment, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Contains(t, strings.ReplaceAll(string(comment), "\n//\t", "\n"), handlerOf(t, channel), file)
	}
}

// What else the README shows in Go is in the Examples of the two channels.
func TestReadmeCodeIsInTheExamples(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var compiled string
	for channel := range handlers {
		examples, err := os.ReadFile(channel + "/example_test.go")
		require.NoError(t, err)
		compiled += strings.ReplaceAll(string(examples), "\n\t", "\n")
	}
	blocks := strings.Split(string(readme), "```go\n")[4:] // the first are the program
	require.Len(t, blocks, 5)
	for _, block := range blocks {
		code, _, ok := strings.Cut(block, "\n```")
		require.True(t, ok)
		assert.Contains(t, compiled, code)
	}
}

func TestReadmeShowsBothCommandsNearTheTop(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	top := strings.Join(strings.SplitN(string(readme), "\n", 31)[:30], "\n")
	assert.Contains(t, top, "go run ./examples/quickstart")
	assert.Contains(t, top, "go test ./...")
}
