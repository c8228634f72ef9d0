// Package wire decodes the JSON of services that descend from XML. It is a set
// of hooks into encoding/json/v2 (its mirror, until Go 1.27 is the oldest
// release that counts), which alone decides what JSON is; what it decodes as it
// stands is left to it.
//
// The same field is seen in several forms, and [Unmarshal] takes them all into
// plain Go structs with json tags:
//
//   - "@id" and "id" are one field: its tag is "id";
//   - a number may be a string, a boolean may be "true" or 1, a string may be a
//     number or a boolean, and each may be the only element of an array, or stand
//     under "$" in an object;
//   - a list may be a bare element when there is one, and missing, null or ""
//     when there is none; an object may be the only element of an array;
//   - an empty element may be "";
//   - a time may be RFC 3339 text or epoch milliseconds;
//   - a field may have other names: tag `wire:"or=name|name"`.
//
// A field of type json.RawMessage takes its value as it came; one with the tag
// `wire:"raw"` takes the whole object that it is a field of. Both are part of the
// document, not copies: nobody may change it after that.
//
// Unknown members are ignored. A member that cannot be understood as its
// field's type stays empty (a pointer nil), and such an element of a list is
// left out: the rest counts. The same goes for a type whose UnmarshalJSON
// returns an error. Who has to know of it has two ways. An object that lacks a
// member, or has an odd one, whose field has the tag `wire:"must"` is odd itself.
// And a member that is taken as a json.RawMessage can be given to [Unmarshal] by
// itself: a document that is odd as a whole is a [*TypeError].
//
// Three things are this package's own, because v2 has no place for them. The
// '@' of names is blanked in a copy of the document before v2 sees it. A struct
// of nothing but scalars is first decoded without the hook for every type, and
// once more with it only if something in it was odd: that hook costs an
// allocation for each value, which named strings would pay for nothing. And
// elements are counted by the memory that they take: "{}," is three bytes, a
// struct a few hundred.
//
// [Marshal] writes what goes out as encoding/json does, without escaping HTML.
package wire
