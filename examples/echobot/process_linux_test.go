package main

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The program is told to stop in the middle of a chat: that is no failure.
func TestEchobotIsToldToStop(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "echobot")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	for name, signal := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), binary)
			var log bytes.Buffer
			cmd.Stderr = &log
			said, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			line, err := bufio.NewReader(said).ReadString('\n')
			require.NoError(t, err)
			assert.NotEmpty(t, line)
			require.NoError(t, cmd.Process.Signal(signal))
			require.NoError(t, cmd.Wait())
			assert.Empty(t, log.String())
		})
	}
}
