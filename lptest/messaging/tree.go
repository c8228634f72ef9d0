package messaging

import (
	"encoding/json"
	"strconv"
)

// A frame is built as a small tree and written by one encoder, so that most
// variants are a property of the encoder.
type (
	// object is a JSON object in the contract's order.
	object []member
	member struct {
		key   string
		value any
	}
	// list may be sent as its only element, see VariantSingle.
	list []any
	// raw is JSON that is passed through as it came.
	raw []byte
	// skillID is a string that some clients see as a number.
	skillID int64
)

// encoder writes a tree.
type encoder struct{ variants variantSet }

func (e encoder) encode(v any) []byte { return e.append(nil, v) }

func (e encoder) append(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return e.appendNumber(b, int64(v), false)
	case int64:
		return e.appendNumber(b, v, false)
	case skillID:
		return e.appendNumber(b, int64(v), true)
	case raw:
		if len(v) == 0 {
			return append(b, "null"...)
		}
		return append(b, v...)
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, m.key), ':')
			b = e.append(b, m.value)
		}
		return append(b, '}')
	case list:
		if len(v) == 1 && e.variants.has(VariantSingle) {
			return e.append(b, v[0])
		}
		b = append(b, '[')
		for i, element := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.append(b, element)
		}
		return append(b, ']')
	}
	panic("messaging: no JSON for this type")
}

// appendNumber writes a number, or the string that holds it.
func (e encoder) appendNumber(b []byte, n int64, quoted bool) []byte {
	if quoted != e.variants.has(VariantNumbers) {
		return append(strconv.AppendInt(append(b, '"'), n, 10), '"')
	}
	return strconv.AppendInt(b, n, 10)
}

func appendString(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		return append(b, `""`...)
	}
	return append(b, text...)
}
