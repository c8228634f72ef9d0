package messagingagent

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// An unconfirmed message that was looked for and not there is told from one that could not
// be looked for, and from one that another may be.
func TestUnconfirmedMessagesThatAreAbsent(t *testing.T) {
	t.Parallel()
	const (
		refused = `"code":403,"type":"x","body":"no"`
		gateway = `"code":504,"type":"x","body":"too late"`
	)
	for name, row := range map[string]struct {
		answer  string
		queries []string
		absent  bool
		looks   int
	}{
		"not there":                      {``, []string{noEvents}, true, 2},
		"not there, says a gateway":      {gateway, []string{noEvents}, true, 2},
		"others are there":               {``, []string{events(mine(`4`, "Ho"), text(5, "Hi")), noEvents, events(mine(`4`, "Ho"), text(5, "Hi")), noEvents}, true, 4},
		"could not be looked for":        {``, []string{refused}, false, 2},
		"could not be looked for at all": {gateway, []string{refused}, false, 2},
		"only the second time":           {``, []string{refused, noEvents}, true, 2},
		"only the first time":            {``, []string{noEvents, refused}, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
				x.says("QueryMessages", events(text(0, "a"), text(1, "b"), text(2, "c"), text(3, "d")), noEvents)
				c := x.open()
				x.says("PublishEvent", row.answer)
				x.says("QueryMessages", row.queries...)
				_, err := c.Send(t.Context(), Text("Hi"))
				require.ErrorIs(t, err, ErrUnconfirmed)
				require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
				if row.absent {
					require.ErrorIs(t, err, ErrAbsent)
					require.ErrorIs(t, err, liveperson.ErrAbsent)
				} else {
					require.NotErrorIs(t, err, ErrAbsent)
				}
				assert.Len(t, x.all(), 1+row.looks, "sent once")
			})
		})
	}
}

// Of two equal messages in doubt the one that turns up is the first: where the second is,
// nobody can tell.
func TestAnUnconfirmedTwinIsNotAbsent(t *testing.T) {
	t.Parallel()
	inScript(t, upserts(conv("77", me, "", "")), func(t *testing.T, x *scripted) {
		c := x.open()
		x.says("PublishEvent", "")
		_, err := c.Send(t.Context(), Text("Hi"))
		require.ErrorIs(t, err, ErrAbsent)
		x.says("QueryMessages", events(mine(`0`, "Hi")), noEvents)
		_, err = c.Send(t.Context(), Text("Hi"))
		require.ErrorIs(t, err, ErrUnconfirmed)
		require.NotErrorIs(t, err, ErrAbsent)
	})
}
