package lptest //nolint:testpackage // the pipe is no part of the public face

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMemPipeCarriesBytes(t *testing.T) {
	t.Parallel()
	a, b := memPipe()
	sent := bytes.Repeat([]byte("0123456789"), memBuffer/4) // more than the buffer holds
	done := make(chan error, 1)
	go func() {
		_, err := a.Write(sent)
		done <- errors.Join(err, a.Close())
	}()
	got, err := io.ReadAll(b)
	require.NoError(t, err)
	require.True(t, bytes.Equal(sent, got))
	require.NoError(t, <-done)
	_, err = b.Write([]byte("x"))
	require.ErrorIs(t, err, syscall.EPIPE)
	_, err = a.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = a.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
	require.Equal(t, memHost, a.LocalAddr().String())
	require.Equal(t, "mem", a.RemoteAddr().Network())
}

func TestMemPipeReset(t *testing.T) {
	t.Parallel()
	a, b := memPipe()
	_, err := b.Write([]byte("lost"))
	require.NoError(t, err)
	b.reset()
	_, err = a.Read(make([]byte, 4))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	_, err = a.Write([]byte("x"))
	require.Error(t, err)
}

func TestMemPipeDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := memPipe()
		begin := time.Now()
		require.NoError(t, a.SetDeadline(begin.Add(3*time.Second)))
		_, err := a.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
		require.Equal(t, 3*time.Second, time.Since(begin))
		_, err = a.Write([]byte("x"))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		// A new deadline, or none, makes the connection usable again.
		require.NoError(t, a.SetDeadline(time.Time{}))
		_, err = a.Write([]byte("x"))
		require.NoError(t, err)
		require.NoError(t, a.SetReadDeadline(time.Unix(1, 0)))
		_, err = a.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, a.SetReadDeadline(time.Now().Add(time.Second)))
		require.NoError(t, a.SetReadDeadline(time.Now().Add(time.Hour)))
		pass := time.After(2 * time.Second)
		<-pass
		_, err = b.Write([]byte("y"))
		require.NoError(t, err)
		n, err := a.Read(make([]byte, 8))
		require.NoError(t, err, "the first deadline was replaced")
		require.Equal(t, 1, n)
		// A full buffer makes a writer wait.
		require.NoError(t, a.SetWriteDeadline(time.Now().Add(time.Second)))
		n, err = a.Write(make([]byte, memBuffer+1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, memBuffer-1, n, "one byte was in it")
		require.NoError(t, a.Close())
		require.NoError(t, b.Close())
	})
}

func TestMemListener(t *testing.T) {
	t.Parallel()
	l := newMemListener()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.dial(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = l.dial(t.Context())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestJSONTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "plain", "ä \" \\ \n \x00 \u2028 <&>", "\x7f", "\xff"} {
		b := encoder{}.appendValue(nil, text)
		require.True(t, bytes.HasPrefix(b, []byte(`"`)), text)
	}
	require.Equal(t, `{"a":1.5,"b":null,"c":[1,"2"]}`,
		string(encoder{}.appendValue(nil, object{{"a", 1.5}, {"b", nil}, {"c", list{1, quoted(2)}}})))
	require.Equal(t, `["x"]`, string(encoder{}.appendValue(nil, []string{"x"})))
}
