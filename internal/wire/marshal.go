package wire

import (
	"bytes"
	"encoding/json"
)

// Marshal encodes v as encoding/json does, but leaves <, > and & as they are
// and ends without a newline.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
