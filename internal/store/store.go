// Package store keeps what one process leaves to the next.
package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// File is a store in a file that only its owner may read.
type File string

// Take returns what was put last and removes it; nil if there is nothing. It renames the
// file first: of two processes one gets it.
func (f File) Take(context.Context) ([]byte, error) {
	mine, err := f.temp()
	if err != nil {
		return nil, err
	}
	defer os.Remove(mine)
	if err := os.Rename(string(f), mine); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	return os.ReadFile(mine) //nolint:gosec // the caller chose the path
}

// Put writes another file and renames it: the store is never half written.
func (f File) Put(_ context.Context, data []byte) error {
	mine, err := f.temp()
	if err != nil {
		return err
	}
	defer os.Remove(mine)
	if err := os.WriteFile(mine, data, 0o600); err != nil {
		return err
	}
	return os.Rename(mine, string(f))
}

// temp makes an empty file beside the store's.
func (f File) temp() (string, error) {
	t, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*")
	if err != nil {
		return "", err
	}
	return t.Name(), t.Close()
}
