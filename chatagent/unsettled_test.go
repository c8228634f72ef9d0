package chatagent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// A chat that can be neither ended nor handed over has a handler again, after pauses that
// grow, until it is over: its visitor is not flooded.
func TestChatThatCannotBeEnded(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault lptest.Fault
		opts  []chatagent.Option
	}{
		"forbidden":       {lptest.Fault{Status: 403}, nil},
		"failing":         {lptest.Fault{Status: 500}, nil},
		"no answer":       {lptest.Fault{Kind: lptest.FaultHang}, nil},
		"nor handed over": {lptest.Fault{Status: 403}, []chatagent.Option{chatagent.WithHandOver(chatagent.TransferTarget{AgentID: "7"}, "")}},
	} {
		for _, fails := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", after a failure: ", fails), func(t *testing.T) {
				t.Parallel()
				world(t, 1, func(t *testing.T, f *fleet) {
					stop := serving(t, f, func(ctx context.Context, c *chatagent.Chat) error {
						if _, err := c.Send(ctx, chatagent.Text("hello")); err != nil || !fails {
							return err
						}
						return errors.New("no idea")
					}, slices.Concat(row.opts, []chatagent.Option{chatagent.WithGoodbye(chatagent.Text("goodbye"))})...)
					for _, op := range []lptest.Op{lptest.OpEnd, lptest.OpTransfer} {
						fault := row.fault
						fault.Op = op
						f.srv.AddFault(fault)
					}
					v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hi"})
					time.Sleep(10 * time.Minute)
					times := map[string]int{}
					for _, text := range agentLines(v.Chat()) {
						times[text]++
					}
					assert.Equal(t, "ended", v.Chat().State(), "it is not polled for so long")
					assert.LessOrEqual(t, times["hello"], 5)
					assert.GreaterOrEqual(t, times["hello"], 3)
					assert.Equal(t, fails, times["goodbye"] == 1, "%d", times["goodbye"])
					assert.ErrorIs(t, stop(), context.Canceled)
				})
			})
		}
	}
}
