package wire_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// That something is not in a list is known only from a document that shows the
// list.
func TestElements(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{"events":{}}`:                         "[] true",
		`{"events":{"link":[]}}`:                "[] true",
		`{"events":{"event":null}}`:             "[] true",
		`{"events":{"event":""}}`:               "[] true",
		`{"events":{"event":[]}}`:               "[] true",
		`{"events":{"event":{"@id":1}}}`:        `[{"@id":1}] true`,
		`{"@events":{"@event":[1,null]}}`:       `[1 null] true`,
		`{}`:                                    "[] false",
		`null`:                                  "[] false",
		`[]`:                                    "[] false",
		`7`:                                     "[] false",
		`{"events":null}`:                       "[] false",
		`{"events":[]}`:                         "[] false",
		`{"events":""}`:                         "[] false",
		`{"events":true}`:                       "[] false",
		`{"events":{"event":"x"}}`:              "[] false",
		`{"events":{"event":7}}`:                "[] false",
		`{"chat":{"events":{}}}`:                "[] false",
		`{"error":39}`:                          "[] false",
		`{"error":[{"message":"x"}]}`:           "[] false",
		`{"events":{"error":{"message":1}}}`:    "[] false",
		`{"events":{"event":[{}],"event":[]}}`:  "[] false",
		`{"events":{"event":[{}],"@event":[]}}`: "[] false",
		`{"events":{"event":[{}]`:               "[] false",
	} {
		elements, ok := wire.Elements([]byte(doc), "events", "event")
		texts := []string{}
		for _, e := range elements {
			texts = append(texts, string(e))
		}
		assert.Equal(t, want, fmt.Sprint(texts, ok), doc)
	}
}
