package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const source = `package p

import "net/http"

type State string

const (
	Online State = "Online"
	limit        = "no wire word"
)

type doc struct {
	ID   int64  ` + "`json:\"@id,omitempty\" wire:\"or=id|key\"`" + `
	Raw  []byte ` + "`json:\"-\" wire:\"raw\"`" + `
	Keys []string ` + "`url:\"keys,comma\"`" + `
	Plain string
}

func f(h http.Header, links []link) {
	h.Set("X-Requested-With", "no header value")
	g("/chat/{chatId}/events", "/", "a/b")
	g(href(links, "next"))
	g(".ams.ms.PublishEvent", ".GetClock", ".log", "Send.")
}
`

func TestFind(t *testing.T) {
	t.Parallel()
	found, err := findIn("p/p.go", []byte(source))
	require.NoError(t, err)
	var got []string
	for _, m := range found {
		text := source[:m.from] + m.by + source[m.to:]
		got = append(got, fmt.Sprintf("%s → %s", m, line(text, m.line)))
	}
	assert.Equal(t, []string{
		"p/p.go:8: word \"Online\" → \tOnline State = \"OnlineX\"",
		"p/p.go:13: json name @id → \tID   int64  `json:\"@idX,omitempty\" wire:\"or=id|key\"`",
		"p/p.go:13: json option @id,omitempty → \tID   int64  `json:\"@id\" wire:\"or=id|key\"`",
		"p/p.go:13: wire name id → \tID   int64  `json:\"@id,omitempty\" wire:\"or=idX|key\"`",
		"p/p.go:13: wire name key → \tID   int64  `json:\"@id,omitempty\" wire:\"or=id|keyX\"`",
		"p/p.go:14: wire option raw → \tRaw  []byte `json:\"-\" wire:\"\"`",
		"p/p.go:15: url name keys → \tKeys []string `url:\"keysX,comma\"`",
		"p/p.go:15: url option keys,comma → \tKeys []string `url:\"keys\"`",
		"p/p.go:20: header \"X-Requested-With\" → \th.Set(\"X-Requested-WitXh\", \"no header value\")",
		"p/p.go:21: path \"/chat/{chatId}/events\" → \tg(\"/Xchat/{chatId}/events\", \"/\", \"a/b\")",
		"p/p.go:22: relation \"next\" → \tg(href(links, \"nextX\"))",
		"p/p.go:23: type \".ams.ms.PublishEvent\" → \tg(\".ams.ms.PublishEventX\", \".GetClock\", \".log\", \"Send.\")",
		"p/p.go:23: type \".GetClock\" → \tg(\".ams.ms.PublishEvent\", \".GetClockX\", \".log\", \"Send.\")",
	}, got)
}

func line(text string, n int) string {
	i := 1
	for l := range strings.SplitSeq(text, "\n") {
		if i == n {
			return l
		}
		i++
	}
	return ""
}

func TestFindInWhatIsNoGo(t *testing.T) {
	t.Parallel()
	_, err := findIn("p/p.go", []byte("no Go"))
	require.Error(t, err)
}

func TestEquivalents(t *testing.T) {
	t.Parallel()
	found, err := findIn("p/p.go", []byte(source))
	require.NoError(t, err)
	used, stale := same{"p/p.go", "url name", "keys", "because"}, same{"p/p.go", "url name", "gone", "because"}
	kept, unused := without(found, []same{used, stale})
	assert.Len(t, kept, len(found)-1)
	assert.Equal(t, []same{stale}, unused)
	for _, m := range kept {
		assert.NotEqual(t, "keys", m.what)
	}
}
