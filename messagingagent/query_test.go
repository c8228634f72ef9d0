package messagingagent

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// texts are those of the consumer from one number to another, up or down.
func texts(from, to int) (list []string) {
	step := 1
	if from > to {
		step = -1
	}
	for n := from; n != to+step; n += step {
		list = append(list, text(n, fmt.Sprint(n)))
	}
	return list
}

// A dialog is read in whatever pages it comes: what is asked for stands here, and each
// event comes once.
func TestPagesOfADialog(t *testing.T) {
	t.Parallel()
	const all = `"newerThanSequence":-1`
	for name, row := range map[string]struct {
		after int64
		pages []string // the last one again and again
		want  []string
		first int64 // what comes: the numbers from there
		count int
	}{
		"nothing":        {-1, []string{noEvents}, []string{all}, 0, 0},
		"null":           {-1, []string{`"code":200,"type":"x","body":null`}, []string{all}, 0, 0},
		"one for a list": {-1, []string{`"code":200,"type":"x","body":` + text(0, "0"), noEvents}, []string{all, `"newerThanSequence":0`}, 0, 1},
		"without the number that was named": {
			6, []string{events(texts(7, 9)...), noEvents}, []string{`"newerThanSequence":6`, `"newerThanSequence":9`}, 7, 3,
		},
		"with it": {
			6, []string{events(texts(6, 9)...), events(texts(9, 9)...)}, []string{`"newerThanSequence":6`, `"newerThanSequence":9`}, 7, 3,
		},
		"in pages": {
			-1,
			[]string{events(texts(0, 99)...), events(texts(100, 199)...), events(texts(200, 249)...), noEvents},
			[]string{all, `"newerThanSequence":99`, `"newerThanSequence":199`, `"newerThanSequence":249`},
			0, 250,
		},
		"in pages, with the number that was named": {
			-1,
			[]string{events(texts(0, 99)...), events(texts(99, 198)...), events(texts(198, 198)...)},
			[]string{all, `"newerThanSequence":99`, `"newerThanSequence":198`},
			0, 199,
		},
		"a page in any order": {-1, []string{events(texts(5, 0)...), noEvents}, []string{all, `"newerThanSequence":5`}, 0, 6},
		"the newest page first": {
			-1,
			[]string{events(texts(249, 150)...), events(texts(149, 50)...), events(texts(49, 0)...), noEvents},
			[]string{all, `"newerThanSequence":-1,"olderThanSequence":150`, `"newerThanSequence":-1,"olderThanSequence":50`, `"newerThanSequence":249`},
			0, 250,
		},
		"numbers that are missing": {
			-1, []string{events(texts(40, 42)...), noEvents}, []string{all, `"newerThanSequence":42`}, 40, 3,
		},
		"what has no number": {
			-1, []string{events(`{"event":{"type":"ChatStateEvent","chatState":"COMPOSING"},"dialogId":"conv-1"}`), noEvents}, []string{all}, 0, 0,
		},
		"what cannot be read": {
			-1, []string{events(`7`, `{"sequence":-1,"event":{"type":"ContentEvent"}}`, text(0, "0")), noEvents}, []string{all, `"newerThanSequence":0`}, 0, 1,
		},
		"later forms": {
			-1,
			[]string{`"code":"200","type":"ms.QueryMessagesResponse","body":{"dialogId":"conv-1","changes":[` + text(0, "0") + `]}`, noEvents},
			[]string{all, `"newerThanSequence":0`},
			0, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, `[]`, func(t *testing.T, x *scripted) {
				x.says("QueryMessages", row.pages...)
				events, err := x.a.query(t.Context(), "messagingagent.Messages", "conv-1", row.after, "conv-1")
				require.NoError(t, err)
				var want []string
				for _, q := range row.want {
					want = append(want, querying(q))
				}
				assert.Equal(t, want, x.all())
				require.Len(t, events, row.count)
				slices.SortFunc(events, func(a, b Event) int { return int(a.Sequence - b.Sequence) })
				for i, e := range events {
					assert.Equal(t, row.first+int64(i), e.Sequence)
					assert.Equal(t, fmt.Sprint(e.Sequence), e.Text)
					assert.Equal(t, DialogID("conv-1"), e.DialogID)
				}
			})
		})
	}
}

// What cannot be read at all is an error.
func TestPagesThatFail(t *testing.T) {
	t.Parallel()
	for answer, is := range map[string]error{
		`"code":200,"type":"x","body":[{"sequence":"x"}]`:                nil,
		`"code":200,"type":"x"`:                                          nil, // an empty list need not be there
		`"code":403,"type":".ReqBody$StringResp","body":"no"`:            liveperson.ErrForbidden,
		`"code":500,"type":".ReqBody$StringResp","body":"The dialog is"`: liveperson.ErrUnavailable,
		`"code":200,"type":"x","body":"a text"`:                          nil,
	} {
		inScript(t, `[]`, func(t *testing.T, x *scripted) {
			x.says("QueryMessages", answer)
			events, err := x.a.query(t.Context(), "messagingagent.Messages", "conv-1", -1, "conv-1")
			assert.Empty(t, events)
			if is == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, is)
			var e *liveperson.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "messagingagent.Messages", e.Op)
		})
	}
}
