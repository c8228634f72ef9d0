package messagingagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// What the service could not take is an error before anything is sent.
func TestInputThatIsWrong(t *testing.T) {
	t.Parallel()
	inWorld(t, func(t *testing.T, w *world) {
		a, done := w.connect(t)
		defer done()
		opened := make(chan *messagingagent.Conversation, 1)
		stop := serve(t, a, func(ctx context.Context, c *messagingagent.Conversation) error {
			opened <- c
			<-ctx.Done()
			return ctx.Err()
		}, messagingagent.WithoutReceipts())
		w.svc.Consumer(messaging.Consumer{Skill: "Sales", FirstMessage: "hello"})
		c := <-opened
		time.Sleep(5 * time.Second)
		ctx := t.Context()
		list := func(f messagingagent.Filter) func() error {
			return func() error { _, err := a.List(ctx, f); return err }
		}
		download := func(path string) func() error {
			return func() error { _, err := a.Download(ctx, path); return err }
		}
		file := func(path string) func() error {
			return func() error {
				_, err := c.Send(ctx, messagingagent.FileMessage(messagingagent.FileInfo{Path: path, Type: "PDF"}))
				return err
			}
		}
		before := len(w.svc.Requests())
		for name, row := range map[string]struct {
			do    func() error
			field string
		}{
			"a number below 0":              {func() error { return c.Read(ctx, 0, -1) }, "sequenceList"},
			"of another dialog":             {func() error { return c.Receipt(ctx, "x", messagingagent.ReceiptAccept, -1) }, "sequenceList"},
			"no agent":                      {list(messagingagent.Filter{Agents: []liveperson.UserID{"3550017", ""}}), "agentIds"},
			"an account alone":              {list(messagingagent.Filter{Agents: []liveperson.UserID{"12345678."}}), "agentIds"},
			"no skill's id":                 {list(messagingagent.Filter{Skill: "Sales"}), "skillId"},
			"a time long ago":               {list(messagingagent.Filter{UpdatedAfter: time.UnixMilli(-1)}), "minLastUpdatedTime"},
			"another":                       {list(messagingagent.Filter{UpdatedBefore: time.UnixMilli(-1)}), "maxLastUpdatedTime"},
			"a third":                       {list(messagingagent.Filter{RespondBefore: time.UnixMilli(-1)}), "maxETTR"},
			"to no agent":                   {func() error { return c.Transfer(ctx, messagingagent.ToAgent("12345678.", billing)) }, "userId"},
			"a file above":                  {download("../../x"), "relativePath"},
			"a file further up":             {download("/v1/../../x"), "relativePath"},
			"a file at another host":        {download("//evil.example/x"), "relativePath"},
			"a file with another host":      {download("@evil.example/x"), "relativePath"},
			"a file with a query":           {download("/v1/x?y"), "relativePath"},
			"a file with a fragment":        {download("/v1/x#y"), "relativePath"},
			"a backslash":                   {download(`/\evil.example/x`), "relativePath"},
			"a message of a file above":     {file("/v1/.."), "relativePath"},
			"a message of one at another's": {file("//evil.example/x"), "relativePath"},
			"a conversation with no skill": {func() error {
				_, err := a.RequestConversation(ctx, messagingagent.NewConversation{Consumer: "ada", Skill: "Sales"})
				return err
			}, "skillId"},
			"a stream of no agent's": {func() error {
				for _, err := range a.Conversations(ctx, messagingagent.Filter{Agents: []liveperson.UserID{""}}) {
					return err
				}
				return nil
			}, "agentIds"},
		} {
			var input *liveperson.InputError
			require.ErrorAs(t, row.do(), &input, name)
			assert.Equal(t, row.field, input.Field, name)
			assert.NotEmpty(t, input.Op, name)
		}
		assert.Len(t, w.svc.Requests(), before, "nothing is sent")
		assert.ErrorIs(t, stop(), context.Canceled)
	})
}
