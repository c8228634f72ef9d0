package agentsurvey

import (
	"context"
	"net/http"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// Part says which questions to read. The default is the first sequence: from
// the survey's root to the first question whose answer decides how it goes on.
type Part func(*query)

// Full reads all questions (seq=false).
func Full() Part { return func(q *query) { q.Seq = "false" } }

// From reads the sequence that begins with a question (seqRoot). It is for
// [Client.Get] only.
func From(question int64) Part { return func(q *query) { q.SeqRoot = question } }

// Get reads a survey without the answers saved for it (Get Agent Survey page).
//
// Errors: [ErrNoSurvey] if there is none for the conversation and skill,
// [ErrExpired], liveperson.ErrForbidden if it is not for this agent, and those
// of every call.
func (c *Client) Get(ctx context.Context, ref Ref, part ...Part) (*Survey, error) {
	s, _, err := c.read(ctx, "agentsurvey.Get", "", ref, query{Seq: "true"}, part)
	return s, err
}

// State reads a survey with the answers saved for it (Get Agent Survey State
// page). As long as nothing is saved, that is the first sequence; Full reads
// all questions then.
//
// Errors are those of [Client.Get].
func (c *Client) State(ctx context.Context, ref Ref, part ...Part) (*Survey, error) {
	const op = "agentsurvey.State"
	s, q, err := c.read(ctx, op, "state", ref, query{}, part)
	if err != nil {
		return nil, err
	}
	s.hasStates = true
	s.full = q.Seq == "false" && len(s.states()) == 0 // else it may list only what was answered
	return s, nil
}

// read makes the calls that read.
func (c *Client) read(ctx context.Context, op, path string, ref Ref, q query, part []Part) (*Survey, query, error) {
	q.Conv, q.Skill, q.V = ref.Conversation, ref.Skill, c.version
	for _, p := range part {
		p(&q)
	}
	if path != "" && q.SeqRoot != 0 {
		return nil, q, &liveperson.InputError{Op: op, Field: "seqRoot", Rule: "is for Get only"}
	}
	target, err := c.target(ctx, op, ref)
	if err != nil {
		return nil, q, err
	}
	doc, resp, err := c.do(ctx, rest.Request{Op: op, Method: http.MethodGet, URL: target.Join("/" + path), Query: q})
	if err != nil {
		return nil, q, err
	}
	s := doc.survey(ref, resp)
	s.full, s.dateLayout = q.Seq == "false", c.dateLayout
	return s, q, nil
}
