package chatagent

import (
	"context"
	"net/http"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Visit is what is known of the visitor's visit: device, address, system and
// so on are name and value pairs.
type Visit struct {
	InCurrentChat bool
	VisitorID     string
	Session       []NameValue
	Visitor       []NameValue
	Time          []NameValue
}

// NameValue is one piece of visit information.
type NameValue struct {
	Name  string `json:"@name"`
	Value string `json:"$"`
}

// CustomVariable is a custom variable of the visit. The answers of the pre-chat
// survey are among them.
type CustomVariable struct {
	Source      string    `json:"@source"`
	Scope       string    `json:"@scope"`
	Name        string    `json:"name"`
	Time        time.Time `json:"time"`
	DisplayName string    `json:"displayName"`
	Value       string    `json:"value"`
}

type visitDoc struct {
	Visit struct {
		Links []link `json:"link"`
	} `json:"visitId"`
}

type infoList struct {
	Info []NameValue `json:"info"`
}

type visitInfoDoc struct {
	Info struct {
		InCurrentChat bool     `json:"isInCurrentChat"`
		VisitorID     string   `json:"visitorId"`
		Session       infoList `json:"sessionInfo"`
		Visitor       infoList `json:"visitorInfo"`
		Time          infoList `json:"time"`
	} `json:"visitInfo"`
}

type variablesDoc struct {
	Variables struct {
		Variable []CustomVariable `json:"customVariable"`
	} `json:"customVariables"`
}

// Visit returns what is known of the visit. The pages name the link only; the
// shape is that of public clients, and what is missing stays empty.
func (c *Chat) Visit(ctx context.Context) (Visit, error) {
	at, links, err := c.visitLinks(ctx)
	if err != nil {
		return Visit{}, err
	}
	out, _, err := rest.Do[visitInfoDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Visit", Method: http.MethodGet, Class: retry.Idempotent,
		URL: at.url.Follow(href(links, "info")), Query: query,
	})
	i := out.Info
	return Visit{i.InCurrentChat, i.VisitorID, i.Session.Info, i.Visitor.Info, i.Time.Info}, err
}

// CustomVariables returns the custom variables of the visit, among them the
// pre-chat survey's.
func (c *Chat) CustomVariables(ctx context.Context) ([]CustomVariable, error) {
	at, links, err := c.visitLinks(ctx)
	if err != nil {
		return nil, err
	}
	out, _, err := rest.Do[variablesDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.CustomVariables", Method: http.MethodGet, Class: retry.Idempotent,
		URL: at.url.Follow(href(links, "custom-variables")), Query: query,
	})
	return out.Variables.Variable, err
}

// visitLinks reads the chat's visit-id resource.
func (c *Chat) visitLinks(ctx context.Context) (*seat, []link, error) {
	at, url := c.at()
	body, err := readChat(ctx, at, url)
	if err != nil {
		return nil, nil, err
	}
	to := href(body.Links, "visit-id")
	if to == "" {
		return nil, nil, missing("chatagent.Visit", "visit-id link")
	}
	out, _, err := rest.Do[visitDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Visit", Method: http.MethodGet, Class: retry.Idempotent, URL: at.url.Follow(to), Query: query,
	})
	return at, out.Visit.Links, err
}
