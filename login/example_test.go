package login_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

func Example() {
	fake := lptest.NewMemory() // in a program: no WithHTTPClient, and the real services
	defer fake.Close()
	fake.AddAgent(lptest.Agent{LoginName: "bot", Bot: &lptest.Keys{ClientID: "id", ClientSecret: "secret"}})

	ctx := context.Background()
	session, err := login.Login(ctx, "12345678", login.BotUser("bot", "id", "secret"), login.WithHTTPClient(fake.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Logout(context.WithoutCancel(ctx))
	fmt.Println(session, "for", session.TTL())
	// Output: session of bot on account 12345678 for 8h0m0s
}

// A bot's test needs a fake and one option; so does a program that works with
// cmd/lpsim, with login.WithTestServer("https://127.0.0.1:8443", nil).
func ExampleWithTestServer() {
	fake := lptest.NewServer() // https on loopback, with a certificate of its own
	defer fake.Close()
	fake.AddAgent(lptest.Agent{LoginName: "bot", Password: "password"})

	ctx := context.Background()
	session, err := login.Login(ctx, fake.Account(), login.Password("bot", "password"), login.WithTestServer(fake.URL(), fake.Transport()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Logout(ctx)
	fmt.Println(session)
	// Output: session of bot on account 12345678
}

func ExampleRestore() {
	fake := lptest.NewMemory()
	defer fake.Close()
	fake.AddAgent(lptest.Agent{LoginName: "bot", Password: "password"})
	ctx, client := context.Background(), login.WithHTTPClient(fake.Client())
	creds := login.Password("bot", "password")
	session, err := login.Login(ctx, "12345678", creds, client, login.WithoutRefresh())
	if err != nil {
		fmt.Println(err)
		return
	}

	// Before the restart. Reveal holds the credentials, json.Marshal does not.
	data, err := session.Save().Reveal()
	if err != nil {
		fmt.Println(err)
		return
	}

	// After it.
	var saved login.Saved
	if err := json.Unmarshal(data, &saved); err != nil {
		fmt.Println(err)
		return
	}
	session, err = login.Restore(ctx, saved, creds, client)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Logout(ctx)
	fmt.Println(session, "after", fake.Count(lptest.OpLogin), "login")
	// Output: session of bot on account 12345678 after 1 login
}
