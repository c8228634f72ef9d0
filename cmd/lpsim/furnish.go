package main

import (
	"strconv"

	"github.com/liveperson-community/liveperson-go/lptest"
)

// greeting is the line that the program prints when it listens.
type greeting struct {
	URL     string        `json:"url"`
	Host    string        `json:"host"`
	Account string        `json:"account"`
	Skills  []skill       `json:"skills"`
	Agents  []person      `json:"agents"`
	Bot     bot           `json:"bot"`
	OAuth1  oauth1        `json:"oauth1"`
	Survey  surveyAddress `json:"survey"`
}

type skill struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type person struct {
	UserName string   `json:"username"`
	Password string   `json:"password"`
	UserID   string   `json:"userId"`
	Skills   []string `json:"skills"` // their names
}

type bot struct {
	UserName     string   `json:"username"`
	ClientID     string   `json:"clientId"`
	ClientSecret string   `json:"clientSecret"`
	Skills       []string `json:"skills"`
}

type oauth1 struct {
	UserName          string `json:"username"`
	AppKey            string `json:"appKey"`
	Secret            string `json:"secret"`
	AccessToken       string `json:"accessToken"`
	AccessTokenSecret string `json:"accessTokenSecret"`
}

type surveyAddress struct {
	Conversation string `json:"conversation"`
	Skill        int64  `json:"skill"`
}

// furnish gives the account two people, a bot user, three skills and surveys. One skill
// the bot does not have: what it hands over to that one does not come back to it.
func furnish(srv *lptest.Server) greeting {
	sales := srv.AddSkill(lptest.Skill{Name: "Sales"})
	billing := srv.AddSkill(lptest.Skill{Name: "Billing"})
	experts := srv.AddSkill(lptest.Skill{Name: "Experts"})
	hello := greeting{URL: srv.URL(), Host: srv.Host(), Account: srv.Account()}
	for _, s := range []lptest.Skill{sales, billing, experts} {
		hello.Skills = append(hello.Skills, skill{strconv.FormatInt(s.ID, 10), s.Name})
	}
	for _, a := range []lptest.Agent{
		{LoginName: "ann@lpsim", Password: "ann-password", Nickname: "Ann", MaxChats: 3, Skills: []string{"Sales"}},
		{LoginName: "bob@lpsim", Password: "bob-password", Nickname: "Bob", MaxChats: 3, Skills: []string{"Sales", "Billing", "Experts"}},
	} {
		a = srv.AddAgent(a)
		hello.Agents = append(hello.Agents, person{a.LoginName, a.Password, strconv.FormatInt(a.ID, 10), a.Skills})
	}
	keys := lptest.Keys{ //nolint:gosec // made up, and printed on purpose
		ClientID: "lpsim-client", ClientSecret: "lpsim-client-secret",
		AppKey: "lpsim-app-key", Secret: "lpsim-secret", AccessToken: "lpsim-token", AccessTokenSecret: "lpsim-token-secret",
	}
	robot := srv.AddAgent(lptest.Agent{LoginName: "bot@lpsim", Nickname: "Botty", Skills: []string{"Sales", "Billing"}, Bot: &keys})
	hello.Bot = bot{robot.LoginName, keys.ClientID, keys.ClientSecret, robot.Skills}
	hello.OAuth1 = oauth1{robot.LoginName, keys.AppKey, keys.Secret, keys.AccessToken, keys.AccessTokenSecret}

	hello.Survey = surveyAddress{"6ffb1a3c-4d3c-4d5e-9d3e-2f1c0a8f2b11", sales.ID}
	srv.AddSurvey(agentSurvey(hello.Survey))
	for _, id := range []int64{sales.ID, billing.ID, experts.ID, -1} { // of every conversation
		srv.AddSurvey(agentSurvey(surveyAddress{Skill: id}))
	}
	srv.AddChatSurvey(chatSurvey())
	return hello
}

// agentSurvey is the messaging conversation's survey: it branches once.
func agentSurvey(at surveyAddress) lptest.Survey {
	return lptest.Survey{
		Name: "After the conversation", Conversation: at.Conversation, Skill: at.Skill, Questions: []lptest.Question{
			{
				ID: 1, Text: "Was the question solved?", Required: true, Category: "radio_button", Definition: "conversation_outcome",
				Replies: []lptest.Reply{{ID: 11, Text: "Yes", Next: 3}, {ID: 12, Text: "No", Next: 2}},
			},
			{ID: 2, Text: "What is missing?", Next: 3, Required: true, MaxCharacters: 1024},
			{
				ID: 3, Text: "What was it about?", NextInOrder: true, Category: "checkbox", Definition: "conversation_topic",
				Replies: []lptest.Reply{{ID: 31, Text: "An order"}, {ID: 32, Text: "A payment"}, {ID: 33, Text: "Something else"}},
			},
			{ID: 4, Text: "How many minutes did it take?", Category: "number"},
		},
	}
}

// chatSurvey is the survey of every chat.
func chatSurvey() lptest.ChatSurvey {
	return lptest.ChatSurvey{Title: "After the chat", Header: "Please fill this in", Questions: []lptest.ChatQuestion{
		{ID: 101, Type: lptest.DropdownBox, Label: "Subject", Mandatory: true, Entries: []lptest.ChatEntry{
			{Value: "Order", ShowLogicIDs: []int64{102}}, {Value: "Other"},
		}},
		{ID: 102, Label: "Order number", Validation: "numeric", Mandatory: true},
	}}
}
