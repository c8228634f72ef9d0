package chatagent

import (
	"encoding/json"
	"time"
)

// MarshalJSON makes an object of type "ringing" of it.
func (u Ringing) MarshalJSON() ([]byte, error) {
	type plain Ringing
	return typed("ringing", plain(u))
}

// MarshalJSON makes an object of type "chatOpened" of it.
func (u ChatOpened) MarshalJSON() ([]byte, error) {
	type plain ChatOpened
	if u.History == nil {
		u.History = []Event{}
	}
	return typed("chatOpened", plain(u))
}

// MarshalJSON makes an object of type "lineReceived" of it.
func (u LineReceived) MarshalJSON() ([]byte, error) {
	type plain LineReceived
	return typed("lineReceived", plain(u))
}

// MarshalJSON makes an object of type "eventReceived" of it.
func (u EventReceived) MarshalJSON() ([]byte, error) {
	type plain EventReceived
	return typed("eventReceived", plain(u))
}

// MarshalJSON makes an object of type "visitorTyping" of it.
func (u VisitorTyping) MarshalJSON() ([]byte, error) {
	type plain VisitorTyping
	return typed("visitorTyping", plain(u))
}

// MarshalJSON makes an object of type "chatStateChanged" of it.
func (u ChatStateChanged) MarshalJSON() ([]byte, error) {
	type plain ChatStateChanged
	return typed("chatStateChanged", plain(u))
}

// MarshalJSON makes an object of type "chatClosed" of it.
func (u ChatClosed) MarshalJSON() ([]byte, error) {
	return typed("chatClosed", struct {
		Chat *Chat   `json:"chat"`
		How  Closing `json:"how"`
		Err  string  `json:"err,omitempty"`
	}{u.Chat, u.How, text(u.Err)})
}

// MarshalJSON makes an object of type "availabilityChanged" of it.
func (u AvailabilityChanged) MarshalJSON() ([]byte, error) {
	type plain AvailabilityChanged
	return typed("availabilityChanged", plain(u))
}

// MarshalJSON makes an object of type "sessionReplaced" of it.
func (u SessionReplaced) MarshalJSON() ([]byte, error) {
	type plain SessionReplaced
	return typed("sessionReplaced", plain(u))
}

// MarshalJSON makes an object of type "trouble" of it.
func (u Trouble) MarshalJSON() ([]byte, error) {
	return typed("trouble", struct {
		What  string    `json:"what"`
		Chat  ChatID    `json:"chat,omitempty"`
		Err   string    `json:"err"`
		Until time.Time `json:"until"`
	}{u.What, u.Chat, text(u.Err), u.Until})
}

// MarshalJSON makes an object of type "unconfirmed" of it.
func (u Unconfirmed) MarshalJSON() ([]byte, error) {
	return typed("unconfirmed", struct {
		Chat *Chat  `json:"chat"`
		What string `json:"what"`
		Err  string `json:"err"`
	}{u.Chat, u.What, text(u.Err)})
}

// MarshalJSON makes an object of type "loginEnded" of it.
func (u LoginEnded) MarshalJSON() ([]byte, error) {
	return typed("loginEnded", struct {
		Err string `json:"err"`
	}{text(u.Err)})
}

// typed is the JSON of a struct, which has members, with its type before them.
func typed(kind string, u any) ([]byte, error) {
	members, err := json.Marshal(u)
	if err != nil {
		return nil, err
	}
	return append([]byte(`{"type":"`+kind+`",`), members[1:]...), nil
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
