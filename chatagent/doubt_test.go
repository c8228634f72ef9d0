package chatagent_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/chatagent"
)

// A line whose fate is not known may turn up later. It is not taken for the
// next one with the same text.
func TestLineThatMayStillTurnUp(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	const line = `{"@type":"line","time":"2018-01-29T08:20:00.000-05:00","text":"Hello","textType":"plain","by":"bot","source":"agent","agentId":"311098910"`
	w.on("POST "+ch+"/events", "503 {}")
	w.on("GET "+ch+"/events",
		"500 {}", // after the first
		`200 {"events":{"event":[`+line+`,"@id":"2"}]}}`,                                         // after the second: which of the two is it?
		`200 {"events":{"event":[`+line+`,"@id":"2"},`+line+`,"@id":"3"},`+line+`,"@id":"4"}]}}`) // after the third: all of them
	for range 2 {
		_, err := chat.Send(t.Context(), chatagent.Text("Hello"))
		require.ErrorIs(t, err, chatagent.ErrUnconfirmed)
	}
	id, err := chat.Send(t.Context(), chatagent.Text("Hello"))
	require.NoError(t, err)
	assert.Equal(t, int64(4), id)
}

// The events of one answer may stand in any order.
func TestEventsInOrder(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("GET "+ch+"/events", `200 {"events":{"event":[`+
		`{"@id":"5","@type":"state","state":"ended"},`+
		`{"@id":"3","@type":"line","source":"visitor","text":"b"},`+
		`{"@id":"2","@type":"line","source":"visitor","text":"a"},`+
		`{"@id":"4","@type":"line","source":"visitor","text":"c"}]}}`)
	var ids []int64
	for e, err := range chat.Events(t.Context()) {
		require.NoError(t, err)
		ids = append(ids, e.ID)
	}
	assert.Equal(t, []int64{0, 1, 2, 3, 4, 5}, ids)
}
