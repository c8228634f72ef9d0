package messagingagent

import "encoding/json"

// Profile is what is known of a user: a consumer, or an agent. Any field may be empty.
type Profile struct {
	// UserID is the consumer's id, or account and user id of an agent with a dot
	// between.
	UserID        string `json:"userId"`
	FirstName     string `json:"firstName,omitempty"`
	LastName      string `json:"lastName,omitempty"`
	NickName      string `json:"nickName,omitempty"`
	AvatarURL     string `json:"avatarUrl,omitempty"`
	BackgroundURL string `json:"backgroundUrl,omitempty"`
	Role          string `json:"role,omitempty"`
	Description   string `json:"description,omitempty"`
	Mobile        string `json:"mobile,omitempty"`
	Mail          string `json:"mail,omitempty"`
	// CustomerID is the brand's own id of the consumer, if an attribute has it.
	CustomerID string `json:"customerId,omitempty"`
	// Attributes are the engagement attributes, as they came; those that the consumer
	// has signed in with among them.
	Attributes []json.RawMessage `json:"attributes,omitempty"`
	// Claims are what the consumer has signed in with, and AuthenticatedData is what was
	// made of it, both as they came.
	Claims            json.RawMessage `json:"claims,omitempty"`
	AuthenticatedData json.RawMessage `json:"authenticatedData,omitempty"`
	// ACR says how surely the consumer is known.
	ACR string `json:"acr,omitempty"`
	// Raw is all of it as it came. Do not change it.
	Raw json.RawMessage `json:"-"`
}
