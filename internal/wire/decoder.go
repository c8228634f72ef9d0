package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	v2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// lenient takes what encoding/json takes: an object may have a name twice, and
// bytes that are no UTF-8 stand for U+FFFD.
var lenient = v2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// decoder is the hooks into encoding/json/v2 and what they share. It is used
// again, because v2 finds out anew for each set of hooks which one a type has.
type decoder struct {
	call
	all     v2.Options // the hooks of all types
	scalars v2.Options // those of scalars, for structs of nothing else
	exact   v2.Options // those of texts and times, for such structs as the pages show them
	shapes  map[reflect.Type]*shape
	blanked []byte // the document without '@'
}

// call is what belongs to one document.
type call struct {
	ctx     context.Context
	data    []byte // as it came
	budget  int    // bytes of memory that elements may still take
	steps   int
	odd     any   // points to the last value that was not understood
	plain   any   // points to the value that v2 decodes without its hook
	loose   bool  // it is not written as the pages show it
	failure error // why decoding was given up
}

var decoders sync.Pool

func newDecoder() *decoder {
	d := &decoder{shapes: map[reflect.Type]*shape{}}
	raw := v2.UnmarshalFromFunc(d.raw)
	// A hook for one type is cheaper than that for any.
	scalars := v2.JoinUnmarshalers(
		scalarHook[int64](d), scalarHook[int](d), scalarHook[float64](d), scalarHook[bool](d), scalarHook[time.Time](d),
		raw,
	)
	text := v2.UnmarshalFromFunc(func(dec *jsontext.Decoder, p *string) error {
		if dec.PeekKind() == '"' {
			return errors.ErrUnsupported // v2 makes a string that comes again and again only once
		}
		return d.scalar(dec, p, reflect.ValueOf(p).Elem())
	})
	moment := v2.UnmarshalFromFunc(func(dec *jsontext.Decoder, p *time.Time) error {
		if dec.PeekKind() == '"' {
			return errors.ErrUnsupported
		}
		return d.scalar(dec, p, reflect.ValueOf(p).Elem())
	})
	d.scalars = v2.WithUnmarshalers(v2.JoinUnmarshalers(text, scalars))
	d.exact = v2.WithUnmarshalers(v2.JoinUnmarshalers(text, moment, raw))
	d.all = v2.JoinOptions(lenient, v2.WithUnmarshalers(v2.JoinUnmarshalers(scalarHook[string](d), scalars, v2.UnmarshalFromFunc(d.value))))
	return d
}

func scalarHook[T any](d *decoder) *v2.Unmarshalers {
	return v2.UnmarshalFromFunc(func(dec *jsontext.Decoder, p *T) error {
		return d.scalar(dec, p, reflect.ValueOf(p).Elem())
	})
}

// value is the hook of every type. errors.ErrUnsupported leaves the value to
// v2, which calls the hooks of what is in it.
func (d *decoder) value(dec *jsontext.Decoder, p any) error {
	if d.plain == p {
		d.plain = nil
		return errors.ErrUnsupported
	}
	v := reflect.ValueOf(p).Elem()
	s := d.shape(v.Type())
	switch k := v.Kind(); {
	case s.custom:
		return d.custom(dec, p.(json.Unmarshaler)) //nolint:forcetypeassert // custom says so
	case k == reflect.Slice:
		return d.list(dec, p, v)
	case k == reflect.Struct && dec.PeekKind() == '{':
		return d.object(dec, p, v, s)
	case k == reflect.Struct && dec.PeekKind() == '[':
		return d.only(dec, p, v)
	case k == reflect.Map && dec.PeekKind() == '{', k == reflect.Interface,
		k == reflect.String && dec.PeekKind() == '"' && v.Type() != numberType: // one holds what it says, if that is a number or not
		return errors.ErrUnsupported
	case k == reflect.Struct, k == reflect.Map:
		v.SetZero()
		if !d.absent(dec) {
			d.odd = p
		}
		return dec.SkipValue()
	case k == reflect.Pointer:
		if err := d.spend(d.shape(v.Type().Elem()).size); err != nil {
			return err
		}
		d.plain = p
		err := v2.UnmarshalDecode(dec, p)
		if err == nil && !v.IsNil() && d.odd == v.Interface() {
			d.missed(p, v)
		}
		return err
	}
	return d.scalar(dec, p, v)
}

