package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

type inner struct {
	ID   int64  `json:"id"`
	Text string `json:"text"`
}

type doc struct {
	ID     string          `json:"id"`
	Num    int             `json:"num"`
	Small  int8            `json:"small"`
	Un     uint16          `json:"un"`
	Ratio  float64         `json:"ratio"`
	Flag   bool            `json:"flag"`
	When   time.Time       `json:"when"`
	List   []inner         `json:"list"`
	Names  []string        `json:"names"`
	One    inner           `json:"one"`
	Ptr    *int64          `json:"ptr"`
	Map    map[string]int  `json:"map"`
	Raw    json.RawMessage `json:"raw"`
	Any    any             `json:"any"`
	Two    int             `json:"two" wire:"or=zwei|deux"`
	Self   *doc            `json:"self"`
	Ignore string          `json:"-"`
	embedded
	Kind   kind        `json:"kind"`
	Number json.Number `json:"number"`
	Colour colour      `json:"colour"`
	hidden string      //nolint:unused // must not be filled
}

// kind is a string by another name.
type kind string

type embedded struct {
	Deep string `json:"deep"`
}

func decode(t *testing.T, in string) doc {
	t.Helper()
	var d doc
	require.NoError(t, wire.Unmarshal([]byte(in), &d), in)
	return d
}

