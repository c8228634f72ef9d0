package agentsurvey

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/login"
)

// Client reads and writes agent surveys. It may be used by many goroutines.
type Client struct {
	session    *login.Session
	rest       *rest.Client
	version    Version
	merge      MergeFunc
	dateLayout string
	log        *slog.Logger
}

// New returns a client that calls as the session's agent. It fails only on a
// session that is nil and on options that break their rule
// (*liveperson.InputError).
func New(session *login.Session, opts ...Option) (*Client, error) {
	if session == nil {
		return nil, input("session", "must not be nil")
	}
	c := &Client{session: session, version: V2, dateLayout: defaultDateLayout, log: slog.New(slog.DiscardHandler)}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(c); err != nil {
			return nil, err
		}
	}
	c.rest = &rest.Client{Via: rest.Over(session.Client()), Secrets: c.secrets}
	return c, nil
}

// secrets are what must not stand in an error.
func (c *Client) secrets() []string {
	bearer, err := c.session.Bearer(context.Background())
	if err != nil {
		return nil
	}
	return []string{bearer}
}

// Ref names the agent survey of one conversation (query parameters of all
// methods of the API).
type Ref struct {
	// Conversation is the id of the messaging conversation (conv).
	Conversation liveperson.ConversationID `json:"conversation"`
	// Skill is the conversation's skill, liveperson.NoSkill if it has none.
	Skill liveperson.SkillID `json:"skill"`
}

// UnmarshalJSON reads a Ref; the skill may be a number, as it once was.
func (r *Ref) UnmarshalJSON(data []byte) error {
	var doc struct {
		Conversation liveperson.ConversationID `json:"conversation"`
		Skill        json.RawMessage           `json:"skill"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	r.Conversation, r.Skill = doc.Conversation, liveperson.SkillID(strings.Trim(string(doc.Skill), `"`))
	return nil
}

func (r Ref) check(op string) error {
	if _, err := r.Skill.Int64(); err != nil {
		return &liveperson.InputError{Op: op, Field: "skill", Rule: "must be a whole number, or liveperson.NoSkill"}
	}
	switch conv := string(r.Conversation); {
	case conv == "":
		return &liveperson.InputError{Op: op, Field: "conv", Rule: "must not be empty"}
	case !utf8.ValidString(conv), strings.ContainsFunc(conv, unicode.IsControl):
		return &liveperson.InputError{Op: op, Field: "conv", Rule: "must be UTF-8 without control characters"}
	}
	return nil
}

// query holds the parameters that the methods share.
type query struct {
	Conv    liveperson.ConversationID `url:"conv"`
	Skill   int64                     `url:"skill"`
	V       Version                   `url:"v"`
	Seq     string                    `url:"seq,omitempty"`
	SeqRoot int64                     `url:"seqRoot,omitempty"`
}

// query are the parameters of every call about a survey.
func (c *Client) query(ref Ref) query {
	skill, _ := ref.Skill.Int64() // see Ref.check
	return query{Conv: ref.Conversation, Skill: skill, V: c.version}
}

// target is where calls about a survey go.
func (c *Client) target(ctx context.Context, op string, ref Ref) (rest.Target, error) {
	if err := ref.check(op); err != nil {
		return rest.Target{}, err
	}
	host, err := c.session.BaseURI(ctx, domain.RuntimeFormLogic)
	if err != nil {
		return rest.Target{}, err
	}
	return rest.Host(c.session.Scheme(), host, "/api/account/{account}/forms/agent_survey", c.session.Account()), nil
}