// missed leaves v empty because it was not understood.
func (d *decoder) missed(p any, v reflect.Value) {
	v.SetZero()
	d.odd = p
}

// asItCame reads the next value.
func (d *decoder) asItCame(dec *jsontext.Decoder) ([]byte, error) {
	value, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := int(dec.InputOffset())
	return d.data[end-len(value) : end : end], d.spend(64 + len(value))
}

// raw takes a value as it came, without a copy.
func (d *decoder) raw(dec *jsontext.Decoder, p *json.RawMessage) (err error) {
	*p, err = d.asItCame(dec)
	return err
}

// custom lets a type decode itself, from the bytes as they came.
func (d *decoder) custom(dec *jsontext.Decoder, u json.Unmarshaler) error {
	value, err := d.asItCame(dec)
	if err != nil {
		return err
	}
	if err := u.UnmarshalJSON(value); errors.Is(err, liveperson.ErrTooLarge) {
		return d.fail(err)
	} else if err != nil {
		d.missed(u, reflect.ValueOf(u).Elem())
	}
	return nil
}

// object decodes a struct from an object.
func (d *decoder) object(dec *jsontext.Decoder, p any, v reflect.Value, s *shape) error {
	if s.fault != nil {
		return d.fail(s.fault)
	}
	var err error
	start := d.start(dec)
	if s.flat {
		err = d.flat(dec, p, v, start)
	} else {
		d.plain = p
		err = v2.UnmarshalDecode(dec, p)
	}
	if err != nil {
		return err
	}
	own := d.data[start:dec.InputOffset():dec.InputOffset()]
	if s.raw != nil {
		v.FieldByIndex(s.raw).SetBytes(own)
	}
	for _, o := range s.musts {
		f := v.FieldByIndex(o.index)
		if f.IsZero() && Unmarshal(Member(own, o.name), f.Addr().Interface()) != nil {
			d.missed(p, v)
		}
	}
	for _, o := range s.others {
		if !bytes.Contains(own, []byte(o.name+`"`)) {
			continue // the usual case costs little
		}
		if value := Member(own, o.name); value != nil {
			if err := Unmarshal(value, v.FieldByIndex(o.index).Addr().Interface()); errors.Is(err, liveperson.ErrTooLarge) {
				return d.fail(err)
			}
		}
	}
	return nil
}

// flat decodes a struct of scalars as v2 does, with few hooks: most are
// as the pages show them. If something in it is not, it is done again with all
// hooks, and the next ones with those of scalars at once.
func (d *decoder) flat(dec *jsontext.Decoder, p any, v reflect.Value, start int64) error {
	depth := dec.StackDepth()
	hooks := d.exact
	if d.loose {
		hooks = d.scalars
	}
	err := v2.UnmarshalDecode(dec, p, hooks)
	if err == nil || d.failure != nil {
		return err
	}
	d.loose = true
	var odd *v2.SemanticError
	if !errors.As(err, &odd) {
		return err
	}
	for dec.StackDepth() > depth {
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
	}
	v.SetZero()
	if err := decode(d.ctx, d.data[start:dec.InputOffset()], p, p); err != nil {
		return d.fail(err)
	}
	return nil
}

// only takes an array of one object for that object.
func (d *decoder) only(dec *jsontext.Decoder, p any, v reflect.Value) error {
	start := d.start(dec) + 1
	l := reflect.New(reflect.SliceOf(v.Type())).Elem()
	if err := d.list(dec, nil, l); err != nil {
		return err
	}
	d.missed(p, v)
	switch end := dec.InputOffset() - 1; {
	case l.Len() == 1:
		v.Set(l.Index(0))
		d.odd = nil
	case len(bytes.TrimSpace(d.data[start:end])) == 0:
		d.odd = nil
	}
	return nil
}

