package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
)

// plan decodes values of one type.
type plan struct {
	decode func(c *cursor, v reflect.Value) error
}

var plans sync.Map // reflect.Type → *plan

var (
	timeType        = reflect.TypeFor[time.Time]()
	rawType         = reflect.TypeFor[json.RawMessage]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// planOf returns the plan of t, made once.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan) //nolint:forcetypeassert // only plans are stored
	}
	making := map[reflect.Type]*plan{}
	p := makePlan(t, making)
	for t, p := range making { // all at once: a type may contain itself
		plans.LoadOrStore(t, p)
	}
	return p
}

// makePlan makes the plan of t. making holds the plans that are not published
// yet.
func makePlan(t reflect.Type, making map[reflect.Type]*plan) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan) //nolint:forcetypeassert // only plans are stored
	}
	if p, ok := making[t]; ok {
		return p
	}
	p := &plan{}
	making[t] = p
	switch {
	case t == timeType:
		p.decode = decodeTime
	case t == rawType:
		p.decode = decodeRaw
	case t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(unmarshalerType):
		p.decode = decodeCustom
	default:
		p.decode = decoderOfKind(t, making)
	}
	return p
}

func decoderOfKind(t reflect.Type, making map[reflect.Type]*plan) func(*cursor, reflect.Value) error {
	switch t.Kind() {
	case reflect.Bool:
		return decodeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return decodeInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return decodeUint
	case reflect.Float32, reflect.Float64:
		return decodeFloat
	case reflect.String:
		return decodeString
	case reflect.Pointer:
		return pointerDecoder(makePlan(t.Elem(), making))
	case reflect.Slice:
		return sliceDecoder(makePlan(t.Elem(), making))
	case reflect.Map:
		return mapDecoder(t, makePlan(t.Elem(), making))
	case reflect.Struct:
		return structDecoder(t, making)
	default: // interfaces; other kinds do not appear in documents
		return decodeCustom
	}
}

func decodeBool(c *cursor, v reflect.Value) error {
	s, err := c.scalar("boolean")
	if err != nil {
		return err
	}
	b, err := s.bool()
	v.SetBool(b)
	return err
}

func decodeInt(c *cursor, v reflect.Value) error {
	s, err := c.scalar("whole number")
	if err != nil {
		return err
	}
	n, err := s.int(v.Type().Bits())
	v.SetInt(n)
	return err
}

func decodeUint(c *cursor, v reflect.Value) error {
	s, err := c.scalar("whole number")
	if err != nil {
		return err
	}
	n, err := s.uint(v.Type().Bits())
	v.SetUint(n)
	return err
}

func decodeFloat(c *cursor, v reflect.Value) error {
	s, err := c.scalar("number")
	if err != nil {
		return err
	}
	f, err := s.float()
	v.SetFloat(f)
	return err
}

func decodeString(c *cursor, v reflect.Value) error {
	s, err := c.scalar("string")
	if err != nil {
		return err
	}
	if s.kind == kindNull {
		v.SetString("")
	} else {
		v.SetString(c.string(s.text))
	}
	return nil
}

func decodeTime(c *cursor, v reflect.Value) error {
	s, err := c.scalar("time")
	if err != nil {
		return err
	}
	*v.Addr().Interface().(*time.Time) = s.time() //nolint:forcetypeassert // its plan is for this type
	return nil
}

func decodeRaw(c *cursor, v reflect.Value) error {
	v.SetBytes(bytes.Clone(c.value()))
	return nil
}

// decodeCustom leaves the value to encoding/json.
func decodeCustom(c *cursor, v reflect.Value) error {
	return json.Unmarshal(c.value(), v.Addr().Interface())
}

func pointerDecoder(elem *plan) func(*cursor, reflect.Value) error {
	return func(c *cursor, v reflect.Value) error {
		if c.peek() == kindNull {
			c.value()
			v.SetZero()
			return nil
		}
		p := reflect.New(v.Type().Elem())
		if err := elem.decode(c, p.Elem()); err != nil {
			return err
		}
		v.Set(p)
		return nil
	}
}

