package liveperson_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// The README's bot as a process, on the fake services: it reaches them through
// a proxy and trusts their certificate, so that it runs unchanged.
func TestReadmeBotAsAProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binaries := map[string]string{"chatagent": buildReadmeBot(t, dir, "chatagent"), "messagingagent": buildReadmeBot(t, dir, "messagingagent")}
	srv, err := lptest.Start()
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	trust := filepath.Join(dir, "ca.pem")
	require.NoError(t, os.WriteFile(trust, srv.CertificatePEM(), 0o600))
	proxy := httptest.NewServer(tunnel(strings.TrimPrefix(srv.URL(), "https://")))
	t.Cleanup(proxy.Close)
	for _, name := range []string{"stopped", "killed", "refused", "offline", "messages"} {
		srv.AddAgent(lptest.Agent{
			LoginName: name, MaxChats: 2, Skills: []string{name}, Bot: &lptest.Keys{ClientID: "id", ClientSecret: "secret of " + name},
		})
	}
	begin := func(t *testing.T, channel, name, secret, proxy string) *child {
		t.Helper()
		c := &child{cmd: exec.CommandContext(t.Context(), binaries[channel])}
		c.cmd.Env = []string{
			"HTTPS_PROXY=" + proxy, "SSL_CERT_FILE=" + trust,
			"LP_ACCOUNT=" + srv.Account(), "LP_USER=" + name, "LP_CLIENT_ID=id", "LP_CLIENT_SECRET=" + secret,
		}
		c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.out
		require.NoError(t, c.cmd.Start())
		c.ended = make(chan struct{})
		go func() {
			defer close(c.ended)
			_ = c.cmd.Wait()
		}()
		t.Cleanup(func() {
			_ = c.cmd.Process.Kill()
			<-c.ended
		})
		return c
	}

	t.Run("is told to stop", func(t *testing.T) {
		t.Parallel()
		c := begin(t, "chatagent", "stopped", "secret of stopped", proxy.URL)
		v := srv.Visitor(lptest.Visitor{Skill: "stopped", FirstLine: "hello"})
		line, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err, c.out.String())
		assert.Equal(t, "You said: hello", line.Text)
		v.Leave()
		c.signal(t, syscall.SIGTERM)
		c.wait(t, 20*time.Second)
		assert.Equal(t, 0, c.cmd.ProcessState.ExitCode(), c.out.String())
		assert.NotContains(t, c.out.String(), "context canceled")
		assert.NotContains(t, c.out.String(), "ERROR")
		var calls []string
		for _, r := range srv.Journal() {
			if r.Agent == "stopped" && slices.Contains([]lptest.Op{lptest.OpSetAvailability, lptest.OpSend, lptest.OpLogout}, r.Op) {
				calls = append(calls, string(r.Op)+" "+r.Body)
			}
		}
		require.Len(t, calls, 4)
		assert.Equal(t, `availability.set {"availability":{"chat":"Online"}}`, calls[0])
		assert.Contains(t, calls[1], "You said: hello")
		assert.Equal(t, `availability.set {"availability":{"chat":"Away"}}`, calls[2])
		assert.Contains(t, calls[3], "logout ")
	})
	t.Run("is told to stop twice", func(t *testing.T) {
		t.Parallel()
		c := begin(t, "chatagent", "killed", "secret of killed", proxy.URL)
		v := srv.Visitor(lptest.Visitor{Skill: "killed"})
		require.NoError(t, v.WaitAccepted(t.Context()), c.out.String())
		begun := time.Now()
		for c.runs() { // the first starts the grace period; one of the others ends it
			_ = c.cmd.Process.Signal(syscall.SIGTERM)
			select {
			case <-c.ended:
			case <-time.After(100 * time.Millisecond):
			}
			require.Less(t, time.Since(begun), 15*time.Second, c.out.String())
		}
		status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
		require.True(t, ok)
		assert.True(t, status.Signaled())
		assert.Contains(t, c.out.String(), "stopping", "the first one was heard")
	})
	t.Run("is told to stop, on messaging", func(t *testing.T) {
		t.Parallel()
		c := begin(t, "messagingagent", "messages", "secret of messages", proxy.URL)
		conv := srv.Messaging().Consumer(messaging.Consumer{Skill: "messages", FirstMessage: "hello"})
		m, err := conv.WaitMessage(t.Context(), 1)
		require.NoError(t, err, c.out.String())
		assert.Equal(t, "You said: hello", m.Text)
		c.signal(t, syscall.SIGTERM)
		c.wait(t, 20*time.Second)
		assert.Equal(t, 0, c.cmd.ProcessState.ExitCode(), c.out.String())
		for _, bad := range []string{"context canceled", "WARN", "ERROR"} {
			assert.NotContains(t, c.out.String(), bad)
		}
		assert.Equal(t, "messages", conv.Assigned())
		assert.Equal(t, "OPEN", conv.State())
		states := srv.Messaging().Requests("SetAgentState")
		require.Len(t, states, 2)
		assert.Contains(t, states[0].Text, `"availability":"ONLINE"`)
		assert.Contains(t, states[1].Text, `"availability":"AWAY"`)
	})
	t.Run("is refused", func(t *testing.T) {
		t.Parallel()
		c := begin(t, "chatagent", "refused", "wrong", proxy.URL)
		c.wait(t, 20*time.Second)
		assert.Equal(t, 1, c.cmd.ProcessState.ExitCode())
		assert.Contains(t, c.out.String(), "ERROR the bot has failed")
		assert.Contains(t, c.out.String(), "401")
	})
	t.Run("has no network", func(t *testing.T) {
		t.Parallel()
		closed, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, closed.Close())
		c := begin(t, "chatagent", "offline", "secret of offline", "http://"+closed.Addr().String())
		require.Eventually(t, func() bool { return strings.Contains(c.out.String(), "domain.BaseURI") }, 4*time.Second, 20*time.Millisecond, "it says so at once")
		c.signal(t, syscall.SIGTERM)
		c.wait(t, 4*time.Second)
		assert.Equal(t, 0, c.cmd.ProcessState.ExitCode(), c.out.String())
	})
}

