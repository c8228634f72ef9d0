package messagingagent

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Requests that have no method go out as they were given, and come back as they came.
func TestDoAsItIsSent(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		for _, row := range []struct {
			typ    string
			body   any
			opts   []DoOption
			want   string
			answer string
			got    Response
		}{
			{".ams.x.Ask", nil, nil, `"type":".ams.x.Ask"}`, `"code":200,"type":".ams.x.Ask$Response"`, Response{200, ".ams.x.Ask$Response", nil}},
			{"Ask", map[string]string{"a": "<b>"}, []DoOption{nil}, `"type":"Ask","body":{"a":"<b>"}}`, `"code":"201","type":"x","body":{"a": 1}`, Response{201, "x", raw(`{"a": 1}`)}},
			{"Ask", raw(`[1]`), []DoOption{Idempotent()}, `"type":"Ask","body":[1]}`, `"code":202,"type":"x","body":"text"`, Response{202, "x", raw(`"text"`)}},
			{
				"Ask",
				struct{}{},
				[]DoOption{Beside(raw(`[{"type":"h"}]`), raw(`[{"type":"m"}]`), "ZQ==")},
				`"type":"Ask","body":{},"headers":[{"type":"h"}],"metadata":[{"type":"m"}],"encodedMetadata":"ZQ=="}`, `"code":200,"type":"x","body":[]`,
				Response{200, "x", raw(`[]`)},
			},
			{"Ask", nil, []DoOption{Beside(nil, nil, "")}, `"type":"Ask"}`, `"code":399,"body":null`, Response{399, "", raw(`null`)}},
		} {
			x.says("Ask", row.answer)
			got, err := x.a.Do(t.Context(), row.typ, row.body, row.opts...)
			require.NoError(t, err)
			assert.Equal(t, row.got, got)
			assert.Equal(t, []string{row.want}, x.all())
		}
		_, err := x.a.Do(t.Context(), "", nil)
		var input *liveperson.InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "type", input.Field)
		_, err = x.a.Do(t.Context(), "Ask", math.NaN())
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "request", input.Field)
		_, err = x.a.Do(t.Context(), "Ask", nil, Beside(raw(`{`), nil, ""))
		require.ErrorAs(t, err, &input)
		assert.Empty(t, x.all())
		x.says("Ask", "")
		_, err = x.a.Do(t.Context(), "Ask", nil)
		require.ErrorIs(t, err, ErrUnconfirmed)
		assert.Len(t, x.all(), 1)
		x.says("Ask", "", `"code":503,"type":"x"`, `"code":200,"type":"x"`)
		_, err = x.a.Do(t.Context(), "Ask", nil, Idempotent())
		require.NoError(t, err)
		assert.Len(t, x.all(), 3)
		x.says("Ask", `"code":503,"type":"x"`)
		_, err = x.a.Do(t.Context(), "Ask", nil)
		require.ErrorIs(t, err, liveperson.ErrUnavailable)
		require.NotErrorIs(t, err, ErrUnconfirmed)
		assert.Len(t, x.all(), 1)
	})
}

// All that is told comes as it came, to each loop, until it ends.
func TestNotificationsAsTheyCome(t *testing.T) {
	t.Parallel()
	inScript(t, `[]`, func(t *testing.T, x *scripted) {
		told := []Notification{
			{".ams.cm.ConversationChangeNotification", raw(`{"a": [1,"<b>"]}`)},
			{".ams.aam.ExConversationChangeNotification", raw(`{"subscriptionId":"sub-1","changes":[]}`)},
			{"", raw(`"text"`)},
			{".ams.routing.RingUpdated", raw(`null`)},
		}
		ctx, cancel := context.WithCancel(t.Context())
		loops := make(chan []Notification)
		for n := range 2 {
			go func() {
				var got []Notification
				for note := range x.a.Notifications(ctx) {
					if got = append(got, note); n == 1 && len(got) == 2 {
						break
					}
				}
				loops <- got
			}()
		}
		synctest.Wait()
		for _, n := range told {
			x.notify(n.Type, string(n.Body))
		}
		assert.Equal(t, told[:2], <-loops)
		synctest.Wait() // the other loop has them all
		cancel()
		assert.Equal(t, told, <-loops)
		time.AfterFunc(time.Second, x.a.Close)
		for range x.a.Notifications(t.Context()) {
			assert.Fail(t, "nothing is told any more")
		}
	})
}
