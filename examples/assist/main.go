// Assist shows the two roles of a bot beside a human agent, on the embedded
// fake services:
//
//   - a listener: a second agent session of the human agent reads along and
//     whispers tips, in lines that only agents see;
//   - a bot that joins to assist: the human transfers the chat to the bot's
//     skill, and the bot answers what it knows better.
//
// The "human" is played by a program too.
//
//	go run ./examples/assist
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/examples/internal/demo"
	"github.com/liveperson-community/liveperson-go/lptest"
)

func main() {
	demo.Main("assist", func(ctx context.Context) error { return play(ctx, os.Stdout, lptest.Start) })
}

// team is who works on the chat.
type team struct {
	orders liveperson.SkillID
	say    func(who, text string)
}

// listen is the listener: it watches for chats of the agent and whispers.
func (t *team) listen(ctx context.Context, agent *chatagent.Agent) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	heard := map[chatagent.ChatID]bool{}
	for ticker := time.NewTicker(chatagent.MinPollInterval); ; {
		chats, err := agent.Chats(ctx)
		if err != nil {
			return err
		}
		for _, c := range chats {
			if heard[c.ID] {
				continue
			}
			heard[c.ID] = true
			chat, err := agent.Chat(ctx, c.ID)
			if err != nil {
				return err
			}
			wg.Go(func() { _ = t.whisper(ctx, chat) })
		}
		select {
		case <-ctx.Done():
			ticker.Stop()
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// whisper gives a tip for each line of the visitor that it has one for.
func (t *team) whisper(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		if strings.Contains(line.Text, "discount") {
			tip := "Tip: SPRING10 gives 10 %, until Sunday."
			if _, err := chat.Send(ctx, chatagent.Whisper(chatagent.Text(tip))); err != nil {
				return err
			}
			t.say("(tip)", tip)
		}
	}
	return nil
}

// human is the agent who is being helped: waits for a tip where one is due,
// and transfers what others know better.
func (t *team) human(ctx context.Context, chat *chatagent.Chat) error {
	asked := false
	for event, err := range chat.Events(ctx) {
		switch {
		case err != nil:
			return err
		case event.IsLine(chatagent.FromVisitor) && strings.Contains(event.Text, "discount"):
			asked = true
		case event.IsLine(chatagent.FromAgent) && event.SubType == chatagent.OnlyToRep && asked:
			asked = false
			if _, err := chat.Send(ctx, chatagent.Text("Use SPRING10 for 10 % off.")); err != nil {
				return err
			}
		case event.IsLine(chatagent.FromVisitor) && strings.Contains(event.Text, "parcel"):
			return chat.Transfer(ctx, chatagent.TransferTarget{SkillID: t.orders}, "Where is the parcel?")
		}
	}
	return nil
}

// assistant is the bot that joins: it answers, and the chat is done with.
func (t *team) assistant(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		if !strings.Contains(line.Text, "parcel") {
			continue
		}
		_, err := chat.Send(ctx, chatagent.Text("Your parcel arrives tomorrow."))
		return err // the chat is done with: Serve ends it
	}
	return nil
}

// play has two visitors talk to the team.
func play(ctx context.Context, out io.Writer, start func(...lptest.Option) (*lptest.Server, error)) error {
	srv, err := start()
	if err != nil {
		return err
	}
	defer srv.Close()
	var mu sync.Mutex
	srv.AddSkill(lptest.Skill{Name: "Sales"})
	t := &team{
		orders: liveperson.SkillIDOf(srv.AddSkill(lptest.Skill{Name: "Orders"}).ID),
		say: func(who, text string) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintf(out, "%-9s %s\n", who, text)
		},
	}
	human, err := demo.Fake(ctx, srv, "Hannah", "Sales")
	if err != nil {
		return err
	}
	defer demo.Logout(human)
	bot, err := demo.Fake(ctx, srv, "Orderbot", "Orders")
	if err != nil {
		return err
	}
	defer demo.Logout(bot)

	desk, err := demo.Online(ctx, human)
	if err != nil {
		return err
	}
	ear, err := chatagent.Start(ctx, human) // the same agent, a session of its own
	if err != nil {
		return err
	}
	orders, err := demo.Online(ctx, bot)
	if err != nil {
		return err
	}

	work, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	errs := make(chan error, 3)
	for _, role := range []func() error{
		func() error { return desk.Serve(work, chatagent.HandlerFunc(t.human)) },
		func() error { return orders.Serve(work, chatagent.HandlerFunc(t.assistant)) },
		func() error { return t.listen(work, ear) },
	} {
		wg.Go(func() { errs <- demo.Stopped(role()) })
	}
	err = demo.Talk(ctx, srv, "Ada", "Sales", t.say, "Is there a discount?")
	if err == nil {
		err = demo.Talk(ctx, srv, "Bob", "Sales", t.say, "Where is my parcel?")
	}
	stop()
	wg.Wait()
	for range 3 {
		if e := <-errs; err == nil {
			err = e
		}
	}
	return err
}
