package agentsurvey

import (
	"context"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// Part says which questions to read. The default is the first sequence: from
// the survey's root to the first question whose answer decides how it goes on.
type Part func(*query) error

// Full reads all questions (seq=false).
func Full() Part {
	return func(q *query) error {
		q.Seq = "false"
		return nil
	}
}

// From reads the sequence that begins with a question (seqRoot). It is for
// [Client.Get] only.
func From(question int64) Part {
	return func(q *query) error {
		q.SeqRoot = question
		if question == 0 {
			return &liveperson.InputError{Op: "agentsurvey.Get", Field: "seqRoot", Rule: "must be a question's id"}
		}
		return nil
	}
}

// Get reads a survey without the answers saved for it.
//
// Errors: [ErrNoSurvey] if there is none for the conversation and skill,
// [ErrExpired], liveperson.ErrForbidden if it is not for this agent, and those
// of every call.
//
// https://developers.liveperson.com/agent-survey-for-messaging-runtime-api-methods-get-agent-survey.html
func (c *Client) Get(ctx context.Context, ref Ref, part ...Part) (*Survey, error) {
	q := c.query(ref)
	q.Seq = "true"
	return c.read(ctx, "agentsurvey.Get", "/", ref, q, part)
}

// State reads a survey with the answers saved for it. As long as nothing is
// saved, that is the first sequence; Full reads all questions then.
//
// Errors are those of [Client.Get].
//
// https://developers.liveperson.com/agent-survey-for-messaging-runtime-api-methods-get-agent-survey-state.html
func (c *Client) State(ctx context.Context, ref Ref, part ...Part) (*Survey, error) {
	return c.read(ctx, "agentsurvey.State", "/state", ref, c.query(ref), part)
}

// read makes the calls that read.
func (c *Client) read(ctx context.Context, op, path string, ref Ref, q query, part []Part) (*Survey, error) {
	for _, p := range part {
		if err := p(&q); err != nil {
			return nil, err
		}
	}
	if path == "/state" && q.SeqRoot != 0 {
		return nil, &liveperson.InputError{Op: op, Field: "seqRoot", Rule: "is for Get only"}
	}
	url, err := c.target(ctx, op, ref)
	if err != nil {
		return nil, err
	}
	doc, answer, err := rest.Do[surveyDoc](ctx, c.rest, rest.Request{Op: op, Method: http.MethodGet, URL: url.Join(path), Query: q})
	if err != nil {
		return nil, named(err)
	}
	s := doc.survey(ref, answer)
	s.hasStates, s.dateLayout = path == "/state", c.dateLayout
	s.full = q.Seq == "false" && (!s.hasStates || len(s.answers()) == 0) // else it may list only what was answered
	return s, nil
}
