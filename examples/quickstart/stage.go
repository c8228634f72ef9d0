package main

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/login"
)

// stage is where the play takes place.
type stage struct {
	title       string
	account     string
	credentials login.Credentials
	transport   http.RoundTripper // nil: the SDK's own
	survey      agentsurvey.Ref   // no conversation: no survey
	wait        time.Duration     // for a chat to come and end

	beforeSubmit func() // what happens while the survey is being filled; may be nil

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
	if conversation := env("LP_CONVERSATION"); conversation != "" {
		skill := cmp.Or(liveperson.SkillID(env("LP_SKILL")), liveperson.NoSkill)
		if _, err := skill.Int64(); err != nil {
			return s, fmt.Errorf("%w: LP_SKILL must be a number", errUsage)
		}
		s.survey = agentsurvey.Ref{Conversation: liveperson.ConversationID(conversation), Skill: skill}
	}
	s.title = "the real services, account " + s.account
	return s, nil
}