// Each line: the variants that must all decode to the same value.
func TestVariants(t *testing.T) {
	t.Parallel()
	five := int64(5)
	at := time.Date(2015, 9, 8, 11, 27, 3, 151e6, time.UTC)
	groups := []struct {
		name string
		want doc
		in   []string
	}{
		{"string", doc{ID: "7"}, []string{`{"id":"7"}`, `{"@id":"7"}`, `{"id":7}`, `{"@id":7}`, `{"id":["7"]}`, `{"id":{"$":"7"}}`, ` { "id" : "7" , "x" : {"id":"8"} } `, "\xef\xbb\xbf" + `{"id":"7"}`}},
		{"named string", doc{Kind: "7"}, []string{`{"kind":"7"}`, `{"@kind":7}`, `{"kind":["7"]}`, `{"kind":{"$":7}}`, `{"kind":{"$":"8","$":["7"]}}`}},
		{"named string of a boolean", doc{Kind: "true"}, []string{`{"kind":true}`, `{"kind":[true]}`, `{"kind":{"$":true}}`}},
		{"string of a boolean", doc{ID: "true"}, []string{`{"id":true}`, `{"id":"true"}`}},
		{"string of a long number", doc{ID: "1564031641145901056"}, []string{`{"id":1564031641145901056}`}},
		{"string with escapes", doc{ID: "a\"b\\ü\n<€>"}, []string{`{"id":"a\"b\\\u00fc\n<€>"}`}},
		{"string beyond ASCII", doc{ID: "ü世"}, []string{`{"id":"ü世"}`, `{"id":["ü世"]}`}},
		{"string that is not UTF-8", doc{ID: "a\ufffdb"}, []string{"{\"id\":[\"a\xffb\"]}", "{\"id\":\"a\xffb\"}", "{\"id\":\"a\xff\\u0062\"}"}},
		{"nothing", doc{}, []string{`{}`, `null`, `""`, `[]`, `{"id":null,"num":null,"flag":null,"ratio":null,"when":null,"list":null,"one":null,"ptr":null,"map":null}`, `{"num":"","flag":"","ratio":" ","when":"","list":"","one":"","map":"","un":""}`, `{"list":[],"names":[],"id":[]}`, `{"other":[1,{"id":"x"},"]}"]}`, `{"Ignore":"x","-":"x","hidden":"x"}`}},
		{"int", doc{Num: -12}, []string{`{"num":-12}`, `{"num":"-12"}`, `{"num":" -12 "}`, `{"num":-12.0}`, `{"num":"-1.2e1"}`, `{"@num":[-12]}`, `[{"num":-12}]`}},
		{"int8", doc{Small: -128}, []string{`{"small":"-128"}`, `{"small":-128.0}`}},
		{"uint", doc{Un: 65535}, []string{`{"un":65535}`, `{"un":"65535"}`}},
		{"float", doc{Ratio: -400.99}, []string{`{"ratio":-400.99}`, `{"ratio":"-400.99"}`}},
		{"bool", doc{Flag: true}, []string{`{"flag":true}`, `{"flag":"true"}`, `{"flag":"TRUE"}`, `{"flag":1}`, `{"flag":"1"}`}},
		{"no bool", doc{}, []string{`{"flag":false}`, `{"flag":"false"}`, `{"flag":0}`}},
		{"time", doc{When: at}, []string{`{"when":"2015-09-08T11:27:03.151Z"}`, `{"when":"2015-09-08T11:27:03.151"}`, `{"when":"2015-09-08 11:27:03.151Z"}`, `{"when":"2015-09-08 11:27:03.151"}`, `{"when":1441711623151}`, `{"when":"1441711623151"}`, `{"when":1441711623151.0}`}},
		{"day", doc{When: time.Date(2015, 9, 8, 0, 0, 0, 0, time.UTC)}, []string{`{"when":"2015-09-08"}`}},
		{"no time", doc{}, []string{`{"when":-1}`, `{"when":0}`, `{"when":"soon"}`, `{"when":true}`, `{"when":1e300}`, `{"when":253402300800000}`, `{"when":9007199254740991}`, `{"when":"2015-09-08T11:27:03+2400"}`}},
		{"the last time", doc{When: time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)}, []string{`{"when":253402300799999}`}},
		{"list", doc{List: []inner{{ID: 1, Text: "a"}}}, []string{`{"list":[{"@id":"1","text":"a"}]}`, `{"list":{"id":1,"@text":"a"}}`}},
		{"list of two", doc{List: []inner{{ID: 1}, {ID: 2}}}, []string{`{"list":[{"id":1},{"@id":"2"}]}`, `{"list":[{"id":1,"text":""},{"id":2,"text":null}]}`}},
		{"names with more", doc{}, []string{`{"@@id":7,"@":8,"@\u0069d":9,"@id@":1}`}},
		{"number as text", doc{Number: "open"}, []string{`{"number":"open"}`, `{"@number":["open"]}`}},
		{"number", doc{Number: "1.50"}, []string{`{"number":1.50}`, `{"number":{"$":"1.50"}}`}},
		{"key with space", doc{ID: "@a:", Two: 2}, []string{"{\"@id\" \n:\"@a:\",\"@zwei\"\t: [2]}", `{"x":"\"@id\":","y":["@id",{"\\@":"\"@"}],"@id":"@a:","\\":"\\\\","@two":2}`}},
		{"list of strings", doc{Names: []string{"2"}}, []string{`{"names":["2"]}`, `{"names":"2"}`, `{"names":2}`, `{"names":[2]}`}},
		{"object", doc{One: inner{ID: 3}}, []string{`{"one":{"id":3}}`, `{"one":[{"id":"3"}]}`}},
		{"pointer", doc{Ptr: &five}, []string{`{"ptr":5}`, `{"ptr":"5"}`}},
		{"map", doc{Map: map[string]int{"a": 1, "b": 2}}, []string{`{"map":{"a":1,"@b":"2"}}`}},
		{"raw of attributes", doc{Raw: json.RawMessage(`{"@a":"@b"}`)}, []string{`{"@raw":{"@a":"@b"},"@id":null}`}},
		{"raw", doc{Raw: json.RawMessage(`{"a" : [1,"}"]}`)}, []string{`{"raw": {"a" : [1,"}"]} }`}},
		{"any", doc{Any: map[string]any{"a": 1.5}}, []string{`{"any":{"a":1.5}}`}},
		{"other names", doc{Two: 2}, []string{`{"two":2}`, `{"zwei":"2"}`, `{"@deux":2}`}},
		{"itself", doc{Self: &doc{Self: &doc{ID: "x"}}}, []string{`{"self":{"self":{"id":"x"}}}`}},
		{"embedded", doc{embedded: embedded{Deep: "d"}}, []string{`{"deep":"d"}`}},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for _, in := range g.in {
				got := decode(t, in)
				if !g.want.When.IsZero() {
					assert.True(t, g.want.When.Equal(got.When), "%s: %v", in, got.When)
					got.When = g.want.When
				}
				assert.Equal(t, g.want, got, in)
			}
		})
	}
}

