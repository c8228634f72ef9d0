package messagingagent

import (
	"context"
	"fmt"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// profileBody asks for a profile.
type profileBody struct {
	UserID string `json:"userId"`
}

// Profile returns what is known of a consumer, or of an agent: by a consumer's id, by
// user id with the account before it as [Agent.Me] has it, or the agent's own for "".
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (a *Agent) Profile(ctx context.Context, id string) (Profile, error) {
	const op = "messagingagent.Profile"
	answer, err := a.link.do(ctx, request{op: op, typ: ".ams.userprofile.GetUserProfile", body: profileBody{id}, idempotent: true, about: id})
	if err != nil {
		return Profile{}, err
	}
	p, err := decodeProfile(answer.body)
	if err != nil {
		return Profile{}, &liveperson.Error{Op: op, Status: answer.code, Err: fmt.Errorf("%w: %w", liveperson.ErrMalformed, err)}
	}
	return p, nil
}

// setProfileBody sets the own profile.
type setProfileBody struct {
	UserID        string          `json:"userId"`
	FirstName     string          `json:"firstName,omitempty"`
	LastName      string          `json:"lastName,omitempty"`
	NickName      string          `json:"nickName,omitempty"`
	AvatarURL     string          `json:"avatarUrl,omitempty"`
	Role          string          `json:"role,omitempty"`
	BackgroundURL string          `json:"backgndImgUri,omitempty"`
	Description   string          `json:"description,omitempty"`
	Private       *privateProfile `json:"privateData,omitempty"`
}

type privateProfile struct {
	Mobile string `json:"mobileNum,omitempty"`
	Mail   string `json:"mail,omitempty"`
}

// SetProfile sets the agent's own profile: names, pictures, role, description, mobile and
// mail. What is empty is not sent; UserID must be the agent's, or empty. What a consumer
// has signed in with cannot be set. It is sent again if its answer is lost.
//
// https://developers.liveperson.com/messaging-agent-sdk-methods.html
func (a *Agent) SetProfile(ctx context.Context, p Profile) error {
	const op = "messagingagent.SetProfile"
	if p.UserID != "" && a.oldIDOf(liveperson.UserID(p.UserID)) != a.oldID {
		return &liveperson.InputError{Op: op, Field: "userId", Rule: "must be the agent's own, or empty"}
	}
	body := setProfileBody{
		UserID: a.oldID, FirstName: p.FirstName, LastName: p.LastName, NickName: p.NickName,
		AvatarURL: p.AvatarURL, Role: p.Role, BackgroundURL: p.BackgroundURL, Description: p.Description,
	}
	if p.Mobile != "" || p.Mail != "" {
		body.Private = &privateProfile{p.Mobile, p.Mail}
	}
	_, err := a.link.do(ctx, request{op: op, typ: ".ams.userprofile.SetUserProfile", body: body, idempotent: true})
	return unconfirmed(op, err)
}
