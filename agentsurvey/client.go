package agentsurvey

import (
	"context"
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
	version    Version
	merge      MergeFunc
	dateLayout string
	log        *slog.Logger
	err        error // an option that breaks its rule
}

// New returns a client that calls as the session's agent. An option that
// breaks its rule makes every call fail with a *liveperson.InputError.
func New(session *login.Session, opts ...Option) *Client {
	c := &Client{
		session: session, version: V2, dateLayout: defaultDateLayout,
		log: slog.New(slog.DiscardHandler),
	}
	if session == nil {
		c.err = &liveperson.InputError{Op: "agentsurvey.New", Field: "session", Rule: "must not be nil"}
	}
	for _, o := range opts {
		o(c)
	}
	return c
}

// query holds the parameters that the methods share.
type query struct {
	Conv    string  `url:"conv"`
	Skill   int64   `url:"skill"`
	V       Version `url:"v"`
	Seq     string  `url:"seq,omitempty"`
	SeqRoot int64   `url:"seqRoot,omitempty"`
}

// target is where calls about surveys go, and checks what they all need.
func (c *Client) target(ctx context.Context, op string, ref Ref) (rest.Target, error) {
	if c.err != nil {
		return rest.Target{}, c.err
	}
	if err := ref.check(op); err != nil {
		return rest.Target{}, err
	}
	if !utf8.ValidString(ref.Conversation) || strings.ContainsFunc(ref.Conversation, unicode.IsControl) {
		return rest.Target{}, &liveperson.InputError{Op: op, Field: "conv", Rule: "must be UTF-8 without control characters"}
	}
	host, err := c.session.BaseURI(ctx, domain.RuntimeFormLogic)
	if err != nil {
		return rest.Target{}, err
	}
	return rest.Host(c.session.Scheme(), host, "/api/account/{account}/forms/agent_survey/", c.session.Account()), nil
}

// do makes one call; the errors of the API are made the package's own.
func (c *Client) do(ctx context.Context, r rest.Request) (surveyDoc, *rest.Response, error) {
	core := &rest.Client{HTTP: c.session.Client(), Secrets: func() []string {
		bearer, err := c.session.Bearer(ctx)
		if err != nil {
			return nil
		}
		return []string{bearer}
	}}
	doc, resp, err := rest.Do[surveyDoc](ctx, core, r)
	return doc, resp, named(err)
}
