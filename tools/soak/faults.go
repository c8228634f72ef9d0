package main

import (
	"math/rand/v2"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// usual is how likely each fault is at rate 1.
var usual = []struct {
	probability float64
	fault       lptest.Fault
}{
	{0.10, lptest.Fault{Op: lptest.OpLogin, Status: 503}},
	{0.05, lptest.Fault{Op: lptest.OpLogin, Status: 429, RetryAfter: "5"}},
	{0.05, lptest.Fault{Op: lptest.OpLogin, Kind: lptest.FaultCut}},
	{0.10, lptest.Fault{Op: lptest.OpDomain, Status: 503}},
	{0.10, lptest.Fault{Op: lptest.OpRefresh, Status: 500}},
	{0.10, lptest.Fault{Op: lptest.OpLogout, Kind: lptest.FaultResetAfter}},
	{0.10, lptest.Fault{Op: lptest.OpSessionStart, Status: 503}},
	{0.05, lptest.Fault{Op: lptest.OpSessionStart, Kind: lptest.FaultResetAfter}},

	{0.02, lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultResetAfter}},
	{0.01, lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultReset}},
	{0.01, lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultCut}},
	{0.01, lptest.Fault{Op: lptest.OpSend, Status: 503}},
	{0.005, lptest.Fault{Op: lptest.OpSend, Status: 503, Rotate: true, Delay: rotation}},
	{0.005, lptest.Fault{Op: lptest.OpSend, Status: 504, After: true}},
	{0.01, lptest.Fault{Op: lptest.OpSend, Status: 429, RetryAfter: "2"}},
	{0.003, lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultLate, Delay: 2 * time.Second}},
	{0.003, lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHang, Latency: 4 * time.Second}},
	{0.003, lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultEmpty}},
	{0.003, lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultHTML}},
	{0.02, lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultLatency, Latency: 2 * time.Second, After: true}},

	{0.02, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultDuplicateEvents}},
	{0.02, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultOverlapEvents}},
	{0.01, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultRepeatEvents}},
	{0.01, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultCut}},
	{0.01, lptest.Fault{Op: lptest.OpChats, Status: 503}},
	{0.01, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultReset}},
	{0.005, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultRotate, Delay: rotation}},
	{0.003, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultEmpty}},
	{0.003, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultError200}},
	{0.003, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultRedirect}},
	{0.003, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultForeign}},
	{0.003, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultHuge, Size: 1 << 20}},
	{0.003, lptest.Fault{Op: lptest.OpChats, Kind: lptest.FaultHang, Latency: 6 * time.Second}},
	{0.02, lptest.Fault{Op: lptest.OpEvents, Kind: lptest.FaultDuplicateEvents}},
	{0.02, lptest.Fault{Op: lptest.OpEvents, Kind: lptest.FaultCut}},
	{0.02, lptest.Fault{Op: lptest.OpEvents, Status: 500}},
	{0.02, lptest.Fault{Op: lptest.OpChat, Kind: lptest.FaultReset}},
	{0.01, lptest.Fault{Op: lptest.OpChat, Kind: lptest.FaultHTML}},

	{0.01, lptest.Fault{Op: lptest.OpIncoming, Status: 502}},
	{0.01, lptest.Fault{Op: lptest.OpIncoming, Kind: lptest.FaultCut}},
	{0.005, lptest.Fault{Op: lptest.OpIncoming, Kind: lptest.FaultRotate, Delay: rotation}},
	{0.003, lptest.Fault{Op: lptest.OpIncoming, Kind: lptest.FaultForeign}},
	{0.05, lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultResetAfter}},
	{0.03, lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultCut}},
	{0.03, lptest.Fault{Op: lptest.OpAccept, Status: 503}},
	{0.01, lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultEmpty}},
	{0.01, lptest.Fault{Op: lptest.OpAccept, Kind: lptest.FaultForeign}},
	{0.10, lptest.Fault{Op: lptest.OpTransfer, Kind: lptest.FaultResetAfter}},
	{0.05, lptest.Fault{Op: lptest.OpTransfer, Status: 503}},
	{0.10, lptest.Fault{Op: lptest.OpEnd, Kind: lptest.FaultResetAfter}},
	{0.05, lptest.Fault{Op: lptest.OpEnd, Status: 503}},

	{0.08, lptest.Fault{Op: lptest.OpSurveySubmit, Kind: lptest.FaultRevision}},
	{0.08, lptest.Fault{Op: lptest.OpSurveySubmit, Kind: lptest.FaultResetAfter}},
	{0.03, lptest.Fault{Op: lptest.OpSurveySubmit, Kind: lptest.FaultCut}},
	{0.03, lptest.Fault{Op: lptest.OpSurveySubmit, Status: 503}},
	{0.03, lptest.Fault{Op: lptest.OpSurveyState, Status: 500}},
	{0.03, lptest.Fault{Op: lptest.OpSurveyState, Kind: lptest.FaultCut}},

	{0.02, lptest.Fault{Kind: lptest.FaultLatency, Latency: 400 * time.Millisecond}},
	{0.002, lptest.Fault{Status: 429, RetryAfter: "1"}},
	{0.002, lptest.Fault{Status: 503, RetryAfter: "+3s"}},
	{0.002, lptest.Fault{Kind: lptest.FaultReset}},
}

// side are operations that no chat waits for: they hang.
var side = []lptest.Op{
	lptest.OpAvailability, lptest.OpSetAvailability, lptest.OpAgentInfo, lptest.OpAgents, lptest.OpSlots, lptest.OpSessionStatus,
	lptest.OpSetTyping, lptest.OpVisitorTyping, lptest.OpChatSessions, lptest.OpParticipant,
}

// everywhere are faults of every operation, and more of those that no chat waits
// for.
func everywhere() []lptest.Fault {
	var faults []lptest.Fault
	for _, op := range lptest.Ops() {
		faults = append(faults,
			lptest.Fault{Op: op, Probability: 0.004, Status: 503},
			lptest.Fault{Op: op, Probability: 0.002, Status: 500, After: true},
			lptest.Fault{Op: op, Probability: 0.002, Kind: lptest.FaultReset},
			lptest.Fault{Op: op, Probability: 0.002, Kind: lptest.FaultCut},
			lptest.Fault{Op: op, Probability: 0.001, Kind: lptest.FaultHang, Latency: 10 * time.Second},
		)
	}
	for _, op := range side {
		faults = append(faults,
			lptest.Fault{Op: op, Probability: 0.1, Kind: lptest.FaultHang, Latency: 30 * time.Second},
			lptest.Fault{Op: op, Probability: 0.05, Status: 500},
			lptest.Fault{Op: op, Probability: 0.03, Kind: lptest.FaultCut},
		)
	}
	return faults
}

// rotation is how long replaced cookies still pass: requests under way
// carry them.
const rotation = 10 * time.Second

// faultsFor are the faults of a plan. The seed makes each of them rarer or
// more frequent.
func faultsFor(p plan) []lptest.Fault {
	random := rand.New(rand.NewPCG(uint64(p.Seed), 1)) //nolint:gosec // a seed is wanted here
	all := everywhere()
	for _, u := range usual {
		f := u.fault
		f.Probability = u.probability
		all = append(all, f)
	}
	var faults []lptest.Fault
	for _, f := range all {
		f.Probability = min(f.Probability*p.Faults*(0.25+1.5*random.Float64()), 0.3)
		if f.Probability > 0 {
			faults = append(faults, f)
		}
	}
	return faults
}
