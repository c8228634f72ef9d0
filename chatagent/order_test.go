package chatagent_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
