package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"
)

// SyntaxError says that the input is not one whole JSON document, or that it
// is nested more than 10,000 deep.
type SyntaxError struct {
	// Offset is the byte at which it was noticed.
	Offset int64
	// Msg says what is wrong. Values stay out.
	Msg string
}

// Error says what is wrong and where.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON: %s at byte %d", e.Msg, e.Offset)
}

// TypeError says that a document as a whole is not of the wanted kind.
type TypeError struct {
	// Want is what was wanted, Got what was found. Values stay out.
	Want, Got string
}

// Error says what was wanted and what was found.
func (e *TypeError) Error() string { return fmt.Sprintf("want %s, got %s", e.Want, e.Got) }

func syntaxError(data []byte, err error) error {
	var s *jsontext.SyntacticError
	if len(bytes.TrimSpace(data)) == 0 {
		return &SyntaxError{Msg: "empty"}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &SyntaxError{Offset: int64(len(data)), Msg: "cut off"}
	}
	if errors.As(err, &s) {
		return &SyntaxError{Offset: s.ByteOffset, Msg: s.Err.Error()}
	}
	return err
}

func typeError(data []byte, t reflect.Type) error {
	want := t.Kind().String()
	if t.Kind() == reflect.Struct {
		want = "object"
	}
	got := jsontext.Value(data).Kind().String()
	switch got {
	case "{":
		got = "object"
	case "[":
		got = "array"
	}
	return &TypeError{Want: want, Got: got}
}
