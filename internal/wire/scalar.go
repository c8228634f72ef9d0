package wire

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// scalar is a null, boolean, number or string.
type scalar struct {
	kind kind
	text []byte // of a string its content, else as written
}

// scalar moves past a value that stands for one scalar: the scalar itself, an
// array of at most one, or an object whose text stands under "$".
func (c *cursor) scalar(want string) (scalar, error) {
	switch k := c.peek(); k {
	case kindString:
		return scalar{kindString, c.text()}, nil
	case kindNull, kindBool, kindNumber:
		return scalar{k, c.value()}, nil
	case kindArray:
		s := scalar{kind: kindNull}
		n := 0
		start := c.pos
		err := c.elements(func(int) (err error) {
			if n++; n > 1 {
				c.value()
				return nil
			}
			s, err = c.scalar(want)
			return err
		})
		if err == nil && n > 1 {
			err = &TypeError{Want: want, Got: "array of several"}
		}
		if err != nil {
			c.pos = start
			c.value()
		}
		return s, err
	default:
		s, found := scalar{kind: kindNull}, false
		start := c.pos
		err := c.members(func(key []byte) (err error) {
			if string(key) != "$" {
				c.value()
				return nil
			}
			found = true
			s, err = c.scalar(want)
			return err
		})
		if err == nil && !found {
			err = &TypeError{Want: want, Got: "object"}
		}
		if err != nil {
			c.pos = start
			c.value()
		}
		return s, err
	}
}

// empty tells whether s stands for "nothing here".
func (s scalar) empty() bool {
	return s.kind == kindNull || s.kind == kindString && len(bytes.TrimSpace(s.text)) == 0
}

func (s scalar) mismatch(want string) error {
	got := s.kind.String()
	if s.kind == kindString {
		got = "other text"
	}
	return &TypeError{Want: want, Got: got}
}

func (s scalar) bool() (bool, error) {
	if s.empty() {
		return false, nil
	}
	text := bytes.TrimSpace(s.text)
	switch {
	case bytes.EqualFold(text, []byte("true")), string(text) == "1":
		return true, nil
	case bytes.EqualFold(text, []byte("false")), string(text) == "0":
		return false, nil
	}
	return false, s.mismatch("boolean")
}

func (s scalar) int(bits int) (int64, error) {
	if s.empty() {
		return 0, nil
	}
	if s.kind != kindBool {
		text := string(bytes.TrimSpace(s.text))
		if n, err := strconv.ParseInt(text, 10, bits); err == nil {
			return n, nil
		}
		// 2.0 and 1e3 are whole numbers too.
		if f, err := strconv.ParseFloat(text, 64); err == nil && f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
			if n := int64(f); bits == 64 || n>>(bits-1) == 0 || n>>(bits-1) == -1 {
				return n, nil
			}
		}
	}
	return 0, s.mismatch("whole number of " + strconv.Itoa(bits) + " bits")
}

func (s scalar) uint(bits int) (uint64, error) {
	if s.empty() {
		return 0, nil
	}
	if s.kind != kindBool {
		if n, err := strconv.ParseUint(string(bytes.TrimSpace(s.text)), 10, bits); err == nil {
			return n, nil
		}
	}
	return 0, s.mismatch("whole number from 0 of " + strconv.Itoa(bits) + " bits")
}

func (s scalar) float() (float64, error) {
	if s.empty() {
		return 0, nil
	}
	if s.kind != kindBool {
		f, err := strconv.ParseFloat(string(bytes.TrimSpace(s.text)), 64)
		if err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f, nil
		}
	}
	return 0, s.mismatch("number")
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

// time reads RFC 3339 or epoch milliseconds. Nothing, 0, a negative number and
// text in no known form are the zero time: a time never fails a document.
func (s scalar) time() time.Time {
	if s.empty() || s.kind == kindBool {
		return time.Time{}
	}
	var t time.Time
	if s.kind == kindString && t.UnmarshalText(s.text) == nil {
		return t // the common form, without copying it
	}
	text := string(bytes.TrimSpace(s.text))
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		if f >= 1 && f < 1<<53 {
			return time.UnixMilli(int64(f)).UTC()
		}
		return time.Time{}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}
