package chatagent_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// What is unconfirmed and was looked for and not there is told from what could not be
// looked for, and from what another may be.
func TestUnconfirmedAndAbsent(t *testing.T) {
	t.Parallel()
	lost := lptest.Fault{Kind: lptest.FaultReset, Times: 1}
	made := lptest.Fault{Kind: lptest.FaultResetAfter, Times: 1}
	blind := []lptest.Fault{{Op: lptest.OpEvents, Status: 500}, {Op: lptest.OpChats, Status: 500}, {Op: lptest.OpChatInfo, Status: 500}, {Op: lptest.OpChatSessions, Status: 500}}
	send := func(ctx context.Context, c *chatagent.Chat) error {
		_, err := c.Send(ctx, chatagent.Text("hi"))
		return err
	}
	transfer := func(ctx context.Context, c *chatagent.Chat) error {
		return c.Transfer(ctx, chatagent.TransferTarget{SkillID: "1"}, "")
	}
	for name, row := range map[string]struct {
		op     lptest.Op
		call   func(ctx context.Context, c *chatagent.Chat) error
		fault  lptest.Fault
		others []lptest.Fault
		says   string // a colleague whose name is not told, meanwhile
		absent bool
	}{
		"a line":                              {lptest.OpSend, send, lost, nil, "", true},
		"a line, says a gateway":              {lptest.OpSend, send, lptest.Fault{Status: 502, Times: 1}, nil, "", true},
		"a line that cannot be looked for":    {lptest.OpSend, send, lost, blind, "", false},
		"one that is there and cannot either": {lptest.OpSend, send, made, blind, "", false},
		"a line beside another":               {lptest.OpSend, send, lost, nil, "hi", false},
		"a transfer":                          {lptest.OpTransfer, transfer, lost, nil, "", true},
		"a transfer that cannot":              {lptest.OpTransfer, transfer, lost, blind, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				f.visitors("hello")
				var err error
				f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
					row.fault.Op = row.op
					f.srv.AddFault(row.fault)
					for _, other := range row.others {
						f.srv.AddFault(other)
					}
					if row.says != "" {
						time.AfterFunc(time.Second, func() { f.visits[0].Colleague(lptest.Line{Text: row.says}) })
					}
					err = row.call(ctx, chat)
					f.srv.ClearFaults()
					return nil
				})
				require.ErrorIs(t, err, chatagent.ErrUnconfirmed)
				if row.absent {
					require.ErrorIs(t, err, chatagent.ErrAbsent)
					require.ErrorIs(t, err, liveperson.ErrAbsent)
				} else {
					require.NotErrorIs(t, err, chatagent.ErrAbsent)
				}
				assert.Equal(t, 1, f.srv.Count(row.op))
			})
		})
	}
}
