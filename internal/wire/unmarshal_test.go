package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

type inner struct {
	ID   int64  `json:"@id"`
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
	hidden string //nolint:unused // must not be filled
}

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
		{"string of a boolean", doc{ID: "true"}, []string{`{"id":true}`, `{"id":"true"}`}},
		{"string of a long number", doc{ID: "1564031641145901056"}, []string{`{"id":1564031641145901056}`}},
		{"string with escapes", doc{ID: "a\"b\\ü\n<€>"}, []string{`{"id":"a\"b\\\u00fc\n<€>"}`}},
		{"string beyond ASCII", doc{ID: "ü世"}, []string{`{"id":"ü世"}`, `{"id":["ü世"]}`}},
		{"string that is not UTF-8", doc{ID: "a\ufffdb"}, []string{"{\"id\":\"a\xffb\"}", "{\"id\":\"a\xff\\u0062\"}"}},
		{"nothing", doc{}, []string{`{}`, `null`, `""`, `[]`, `{"id":null,"num":null,"flag":null,"ratio":null,"when":null,"list":null,"one":null,"ptr":null,"map":null}`, `{"num":"","flag":"","ratio":" ","when":"","list":"","one":"","map":"","un":""}`, `{"list":[],"names":[],"id":[]}`, `{"other":[1,{"id":"x"},"]}"]}`, `{"Ignore":"x","-":"x","hidden":"x"}`}},
		{"int", doc{Num: -12}, []string{`{"num":-12}`, `{"num":"-12"}`, `{"num":" -12 "}`, `{"num":-12.0}`, `{"num":"-1.2e1"}`, `{"@num":[-12]}`, `[{"num":-12}]`}},
		{"int8", doc{Small: -128}, []string{`{"small":"-128"}`, `{"small":-128.0}`}},
		{"uint", doc{Un: 65535}, []string{`{"un":65535}`, `{"un":"65535"}`}},
		{"float", doc{Ratio: -400.99}, []string{`{"ratio":-400.99}`, `{"ratio":"-400.99"}`}},
		{"bool", doc{Flag: true}, []string{`{"flag":true}`, `{"flag":"true"}`, `{"flag":"TRUE"}`, `{"flag":1}`, `{"flag":"1"}`}},
		{"no bool", doc{}, []string{`{"flag":false}`, `{"flag":"false"}`, `{"flag":0}`}},
		{"time", doc{When: at}, []string{`{"when":"2015-09-08T11:27:03.151Z"}`, `{"when":"2015-09-08T11:27:03.151"}`, `{"when":"2015-09-08 11:27:03.151Z"}`, `{"when":"2015-09-08 11:27:03.151"}`, `{"when":1441711623151}`, `{"when":"1441711623151"}`, `{"when":1441711623151.0}`}},
		{"day", doc{When: time.Date(2015, 9, 8, 0, 0, 0, 0, time.UTC)}, []string{`{"when":"2015-09-08"}`}},
		{"no time", doc{}, []string{`{"when":-1}`, `{"when":0}`, `{"when":"soon"}`, `{"when":true}`, `{"when":1e300}`}},
		{"list", doc{List: []inner{{ID: 1, Text: "a"}}}, []string{`{"list":[{"@id":"1","text":"a"}]}`, `{"list":{"id":1,"@text":"a"}}`}},
		{"list of two", doc{List: []inner{{ID: 1}, {ID: 2}}}, []string{`{"list":[{"id":1},{"@id":"2"}]}`, `{"list":[{"id":1,"text":""},{"id":2,"text":null}]}`}},
		{"list of strings", doc{Names: []string{"2"}}, []string{`{"names":["2"]}`, `{"names":"2"}`, `{"names":2}`, `{"names":[2]}`}},
		{"object", doc{One: inner{ID: 3}}, []string{`{"one":{"id":3}}`, `{"one":[{"id":"3"}]}`}},
		{"pointer", doc{Ptr: &five}, []string{`{"ptr":5}`, `{"ptr":"5"}`}},
		{"map", doc{Map: map[string]int{"a": 1, "b": 2}}, []string{`{"map":{"a":1,"@b":"2"}}`}},
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
	for _, in := range []string{`{"one":"blue"}`, `{"list":["red",7]}`, `{"ptr":{}}`} {
		assert.ErrorIs(t, wire.Unmarshal([]byte(in), &d), errNoColour, in)
	}
}

