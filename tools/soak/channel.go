package main

import "slices"

// The channels.
const (
	chatting  = "chat"
	messaging = "messaging"
)

var channels = []string{chatting, messaging}

// plays tells whether there are agents of a channel.
func (p plan) plays(channel string) bool { return slices.Contains(p.Channels, channel) }

// numbers are those of all agents: those of the chat channel, and from plan.Agents on
// those of the messaging channel.
func (p plan) numbers() (list []int) {
	for i := range 2 * p.Agents {
		if p.plays(p.channelOf(i)) {
			list = append(list, i)
		}
	}
	return list
}

func (p plan) channelOf(number int) string {
	if number < p.Agents {
		return chatting
	}
	return messaging
}

// channel is the one that the agent works in.
func (a *agent) channel() string { return a.f.plan.channelOf(a.number) }
