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

// Get returns what was put last; nil if there is nothing.
func (f File) Get(context.Context) ([]byte, error) { return read(string(f)) }

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
	data, err := read(mine)
	if err != nil {
		return nil, errors.Join(err, os.Rename(mine, string(f))) // whoever may read it will
	}
	return data, nil
}

func read(path string) ([]byte, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the caller chose the path
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// Put writes another file and renames it: the store is never half written, nor after a
// loss of power.
func (f File) Put(_ context.Context, data []byte) error {
	mine, err := f.temp()
	if err != nil {
		return err
	}
	defer os.Remove(mine)
	if err := write(mine, data); err != nil {
		return err
	}
	return os.Rename(mine, string(f))
}

func write(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0o600) //nolint:gosec // the caller chose the path
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// temp makes an empty file beside the store's.
func (f File) temp() (string, error) {
	t, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*")
	if err != nil {
		return "", err
	}
	return t.Name(), t.Close()
}
