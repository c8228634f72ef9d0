package chatagent

import (
	"context"
	"net/http"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// Date is a day without a time; its zero value is no date.
type Date struct {
	Year  int `json:"year"`
	Month int `json:"month"`
	Day   int `json:"day"`
}

// Participant is a visitor who is signed in with the brand (Retrieve Participant
// Info page).
type Participant struct {
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

	// Personal is nil if the visitor's site gave no personal information.
	Personal *PersonalInfo `json:"-"`
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

type participantDoc struct {
	Participant Participant   `json:"authenticatedParticipantInfo"`
	Personal    *PersonalInfo `json:"authenticatedPersonalInfo"`
}

// Participant returns what the brand's site said of a visitor who is signed in
// (Retrieve Participant Info page); the id is ChatInfo.ParticipantID.
func (s *Session) Participant(ctx context.Context, id string) (Participant, error) {
	at := s.at()
	out, _, err := rest.Do[participantDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.Participant", Method: http.MethodGet, Class: retry.Idempotent,
		URL: at.url.Join("/participantExtendedInfo/{participantId}", id), Query: query,
	})
	if err != nil {
		return Participant{}, err
	}
	out.Participant.Personal = out.Personal
	return out.Participant, nil
}
