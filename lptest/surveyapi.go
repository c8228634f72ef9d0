package lptest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// revisionHeader carries the state's revision in both directions.
const revisionHeader = "X-Lp-State-Rev"

// enterSurvey finds the survey that the query names and checks that it may be
// used.
func (c *call) enterSurvey() (*survey, *answer) {
	refuse := func(status, code int, message string) (*survey, *answer) {
		a := fail(status, code, message)
		return nil, &a
	}
	conversation := c.query.Get("conv")
	skill, err := strconv.ParseInt(c.query.Get("skill"), 10, 64)
	version := c.query.Get("v")
	switch {
	case conversation == "":
		return refuse(http.StatusBadRequest, codeBadRequest, "conv is missing")
	case err != nil:
		return refuse(http.StatusBadRequest, codeBadRequest, "skill is no number")
	case version != "1.0" && version != "2.0":
		return refuse(http.StatusBadRequest, codeBadRequest, "v is 1.0 or 2.0")
	case c.r.Header.Get("X-HTTP-Method-Override") != "":
		return refuse(http.StatusBadRequest, codeBadRequest, "This service takes the method itself, not an override")
	}
	if seq := c.query.Get("seq"); seq != "" && seq != "true" && seq != "false" {
		return refuse(http.StatusBadRequest, codeBadRequest, "seq is true or false")
	}
	v := c.s.survey(conversation, skill)
	switch {
	case v == nil:
		return refuse(http.StatusNotFound, codeNoData, "There is no survey for this conversation and skill")
	case len(v.Agents) > 0 && !slices.Contains(v.Agents, c.agent.LoginName):
		return refuse(http.StatusForbidden, codeUnauthorized, "The survey is not for this agent")
	case !v.closesAt.IsZero() && !c.now.Before(v.closesAt):
		return refuse(http.StatusGone, codeNoData, "The survey has expired")
	}
	if c.fault != nil && c.fault.Kind == FaultRevision {
		v.move(c.now)
	}
	return v, nil
}

func (c *call) version2() bool { return c.query.Get("v") == "2.0" }

// answers is the saved state that this caller works on: shared in version 1.0,
// the agent's own in 2.0.
func (c *call) answers(v *survey) map[int64]Answer {
	if !c.version2() {
		return v.state.Answers
	}
	own := v.state.ByAgent[c.agent.LoginName]
	if own == nil {
		own = map[int64]Answer{}
		v.state.ByAgent[c.agent.LoginName] = own
	}
	return own
}

func (c *call) keep(v *survey, answers map[int64]Answer) {
	if c.version2() {
		v.state.ByAgent[c.agent.LoginName] = answers
	} else {
		v.state.Answers = answers
	}
}

// seqRoot reads the first question of the sequence that is asked for.
func (c *call) seqRoot(v *survey) (int64, *answer) {
	text := c.query.Get("seqRoot")
	if text == "" {
		return v.Root, nil
	}
	root, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v.byID[root] == nil {
		a := fail(http.StatusBadRequest, codeBadRequest, "seqRoot is no question of this survey")
		return 0, &a
	}
	return root, nil
}

// getSurvey answers the Get Agent Survey page: the whole survey, or one
// sequence of it.
func (c *call) getSurvey() answer {
	v, refusal := c.enterSurvey()
	if refusal != nil {
		return *refusal
	}
	root, refusal := c.seqRoot(v)
	if refusal != nil {
		return *refusal
	}
	if c.query.Get("seq") == "false" {
		return c.surveyAnswer(v, v.all(), nil)
	}
	return c.surveyAnswer(v, v.sequence(root), nil)
}

func (v *survey) all() []*Question {
	all := make([]*Question, len(v.Questions))
	for i := range v.Questions {
		all[i] = &v.Questions[i]
	}
	return all
}

