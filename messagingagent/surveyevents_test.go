package messagingagent

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Events that were asked for, and do not name their dialog, are of the one that was asked
// for.
func TestEventsOfASurveyThatDoNotNameIt(t *testing.T) {
	t.Parallel()
	state := strings.Replace(conv("77", me, "", ""), `"dialogs":[`, `"dialogs":[{"dialogId":"survey-1","dialogType":"POST_SURVEY","state":"OPEN"},`, 1)
	inScript(t, upserts(state), func(t *testing.T, x *scripted) {
		unnamed := func(sequence int) string {
			return strings.Replace(text(sequence, "five"), `,"dialogId":"conv-1"`, "", 1)
		}
		x.says(`"dialogId":"survey-1"`, events(unnamed(0), unnamed(1)), noEvents)
		x.says(`"dialogId":"conv-1"`, events(unnamed(0)), noEvents)
		c := x.open()
		for dialog, want := range map[DialogID]int{"conv-1": 1, "survey-1": 2} {
			n, err := c.Unread(InDialog(dialog))
			require.NoError(t, err)
			assert.Equal(t, want, n, dialog)
		}
	}, WithSurveyDialogs())
}

// That something was said in a survey is nothing to ask for where surveys are left alone.
func TestWhatWasSaidLastInASurvey(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.all()
		last := strings.Replace(text(7, "five"), "conv-1", "survey-1", 1)
		x.tell("UPSERT", strings.TrimSuffix(conv("77", me, "", ""), "}")+`,"lastContentEventNotification":`+last+`}`)
		assert.Empty(t, x.all())
		assert.NoError(t, c.closed())
	})
}

// A dialog that is closed is asked once for what was said last in it.
func TestWhatWasSaidLastInAClosedDialog(t *testing.T) {
	t.Parallel()
	open := conv("77", me, "", "")
	closed := func(at string) string {
		state := conv("77", me, "", `"metaDataLastUpdateTs":17000001`+at+`,`)
		return strings.Replace(state, `"dialogType":"MAIN","state":"OPEN"`, `"dialogType":"MAIN","state":"CLOSE"`, 1)
	}
	inScript(t, upserts(open), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("QueryMessages", events(text(0, "bye")), noEvents)
		x.all()
		x.tell("UPSERT", closed("30000"))
		assert.Equal(t, []string{querying(`"newerThanSequence":-1`), querying(`"newerThanSequence":0`)}, x.all())
		n, err := c.Unread()
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		x.tell("UPSERT", closed("40000"))
		assert.Empty(t, x.all())
	}, WithSurveyDialogs())
}
