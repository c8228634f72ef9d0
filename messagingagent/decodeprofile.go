package messagingagent

import (
	"encoding/json"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// profileDoc is a profile as the service sends it.
type profileDoc struct {
	UserID        string          `json:"userId"`
	FirstName     string          `json:"firstName"`
	LastName      string          `json:"lastName"`
	NickName      string          `json:"nickName"`
	AvatarURL     string          `json:"avatarUrl"`
	BackgroundURL string          `json:"backgndImgUri"`
	Role          string          `json:"role"`
	Description   string          `json:"description"`
	Private       privateDoc      `json:"privateData"`
	Claims        json.RawMessage `json:"claims"`
	Authenticated json.RawMessage `json:"authenticatedData"`
	ACR           string          `json:"acr"`
}

type privateDoc struct {
	Mobile string `json:"mobileNum"`
	Mail   string `json:"mail" wire:"or=email"`
}

// attributesDoc has engagement attributes.
type attributesDoc struct {
	Attributes []json.RawMessage `json:"lp_sdes"`
}

// attributeDoc is one engagement attribute, or a profile.
type attributeDoc struct {
	Type     string      `json:"type"`
	Personal personalDoc `json:"personal"`
	Info     customerDoc `json:"info"`
}

type personalDoc struct {
	FirstName string       `json:"firstname"`
	LastName  string       `json:"lastname"`
	Contacts  []contactDoc `json:"contacts"`
}

type contactDoc struct {
	Mail  string `json:"email"`
	Phone string `json:"phone"`
}

type customerDoc struct {
	CustomerID string `json:"customerId"`
}

// decodeProfile decodes the answer to GetUserProfile: an object, or a list of
// engagement attributes.
func decodeProfile(body json.RawMessage) (Profile, error) {
	var list []json.RawMessage
	if err := wire.Unmarshal(body, &list); err != nil {
		return Profile{}, err
	}
	p := Profile{Raw: given(body)}
	for _, raw := range list {
		var a attributeDoc
		if wire.Unmarshal(raw, &a) != nil {
			continue
		}
		if a.Type != "" {
			p.attribute(raw, a)
			continue
		}
		if err := p.object(raw); err != nil {
			return Profile{}, err
		}
	}
	return p, nil
}

// object reads the profile that the service keeps.
func (p *Profile) object(raw json.RawMessage) error {
	var d profileDoc
	if err := wire.Unmarshal(raw, &d); err != nil {
		return err
	}
	p.UserID, p.FirstName, p.LastName, p.NickName = d.UserID, d.FirstName, d.LastName, d.NickName
	p.AvatarURL, p.BackgroundURL, p.Role, p.Description = d.AvatarURL, d.BackgroundURL, d.Role, d.Description
	p.Mobile, p.Mail, p.ACR = d.Private.Mobile, d.Private.Mail, d.ACR
	p.Claims, p.AuthenticatedData = given(d.Claims), given(d.Authenticated)
	for _, in := range []json.RawMessage{d.Claims, d.Authenticated} {
		var s attributesDoc
		_ = wire.Unmarshal(in, &s) // there may be none
		for _, raw := range s.Attributes {
			var a attributeDoc
			if wire.Unmarshal(raw, &a) == nil {
				p.attribute(raw, a)
			}
		}
	}
	return nil
}

// attribute adds an engagement attribute, and takes from it what is missing yet.
func (p *Profile) attribute(raw json.RawMessage, a attributeDoc) {
	p.Attributes = append(p.Attributes, raw)
	p.FirstName, p.LastName = firstOf(p.FirstName, a.Personal.FirstName), firstOf(p.LastName, a.Personal.LastName)
	p.CustomerID = firstOf(p.CustomerID, a.Info.CustomerID)
	for _, c := range a.Personal.Contacts {
		p.Mail, p.Mobile = firstOf(p.Mail, c.Mail), firstOf(p.Mobile, c.Phone)
	}
}
