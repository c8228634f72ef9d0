package wire

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Failure looks for the error that some answers carry although their status
// is a success: {"error":…}, {"chat":{"error":…}}, {"transfer":{"errormsg":…}},
// with the variants of the package comment. It returns the value of the member,
// nil if there is none.
func Failure(data []byte) []byte {
	if !bytes.Contains(data, []byte(`error`)) {
		return nil
	}
	var all map[string]json.RawMessage
	if Unmarshal(data, &all) != nil {
		return nil
	}
	if e := failureIn(all); e != nil {
		return e
	}
	for name, value := range all {
		if len(all) > 1 && name != "chat" && name != "transfer" {
			continue // a member of a success
		}
		var inner map[string]json.RawMessage
		if bytes.Contains(value, []byte(`error`)) && Unmarshal(only(value), &inner) == nil {
			if e := failureIn(inner); e != nil {
				return e
			}
		}
	}
	return nil
}

// failureIn is the member of an object that says what failed.
func failureIn(members map[string]json.RawMessage) []byte {
	for _, name := range []string{"error", "errormsg", "errors"} {
		e := only(members[name])
		if !slices.Contains([]string{"", "null", `""`, "{}", "[]", "0", "false"}, string(e)) {
			return e
		}
	}
	return nil
}

// only is the first element of an array, and any other value itself.
func only(value []byte) []byte {
	var list []json.RawMessage
	if len(value) > 0 && value[0] == '[' && json.Unmarshal(value, &list) == nil && len(list) > 0 {
		return list[0]
	}
	return value
}

// Elements returns the elements of the list that stands under these names in a
// document, as they came, for who has to know that something is not among them.
// ok is false if the document does not plainly show the list: if it is another
// document, speaks of an error, or says something twice. A list that is missing,
// null or "" in the object where it belongs has no elements.
func Elements(data []byte, names ...string) (elements []json.RawMessage, ok bool) {
	for i, name := range names {
		members, ok := objectOf(data)
		if !ok || failureIn(members) != nil {
			return nil, false
		}
		data = members[name]
		if last := i == len(names)-1; last && (data == nil || slices.Contains([]string{"null", `""`}, string(data))) {
			return nil, true
		}
	}
	switch {
	case len(data) > 0 && data[0] == '[':
		ok = json.Unmarshal(data, &elements) == nil
		return elements, ok
	case len(data) > 0 && data[0] == '{':
		return []json.RawMessage{data}, true
	}
	return nil, false
}

// objectOf returns the members of an object, without the '@' of their names. It
// is false for anything else, and for an object that has a name twice.
func objectOf(data []byte) (map[string]json.RawMessage, bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		name, _ := t.(string)
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return nil, false
		}
		if name != "" && name[0] == '@' {
			name = name[1:]
		}
		if _, twice := members[name]; twice {
			return nil, false
		}
		members[name] = value
	}
	return members, true
}
