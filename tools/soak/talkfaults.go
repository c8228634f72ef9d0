package main

import (
	"math/rand/v2"
	"time"

	service "github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// usualTalk is how likely each fault of the messaging service is at rate 1.
var usualTalk = []struct {
	probability float64
	fault       service.Fault
}{
	{0.10, service.Fault{Type: "Upgrade", Kind: service.FaultRefuse, Code: 503}},
	{0.03, service.Fault{Type: "Upgrade", Kind: service.FaultRefuse, Code: 401}},
	{0.03, service.Fault{Type: "Upgrade", Kind: service.FaultRefuse, Code: 429}},
	{0.03, service.Fault{Type: "Upgrade", Kind: service.FaultDelay, Delay: 5 * time.Second}},
	{0.05, service.Fault{Type: "Upgrade", Kind: service.FaultClose, Delay: 100 * time.Millisecond}},

	{0.01, service.Fault{Type: "PublishEvent", Kind: service.FaultNoAnswer, After: true}},
	{0.01, service.Fault{Type: "PublishEvent", Kind: service.FaultNoAnswer}},
	{0.01, service.Fault{Type: "PublishEvent", Kind: service.FaultRefuse, Code: 500, After: true}},
	{0.01, service.Fault{Type: "PublishEvent", Kind: service.FaultRefuse, Code: 503}},
	{0.01, service.Fault{Type: "PublishEvent", Kind: service.FaultRefuse, Code: 429}},
	{0.004, service.Fault{Type: "PublishEvent", Kind: service.FaultClose, After: true}},
	{0.004, service.Fault{Type: "PublishEvent", Kind: service.FaultClose, Code: 1011}},
	{0.01, service.Fault{Type: "PublishEvent", Kind: service.FaultDelay, Delay: 3 * time.Second}},
	{0.005, service.Fault{Type: "PublishEvent", Kind: service.FaultDelay, Delay: 12 * time.Second}},
	{0.01, service.Fault{Type: "PublishEvent", Kind: service.FaultLate, Delay: 2 * time.Second}},
	{0.005, service.Fault{Type: "PublishEvent", Kind: service.FaultHuge, Size: 1 << 20}},

	{0.03, service.Fault{Type: "QueryMessages", Kind: service.FaultRefuse, Code: 500}},
	{0.02, service.Fault{Type: "QueryMessages", Kind: service.FaultNoAnswer}},
	{0.004, service.Fault{Type: "QueryMessages", Kind: service.FaultClose}},
	{0.02, service.Fault{Type: "QueryMessages", Kind: service.FaultLate, Delay: 2 * time.Second}},

	{0.03, service.Fault{Type: "UpdateRingState", Kind: service.FaultNoAnswer, After: true}},
	{0.03, service.Fault{Type: "UpdateRingState", Kind: service.FaultRefuse, Code: 500}},
	{0.02, service.Fault{Type: "UpdateRingState", Kind: service.FaultRefuse, Code: 500, After: true}},
	{0.02, service.Fault{Type: "UpdateRingState", Kind: service.FaultClose, After: true}},
	{0.02, service.Fault{Type: "UpdateRingState", Kind: service.FaultLate, Delay: 3 * time.Second}},

	{0.05, service.Fault{Type: "UpdateConversationField", Kind: service.FaultNoAnswer, After: true}},
	{0.03, service.Fault{Type: "UpdateConversationField", Kind: service.FaultRefuse, Code: 500, After: true}},
	{0.03, service.Fault{Type: "UpdateConversationField", Kind: service.FaultRefuse, Code: 503}},
	{0.03, service.Fault{Type: "UpdateConversationField", Kind: service.FaultClose, After: true}},

	{0.03, service.Fault{Type: "SubscribeExConversations", Kind: service.FaultRefuse, Code: 500}},
	{0.02, service.Fault{Type: "SubscribeExConversations", Kind: service.FaultNoAnswer}},
	{0.02, service.Fault{Type: "SubscribeRoutingTasks", Kind: service.FaultClose}},
	{0.05, service.Fault{Type: "SetAgentState", Kind: service.FaultRefuse, Code: 500}},
	{0.05, service.Fault{Type: "GetClock", Kind: service.FaultNoAnswer}},

	{0.01, service.Fault{Type: "OnlineEventDistribution", Kind: service.FaultLose}},
	{0.02, service.Fault{Type: "OnlineEventDistribution", Kind: service.FaultTwice}},
	{0.02, service.Fault{Type: "OnlineEventDistribution", Kind: service.FaultSwap}},
	{0.02, service.Fault{Type: "OnlineEventDistribution", Kind: service.FaultDelay, Delay: 3 * time.Second}},
	{0.003, service.Fault{Type: "OnlineEventDistribution", Kind: service.FaultClose, After: true}},
	{0.01, service.Fault{Type: "MessagingEventNotification", Kind: service.FaultLose}},
	{0.02, service.Fault{Type: "MessagingEventNotification", Kind: service.FaultTwice}},
	{0.02, service.Fault{Type: "MessagingEventNotification", Kind: service.FaultSwap}},
	{0.01, service.Fault{Type: "ExConversationChangeNotification", Kind: service.FaultLose}},
	{0.02, service.Fault{Type: "ExConversationChangeNotification", Kind: service.FaultTwice}},
	{0.02, service.Fault{Type: "ExConversationChangeNotification", Kind: service.FaultSwap}},
	{0.02, service.Fault{Type: "ExConversationChangeNotification", Kind: service.FaultStale}},
	{0.003, service.Fault{Type: "ExConversationChangeNotification", Kind: service.FaultClose}},
	{0.01, service.Fault{Type: "RoutingTaskNotification", Kind: service.FaultLose}},
	{0.02, service.Fault{Type: "RoutingTaskNotification", Kind: service.FaultTwice}},
	{0.02, service.Fault{Type: "RoutingTaskNotification", Kind: service.FaultDelay, Delay: 2 * time.Second}},

	{0.01, service.Fault{Kind: service.FaultDelay, Delay: 400 * time.Millisecond}},
	{0.002, service.Fault{Kind: service.FaultRefuse, Code: 500}},
	{0.002, service.Fault{Kind: service.FaultRefuse, Code: 429}},
	{0.002, service.Fault{Kind: service.FaultNoAnswer}},
}

// talkRequests are what agents ask.
var talkRequests = []string{
	"PublishEvent", "QueryMessages", "UpdateRingState", "UpdateConversationField", "SubscribeExConversations", "UnsubscribeExConversations",
	"SubscribeRoutingTasks", "SubscribeAgentsState", "SetAgentState", "GetClock",
}

// talkFaultsFor are the faults of the messaging service in a plan.
func talkFaultsFor(p plan) []service.Fault {
	random := rand.New(rand.NewPCG(uint64(p.Seed), 4)) //nolint:gosec // a seed is wanted here
	var faults []service.Fault
	for _, u := range usualTalk {
		f := u.fault
		f.Probability = min(u.probability*p.Faults*(0.25+1.5*random.Float64()), 0.3)
		if f.Probability > 0 {
			faults = append(faults, f)
		}
	}
	return faults
}
