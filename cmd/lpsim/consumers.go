package main

import (
	"context"
	"log/slog"
	"strconv"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// converse plays one consumer of the messaging service: waits for an agent who
// is ONLINE, writes by the script and closes the conversation at its end.
func converse(ctx context.Context, log *slog.Logger, srv *lptest.Server, number int, script []string) {
	if err := srv.Messaging().WaitOnline(ctx, ""); err != nil {
		return // the program ends
	}
	name := "Consumer " + strconv.Itoa(number)
	c := srv.Messaging().Consumer(messaging.Consumer{Name: name, FirstMessage: script[0]})
	log.Info("consumer writes", "name", name, "conversation", c.ID())
	said := 1
	for {
		m, err := c.WaitMessage(ctx, said)
		if err != nil {
			log.Info("consumer's conversation is over", "name", name, "conversation", c.ID(), "why", err)
			return
		}
		log.Info("consumer hears", "name", name, "conversation", c.ID(), "text", m.Text)
		if said == len(script) {
			c.Close()
			log.Info("consumer closes", "name", name, "conversation", c.ID())
			return
		}
		c.Say(script[said])
		said++
	}
}
