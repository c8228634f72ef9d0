package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Unmarshal decodes one JSON document into v, a non-nil pointer, with the
// liberties of the package comment. Struct fields are found by their json tag;
// two wire tags add to it: `wire:"or=name"` names a second spelling, and
// `wire:"raw"` on a json.RawMessage takes the object's own bytes, which share
// memory with data.
//
// Errors are [*SyntaxError] and [*TypeError]; v is not to be used after one.
func Unmarshal(data []byte, v any) error {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !json.Valid(data) {
		return syntaxError(data)
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return fmt.Errorf("wire: Unmarshal into %T", v)
	}
	c := &cursor{data: data}
	return planOf(rv.Type().Elem()).decode(c, rv.Elem())
}

// syntaxError finds out what encoding/json has against data.
func syntaxError(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return &SyntaxError{Msg: "empty"}
	}
	var raw json.RawMessage
	d := json.NewDecoder(bytes.NewReader(data))
	err := d.Decode(&raw)
	if err == nil {
		return &SyntaxError{Offset: d.InputOffset(), Msg: "more than one document"}
	}
	var s *json.SyntaxError
	if errors.As(err, &s) {
		return &SyntaxError{Offset: s.Offset, Msg: s.Error()}
	}
	return &SyntaxError{Offset: int64(len(data)), Msg: "cut off"}
}
