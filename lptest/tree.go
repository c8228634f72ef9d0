package lptest

import (
	"encoding/json"
	"strconv"
	"time"
)

// An answer is built as a small tree and written by one encoder, so that a
// wire variant is a property of the encoder and no handler knows of it.
type (
	// object is a JSON object in the page's order. A key that starts with "@"
	// was an attribute in the XML days.
	object []member
	member struct {
		key   string
		value any
	}
	// many is a list that may be sent as its only element, or left out when empty.
	many []any
	// list is always a list.
	list []any
	// number is an integer; quoted is how the page shows it.
	number struct {
		value  int64
		quoted bool
	}
	// stamp is a time; millis is how the page shows it.
	stamp struct {
		at     time.Time
		millis bool
	}
	// hyperlink is a link: href and rel.
	hyperlink object
	// lineText is the text of a line.
	lineText string
	// raw is JSON that is passed through.
	raw []byte
)

func bare(n int64) number   { return number{value: n} }
func quoted(n int64) number { return number{value: n, quoted: true} }

// pageZone is the zone of the times in answers; it is not UTC, so that a
// client which ignores zones is found out.
var pageZone = time.FixedZone("", -5*60*60)

const pageTime = "2006-01-02T15:04:05.999-07:00" // 0 to 3 digits of a second

// encoder writes a tree. plain says that this call's page shows attributes
// without "@".
type encoder struct {
	variants variantSet
	plain    bool
	noLink   *Fault // a FaultNoLink, or nil
}

func (e encoder) appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendString(b, v)
	case bool:
		if e.variants.has(vBooleans) {
			return appendString(b, strconv.FormatBool(v))
		}
		return strconv.AppendBool(b, v)
	case int:
		return e.appendNumber(b, bare(int64(v)))
	case int64:
		return e.appendNumber(b, bare(v))
	case number:
		return e.appendNumber(b, v)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case stamp:
		return e.appendStamp(b, v)
	case lineText:
		return e.appendText(b, string(v))
	case raw:
		return append(b, v...)
	case object:
		return e.appendObject(b, v)
	case hyperlink:
		return e.appendLink(b, v)
	case many:
		if len(v) == 1 && e.variants.has(vSingle) {
			return e.appendValue(b, v[0])
		}
		return e.appendList(b, v)
	case list:
		return e.appendList(b, v)
	default:
		data, err := json.Marshal(v)
		if err != nil {
			panic("lptest: cannot encode an answer: " + err.Error())
		}
		return append(b, data...)
	}
}

func (e encoder) appendObject(b []byte, o object) []byte {
	attributes := !e.plain
	if e.variants.has(vAttributes) {
		attributes = !attributes
	}
	b = append(b, '{')
	first := true
	for _, m := range o {
		if l, ok := m.value.(many); ok && len(l) == 0 && e.variants.has(vMissing) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		key := m.key
		if !attributes && key[0] == '@' {
			key = key[1:]
		}
		b = append(b, '"')
		b = append(b, key...) // keys are ours: nothing to escape
		b = append(b, '"', ':')
		b = e.appendValue(b, m.value)
	}
	return append(b, '}')
}

func (e encoder) appendList(b []byte, l []any) []byte {
	b = append(b, '[')
	for i, v := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.appendValue(b, v)
	}
	return append(b, ']')
}

func (e encoder) appendNumber(b []byte, n number) []byte {
	inQuotes := n.quoted != e.variants.has(vNumbers)
	if inQuotes {
		b = append(b, '"')
	}
	b = strconv.AppendInt(b, n.value, 10)
	if inQuotes {
		b = append(b, '"')
	}
	return b
}

func (e encoder) appendStamp(b []byte, s stamp) []byte {
	if s.millis != e.variants.has(vTimes) {
		return strconv.AppendInt(b, s.at.UnixMilli(), 10)
	}
	b = append(b, '"')
	b = s.at.In(pageZone).AppendFormat(b, pageTime)
	return append(b, '"')
}

func (e encoder) appendText(b []byte, text string) []byte {
	if e.variants.has(vBareText) && isBareJSON(text) {
		return append(b, text...)
	}
	return appendString(b, text)
}

// isBareJSON reports whether text is the JSON of a number or boolean.
func isBareJSON(text string) bool {
	if text == "true" || text == "false" {
		return true
	}
	if text == "" || (text[0] != '-' && (text[0] < '0' || text[0] > '9')) {
		return false
	}
	return json.Valid([]byte(text))
}

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			data, err := json.Marshal(s)
			if err != nil {
				panic("lptest: cannot encode a string: " + err.Error())
			}
			return append(b, data...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func link(href, rel string) hyperlink {
	return hyperlink{{"@href", href}, {"@rel", rel}}
}

func (e encoder) appendLink(b []byte, l hyperlink) []byte {
	if f := e.noLink; f != nil && (f.Rel == "" || f.Rel == l[1].value) {
		if f.Body != "" {
			return append(b, f.Body...)
		}
		return append(b, "{}"...)
	}
	return e.appendObject(b, object(l))
}
