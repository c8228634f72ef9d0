package chatagent

import (
	"context"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// Visit is what is known of the visitor's visit: device, address, system and
// so on are name and value pairs.
type Visit struct {
	InCurrentChat bool                 `json:"inCurrentChat"`
	VisitorID     liveperson.VisitorID `json:"visitorId"`
	Session       []NameValue          `json:"session"`
	Visitor       []NameValue          `json:"visitor"`
	Time          []NameValue          `json:"time"`
}

// NameValue is one piece of visit information.
type NameValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CustomVariable is a custom variable of the visit. The answers of the pre-chat
// survey are among them.
type CustomVariable struct {
	Source      string    `json:"source"`
	Scope       string    `json:"scope"`
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

type visitInfoDoc struct {
	Info struct {
		InCurrentChat bool     `json:"isInCurrentChat"`
		VisitorID     string   `json:"visitorId"`
		Session       infoList `json:"sessionInfo"`
		Visitor       infoList `json:"visitorInfo"`
		Time          infoList `json:"time"`
	} `json:"visitInfo"`
}

func (d *visitInfoDoc) visit() Visit {
	i := &d.Info
	return Visit{i.InCurrentChat, liveperson.VisitorID(i.VisitorID), i.Session.pairs(), i.Visitor.pairs(), i.Time.pairs()}
}

type infoList struct {
	Info []struct {
		Name  string `json:"name"`
		Value string `json:"$"`
	} `json:"info"`
}

func (l infoList) pairs() []NameValue {
	var pairs []NameValue
	for _, i := range l.Info {
		pairs = append(pairs, NameValue{i.Name, i.Value})
	}
	return pairs
}

type variablesDoc struct {
	Variables struct {
		Variable []struct {
			Source      string    `json:"source"`
			Scope       string    `json:"scope"`
			Name        string    `json:"name"`
			Time        time.Time `json:"time"`
			DisplayName string    `json:"displayName"`
			Value       string    `json:"value"`
		} `json:"customVariable"`
	} `json:"customVariables"`
}

func (d *variablesDoc) variables() []CustomVariable {
	var list []CustomVariable
	for _, v := range d.Variables.Variable {
		list = append(list, CustomVariable(v))
	}
	return list
}

// Visit returns what is known of the visit. The pages name the link only; the
// shape is that of public clients, and what is missing stays empty.
func (c *Chat) Visit(ctx context.Context) (Visit, error) {
	at, links, err := c.visitLinks(ctx)
	if err != nil {
		return Visit{}, err
	}
	out, err := rest.Get[visitInfoDoc](ctx, at.rest, "chatagent.Visit", at.url.Follow("info", href(links, "info")), query)
	return out.visit(), err
}

// CustomVariables returns the custom variables of the visit, among them the
// pre-chat survey's.
func (c *Chat) CustomVariables(ctx context.Context) ([]CustomVariable, error) {
	at, links, err := c.visitLinks(ctx)
	if err != nil {
		return nil, err
	}
	out, err := rest.Get[variablesDoc](ctx, at.rest, "chatagent.CustomVariables", at.url.Follow("custom-variables", href(links, "custom-variables")), query)
	return out.variables(), err
}

// visitLinks reads the chat's visit-id resource.
func (c *Chat) visitLinks(ctx context.Context) (*seat, []link, error) {
	at, url := c.at()
	body, err := readChat(ctx, at, url)
	if err != nil {
		return nil, nil, err
	}
	out, err := rest.Get[visitDoc](ctx, at.rest, "chatagent.Visit", at.url.Follow("visit-id", href(body.Links, "visit-id")), query)
	return at, out.Visit.Links, err
}
