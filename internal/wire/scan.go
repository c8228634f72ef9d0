package wire

import (
	"encoding/json"
	"unicode/utf8"
)

// cursor walks over JSON that is known to be valid.
type cursor struct {
	data   []byte
	pos    int
	recent *[64]string // short strings, by a hash of theirs; nil in short documents
}

// string makes a string of b. Documents say the same few words over and over:
// short ones are made once.
func (c *cursor) string(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > 32 || len(c.data) < 1024 {
		return string(b)
	}
	if c.recent == nil {
		c.recent = new([64]string)
	}
	h := uint32(2166136261)
	for _, x := range b {
		h = (h ^ uint32(x)) * 16777619
	}
	known := &c.recent[h%64]
	if *known != string(b) {
		*known = string(b)
	}
	return *known
}

// kind is what a value is, by its first byte.
type kind byte

const (
	kindNull   kind = 'n'
	kindBool   kind = 'b'
	kindNumber kind = '0'
	kindString kind = '"'
	kindObject kind = '{'
	kindArray  kind = '['
)

func (k kind) String() string {
	switch k {
	case kindNull:
		return "null"
	case kindBool:
		return "boolean"
	case kindNumber:
		return "number"
	case kindString:
		return "string"
	case kindObject:
		return "object"
	default:
		return "array"
	}
}

func (c *cursor) space() {
	for c.pos < len(c.data) {
		switch c.data[c.pos] {
		case ' ', '\t', '\n', '\r':
			c.pos++
		default:
			return
		}
	}
}

// peek skips space and tells the kind of the value that follows.
func (c *cursor) peek() kind {
	c.space()
	switch b := c.data[c.pos]; b {
	case '{', '[', '"':
		return kind(b)
	case 'n':
		return kindNull
	case 't', 'f':
		return kindBool
	default:
		return kindNumber
	}
}

// value skips one value and returns its bytes.
func (c *cursor) value() []byte {
	c.space()
	start := c.pos
	switch c.data[c.pos] {
	case '"':
		c.skipString()
	case '{', '[':
		c.skipContainer()
	default:
		c.skipLiteral()
	}
	return c.data[start:c.pos:c.pos]
}

// skipString moves from an opening quote past the closing one.
func (c *cursor) skipString() {
	c.pos++
	for {
		switch c.data[c.pos] {
		case '"':
			c.pos++
			return
		case '\\':
			c.pos += 2
		default:
			c.pos++
		}
	}
}

func (c *cursor) skipContainer() {
	depth := 0
	for {
		switch c.data[c.pos] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				c.pos++
				return
			}
		case '"':
			c.skipString()
			continue
		}
		c.pos++
	}
}

// skipLiteral moves past a number, true, false or null.
func (c *cursor) skipLiteral() {
	for c.pos < len(c.data) {
		switch c.data[c.pos] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return
		}
		c.pos++
	}
}

// text moves past a string and returns its content. Without escapes it is a
// part of the input. A byte that is no UTF-8 becomes one U+FFFD.
func (c *cursor) text() []byte {
	start := c.pos
	c.skipString()
	raw := c.data[start+1 : c.pos-1]
	plain := true
	for _, b := range raw {
		if b == '\\' || b >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		return raw
	}
	if !containsEscape(raw) && utf8.Valid(raw) {
		return raw
	}
	var s string
	_ = json.Unmarshal(c.data[start:c.pos], &s) // the input is valid
	return []byte(s)
}

func containsEscape(raw []byte) bool {
	for _, b := range raw {
		if b == '\\' {
			return true
		}
	}
	return false
}

// members calls f with each key of an object, the cursor standing at its
// value; f must move past it. Leading '@' of keys are dropped.
func (c *cursor) members(f func(key []byte) error) error {
	c.pos++ // {
	for {
		c.space()
		if c.data[c.pos] == '}' {
			c.pos++
			return nil
		}
		if c.data[c.pos] == ',' {
			c.pos++
			c.space()
		}
		key := c.text()
		if len(key) > 0 && key[0] == '@' {
			key = key[1:]
		}
		c.space()
		c.pos++ // :
		if err := f(key); err != nil {
			return err
		}
	}
}

// elements calls f for each element of an array, the cursor standing at it; f
// must move past it.
func (c *cursor) elements(f func(i int) error) error {
	c.pos++ // [
	for i := 0; ; {
		c.space()
		switch c.data[c.pos] {
		case ']':
			c.pos++
			return nil
		case ',':
			c.pos++
			continue
		}
		if err := f(i); err != nil {
			return err
		}
		i++
	}
}
