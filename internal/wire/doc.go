// Package wire decodes the JSON of services that descend from XML.
//
// The same field is seen there in several forms, and [Unmarshal] takes them
// all into plain Go structs with json tags:
//
//   - "@id" and "id" are one field;
//   - a number may be a string, a boolean may be "true", a string may be a
//     number or a boolean;
//   - a list may be a bare element when there is one, and missing, null or ""
//     when there is none;
//   - an empty element may be "";
//   - a time may be RFC 3339 text or epoch milliseconds.
//
// Unknown fields are ignored. What cannot be understood as the field's type is
// a [*TypeError]; what is no JSON at all is a [*SyntaxError].
//
// [Marshal] writes what goes out: plain encoding/json, without escaping HTML.
package wire
