package chatagent

import (
	"context"

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