func TestTimeKeepsItsZone(t *testing.T) {
	t.Parallel()
	d := decode(t, `{"when":"2015-09-08T11:27:03.1+0300"}`)
	assert.Equal(t, "2015-09-08T08:27:03.1Z", d.When.UTC().Format(time.RFC3339Nano))
	_, offset := d.When.Zone()
	assert.Equal(t, 3*3600, offset)
}

func TestRawOfTheObject(t *testing.T) {
	t.Parallel()
	type kept struct {
		ID  int             `json:"id"`
		Raw json.RawMessage `json:"-" wire:"raw"`
	}
	var l struct {
		Event []kept `json:"event"`
	}
	require.NoError(t, wire.Unmarshal([]byte(`{"event": [{"id":1, "x":[2]} , {"@id":"3"}]}`), &l))
	require.Len(t, l.Event, 2)
	assert.Equal(t, `{"id":1, "x":[2]}`, string(l.Event[0].Raw))
	assert.Equal(t, `{"@id":"3"}`, string(l.Event[1].Raw))
	assert.Equal(t, 3, l.Event[1].ID)
}

// The names of members without a tag, and the raw bytes through an embedded
// struct.
func TestFieldsWithoutTag(t *testing.T) {
	t.Parallel()
	type Kept struct {
		Raw json.RawMessage `json:"-" wire:"raw"`
	}
	var d struct {
		Kept
		Name string
	}
	require.NoError(t, wire.Unmarshal([]byte(` {"@Name":7, "name":8} `), &d))
	assert.Equal(t, "7", d.Name)
	assert.Equal(t, `{"@Name":7, "name":8}`, string(d.Raw))
}

// colour decodes itself.
type colour string

var errNoColour = errors.New("no colour")

