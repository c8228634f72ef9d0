package wire

import "fmt"

// SyntaxError says that the input is not one whole JSON document.
type SyntaxError struct {
	// Offset is the byte at which it was noticed.
	Offset int64
	// Msg is what encoding/json says of it.
	Msg string
}

// Error says what is wrong and where.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON: %s at byte %d", e.Msg, e.Offset)
}

// TypeError says that a value cannot be understood as its field's type.
type TypeError struct {
	// Path leads to the value: "events.event[3].time".
	Path string
	// Want is the field's type, Got what was found. Values stay out.
	Want, Got string
}

// Error says which value, what was wanted and what was found.
func (e *TypeError) Error() string {
	path := e.Path
	if path == "" {
		path = "document"
	}
	return fmt.Sprintf("%s: want %s, got %s", path, e.Want, e.Got)
}

// at returns err with elem put before its path.
func at(elem string, err error) error {
	t, ok := err.(*TypeError) //nolint:errorlint // made in this package, never wrapped
	if !ok {
		return err
	}
	switch {
	case t.Path == "":
		t.Path = elem
	case t.Path[0] == '[':
		t.Path = elem + t.Path
	default:
		t.Path = elem + "." + t.Path
	}
	return t
}
