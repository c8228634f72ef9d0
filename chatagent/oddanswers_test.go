package chatagent_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
)

// A member of an unexpected shape stays empty; what stands beside it counts, and
// the chat goes on.
func TestGuardOddMembersDoNotStopAChat(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]string{
		"state object":         `{"@id":"{id}","@type":"cobrowse","time":"{time}","state":{"on":true,"by":["x"]}}`,
		"text object":          `{"@id":"{id}","@type":"line","time":"{time}","source":"visitor","text":{"a":1,"b":{"c":[2]}}}`,
		"text list":            `{"@id":"{id}","@type":"line","time":"{time}","source":"visitor","text":["a","b"]}`,
		"by object":            `{"@id":"{id}","@type":"line","time":"{time}","source":"system","by":{"id":7},"text":"x"}`,
		"by list":              `{"@id":"{id}","@type":"line","time":"{time}","source":"system","by":["a","b"],"text":"x"}`,
		"system message word":  `{"@id":"{id}","@type":"line","time":"{time}","source":"system","systemMessageId":"four","text":"x"}`,
		"system message large": `{"@id":"{id}","@type":"line","time":"{time}","source":"system","systemMessageId":99999999999999999999,"text":"x"}`,
		"time object":          `{"@id":"{id}","@type":"line","time":{"at":1},"source":"system","text":"x"}`,
		"type list":            `{"@id":"{id}","@type":["a","b"],"time":"{time}"}`,
		"source object":        `{"@id":"{id}","@type":"line","time":"{time}","source":{},"text":"x"}`,
		"json text":            `{"@id":"{id}","@type":"line","time":"{time}","source":"system","json":"{","textType":{"x":1},"text":"x"}`,
		"id beyond int64":      `{"@id":92233720368547758080,"@type":"line","time":"{time}","source":"system","text":"x"}`,
		"largest id":           `{"@id":"9223372036854775807","@type":"line","time":"{time}","source":"system","text":"x"}`,
		"id far beyond a chat": `{"@id":4000000000,"@type":"line","time":"{time}","source":"visitor","text":"x"}`,
		"id negative":          `{"@id":-3,"@type":"line","time":"{time}","source":"visitor","text":"x"}`,
		"id word":              `{"@id":"seven","@type":"line","time":"{time}","source":"visitor","text":"x"}`,
		"id object":            `{"@id":{"$":{"$":[]}},"@type":"line","time":"{time}","source":"visitor","text":"x"}`,
		"no id":                `{"@type":"line","time":"{time}","source":"visitor","text":"x"}`,
		"not an object":        `"what"`,
		"deep":                 `{"@id":"{id}","@type":"x","time":"{time}","more":` + strings.Repeat(`[{"a":`, 200) + `1` + strings.Repeat(`}]`, 200) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				stop := serving(t, f, echo)
				f.visitors("hello")
				visit := f.visits[0]
				_, err := visit.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				visit.Inject(event)
				time.Sleep(10 * time.Second)
				visit.Say("still there?")
				read := f.srv.Count("")
				time.Sleep(10 * time.Second)
				lines := agentLines(visit.Chat())
				assert.Equal(t, "You said: still there?", lines[len(lines)-1])
				assert.Less(t, f.srv.Count("")-read, 20, "it is not read over and over")
				assert.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// Events that are left out are logged, once in a chat.
func TestEventsThatAreLeftOut(t *testing.T) {
	t.Parallel()
	w, first := newTap(t)
	var out strings.Builder
	agent, err := chatagent.Start(t.Context(), first.Login(), chatagent.WithLogger(slog.New(slog.NewTextHandler(&out, nil))))
	require.NoError(t, err)
	chat := openChat(t, w, agent)
	w.on("GET "+ch+"/events", `200 {"events":{"event":[{"@id":"9223372036854775807","@type":"line"},{"@id":"x"},{"@id":"7","@type":"state"}]}}`)
	for range 3 {
		events, err := chat.EventsFrom(t.Context(), 0)
		require.NoError(t, err)
		require.Len(t, events, 1)
		assert.Equal(t, int64(7), events[0].ID)
	}
	assert.Equal(t, 1, strings.Count(out.String(), "are left out"))
}

// The raw event is kept, with what has no field.
func TestRawEvents(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.visitors("hello")
		chat, err := f.agents[0].Accept(t.Context())
		require.NoError(t, err)
		id := f.visits[0].Inject(`{"@id":"{id}","@type":"cobrowse","state":{"on":true}, "by" : ["x","y"]}`)
		events, err := chat.EventsFrom(t.Context(), int64(id))
		require.NoError(t, err)
		require.Len(t, events, 1)
		assert.Equal(t, chatagent.EventType("cobrowse"), events[0].Type)
		assert.Empty(t, events[0].State)
		assert.Empty(t, events[0].By)
		assert.Equal(t, fmt.Sprintf(`{"@id":"%d","@type":"cobrowse","state":{"on":true}, "by" : ["x","y"]}`, id), string(events[0].Raw))
	})
}