// buildReadmeBot builds the program that stands in the README, for a channel.
func buildReadmeBot(t *testing.T, dir, channel string) (binary string) {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, program, ok := strings.Cut(string(readme), "```go\npackage main")
	require.True(t, ok)
	program, _, ok = strings.Cut(program, "```")
	require.True(t, ok)
	program = "package main" + strings.ReplaceAll(program, "messagingagent", channel) + "\n" + handlerOf(t, channel)
	source, binary := filepath.Join(dir, channel+".go"), filepath.Join(dir, channel)
	require.NoError(t, os.WriteFile(source, []byte(program), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, source).CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// child is a program under way.
type child struct {
	cmd   *exec.Cmd
	out   output
	ended chan struct{}
}

func (c *child) signal(t *testing.T, s os.Signal) {
	t.Helper()
	require.NoError(t, c.cmd.Process.Signal(s))
}

func (c *child) runs() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

func (c *child) wait(t *testing.T, most time.Duration) {
	t.Helper()
	select {
	case <-c.ended:
	case <-time.After(most):
		require.Fail(t, "the program goes on", c.out.String())
	}
}

// output is what a program has written so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// tunnel is a proxy that leads to one address, whatever is asked for.
func tunnel(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		there, err := (&net.Dialer{}).DialContext(context.WithoutCancel(r.Context()), "tcp", address)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer there.Close()
		w.WriteHeader(http.StatusOK)
		here, read, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		go func() {
			_, _ = io.Copy(there, read) // with what had come before the hijacking
			_ = there.Close()
		}()
		_, _ = io.Copy(here, there)
	}
}