func TestMember(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ in, want string }{
		{`{"x":1,"id":{"a" : 2},"id":3}`, `{"a" : 2}`},
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

func TestTypeErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"num":"twelve"}`:                     "num: want whole number of 64 bits, got other text",
		`{"num":1.5}`:                          "num: want whole number of 64 bits, got number",
		`{"num":true}`:                         "num: want whole number of 64 bits, got boolean",
		`{"num":99999999999999999999}`:         "num: want whole number of 64 bits, got number",
		`{"num":1e30}`:                         "num: want whole number of 64 bits, got number",
		`{"small":128}`:                        "small: want whole number of 8 bits, got number",
		`{"small":128.0}`:                      "small: want whole number of 8 bits, got number",
		`{"small":-129.0}`:                     "small: want whole number of 8 bits, got number",
		`{"un":-1}`:                            "un: want whole number from 0 of 16 bits, got number",
		`{"ratio":"NaN"}`:                      "ratio: want number, got other text",
		`{"flag":2}`:                           "flag: want boolean, got number",
		`{"flag":{}}`:                          "flag: want boolean, got object",
		`{"id":["a","b"]}`:                     "id: want string, got array of several",
		`{"id":{"x":1}}`:                       "id: want string, got object",
		`{"when":{"x":1}}`:                     "when: want time, got object",
		`{"ratio":[[1],[2]]}`:                  "ratio: want number, got array of several",
		`{"un":[1,2]}`:                         "un: want whole number, got array of several",
		`{"list":[{"id":1},{"id":{"y":"x"}}]}`: "list[1].id: want whole number, got object",
		`{"list":"x"}`:                         "list: want object, got string",
		`{"one":true}`:                         "one: want object, got boolean",
		`{"one":[{},{}]}`:                      "one: want object, got array of several",
		`{"map":[1]}`:                          "map: want object, got array",
		`{"map":{"k":"x"}}`:                    "map.k: want whole number of 64 bits, got other text",
		`{"self":{"list":[{"id":"x"}]}}`:       "self.list[0].id: want whole number of 64 bits, got other text",
		`true`:                                 "document: want object, got boolean",
	} {
		var d doc
		err := wire.Unmarshal([]byte(in), &d)
		var te *wire.TypeError
		require.ErrorAs(t, err, &te, in)
		assert.Equal(t, want, err.Error(), in)
	}
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", " \n", "<html>", `{"id":`, `{"id":"7"`, `{"id":"7"}}`, `{"id":7}{"id":8}`, `{'id':7}`, `{"id":07}`, strings.Repeat("[", 20000)} {
		var d doc
		err := wire.Unmarshal([]byte(in), &d)
		var se *wire.SyntaxError
		require.ErrorAs(t, err, &se, in)
		assert.Contains(t, err.Error(), "not JSON: ")
	}
	var d doc
	require.Error(t, wire.Unmarshal([]byte(`{}`), d))
	require.Error(t, wire.Unmarshal([]byte(`{}`), (*doc)(nil)))
}

func TestPlansAreMadeOnceUnderConcurrency(t *testing.T) {
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
		`{"chat":{"error":"x"},"more":1}`:        ``,
		`{"error":null}`:                         ``,
		`{"error":""}`:                           ``,
		`{"error":false}`:                        ``,
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
	_, err = wire.Marshal(func() {})
	require.Error(t, err)
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
	for _, s := range []string{`{"id":"7","num":1,"list":[{"@id":1}],"when":"2015-09-08T11:27:03Z"}`, `{"one":{"text":"\u00fc"}}`, `[[`, `{"a":"\\"}`, `{"self":{"self":{}}}`, `{"map":{"a":1}}`} {
		f.Add([]byte(s))
	}
	type exact struct {
		ID    string         `json:"id"`
		Num   int            `json:"num"`
		Flag  bool           `json:"flag"`
		Names []string       `json:"names"`
		Map   map[string]int `json:"map"`
		Self  *exact         `json:"self"`
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
		if json.Valid(data) {
			wire.Failure(data)
		}
		var want, got exact
		if strings.Contains(string(data), "@") || strings.ContainsAny(string(data), "ABCDEFGHIJKLMNOPQRSTUVWXYZ\\ſK") {
			return // attributes and encoding/json's case folding differ by design
		}
		if json.Unmarshal(data, &want) == nil {
			if err := wire.Unmarshal(data, &got); err == nil {
				normalise(&want.Names, &got.Names)
				if want.Self == nil && got.Self == nil {
					assert.Equal(t, want, got, string(data))
				}
			}
		}
	})
}

// normalise makes empty and absent lists the same.
func normalise(lists ...*[]string) {
	for _, l := range lists {
		if len(*l) == 0 {
			*l = nil
		}
	}
}
