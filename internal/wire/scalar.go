package wire

import (
	"bytes"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	v2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// scalar decodes a string, number, boolean or time.
func (d *decoder) scalar(dec *jsontext.Decoder, p any, v reflect.Value) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	value = unwrap(value)
	text := []byte(value)
	if value.Kind() == '"' {
		if text = value[1 : len(value)-1]; bytes.IndexByte(text, '\\') >= 0 || !utf8.Valid(text) {
			text, _ = jsontext.AppendUnquote(nil, value) // an error is that of bytes that are no UTF-8
		}
	}
	if !set(p, v, value.Kind(), text) {
		d.missed(p, v)
	}
	return nil
}

// unwrap returns the scalar in an array of at most one, or under "$" in an
// object, or in one of these in the other; nil if there is none.
func unwrap(value jsontext.Value) jsontext.Value {
	for range 2 {
		switch value.Kind() {
		case '[':
			value = bytes.TrimSpace(value[1 : len(value)-1])
			if len(value) == 0 {
				return jsontext.Value("null")
			}
			if !value.IsValid(lenient) { // more than one
				return nil
			}
		case '{':
			var in struct {
				Text jsontext.Value `json:"$"`
			}
			_ = v2.Unmarshal(value, &in, lenient) // it is valid
			value = in.Text
		}
	}
	return value
}

// set sets v to a scalar of that kind, and tells whether it was understood.
func set(p any, v reflect.Value, kind jsontext.Kind, text []byte) bool {
	isText, isNumber, isBool := kind == '"', kind == '0', kind == 't' || kind == 'f'
	switch {
	case kind != 'n' && !isText && !isNumber && !isBool:
		return false
	case v.Kind() == reflect.String && kind != 'n':
		v.SetString(string(text))
		return true
	}
	text = bytes.TrimSpace(text)
	if kind == 'n' || len(text) == 0 {
		v.SetZero()
		return true
	}
	switch {
	case v.Kind() == reflect.Struct:
		*p.(*time.Time) = moment(isText, text) //nolint:forcetypeassert // no other struct comes here
		return true
	case v.Kind() == reflect.Bool:
		yes := bytes.EqualFold(text, []byte("true")) || string(text) == "1"
		v.SetBool(yes)
		return yes || bytes.EqualFold(text, []byte("false")) || string(text) == "0"
	case isBool:
		return false
	case v.CanInt():
		n, ok := whole(text)
		v.SetInt(n)
		return ok && v.Int() == n
	case v.CanUint():
		n, err := strconv.ParseUint(string(text), 10, v.Type().Bits())
		v.SetUint(n)
		return err == nil
	case v.CanFloat():
		f, err := strconv.ParseFloat(string(text), 64)
		v.SetFloat(f)
		return err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
	}
	return false
}

// whole reads a whole number. 2.0 and 1e3 are some too.
func whole(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(text), 64)
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) <= 1<<53
}

// layouts of times that are text.
var layouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	time.DateOnly,
}

// lastMoment is the last time that can be written as RFC 3339, in epoch milliseconds.
const lastMoment = 253402300799999

// moment reads RFC 3339 or epoch milliseconds. 0, a negative number, what is in no
// known form and what RFC 3339 cannot say are the zero time: whoever is told of it
// could not be told as JSON.
func moment(isText bool, b []byte) (t time.Time) {
	if isText && t.UnmarshalText(b) == nil {
		return t // the common form, without copying it
	}
	text := string(b)
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		if f >= 1 && f <= lastMoment {
			return time.UnixMilli(int64(f)).UTC()
		}
		return time.Time{}
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if _, err := t.MarshalText(); err == nil {
			return t
		}
	}
	return time.Time{}
}
