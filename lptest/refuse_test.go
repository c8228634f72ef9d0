package lptest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// A transfer can be refused although somebody is there to take it.
func TestFaultRefuse(t *testing.T) {
	t.Parallel()
	const (
		toBilling = `{"transfer":{"skill":{"id":26060413}}}`
		toSales   = `{"transfer":{"skill":{"id":25975313}}}`
		toBob     = `{"transfer":{"agent":{"id":3705342611}}}`
	)
	for _, test := range []struct {
		fault                lptest.Fault
		billing, sales, bobs int
	}{
		{lptest.Fault{}, 400, 400, 400},
		{lptest.Fault{Status: 200}, 200, 200, 200},
		{lptest.Fault{Status: 500, Variants: []lptest.Variant{lptest.VariantTransferOK}}, 500, 500, 500},
		{lptest.Fault{Variants: []lptest.Variant{lptest.VariantTransferOK}}, 200, 200, 200},
		{lptest.Fault{To: "Billing"}, 400, 0, 0},
		{lptest.Fault{To: "Sales"}, 0, 400, 0},
		{lptest.Fault{To: "bob@brand"}, 0, 0, 400},
		{lptest.Fault{To: "nobody"}, 0, 0, 0},
		{lptest.Fault{Agent: "bob@brand"}, 0, 0, 0},
	} {
		for _, call := range []struct {
			body, refusal string
			status        int
		}{
			{toBilling, "The skill 26060413 is not available", test.billing},
			{toSales, "The skill 25975313 is not available", test.sales},
			{toBob, "The agent 3705342611 is not available", test.bobs},
		} {
			s := newStage(t)
			bob(t, s.srv)
			fault := test.fault
			fault.Op, fault.Kind, fault.Times = lptest.OpTransfer, lptest.FaultRefuse, 1
			s.srv.AddFault(fault)
			r := s.call("POST", s.url+"/transfer", call.body)
			if call.status != 0 {
				s.answered(r, call.status, `{"transfer":{"errormsg":"`+call.refusal+`"}}`)
				require.Equal(t, "ann@brand", s.visit.Chat().Agent())
				require.Equal(t, lptest.FaultRefuse, s.last().Fault)
				r = s.call("POST", s.url+"/transfer", call.body)
			}
			require.Equal(t, 200, r.status)
			require.Empty(t, r.body)
			require.Equal(t, "bob@brand", s.visit.Chat().Ringing())
		}
	}
}
