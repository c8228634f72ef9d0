package lptest

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
)

// document reads a JSON body without structs: the fake must not share the
// client's idea of a field's type.
type document struct {
	value any
	valid bool
}

func (c *call) readDocument() { c.doc = readJSON(c.body) }

func readJSON(data []byte) document {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return document{}
	}
	if _, err := decoder.Token(); err != io.EOF {
		return document{} // something behind the value
	}
	return document{value: value, valid: true}
}

// field returns a member of an object, with or without "@".
func (d document) field(name string) document {
	fields, _ := d.value.(map[string]any)
	if value, ok := fields[name]; ok {
		return document{value, true}
	}
	if name[0] == '@' {
		if value, ok := fields[name[1:]]; ok {
			return document{value, true}
		}
	}
	return document{}
}

// object returns a member that is an object, or an empty document.
func (d document) object(name string) document {
	inner := d.field(name)
	if !inner.isObject() {
		return document{}
	}
	return inner
}

func (d document) isObject() bool {
	_, ok := d.value.(map[string]any)
	return ok
}

// text returns a member that is a string.
func (d document) text(name string) string {
	s, _ := d.field(name).value.(string)
	return s
}

// has reports whether the object has the member, also when it is null.
func (d document) has(name string) bool { return d.field(name).valid }

// number reads an integer that may be a number or a string.
func (d document) number() (int64, bool) {
	text := ""
	switch v := d.value.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// elements returns a list's elements, or the value itself if it is no list.
func (d document) elements() []document {
	if !d.valid || d.value == nil {
		return nil
	}
	values, ok := d.value.([]any)
	if !ok {
		return []document{d}
	}
	out := make([]document, len(values))
	for i, value := range values {
		out[i] = document{value, true}
	}
	return out
}

// scalar reads a string, number or boolean as text.
func (d document) scalar() (string, bool) {
	switch v := d.value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// truth reads a boolean that may be a string.
func (d document) truth() bool {
	return d.value == true || d.value == "true"
}
