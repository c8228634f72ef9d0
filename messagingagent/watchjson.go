package messagingagent

import (
	"encoding/json"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// MarshalJSON makes an object of type "ringing" of it.
func (u Ringing) MarshalJSON() ([]byte, error) {
	type plain Ringing
	if u.Rings == nil {
		u.Rings = []Ring{}
	}
	return typed("ringing", plain(u))
}

// MarshalJSON makes an object of type "conversationOpened" of it.
func (u ConversationOpened) MarshalJSON() ([]byte, error) {
	type plain ConversationOpened
	if u.History == nil {
		u.History = []Event{}
	}
	return typed("conversationOpened", plain(u))
}

// MarshalJSON makes an object of type "messageReceived" of it.
func (u MessageReceived) MarshalJSON() ([]byte, error) {
	type plain MessageReceived
	return typed("messageReceived", plain(u))
}

// MarshalJSON makes an object of type "eventReceived" of it.
func (u EventReceived) MarshalJSON() ([]byte, error) {
	type plain EventReceived
	return typed("eventReceived", plain(u))
}

// MarshalJSON makes an object of type "typingReceived" of it.
func (u TypingReceived) MarshalJSON() ([]byte, error) {
	type plain TypingReceived
	return typed("typingReceived", plain(u))
}

// MarshalJSON makes an object of type "conversationChanged" of it.
func (u ConversationChanged) MarshalJSON() ([]byte, error) {
	type plain ConversationChanged
	return typed("conversationChanged", plain(u))
}

// MarshalJSON makes an object of type "conversationClosed" of it.
func (u ConversationClosed) MarshalJSON() ([]byte, error) {
	return typed("conversationClosed", struct {
		Conversation *Conversation      `json:"conversation"`
		How          Closing            `json:"how"`
		Skill        liveperson.SkillID `json:"skill"`
		Reason       CloseReason        `json:"reason,omitempty"`
		Err          string             `json:"err,omitempty"`
	}{u.Conversation, u.How, u.Skill, u.Reason, errorText(u.Err)})
}

// MarshalJSON makes an object of type "availabilityChanged" of it.
func (u AvailabilityChanged) MarshalJSON() ([]byte, error) {
	type plain AvailabilityChanged
	return typed("availabilityChanged", plain(u))
}

// MarshalJSON makes an object of type "connected" of it.
func (u Connected) MarshalJSON() ([]byte, error) { return []byte(`{"type":"connected"}`), nil }

// MarshalJSON makes an object of type "disconnected" of it.
func (u Disconnected) MarshalJSON() ([]byte, error) {
	return typed("disconnected", struct {
		Err   string    `json:"err"`
		Until time.Time `json:"until"`
	}{errorText(u.Err), u.Until})
}

// MarshalJSON makes an object of type "trouble" of it.
func (u Trouble) MarshalJSON() ([]byte, error) {
	return typed("trouble", struct {
		What         string                    `json:"what"`
		Conversation liveperson.ConversationID `json:"conversation,omitempty"`
		Err          string                    `json:"err"`
		Until        time.Time                 `json:"until"`
	}{u.What, u.Conversation, errorText(u.Err), u.Until})
}

// MarshalJSON makes an object of type "unconfirmed" of it.
func (u Unconfirmed) MarshalJSON() ([]byte, error) {
	return typed("unconfirmed", struct {
		Conversation *Conversation `json:"conversation"`
		What         string        `json:"what"`
		Err          string        `json:"err"`
	}{u.Conversation, u.What, errorText(u.Err)})
}

// MarshalJSON makes an object of type "loginEnded" of it.
func (u LoginEnded) MarshalJSON() ([]byte, error) {
	return typed("loginEnded", struct {
		Err string `json:"err"`
	}{errorText(u.Err)})
}

// typed is the JSON of a struct, which has members, with its type before them.
func typed(kind string, u any) ([]byte, error) {
	members, err := json.Marshal(u)
	if err != nil {
		return nil, err
	}
	return append([]byte(`{"type":"`+kind+`",`), members[1:]...), nil
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