// getSurveyState answers the Get Agent Survey State page: with seq the
// questions that the saved answers opened, else all of them.
func (c *call) getSurveyState() answer {
	v, refusal := c.enterSurvey()
	if refusal != nil {
		return *refusal
	}
	saved := c.answers(v)
	if c.query.Get("seq") == "false" {
		return c.surveyAnswer(v, v.all(), saved)
	}
	open := v.visible(saved)
	for _, q := range v.all() { // nothing that was saved is kept back
		if _, isSaved := saved[q.ID]; isSaved && !slices.Contains(open, q) {
			open = append(open, q)
		}
	}
	return c.surveyAnswer(v, open, saved)
}

// checkRevision holds a write to the revision that was read last.
func (c *call) checkRevision(v *survey) *answer {
	given := c.r.Header.Get(revisionHeader)
	if given == "" {
		a := fail(http.StatusBadRequest, codeBadRequest, "The header x-lp-state-rev is missing")
		return &a
	}
	if given != strconv.FormatInt(v.state.Revision, 10) {
		a := c.conflict(v, "The state was changed since it was read")
		return &a
	}
	return nil
}

func (c *call) conflict(v *survey, message string) answer {
	a := fail(http.StatusConflict, codeBadRequest, message)
	return a.with(revisionHeader, strconv.FormatInt(v.state.Revision, 10))
}

// saveSurvey answers the Save Agent Survey State page. Version 2.0 needs no
// revision.
func (c *call) saveSurvey() answer {
	v, refusal := c.enterSurvey()
	if refusal != nil {
		return *refusal
	}
	if !c.version2() {
		if refusal := c.checkRevision(v); refusal != nil {
			return *refusal
		}
	}
	root, refusal := c.seqRoot(v)
	if refusal != nil {
		return *refusal
	}
	if v.state.Status != surveyOpen {
		return c.conflict(v, "The survey was "+v.state.Status)
	}
	answers, refusal := c.readAnswers(v)
	if refusal != nil {
		return *refusal
	}
	c.keep(v, answers)
	v.state.Saves++
	v.move(c.now)
	c.change("survey " + v.Conversation + " saved by " + c.agent.LoginName)
	if c.query.Has("seqRoot") {
		return c.surveyAnswer(v, v.sequence(root), answers)
	}
	return c.contextAnswer(v)
}

// submitSurvey answers the Submit Agent Survey page: allowed unless dismissed.
func (c *call) submitSurvey() answer {
	v, refusal := c.enterSurvey()
	if refusal == nil {
		refusal = c.checkRevision(v)
	}
	if refusal != nil {
		return *refusal
	}
	if v.state.Status == surveyDismissed {
		return c.conflict(v, "The survey was dismissed")
	}
	answers, refusal := c.readAnswers(v)
	if refusal != nil {
		return *refusal
	}
	if complaint := v.complete(answers); complaint != "" {
		return fail(http.StatusBadRequest, codeBadRequest, complaint)
	}
	c.keep(v, answers)
	v.state.Answers = answers
	v.state.Status = surveySubmitted
	v.state.Submits++
	v.state.SubmittedBy = c.agent.LoginName
	v.lastAction = c.now
	v.move(c.now)
	c.change("survey " + v.Conversation + " submitted by " + c.agent.LoginName)
	return c.contextAnswer(v)
}

// dismissSurvey answers the Dismiss Agent Survey page: allowed if nothing is
// required and it was not submitted.
func (c *call) dismissSurvey() answer {
	v, refusal := c.enterSurvey()
	if refusal == nil {
		refusal = c.checkRevision(v)
	}
	if refusal != nil {
		return *refusal
	}
	if v.state.Status == surveySubmitted {
		return c.conflict(v, "The survey was submitted")
	}
	if slices.ContainsFunc(v.Questions, func(q Question) bool { return q.Required }) {
		return fail(http.StatusForbidden, codeBadRequest, "The survey has required questions")
	}
	v.state.Status = surveyDismissed
	v.state.Dismisses++
	v.lastAction = c.now
	v.move(c.now)
	c.change("survey " + v.Conversation + " dismissed by " + c.agent.LoginName)
	return c.contextAnswer(v)
}

