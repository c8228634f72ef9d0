package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/login"
)

// The channels that may be played on alone.
const (
	onlyChat      = "chat"
	onlyMessaging = "messaging"
)

// stage is where the play takes place.
type stage struct {
	title       string
	account     string
	credentials login.Credentials
	transport   http.RoundTripper // nil: the SDK's own
	only        string            // the one channel; "" for both
	wait        time.Duration     // for a chat to come and end, and for a conversation

	beforeSubmit func(at agentsurvey.Ref) // what happens while the survey is being filled; may be nil

	check func() error // does the server agree that all took effect?
	close func()
}

// realStage is LivePerson itself.
func realStage(w world, wait time.Duration) (stage, error) {
	env := w.env
	s := stage{
		account: env("LP_ACCOUNT"), wait: wait, transport: w.transport,
		check: func() error { return nil }, // each call's answer is all there is to know
		close: func() {},
	}
	user, password, id, secret := env("LP_USER"), env("LP_PASSWORD"), env("LP_CLIENT_ID"), env("LP_CLIENT_SECRET")
	switch {
	case s.account == "" || user == "":
		return s, fmt.Errorf("%w: -live needs LP_ACCOUNT and LP_USER", errUsage)
	case password != "" && (id != "" || secret != ""):
		return s, fmt.Errorf("%w: set either LP_PASSWORD or LP_CLIENT_ID and LP_CLIENT_SECRET, not both", errUsage)
	case password != "":
		s.credentials = login.Password(user, password)
	case id != "" && secret != "":
		s.credentials = login.BotUser(user, id, secret)
	default:
		return s, fmt.Errorf("%w: -live needs LP_PASSWORD, or both LP_CLIENT_ID and LP_CLIENT_SECRET", errUsage)
	}
	s.title = "the real services, account " + s.account
	return s, nil
}