// list decodes an array, or a bare element. What is not understood is left
// out, and so is null where an object should be.
func (d *decoder) list(dec *jsontext.Decoder, p any, v reflect.Value) error {
	v.SetZero()
	if d.absent(dec) {
		return dec.SkipValue()
	}
	s := d.shape(v.Type().Elem())
	if dec.PeekKind() != '[' {
		err := d.element(dec, v, s)
		if v.Len() == 0 {
			d.missed(p, v)
		}
		return err
	}
	_, err := dec.ReadToken()
	for err == nil && dec.PeekKind() != ']' {
		err = d.element(dec, v, s)
	}
	if err == nil {
		_, err = dec.ReadToken()
	}
	return err
}

// element decodes one element more into the slice v.
func (d *decoder) element(dec *jsontext.Decoder, v reflect.Value, s *shape) error {
	if s.object && dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	if err := d.spend(s.size); err != nil {
		return err
	}
	n := v.Len()
	if n == v.Cap() {
		v.Grow(min(n, 1024) + 4) // most lists are short
	}
	v.SetLen(n + 1)
	e := v.Index(n)
	p := e.Addr().Interface()
	d.odd = nil
	var err error
	if s.object {
		err = d.object(dec, p, e, s)
	} else {
		err = v2.UnmarshalDecode(dec, p)
	}
	if d.odd == p {
		v.SetLen(n)
	}
	return err
}

// start is the offset of the next value.
func (d *decoder) start(dec *jsontext.Decoder) int64 {
	i := dec.InputOffset()
	for i < int64(len(d.data)) && strings.IndexByte(" \t\r\n,:", d.data[i]) >= 0 {
		i++
	}
	return i
}

// absent tells whether null or an empty string is next.
func (d *decoder) absent(dec *jsontext.Decoder) bool {
	k := dec.PeekKind()
	return k == 'n' || k == '"' && bytes.HasPrefix(bytes.TrimLeft(d.data[d.start(dec)+1:], " "), []byte(`"`))
}

// spend takes n bytes of what the document may take, and looks at the context
// now and then.
func (d *decoder) spend(n int) error {
	if d.steps++; d.steps%1024 == 0 && d.ctx.Err() != nil {
		return d.fail(d.ctx.Err())
	}
	if d.budget -= n; d.budget < 0 {
		return d.fail(fmt.Errorf("%w: too many elements", liveperson.ErrTooLarge))
	}
	return nil
}

func (d *decoder) fail(err error) error {
	d.failure = err
	return err
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	rawType    = reflect.TypeFor[json.RawMessage]()
	numberType = reflect.TypeFor[json.Number]()
	customType = reflect.TypeFor[json.Unmarshaler]()
)

// shape is what the hooks have to know of a type.
type shape struct {
	size   int     // in bytes
	custom bool    // it decodes itself
	object bool    // a struct that does not
	flat   bool    // a struct of nothing but scalars
	raw    []int   // index of the field for its own bytes, nil for none
	musts  []field // those that must be understood
	others []field // other names of fields
	fault  error   // why it cannot be decoded
}

// field is the field of that index, by one of its names.
type field struct {
	name  string
	index []int
}

// shape returns that of t, made once.
func (d *decoder) shape(t reflect.Type) *shape {
	if s := d.shapes[t]; s != nil {
		return s
	}
	s := &shape{size: int(t.Size())}
	s.custom = t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(customType)
	d.shapes[t] = s
	if t.Kind() != reflect.Struct || s.custom {
		return s
	}
	s.object, s.flat = true, true
	for _, f := range reflect.VisibleFields(t) {
		if strings.HasPrefix(f.Tag.Get("json"), "@") {
			s.fault = fmt.Errorf("wire: the tag of field %s of %v begins with @", f.Name, t)
		}
		kind, names, _ := strings.Cut(f.Tag.Get("wire"), "=")
		switch kind {
		case "raw":
			s.raw = f.Index
		case "must":
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			s.musts = append(s.musts, field{name, f.Index})
		case "or":
			for name := range strings.SplitSeq(names, "|") {
				s.others = append(s.others, field{name, f.Index})
			}
		}
		of := d.shape(f.Type)
		isScalar := !of.custom && (f.Type.Kind() == reflect.String || f.Type.Kind() <= reflect.Float64)
		s.flat = s.flat && (isScalar || f.Type == timeType || f.Type == rawType)
	}
	return s
}