func (c *colour) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"red"`, `["red"]`:
		*c = "red"
		return nil
	}
	return errNoColour
}

// nested decodes itself with this package.
type nested []inner

func (n *nested) UnmarshalJSON(data []byte) error { return wire.Unmarshal(data, (*[]inner)(n)) }

func TestTypesThatDecodeThemselves(t *testing.T) {
	t.Parallel()
	var d struct {
		One  colour   `json:"one"`
		List []colour `json:"list"`
		Ptr  *colour  `json:"ptr"`
	}
	require.NoError(t, wire.Unmarshal([]byte(`{"@one":["red"],"list":"red","ptr":"red"}`), &d))
	assert.Equal(t, colour("red"), d.One)
	assert.Equal(t, []colour{"red"}, d.List)
	assert.Equal(t, colour("red"), *d.Ptr)
	// Their errors are no one else's matter.
	require.NoError(t, wire.Unmarshal([]byte(`{"one":"blue","list":["red",7,["red"],null],"ptr":{}}`), &d))
	assert.Empty(t, d.One)
	assert.Equal(t, []colour{"red", "red"}, d.List)
	assert.Nil(t, d.Ptr)
	require.ErrorAs(t, wire.Unmarshal([]byte(`"blue"`), &d.One), new(*wire.TypeError))
}

func TestMember(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ in, want string }{
		{`{"x":1,"id":3,"id":{"a" : 2}}`, `{"a" : 2}`},
		{`{"@id":"7"}`, `"7"`},
		{`{"x":{"id":7}}`, ``},
		{`[{"id":7}]`, ``},
		{`"id"`, ``},
		{`{"id":7`, ``},
		{``, ``},
	} {
		assert.Equal(t, row.want, string(wire.Member([]byte(row.in), "id")), row.in)
	}
}

// A member that cannot be understood as its field's type stays empty, and so
// does an element of a list; the rest counts.
func TestOddMembers(t *testing.T) {
	t.Parallel()
	after := doc{Names: []string{"b"}, embedded: embedded{Deep: "d"}}
	for _, in := range []string{
		`"num":"twelve"`, `"num":1.5`, `"num":true`, `"num":99999999999999999999`, `"num":1e30`, `"num":"9223372036854775808"`, `"num":[1,2]`, `"num":[[[1]]]`, `"num":{}`, `"num":{"$":{"x":1}}`,
		`"small":128`, `"small":128.0`, `"small":-129.0`, `"small":"x"`,
		`"un":-1`, `"un":65536`, `"un":1.5`, `"un":false`, `"un":[1,2]`,
		`"ratio":"NaN"`, `"ratio":"Inf"`, `"ratio":1e999`, `"ratio":true`, `"ratio":[[1],[2]]`,
		`"flag":2`, `"flag":{}`, `"flag":"yes"`,
		`"id":["a","b"]`, `"id":{"x":1}`, `"id":{"$":{"$":{"$":"a"}}}`, `"id":[[["a"]]]`,
		`"kind":{"x":1}`, `"kind":["a","b"]`, `"kind":[{"y":["z"]}]`,
		`"when":{"x":1}`, `"when":["2015-09-08","2015-09-08"]`, `"when":"soon"`, `"when":true`,
		`"list":"x"`, `"list":7`, `"list":[7]`, `"list":[[{"id":1}]]`, `"list":[null,""]`, `"list":true`,
		`"one":true`, `"one":"x"`, `"one":[{},{}]`, `"one":[1]`, `"one":[[{}]]`, `"one":{"id":"x","text":{"y":1}}`,
		`"map":[1]`, `"map":7`, `"ptr":"x"`, `"ptr":[1,2]`, `"ptr":{}`, `"self":7`, `"self":"x"`, `"self":[1]`,
		`"two":{}`, `"zwei":"x"`, `"colour":"blue"`, `"colour":{"a":[]}`,
	} {
		in = `{` + in + `,"names":[["a","c"],"b",{"x":1}],"deep":"d"}`
		assert.Equal(t, after, decode(t, in), in)
	}
	d := decode(t, `{"list":[{"id":1},7,{"id":"x","text":"a"},[],{"id":{"y":"x"}},{"id":2}],"names":["a",["b","c"],null,"d"],"map":{"a":"x","b":2},"self":{"list":{"id":[]}}}`)
	assert.Equal(t, []inner{{ID: 1}, {Text: "a"}, {}, {ID: 2}}, d.List)
	assert.Equal(t, []string{"a", "", "d"}, d.Names)
	assert.Equal(t, map[string]int{"a": 0, "b": 2}, d.Map)
	assert.Equal(t, []inner{{}}, d.Self.List)
}

// Events with members of unexpected shapes: what stands beside them counts, in
// the event and in the list, and Raw is the event as it came.
func TestOddEvents(t *testing.T) {
	t.Parallel()
	elements := []string{
		`{"@id":"1","@type":"line","text":"hi","by":"Ada"}`,
		`{"@id":"2","@type":"a2a","state":{"@a":["}]"]},"text":"b"}`,
		` {"@id":3,"text":{"@x":1},"by":["Ada","Bob"],"@type":7 , "json":{"@a":"@b"}}`,
		`{"type":["line"],"id":["4"],"source":{"$":"agent"},"systemMessageId":"word","text":true,"subType":null}`,
		`{"@id":"5","systemMessageId":"13","time":{"x":[]},"textType":[[["x"]]],"agentId":92233720368547758070}`,
		`{"@id":"6","state":"\u0065nded","time":1795777216180}`,
	}
	want := []event{
		{ID: 1, Type: "line", Text: "hi", By: "Ada"},
		{ID: 2, Type: "a2a", Text: "b"},
		{ID: 3, Type: "7", JSON: json.RawMessage(`{"@a":"@b"}`)},
		{ID: 4, Type: "line", Source: "agent", Text: "true"},
		{ID: 5, SystemMessage: 13, AgentID: "92233720368547758070"},
		{ID: 6, State: "ended", Time: time.UnixMilli(1795777216180).UTC()},
	}
	for i := range want {
		want[i].Raw = json.RawMessage(strings.TrimSpace(elements[i]))
	}
	page := `{"events":{"@event" : [` + strings.Join(elements, ", ") + ` ,7]},"names":{}}`
	var p eventPage
	require.NoError(t, wire.Unmarshal([]byte(page), &p))
	assert.Equal(t, want, p.Events.Event)
	for i := range want {
		var p eventPage
		require.NoError(t, wire.Unmarshal([]byte(`{"events":{"event":`+elements[i]+`}}`), &p))
		assert.Equal(t, want[i:i+1], p.Events.Event)
	}
	// What is no JSON is found wherever it is.
	for i := 1; i < len(page); i++ {
		require.ErrorAs(t, wire.Unmarshal([]byte(page[:i]), &p), new(*wire.SyntaxError), page[:i])
	}
}

// An element without what must be understood is left out, as one that is no
// object.
func TestMembersThatMustBeUnderstood(t *testing.T) {
	t.Parallel()
	type link struct {
		ID   int64  `json:"id" wire:"must"`
		Text string `json:"text"`
	}
	var d struct {
		List []link `json:"list"`
		One  link   `json:"one"`
		Ptr  *link  `json:"ptr"`
	}
	require.NoError(t, wire.Unmarshal([]byte(`{"list":[{"id":1},{"@id":"0","text":"a"},{"text":"b"},{"id":"x"},{"id":9223372036854775808},{"id":{}},{"id":null},{"id":[2],"text":7}],`+
		`"one":{"id":{},"text":"a"},"ptr":{"text":"a"}}`), &d))
	assert.Equal(t, []link{{ID: 1}, {Text: "a"}, {}, {ID: 2, Text: "7"}}, d.List)
	assert.Equal(t, link{}, d.One)
	assert.Nil(t, d.Ptr)
	require.ErrorAs(t, wire.Unmarshal([]byte(`{"text":"b"}`), &d.One), new(*wire.TypeError))
}

// A document that is of another kind as a whole is an error: so a caller finds
// out about a member that it took as it came.
func TestTypeErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`true`: "want object, got true", `7`: "want object, got number", `"x"`: "want object, got string", `[1]`: "want object, got array", `[{},{}]`: "want object, got array",
	} {
		var d doc
		var te *wire.TypeError
		err := wire.Unmarshal([]byte(in), &d)
		require.ErrorAs(t, err, &te, in)
		assert.Equal(t, want, err.Error(), in)
	}
	for _, row := range []struct {
		v        any
		in, want string
	}{
		{new(string), `{"x":1}`, "want string, got object"},
		{new(kind), `[1,2]`, "want string, got array"},
		{new(int64), `"one"`, "want int64, got string"},
		{new(int64), `9223372036854775808`, "want int64, got number"},
		{new([]inner), `7`, "want slice, got number"},
		{new(map[string]int), `[]`, "want map, got array"},
	} {
		err := wire.Unmarshal([]byte(row.in), row.v)
		var te *wire.TypeError
		require.ErrorAs(t, err, &te, row.in)
		assert.Equal(t, row.want, err.Error(), row.in)
	}
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "not JSON: empty at byte 0", "\ufeff": "not JSON: empty at byte 0",
		"<html>":                                 "not JSON: invalid character '<' at start of value at byte 0",
		`{"id":`:                                 "not JSON: cut off at byte 6",
		`{"id":"7"`:                              "not JSON: cut off at byte 9",
		`{"id":"7"}}`:                            "not JSON: invalid character '}' after top-level value at byte 10",
		`{"id":7}{"id":8}`:                       "not JSON: invalid character '{' after top-level value at byte 8",
		`{'id':7}`:                               `not JSON: invalid character '\'' at start of value at byte 1`,
		`{"id":07}`:                              "not JSON: invalid character '7' after object value (expecting ',' or '}') at byte 7",
		`{"@list":[{"id":1},]}`:                  "not JSON: invalid character ',' at start of value at byte 18",
		`{"names":["a",]}`:                       "not JSON: invalid character ',' at start of value at byte 13",
		`{"b,"@:":"}`:                            "not JSON: invalid character '@' after object name (expecting ':') at byte 5",
		`{"b"@:":"}`:                             "not JSON: invalid character '@' after object name (expecting ':') at byte 4",
		strings.Repeat("[", 20000):               "not JSON: exceeded max depth at byte 10000",
		`{"kind":[` + strings.Repeat("[", 20000): "not JSON: exceeded max depth at byte 10007",
	} {
		var d doc
		err := wire.Unmarshal([]byte(in), &d)
		var se *wire.SyntaxError
		require.ErrorAs(t, err, &se, in)
		assert.Equal(t, want, err.Error(), in)
	}
	var d doc
	require.Error(t, wire.Unmarshal([]byte(`{}`), d))
	require.Error(t, wire.Unmarshal([]byte(`{}`), (*doc)(nil)))
	var tagged struct {
		ID int `json:"@id"`
	}
	require.ErrorContains(t, wire.Unmarshal([]byte(`{"@id":1}`), &tagged), "field ID")
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	type leaf struct {
		N int `json:"n"`
	}
	type node struct {
		Leaf leaf  `json:"leaf"`
		Next *doc  `json:"next"`
		List []any `json:"list"`
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			var n node
			assert.NoError(t, wire.Unmarshal([]byte(`{"leaf":{"n":"4"},"next":{"id":1}}`), &n))
			assert.Equal(t, 4, n.Leaf.N)
		})
	}
	wg.Wait()
}

func TestFailure(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"error":{"message":"x"}}`:              `{"message":"x"}`,
		`{"error":"LeLogin1 failed"}`:            `"LeLogin1 failed"`,
		`{"chat":{"error":{"internalCode":12}}}`: `{"internalCode":12}`,
		`{"transfer":{"errormsg":"no one"}}`:     `"no one"`,
		`{"chat":{"info":{"error":"deep"}}}`:     ``,
		`{"chat":{"error":"x"},"more":1}`:        `"x"`,
		`{"a":{"error":"x"},"more":1}`:           ``,
		`{"@error":{"message":"x"}}`:             `{"message":"x"}`,
		`{"error":[{"message":"x"}]}`:            `{"message":"x"}`,
		`{"error":5}`:                            `5`,
		`{"errors":["x"]}`:                       `"x"`,
		`{"errors":[]}`:                          ``,
		`{"error":0}`:                            ``,
		`{"error":false}`:                        ``,
		`{"transfer":[{"errormsg":"x"}]}`:        `"x"`,
		`{"transfer":{"@errormsg":["x"]}}`:       `"x"`,
		`{"x":1,"transfer":{"errormsg":"x"}}`:    `"x"`,
		`{"error":null}`:                         ``,
		`{"error":""}`:                           ``,
		`{"text":"\"error\""}`:                   ``,
		`["error"]`:                              ``,
		`{"chat":"error"}`:                       ``,
	} {
		assert.Equal(t, want, string(wire.Failure([]byte(in))), in)
	}
}

func TestMarshal(t *testing.T) {
	t.Parallel()
	out, err := wire.Marshal(map[string]string{"text": "<b>1 & 2</b>"})
	require.NoError(t, err)
	assert.Equal(t, `{"text":"<b>1 & 2</b>"}`, string(out))
	out, err = wire.Marshal(struct {
		N    int      `json:"n,omitempty"`
		B    bool     `json:"b,omitempty"`
		List []string `json:"list"`
		Any  any      `json:"any"`
	}{})
	require.NoError(t, err)
	assert.Equal(t, `{"list":null,"any":null}`, string(out))
	_, err = wire.Marshal(func() {})
	require.Error(t, err)
	_, err = wire.Marshal([]string{"a\xff"})
	require.Error(t, err)
}

// Documents of many empty elements: each would take a hundred times its bytes.
func TestTooManyElements(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`{"list":[` + strings.Repeat("{},", 1e6) + `{}]}`,
		`{"self":{"list":[` + strings.Repeat("{},", 1e6) + `{}]}}`,
		`{"names":[` + strings.Repeat("0,", 2e6) + `0]}`,
		`{"raws":[` + strings.Repeat("0,", 1e6) + `0]}`,
		`{"selves":[` + strings.Repeat("{},", 1e5) + `{}]}`,
		`{"colours":[` + strings.Repeat(`"red",`, 1e6) + `0]}`,
	} {
		var d struct {
			doc
			Raws    []json.RawMessage `json:"raws"`
			Selves  []*doc            `json:"selves"`
			Colours []colour          `json:"colours"`
		}
		require.ErrorIs(t, wire.Unmarshal([]byte(in), &d), liveperson.ErrTooLarge, in[:20])
	}
	// In what decodes itself, and under another name.
	var n struct {
		Nested nested   `json:"nested"`
		One    []string `json:"one" wire:"or=two"`
	}
	require.ErrorIs(t, wire.Unmarshal([]byte(`{"nested":[`+strings.Repeat("{},", 1e6)+`{}]}`), &n), liveperson.ErrTooLarge)
	require.ErrorIs(t, wire.Unmarshal([]byte(`{"two":[`+strings.Repeat("0,", 2e6)+`{}]}`), &n), liveperson.ErrTooLarge)
	var d doc
	require.NoError(t, wire.Unmarshal([]byte(`{"list":[`+strings.Repeat("{},", 1e4)+`{}],"x":[`+strings.Repeat("{},", 1e6)+`{}]}`), &d))
	assert.Len(t, d.List, 1e4+1)
}

// A context that ends while a long document is decoded ends the decoding.
func TestContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var d doc
	long := `{"list":[` + strings.Repeat(`{"id":1,"text":"one"},`, 1e4) + `{}]}`
	require.ErrorIs(t, wire.UnmarshalContext(ctx, []byte(long), &d), context.Canceled)
	require.NoError(t, wire.UnmarshalContext(t.Context(), []byte(long), &d))
	assert.Len(t, d.List, 1e4+1)
}

