package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	v2 "github.com/go-json-experiment/json"
)

// Unmarshal is [UnmarshalContext] without a context.
func Unmarshal(data []byte, v any) error {
	return UnmarshalContext(context.Background(), data, v)
}

// UnmarshalContext decodes one JSON document into v, a non-nil pointer, with
// the liberties of the package comment.
//
// Errors: [*SyntaxError]; [*TypeError] if the document itself, not a member of
// it, is of another kind than v; liveperson.ErrTooLarge if its elements take
// more memory than 1 MiB and four times its length, or than 33 MiB; that of the
// context, if it ends while a long document is decoded. v is not to be used
// after one.
func UnmarshalContext(ctx context.Context, data []byte, v any) error {
	if rv := reflect.ValueOf(v); rv.Kind() != reflect.Pointer || rv.IsNil() {
		return fmt.Errorf("wire: Unmarshal into %T", v)
	}
	return decode(ctx, bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), v, nil)
}

// decode decodes data into v. plain is what is decoded without a hook.
func decode(ctx context.Context, data []byte, v, plain any) error {
	d, ok := decoders.Get().(*decoder)
	if !ok {
		d = newDecoder()
	}
	d.call = call{ctx: ctx, data: data, budget: 1<<20 + min(4*len(data), 32<<20), plain: plain}
	err := v2.Unmarshal(d.blank(data), v, d.all)
	switch {
	case d.failure != nil:
		err = d.failure
	case err != nil:
		err = syntaxError(data, err)
	case d.odd == v:
		err = typeError(data, reflect.TypeOf(v).Elem())
	}
	d.call = call{}
	if cap(d.blanked) > 1<<20 {
		d.blanked = nil
	}
	decoders.Put(d)
	return err
}

// blank returns data with  "id": for each "@id":, so that offsets stay the
// same. What is no JSON does not become JSON.
func (d *decoder) blank(data []byte) []byte {
	if bytes.IndexByte(data, '@') < 0 {
		return data
	}
	d.blanked = append(d.blanked[:0], data...)
	data = d.blanked
	from, inside := 0, 0 // the quotes before from are counted; 1: it is inside a string
	for i := 1; i < len(data); i++ {
		n := bytes.IndexByte(data[i:], '@')
		if n < 0 {
			break
		}
		i += n
		if data[i-1] != '"' {
			continue
		}
		opens := (inside+quotes(data[from:i-1]))%2 == 0
		from, inside = i+1, 1
		if opens && isName(data[i:]) {
			data[i-1], data[i] = ' ', '"'
			i++ // a second '@' is part of the name
		}
	}
	return data
}

// isName tells whether b, a string without its opening quote, is the name of a
// member. One with escapes is none that anybody looks for.
func isName(b []byte) bool {
	name, rest, _ := bytes.Cut(b, []byte(`"`))
	for len(rest) > 0 && rest[0] <= ' ' {
		rest = rest[1:]
	}
	return len(rest) > 0 && rest[0] == ':' && bytes.IndexByte(name, '\\') < 0
}

// quotes counts the quotes in b that are not escaped.
func quotes(b []byte) (n int) {
	if bytes.IndexByte(b, '\\') < 0 {
		return bytes.Count(b, []byte(`"`))
	}
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			n++
		}
	}
	return n
}

// Member returns the bytes of the member of that name in a JSON object, nil if
// data is no valid object or has none. A leading '@' does not matter.
func Member(data []byte, name string) []byte {
	var all map[string]json.RawMessage
	if Unmarshal(data, &all) != nil {
		return nil
	}
	return all[name]
}
