package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// The program with -sim: it is told to stop in the middle of a conversation, and goes on
// with it when it is started again; a second signal ends it at once; a login that is refused
// is a failure.
func TestMessagingbotAsAProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary, store := filepath.Join(dir, "messagingbot"), filepath.Join(dir, "store")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	srv, err := lptest.Start()
	require.NoError(t, err)
	defer srv.Close()
	srv.AddAgent(lptest.Agent{LoginName: "bot", Bot: &lptest.Keys{ClientID: "id", ClientSecret: "canary"}, Skills: []string{"Shop"}})
	begin := func(secret string) (*exec.Cmd, *bytes.Buffer) {
		var log bytes.Buffer
		cmd := exec.CommandContext(t.Context(), binary, "-sim", srv.URL(), "-store", store)
		cmd.Env = []string{"LP_ACCOUNT=" + srv.Account(), "LP_USER=bot", "LP_CLIENT_ID=id", "LP_CLIENT_SECRET=" + secret}
		cmd.Stdout, cmd.Stderr = &log, &log
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		return cmd, &log
	}

	cmd, log := begin("canary")
	c := srv.Messaging().Consumer(messaging.Consumer{Skill: "Shop", FirstMessage: "one"})
	assert.Equal(t, "You said: one", wait(t, c, 1).Text)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait(), log)
	assert.Equal(t, "bot", c.Assigned())
	assert.Equal(t, 1, srv.Count(lptest.OpLogout))
	for _, bad := range []string{"WARN", "ERROR", "context canceled", "canary"} {
		assert.NotContains(t, log.String(), bad)
	}
	c.Say("two")

	cmd, log = begin("canary")
	assert.Equal(t, "You said: two", wait(t, c, 2).Text)
	srv.AddFault(lptest.Fault{Op: lptest.OpLogout, Latency: time.Minute})
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	require.Eventually(t, func() bool { return srv.Count(lptest.OpLogout) == 2 }, 10*time.Second, 10*time.Millisecond, "it logs out")
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	require.Error(t, cmd.Wait())
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	require.True(t, ok)
	assert.True(t, status.Signaled(), log)

	cmd, log = begin("wrong")
	require.Error(t, cmd.Wait())
	assert.Equal(t, 1, cmd.ProcessState.ExitCode())
	assert.Contains(t, log.String(), "messagingbot: ")
	assert.Contains(t, log.String(), "401")
}
