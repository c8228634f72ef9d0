package store

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is read stays, what is taken goes, and what cannot be read is left where it is.
func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := File(filepath.Join(dir, "kept"))
	for _, read := range []func() ([]byte, error){
		func() ([]byte, error) { return f.Get(t.Context()) },
		func() ([]byte, error) { return f.Take(t.Context()) },
	} {
		data, err := read()
		require.NoError(t, err)
		assert.Nil(t, data, "there is nothing")
	}
	require.NoError(t, f.Put(t.Context(), []byte("one")))
	for range 2 {
		data, err := f.Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "one", string(data))
	}
	data, err := f.Take(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "one", string(data))
	data, err = f.Get(t.Context())
	require.NoError(t, err)
	assert.Nil(t, data)

	circle := filepath.Join(t.TempDir(), "circle")
	require.NoError(t, os.Symlink(circle, circle))
	require.NoError(t, os.Symlink(circle, string(f)))
	_, err = f.Get(t.Context())
	require.ErrorIs(t, err, syscall.ELOOP)
	_, err = f.Take(t.Context())
	require.ErrorIs(t, err, syscall.ELOOP)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	if assert.Len(t, files, 1) {
		assert.Equal(t, "kept", files[0].Name())
	}
}