// An availability may be a word where the pages have a number.
func TestAvailabilityAsAWord(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.on("GET "+as+"/availableAgents", `200 {"availableAgents":{"agents":{"agent":[{"@id":"1","@chatState":"Away"},{"@id":"2","@chatState":2,"@maxChats":"many","chats":{}},{"@id":"3","@chatState":{"x":1}}]}}}`)
	agents, err := agent.AvailableAgents(t.Context(), chatagent.AgentFilter{})
	require.NoError(t, err)
	require.Len(t, agents, 3)
	assert.Equal(t, []chatagent.Availability{chatagent.Away, chatagent.Online, ""}, []chatagent.Availability{agents[0].Chat, agents[1].Chat, agents[2].Chat})
}

// JSON that is made to cost a lot costs little, and says what is wrong with it.
func TestGuardHostileDocuments(t *testing.T) {
	t.Parallel()
	mib := func(n int, open, within, end string) string {
		body := strings.Repeat(within, n<<20/len(within))
		return open + body[:len(body)-1] + end
	}
	for name, c := range map[string]struct {
		body string
		is   error
	}{
		"lists in lists":      {`{"events":{"event":` + strings.Repeat("[", 15<<20) + `}}`, liveperson.ErrMalformed},
		"text in lists":       {`{"events":{"event":[{"@id":"1","@type":"line","text":` + strings.Repeat("[", 9000) + `1` + strings.Repeat("]", 9000) + `}]}}`, nil},
		"text in $":           {`{"events":{"event":[{"@id":"1","@type":"line","text":` + strings.Repeat(`{"$":`, 9000) + `1` + strings.Repeat("}", 9000) + `}]}}`, nil},
		"millions of events":  {mib(15, `{"events":{"event":[`, `{},`, `]}}`), liveperson.ErrTooLarge},
		"millions of strings": {mib(15, `{"events":{"event":[`, `"",`, `]}}`), nil},
		"millions of links":   {mib(15, `{"events":{"link":[`, `{},`, `],"event":[]}}`), nil},
		"comma too many":      {`{"events":{"event":[{"@id":"1"},]}}`, liveperson.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			w, agent := newTap(t)
			chat := openChat(t, w, agent)
			w.on("GET "+ch+"/events", "200 "+c.body)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := chat.EventsFrom(t.Context(), 0)
			runtime.ReadMemStats(&after)
			if c.is != nil {
				assert.ErrorIs(t, err, c.is)
			}
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(400<<20), "allocated in all")
		})
	}
}

// A link that is missing is named.
func TestMissingLinks(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("GET "+ch, `200 {"chat":{"link":[{"@rel":"visit-id"}],"events":{},"info":{}}}`)
	_, err := chat.Visit(t.Context())
	assert.ErrorIs(t, err, liveperson.ErrMalformed)
	assert.ErrorContains(t, err, "visit-id")
}
