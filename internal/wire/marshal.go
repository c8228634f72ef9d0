package wire

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	v1 "github.com/go-json-experiment/json/v1"
)

// plain is how encoding/json writes, but with <, > and & as they are, and with
// an error for a string that is no UTF-8.
var plain = json.JoinOptions(v1.DefaultOptionsV1(), jsontext.EscapeForHTML(false), jsontext.EscapeForJS(false), jsontext.AllowInvalidUTF8(false))

// Marshal encodes v as encoding/json does, but leaves <, > and & as they are.
// A string that is no UTF-8 is an error.
func Marshal(v any) ([]byte, error) { return json.Marshal(v, plain) }
