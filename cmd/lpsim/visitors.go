package main

import (
	"context"
	"log/slog"
	"strconv"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// visit plays one visitor: waits for an agent who is Online, chats by the
// script and leaves at its end.
func visit(ctx context.Context, log *slog.Logger, srv *lptest.Server, number int, script []string) {
	if err := srv.WaitOnline(ctx, ""); err != nil {
		return // the program ends
	}
	name := "Visitor " + strconv.Itoa(number)
	v := srv.Visitor(lptest.Visitor{Name: name, FirstLine: script[0]})
	log.Info("visitor comes", "name", name, "chat", v.ChatID())
	said := 1
	for {
		line, err := v.WaitLine(ctx, said)
		if err != nil {
			log.Info("visitor's chat is over", "name", name, "chat", v.ChatID(), "why", err)
			return
		}
		log.Info("visitor hears", "name", name, "chat", v.ChatID(), "text", line.Text)
		if said == len(script) {
			v.Leave()
			log.Info("visitor leaves", "name", name, "chat", v.ChatID())
			return
		}
		v.Say(script[said])
		said++
	}
}