// Whatever the bytes: no panic, and what encoding/json takes into exact
// structs, Unmarshal takes to the same values.
// badUTF8 are documents with bytes that are no UTF-8.
var badUTF8 = []string{
	"{\"map\":{\"\x89\x89\":0}}",
	"{\"map\":{\"\x89\x89\":1,\"\x89\":2,\"\xff\":3}}",
	"{\"map\":{\"a\\n\xff\xfe\\u00fc\xc3\":0}}",
	"{\"id\":\"a\xffb\",\"names\":[\"\xff\xff\xff\",\"\xc3\",\"\xe2\x82\",\"\xf0\x9f\x98\x80\xf0\x9f\x98\",\"\xed\xa0\x80\"]}",
	"{\"id\":\"\\\"\xff\xff\\\\\",\"names\":[\"\\ud83d\xff\\ude00\",\"\xc0\xaf\\/\",\"\\t\xe2\x82\"]}",
	"{\"id\":\"ü\xffü\xff\xff\"}",
}

// A byte that is no UTF-8 becomes one U+FFFD, as in encoding/json.
func TestBadUTF8(t *testing.T) {
	t.Parallel()
	type exact struct {
		ID    string         `json:"id"`
		Names []string       `json:"names"`
		Map   map[string]int `json:"map"`
	}
	for _, in := range badUTF8 {
		var want, got exact
		require.NoError(t, json.Unmarshal([]byte(in), &want), "%q", in)
		require.NoError(t, wire.Unmarshal([]byte(in), &got), "%q", in)
		assert.Equal(t, want, got, "%q", in)
	}
	assert.Equal(t, map[string]int{"\ufffd\ufffd": 0}, decode(t, badUTF8[0]).Map)
	assert.Equal(t, "1", string(wire.Member([]byte("{\"\xff\xff\":1}"), "\ufffd\ufffd")))
}