func (v *survey) context() object {
	millis := func(t time.Time) number {
		if t.IsZero() {
			return bare(0)
		}
		return bare(t.UnixMilli())
	}
	return object{
		{"agentSurveyStatus", v.state.Status},
		{"lastActionTimeInMillis", millis(v.lastAction)},
		{"autoCloseTimestamp", millis(v.closesAt)},
		{"stateRevision", bare(v.state.Revision)},
	}
}

func (c *call) contextAnswer(v *survey) answer {
	a := ok(v.context())
	if c.fixed.has(vContext) {
		a = ok(object{{"agentSurveyContext", v.context()}})
	}
	return a.with(revisionHeader, strconv.FormatInt(v.state.Revision, 10))
}

func (c *call) surveyAnswer(v *survey, questions []*Question, saved map[int64]Answer) answer {
	timeout := "actualTimeoutInMinutes"
	if c.fixed.has(vTimeoutName) {
		timeout = "actualTimeInMinutes"
	}
	trees := make(list, len(questions))
	for i, q := range questions {
		trees[i] = v.questionTree(q, saved)
	}
	body := object{{"id", bare(v.ID)}, {"name", v.Name}}
	if v.Description != "" {
		body = append(body, member{"description", v.Description})
	}
	a := ok(append(body,
		member{"root", bare(v.Root)},
		member{timeout, bare(int64(v.Timeout.Minutes()))},
		member{"questions", trees},
		member{"agentSurveyContext", v.context()},
	))
	a.partial = len(questions) < len(v.Questions)
	return a.with(revisionHeader, strconv.FormatInt(v.state.Revision, 10))
}

func (v *survey) questionTree(q *Question, saved map[int64]Answer) object {
	next := any(nil)
	if q.Next != 0 {
		next = bare(q.Next)
	}
	tree := object{
		{"id", bare(q.ID)},
		{"orderId", bare(q.Order)},
		{"text", q.Text},
		{"next", next},
		{"nextInOrder", q.NextInOrder},
		{"required", q.Required},
		{"category", q.Category},
		{"questionDefinition", q.Definition},
	}
	if q.MaxCharacters > 0 {
		tree = append(tree, member{"maxCharacters", bare(int64(q.MaxCharacters))})
	}
	if len(q.Replies) > 0 {
		replies := make(list, len(q.Replies))
		for i, r := range q.Replies {
			reply := object{{"id", bare(r.ID)}, {"text", r.Text}}
			if r.Next != 0 {
				reply = append(reply, member{"next", bare(r.Next)})
			}
			replies[i] = append(reply, member{"nextInOrder", r.NextInOrder})
		}
		tree = append(tree, member{"replies", replies})
	}
	tree = append(tree, member{"containsLogic", v.branches(q)})
	if q.Engagement != nil {
		attributes := make(list, len(q.Engagement.Attributes))
		for i, name := range q.Engagement.Attributes {
			attributes[i] = name
		}
		tree = append(tree, member{"engagementAttribute", object{
			{"type", q.Engagement.Type}, {"attributes", attributes},
		}})
	}
	if a, isSaved := saved[q.ID]; isSaved {
		tree = append(tree, member{"questionState", a.tree()})
	}
	return tree
}

func (a Answer) tree() object {
	tree := object{{"id", bare(a.Question)}, {"questionStatus", a.Status}}
	if len(a.Replies) > 0 {
		ids := make(list, len(a.Replies))
		for i, id := range a.Replies {
			ids[i] = bare(id)
		}
		tree = append(tree, member{"replyIds", ids})
	}
	if a.Text != "" {
		tree = append(tree, member{"freeTextReply", a.Text})
	}
	if len(a.Engagement) > 0 {
		tree = append(tree, member{"engAttribute", raw(a.Engagement)})
	}
	return tree
}
