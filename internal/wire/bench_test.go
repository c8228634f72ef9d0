package wire_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// event has the fields of an event of a chat, with strings by other names.
type event struct {
	ID            int64           `json:"id"`
	Type          kind            `json:"type"`
	Time          time.Time       `json:"time"`
	State         kind            `json:"state"`
	Text          string          `json:"text"`
	TextType      kind            `json:"textType"`
	JSON          json.RawMessage `json:"json"`
	Source        kind            `json:"source"`
	By            string          `json:"by"`
	AgentID       string          `json:"agentId"`
	SubType       kind            `json:"subType"`
	SystemMessage int             `json:"systemMessageId"`
	Raw           json.RawMessage `json:"-" wire:"raw"`
}

type eventPage struct {
	Events struct {
		Event []event `json:"event"`
	} `json:"events"`
	Names []string `json:"names"`
}

// exactPage is the documented form, for encoding/json.
type exactPage struct {
	Events struct {
		Link []struct {
			Rel  string `json:"@rel"`
			Href string `json:"@href"`
		} `json:"link"`
		Event []struct {
			ID            string    `json:"@id"`
			Type          string    `json:"@type"`
			Time          time.Time `json:"time"`
			State         string    `json:"state"`
			Text          string    `json:"text"`
			TextType      string    `json:"textType"`
			By            string    `json:"by"`
			Source        string    `json:"source"`
			AgentID       string    `json:"agentId"`
			SubType       string    `json:"subType"`
			SystemMessage int       `json:"systemMessageId"`
		} `json:"event"`
	} `json:"events"`
}

// page is 1,000 events; every fourth has a number for its text.
func page(id, typ, text, at string) []byte {
	var b strings.Builder
	b.WriteString(`{"events":{"link":[{"@href":"https://va.agentvep.liveperson.net/chat/1/events","@rel":"self"},{"@href":"https://va.agentvep.liveperson.net/chat/1/events?from=1000","@rel":"next"}],"event":[`)
	for i := range 1000 {
		line := fmt.Sprintf(text, 4711+i)
		if i%4 != 0 {
			line = fmt.Sprintf(`"Line %d: I ordered number %d and it has not come yet."`, i, 4711+i)
		}
		fmt.Fprintf(&b, `{`+id+`,`+typ+`:"line","time":%s,"textType":"plain","text":%s,"by":"Ada","source":"visitor","subType":"REGULAR"},`, i, at, line)
	}
	return []byte(strings.TrimSuffix(b.String(), ",") + "]}}")
}

const at = `"2026-11-27T06:00:16.134-05:00"`

var documented = page(`"@id":"%d"`, `"@type"`, `"%d"`, at)

// BenchmarkPage is a page of events in all forms, and encoding/json's time for
// the documented one.
func BenchmarkPage(b *testing.B) {
	for name, page := range map[string][]byte{
		"documented": documented,
		"names":      page(`"id":"%d"`, `"type"`, `"%d"`, at),
		"numbers":    page(`"@id":%d`, `"@type"`, `"%d"`, at),
		"times":      page(`"@id":"%d"`, `"@type"`, `"%d"`, "1795777216180"),
		"bare text":  page(`"@id":"%d"`, `"@type"`, `%d`, at),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var p eventPage
				if err := wire.Unmarshal(page, &p); err != nil || p.Events.Event[999].ID != 999 {
					b.Fatal(err, len(p.Events.Event))
				}
			}
		})
	}
	b.Run("exact", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var p exactPage
			if err := json.Unmarshal(documented, &p); err != nil || p.Events.Event[999].ID != "999" {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRatio is the time for a page over that of encoding/json, of calls in
// turns: what else the machine does weighs on both.
func BenchmarkRatio(b *testing.B) {
	var ours, exact time.Duration
	for b.Loop() {
		start := time.Now()
		var p eventPage
		if err := wire.Unmarshal(documented, &p); err != nil {
			b.Fatal(err)
		}
		mid := time.Now()
		var x exactPage
		if err := json.Unmarshal(documented, &x); err != nil {
			b.Fatal(err)
		}
		ours, exact = ours+mid.Sub(start), exact+time.Since(mid)
	}
	b.ReportMetric(float64(ours)/float64(exact), "ratio")
}

// BenchmarkHostile is a mebibyte of each kind that could take long.
func BenchmarkHostile(b *testing.B) {
	deep := strings.Repeat(strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+",", 58) + "1"
	for name, in := range map[string]string{
		"too deep":        strings.Repeat("[", 1<<20),
		"deep unknown":    `{"x":[` + deep + `]}`,
		"deep string":     `{"events":{"event":[{"text":[` + deep + `]}]}}`,
		"deep word":       `{"events":{"event":[{"state":[` + deep + `]}]}}`,
		"deep elements":   `{"events":{"event":[` + deep + `]}}`,
		"wrapped strings": `{"names":[` + strings.Repeat(`{"$":["a"]},`, 1<<20/12) + `1]}`,
		"odd words":       `{"events":{"event":[` + strings.Repeat(`{"state":{},"text":"and something else that is a little longer"},`, 1<<20/65) + `{}]}}`,
		"attributes":      `{` + strings.Repeat(`"@":1,`, 1<<20/6) + `"@names":"a"}`,
		"escapes":         `{"x":["` + strings.Repeat(`\"@`, 1<<20/3) + `"],"@names":"a"}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var p eventPage
				_ = wire.Unmarshal([]byte(in), &p) // some are errors
			}
		})
	}
}