func FuzzUnmarshal(f *testing.F) {
	for _, s := range badUTF8 {
		f.Add([]byte(s))
	}
	for _, s := range []string{
		`{"id":"7","num":1,"list":[{"@id":1}],"when":"2015-09-08T11:27:03Z"}`, `{"one":{"text":"\u00fc"}}`, `[[`, `{"a":"\\"}`, `{"self":{"self":{}}}`, `{"map":{"a":1}}`,
		"{\"map\":{\"\x89\x89\":0}}", "{\"id\":\"\xff\xfe\"}", `{"id":"\ud800"}`, `{"b,"@:":"}`, `{"b"@:":"}`, `{"@id":"\"@a\":"}`, `{"list":[{"id":1},]}`,
		strings.Repeat("[", 3000), `{"id":` + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + `}`, `{"num":{"$":[{"$":1}]}}`, `{"list":[{},{},{}]}`,
		`{"num":"word","small":128,"one":7,"kind":{},"self":"x","names":[{}]}`, `{"num":9223372036854775808}`, `{"kind":[{"$":1}]}`, `{"names":[null]}`,
		`{"events":{"event":[{"@id":1,"state":{"@x":1},"text":"a"},{"@id":2}]}}`, `{"events":{"event":{"type":7}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d doc
		err := wire.Unmarshal(data, &d)
		if json.Valid(data) {
			var se *wire.SyntaxError
			assert.NotErrorAs(t, err, &se)
		} else if !strings.HasPrefix(string(data), "\xef\xbb\xbf") {
			assert.Error(t, err)
		}
		wire.Member(data, "id")
		var p eventPage
		if wire.Unmarshal(data, &p) == nil {
			for _, e := range p.Events.Event {
				assert.True(t, json.Valid(e.Raw), string(e.Raw))
				assert.Contains(t, string(data), string(e.Raw))
			}
		}
		if json.Valid(data) {
			wire.Failure(data)
		}
		if !jsontext.Value(data).IsValid(jsontext.AllowInvalidUTF8(true)) || bytes.ContainsAny(data, "@ABCDEFGHIJKLMNOPQRSTUVWXYZ\\ſK") {
			return // names that come twice, attributes and encoding/json's case folding differ by design
		}
		var want, got exact
		if json.Unmarshal(data, &want) != nil {
			return
		}
		require.NoError(t, wire.Unmarshal(data, &got))
		want.normalise()
		got.normalise()
		assert.Equal(t, want, got, string(data))
	})
}

type exact struct {
	ID    string         `json:"id"`
	Kind  kind           `json:"kind"`
	Num   int            `json:"num"`
	Flag  bool           `json:"flag"`
	Ratio float64        `json:"ratio"`
	Names []string       `json:"names"`
	Map   map[string]int `json:"map"`
	One   exactInner     `json:"one"`
	Self  *exact         `json:"self"`
}

type exactInner struct {
	ID   int64 `json:"id"`
	Text kind  `json:"text"`
}

// normalise makes empty and absent lists the same.
func (e *exact) normalise() {
	if len(e.Names) == 0 {
		e.Names = nil
	}
	if e.Self != nil {
		e.Self.normalise()
	}
}