// absent moves past null and "" and tells whether it did.
func (c *cursor) absent() bool {
	switch c.peek() {
	case kindNull:
		c.value()
		return true
	case kindString:
		start := c.pos
		if len(bytes.TrimSpace(c.text())) == 0 {
			return true
		}
		c.pos = start
	}
	return false
}

func sliceDecoder(elem *plan) func(*cursor, reflect.Value) error {
	return func(c *cursor, v reflect.Value) error {
		v.SetZero()
		if c.absent() {
			return nil
		}
		add := func(i int) error {
			if i >= v.Cap() {
				v.Grow(1)
			}
			v.SetLen(i + 1)
			return elem.decode(c, v.Index(i))
		}
		if c.peek() != kindArray {
			return add(0)
		}
		return c.elements(func(i int) error {
			if err := add(i); err != nil {
				return at("["+strconv.Itoa(i)+"]", err)
			}
			return nil
		})
	}
}

func mapDecoder(t reflect.Type, elem *plan) func(*cursor, reflect.Value) error {
	return func(c *cursor, v reflect.Value) error {
		v.SetZero()
		if c.absent() {
			return nil
		}
		if k := c.peek(); k != kindObject || t.Key().Kind() != reflect.String {
			c.value()
			return &TypeError{Want: "object", Got: k.String()}
		}
		v.Set(reflect.MakeMap(t))
		return c.members(func(key []byte) error {
			name := string(key)
			e := reflect.New(t.Elem()).Elem()
			if err := elem.decode(c, e); err != nil {
				return at(name, err)
			}
			v.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), e)
			return nil
		})
	}
}

// field is one member of a struct.
type field struct {
	name  string
	index []int
	plan  *plan
}

func structDecoder(t reflect.Type, making map[reflect.Type]*plan) func(*cursor, reflect.Value) error {
	fields := map[string]*field{}
	raw := collectFields(t, nil, fields, making)
	return func(c *cursor, v reflect.Value) error {
		if c.absent() {
			return nil
		}
		k := c.peek()
		if k == kindArray {
			return decodeOnly(c, v, t)
		}
		if k != kindObject {
			c.value()
			return &TypeError{Want: "object", Got: k.String()}
		}
		start := c.pos
		err := c.members(func(key []byte) error {
			f := fields[string(key)]
			if f == nil {
				c.value()
				return nil
			}
			var fv reflect.Value
			if len(f.index) == 1 {
				fv = v.Field(f.index[0])
			} else {
				fv = v.FieldByIndex(f.index)
			}
			if err := f.plan.decode(c, fv); err != nil {
				return at(f.name, err)
			}
			return nil
		})
		if raw != nil && err == nil {
			v.FieldByIndex(raw).SetBytes(c.data[start:c.pos:c.pos])
		}
		return err
	}
}

// decodeOnly takes an array of at most one object for that object.
func decodeOnly(c *cursor, v reflect.Value, t reflect.Type) error {
	return c.elements(func(i int) error {
		if i > 0 {
			c.value()
			return &TypeError{Want: "object", Got: "array of several"}
		}
		return planOf(t).decode(c, v)
	})
}

// collectFields fills fields with those of t, embedded ones included, and
// returns the index of the one that takes the raw bytes.
func collectFields(t reflect.Type, prefix []int, fields map[string]*field, making map[reflect.Type]*plan) (raw []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(append([]int(nil), prefix...), i)
		option := sf.Tag.Get("wire")
		if option == "raw" {
			raw = index
			continue
		}
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct {
			if r := collectFields(sf.Type, index, fields, making); r != nil {
				raw = r
			}
			continue
		}
		if !sf.IsExported() {
			continue
		}
		if name == "" {
			name = sf.Name
		}
		f := &field{name: strings.TrimPrefix(name, "@"), index: index, plan: makePlan(sf.Type, making)}
		fields[f.name] = f
		if others, ok := strings.CutPrefix(option, "or="); ok {
			for other := range strings.SplitSeq(others, "|") {
				fields[other] = f
			}
		}
	}
	return raw
}
