package lptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// A bot is tested in twenty lines: the visitor's side is played by the test,
// the agent's side by the bot.
func Example() {
	srv := lptest.NewServer()
	defer srv.Close()
	srv.AddAgent(lptest.Agent{LoginName: "bot@brand", Password: "secret", Nickname: "Botty", Skills: []string{"Sales"}})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	ada := srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "Sales", FirstLine: "Do you have it in blue?"})
	over := make(chan error, 1)
	go func() { over <- politeBot(ctx, srv.URL(), srv.Client()) }()

	line, err := ada.WaitLine(ctx, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(line.By+":", line.Text)
	ada.Leave()
	if err := <-over; err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range srv.Journal() {
		fmt.Println(r.Op, r.Status)
	}
	// Output:
	// Botty: You said: Do you have it in blue?
	// login 200
	// session.start 201
	// availability.set 200
	// accept 201
	// chat.events 200
	// chat.send 201
}

// politeBot is a bot without an SDK: it takes one chat and answers its first
// line.
func politeBot(ctx context.Context, base string, client *http.Client) error {
	var auth string
	var cookies []*http.Cookie
	call := func(method, url, body string, override string) (answer struct {
		Bearer  string
		Session struct {
			Link struct {
				Href string `json:"@href"`
			}
		} `json:"agentSessionLocation"`
		Chat struct {
			Link struct {
				Href string `json:"@href"`
			}
		} `json:"chatLocation"`
		Events struct {
			Event []struct{ Text, Source string }
		}
	}, err error,
	) {
		req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewBufferString(body))
		if err != nil {
			return answer, err
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", auth)
		if override != "" {
			req.Header.Set("X-HTTP-Method-Override", override)
		}
		for _, cookie := range cookies {
			req.AddCookie(cookie)
		}
		resp, err := client.Do(req)
		if err != nil {
			return answer, err
		}
		defer func() { _ = resp.Body.Close() }()
		data, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode/100 != 2 {
			return answer, fmt.Errorf("%s: %s %w", resp.Status, data, err)
		}
		cookies = append(cookies, resp.Cookies()...)
		return answer, json.Unmarshal(data, &answer)
	}
	const query = "?v=1&NC=true"
	login, err := call("POST", base+"/api/account/12345678/login?v=1.3", `{"username":"bot@brand","password":"secret"}`, "")
	if err != nil {
		return err
	}
	auth = "Bearer " + login.Bearer
	session, err := call("POST", base+"/api/account/12345678/agentSession"+query, `{"loginData":""}`, "")
	if err != nil {
		return err
	}
	as := session.Session.Link.Href
	if _, err := call("POST", as+"/availability"+query, `{"availability":{"chat":"Online"}}`, "PUT"); err != nil {
		return err
	}
	chat, err := call("POST", as+"/incomingRequests"+query, `{}`, "")
	if err != nil {
		return err
	}
	ch := chat.Chat.Link.Href
	events, err := call("GET", ch+"/events"+query, "", "")
	if err != nil {
		return err
	}
	for _, e := range events.Events.Event {
		if e.Source == "visitor" {
			_, err = call("POST", ch+"/events"+query, `{"event":{"@type":"line","text":"You said: `+e.Text+`","textType":"plain"}}`, "")
		}
	}
	return err
}
