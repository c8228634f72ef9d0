package chatagent

import (
	"context"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// Date is a day without a time; its zero value is no date.
type Date struct {
	Year  int `json:"year"`
	Month int `json:"month"`
	Day   int `json:"day"`
}

// Participant is a visitor who is signed in with the brand.
type Participant struct {
	ID               string  `json:"id"`
	Authenticated    bool    `json:"authenticated"`
	Balance          float64 `json:"balance"`
	RegistrationDate Date    `json:"registrationDate"`
	LastPaymentDate  Date    `json:"lastPaymentDate"`
	CustomerID       string  `json:"customerId"`
	CustomerStatus   string  `json:"customerStatus"`
	CustomerType     string  `json:"customerType"`
	SocialID         string  `json:"socialId"`
	IMEI             string  `json:"imei"`
	UserName         string  `json:"userName"`
	CompanySize      int64   `json:"companySize"`
	AccountName      string  `json:"accountName"`
	Role             string  `json:"role"`
	// Personal is nil if the visitor's site gave no personal information.
	Personal *PersonalInfo `json:"personal,omitempty"`
}

// PersonalInfo is who a participant is.
type PersonalInfo struct {
	Name     string    `json:"name"`
	Surname  string    `json:"surname"`
	Contacts []Contact `json:"contacts"`
}

// Contact is where a participant can be reached.
type Contact struct {
	Email string `json:"email"`
	Phone string `json:"phone"`
}

type participantBody struct {
	Authenticated    bool    `json:"isUserAuthenticated"`
	ID               string  `json:"participantId"`
	Balance          float64 `json:"balance"`
	RegistrationDate Date    `json:"registrationDate"`
	LastPaymentDate  Date    `json:"lastPaymentDate"`
	CustomerID       string  `json:"customerId"`
	CustomerStatus   string  `json:"customerStatus"`
	CustomerType     string  `json:"customerType"`
	SocialID         string  `json:"socialId"`
	IMEI             string  `json:"imei"`
	UserName         string  `json:"userName"`
	CompanySize      int64   `json:"companySize"`
	AccountName      string  `json:"accountName"`
	Role             string  `json:"role"`
}

type participantDoc struct {
	Participant participantBody `json:"authenticatedParticipantInfo"`
	Personal    *PersonalInfo   `json:"authenticatedPersonalInfo"`
}

func (d *participantDoc) participant() Participant {
	b := &d.Participant
	return Participant{
		ID: b.ID, Authenticated: b.Authenticated, Balance: b.Balance, RegistrationDate: b.RegistrationDate, LastPaymentDate: b.LastPaymentDate,
		CustomerID: b.CustomerID, CustomerStatus: b.CustomerStatus, CustomerType: b.CustomerType, SocialID: b.SocialID, IMEI: b.IMEI,
		UserName: b.UserName, CompanySize: b.CompanySize, AccountName: b.AccountName, Role: b.Role, Personal: d.Personal,
	}
}

// Participant returns what the brand's site said of a visitor who is signed in;
// the id is ChatInfo.ParticipantID.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-participant-info.html
func (s *Agent) Participant(ctx context.Context, id string) (Participant, error) {
	at := s.at()
	out, err := rest.Get[participantDoc](ctx, at.rest, "chatagent.Participant", at.url.Join("/participantExtendedInfo/{participantId}", id), query)
	return out.participant(), err
}

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
	chat, err := rest.Get[chatDoc](ctx, at.rest, "chatagent.Chat", url, query)
	if err != nil {
		return nil, nil, err
	}
	out, err := rest.Get[visitDoc](ctx, at.rest, "chatagent.Visit", at.url.Follow("visit-id", href(chat.Chat.Links, "visit-id")), query)
	return at, out.Visit.Links, err
}
