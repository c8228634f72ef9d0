package wire

import (
	"bytes"
	"encoding/json"
)

// Member returns the bytes of the first member of that name in a JSON object,
// nil if data is no valid object or has none. A leading '@' does not matter.
func Member(data []byte, name string) []byte {
	if !json.Valid(data) {
		return nil
	}
	c := &cursor{data: data}
	if c.peek() != kindObject {
		return nil
	}
	var found []byte
	_ = c.members(func(key []byte) error { // f returns no error
		v := c.value()
		if found == nil && string(key) == name {
			found = v
		}
		return nil
	})
	return found
}

// Failure looks for the error that some answers carry although their status
// is a success: {"error":…}, {"chat":{"error":…}}, {"transfer":{"errormsg":…}}.
// It returns the value of the member, nil if there is none. data must be valid
// JSON.
func Failure(data []byte) []byte {
	if !bytes.Contains(data, []byte(`"error`)) {
		return nil
	}
	c := &cursor{data: data}
	if c.peek() != kindObject {
		return nil
	}
	var found, only []byte
	n := 0
	_ = c.members(func(key []byte) error { // f returns no error
		k := c.peek()
		v := c.value()
		if n++; k == kindObject {
			only = v
		}
		if isFailure(key, k, v) {
			found = v
		}
		return nil
	})
	if found != nil || n != 1 || only == nil {
		return found
	}
	c = &cursor{data: only}
	_ = c.members(func(key []byte) error {
		k := c.peek()
		if v := c.value(); isFailure(key, k, v) {
			found = v
		}
		return nil
	})
	return found
}

func isFailure(key []byte, k kind, v []byte) bool {
	switch string(key) {
	case "error", "errormsg":
		return k == kindObject || k == kindString && len(v) > 2
	}
	return false
}
