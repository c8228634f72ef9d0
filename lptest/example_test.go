package lptest_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// shopBot is the bot under test, made with this module's chatagent. A bot in any
// other language is tested likewise: see cmd/lpsim.
func shopBot(ctx context.Context, chat *chatagent.Chat) error {
	for line, err := range chat.Lines(ctx) {
		if err != nil {
			return err
		}
		if strings.Contains(line.Text, "human") {
			return chat.Transfer(ctx, chatagent.TransferTarget{SkillID: "42"}, "Wants a human.")
		}
		if _, err := chat.Send(ctx, chatagent.Text("Yes, we have it in blue!")); err != nil {
			return err
		}
	}
	return nil
}

// A bot's test: the test plays the visitor and the human colleague. In a
// testing/synctest bubble, with NewMemory in the place of NewServer, it takes no time.
func Example() {
	srv := lptest.NewServer()
	defer srv.Close()
	srv.AddSkill(lptest.Skill{ID: 42, Name: "Humans"})
	bot := srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret", Nickname: "Botty", Skills: []string{"Shop"}})
	hannah := srv.Person(srv.AddAgent(lptest.Agent{LoginName: "hannah", Skills: []string{"Humans"}}))
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()

	ended := make(chan error, 1)
	go func() {
		ended <- chatagent.Run(ctx, srv.Account(), login.Password("bot", "secret"), chatagent.HandlerFunc(shopBot),
			chatagent.WithLogin(login.WithTestServer(srv.URL(), srv.Transport())))
	}()

	ada := srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "Shop", FirstLine: "Do you have it in blue?"})
	line, err := ada.WaitLine(ctx, 1)
	fmt.Println(line.By+":", line.Text, err)

	srv.RevokeBearers(bot) // and the bot goes on
	ada.Say("Can I talk to a human?")
	fmt.Println("handed over:", srv.WaitAnswered(ctx, lptest.OpTransfer, 1))
	fmt.Println(hannah.Accept() == ada.ChatID())
	hannah.Say(ada.ChatID(), "Hello Ada!")
	line, err = ada.WaitLine(ctx, 2)
	fmt.Println(line.By+":", line.Text, err)
	ada.Leave()

	stop()
	fmt.Println("stopped:", <-ended, srv.Count(lptest.OpLogout))
	// Output:
	// Botty: Yes, we have it in blue! <nil>
	// handed over: <nil>
	// true
	// hannah: Hello Ada! <nil>
	// stopped: <nil> 1
}
