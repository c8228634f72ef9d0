package lptest

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
)

// ChatSurvey is the survey that an agent fills in for a chat, as the Retrieve
// Agent Survey Structure page describes it.
type ChatSurvey struct {
	ID        int64  // drawn when 0
	Skill     string // for chats of this skill; "" for all whose skill has none of its own
	Title     string
	Header    string
	Questions []ChatQuestion
}

// ChatQuestion is one question of a ChatSurvey.
type ChatQuestion struct {
	ID         int64
	Order      int64  // its place in the list, from 1, when 0
	LogicID    int64  // what other questions' ShowLogicIDs point to; equal to ID when 0
	Type       string // one of the six types below, TextField unless given
	Validation string // "alphanumeric" (unless given), "alpha_numeric", "numeric" or "email"
	Label      string
	Mandatory  bool
	LastKnown  string // lastKnownValue, of text questions
	Entries    []ChatEntry
}

// The types of a ChatQuestion.
const (
	TextField       = "Text Field"
	TextArea        = "Text Area"
	DropdownBox     = "Dropdown Box"
	RadioButton     = "Radio Button"
	RadioSideBySide = "Radio Button (side by side)"
	Checkbox        = "Checkbox" // the only one that takes several answers
)

// ChatEntry is one of the answers that a question offers.
type ChatEntry struct {
	Value        string
	Display      string // Value unless given
	Checked      bool
	ShowLogicIDs []int64 // the questions that this entry shows; without it they are hidden
}

// formState is what was answered in a chat's survey.
type formState struct {
	answers map[int64][]string
	submits int
}

// AddChatSurvey adds a chat survey to the account, or replaces the one for the
// same skill, and returns it with the empty fields filled.
func (s *Server) AddChatSurvey(form ChatSurvey) ChatSurvey {
	s.enter()
	defer s.mu.Unlock()
	if form.ID == 0 {
		form.ID = s.newID("form", form.Skill)
	}
	form.Questions = slices.Clone(form.Questions)
	for i := range form.Questions {
		q := &form.Questions[i]
		if q.Order == 0 {
			q.Order = int64(i + 1)
		}
		if q.LogicID == 0 {
			q.LogicID = q.ID
		}
		if q.Type == "" {
			q.Type = TextField
		}
		if q.Validation == "" {
			q.Validation = "alphanumeric"
		}
	}
	s.forms = slices.DeleteFunc(s.forms, func(f *ChatSurvey) bool { return f.Skill == form.Skill })
	s.forms = append(s.forms, &form)
	return form
}

// SurveyAnswers is what the agent submitted in the chat's survey, by question,
// and how often.
func (c *Chat) SurveyAnswers() (answers map[int64][]string, submits int) {
	c.s.enter()
	defer c.s.mu.Unlock()
	if c.ch.form == nil {
		return nil, 0
	}
	return maps.Clone(c.ch.form.answers), c.ch.form.submits
}

// form finds the survey of a chat: its skill's, or else the account's.
func (s *Server) form(ch *chat) *ChatSurvey {
	var general *ChatSurvey
	for _, f := range s.forms {
		if f.Skill == ch.skill {
			return f
		}
		if f.Skill == "" {
			general = f
		}
	}
	return general
}

func (q *ChatQuestion) isText() bool { return q.Type == TextField || q.Type == TextArea }

// chatSurvey answers row 23, the Retrieve Agent Survey Structure page.
func (c *call) chatSurvey() answer {
	form := c.s.form(c.chat)
	if form == nil {
		return fail(http.StatusNotFound, codeNoData, "There is no survey for this chat")
	}
	questions := make(many, len(form.Questions))
	for i := range form.Questions {
		questions[i] = c.chat.form.tree(&form.Questions[i])
	}
	a := ok(object{{"survey", object{
		{"@id", quoted(form.ID)},
		{"title", form.Title},
		{"header", form.Header},
		{"questions", object{{"question", questions}}},
	}}})
	a.plain = true
	return a
}

// tree is a question with what was answered; f may be nil.
func (f *formState) tree(q *ChatQuestion) object {
	var given []string
	answered := false
	if f != nil {
		given, answered = f.answers[q.ID], true
	}
	tree := object{
		{"@mandatory", q.Mandatory},
		{"@order", quoted(q.Order)},
		{"@logicId", quoted(q.LogicID)},
		{"@id", quoted(q.ID)},
		{"@type", q.Type},
		{"@validationType", q.Validation},
		{"label", q.Label},
	}
	if q.isText() {
		last := q.LastKnown
		if len(given) > 0 {
			last = given[0]
		}
		return append(tree, member{"lastKnownValue", last})
	}
	entries := make(many, len(q.Entries))
	for i, e := range q.Entries {
		display := e.Display
		if display == "" {
			display = e.Value
		}
		checked := e.Checked
		if answered {
			checked = slices.Contains(given, e.Value)
		}
		entry := object{{"@checked", checked}, {"value", e.Value}, {"displayValue", display}}
		switch len(e.ShowLogicIDs) {
		case 0:
		case 1:
			entry = append(entry, member{"logic", object{{"showLogicId", bare(e.ShowLogicIDs[0])}}})
		default:
			ids := make(many, len(e.ShowLogicIDs))
			for i, id := range e.ShowLogicIDs {
				ids[i] = bare(id)
			}
			entry = append(entry, member{"logic", object{{"showLogicId", ids}}})
		}
		entries[i] = entry
	}
	return append(tree, member{"entry", entries})
}

// submitChatSurvey answers row 24, the Submit Survey Data page.
func (c *call) submitChatSurvey() answer {
	form := c.s.form(c.chat)
	if form == nil {
		return fail(http.StatusNotFound, codeNoData, "There is no survey for this chat")
	}
	answers := map[int64][]string{}
	questions := c.doc.object("survey").object("questions")
	if !questions.valid { // one public client leaves this level out
		questions = c.doc.object("survey")
	}
	for _, d := range questions.field("question").elements() {
		id, _ := d.field("@id").number()
		q := form.question(id)
		if q == nil {
			return fail(http.StatusBadRequest, codeBadRequest, "A question's id is none of this survey")
		}
		given, complaint := q.read(d)
		if complaint != "" {
			return fail(http.StatusBadRequest, codeBadRequest, fmt.Sprintf("question %d: %s", id, complaint))
		}
		if len(given) > 0 {
			if q.isText() {
				given[0] = rewrite(c.s.replyRewriters, given[0])
			}
			answers[id] = given
		}
	}
	if complaint := form.complete(answers); complaint != "" {
		return fail(http.StatusBadRequest, codeBadRequest, complaint)
	}
	if c.chat.form == nil {
		c.chat.form = &formState{}
	}
	c.chat.form.answers = answers
	c.chat.form.submits++
	c.change("survey of chat " + c.chat.id + " submitted by " + c.agent.LoginName)
	return ok(nil)
}

func (f *ChatSurvey) question(id int64) *ChatQuestion {
	for i := range f.Questions {
		if f.Questions[i].ID == id {
			return &f.Questions[i]
		}
	}
	return nil
}

// read takes a question's answers from the document: its answer elements, or
// else the checked entries, or else the text that is filled in.
func (q *ChatQuestion) read(d document) (given []string, complaint string) {
	for _, a := range d.field("answer").elements() {
		text, isScalar := a.scalar()
		if !isScalar {
			return nil, "an answer is a text"
		}
		if text != "" {
			given = append(given, text)
		}
	}
	if !d.has("answer") {
		for _, e := range d.field("entry").elements() {
			if value, _ := e.field("value").scalar(); e.field("@checked").truth() {
				given = append(given, value)
			}
		}
		if text, _ := d.field("lastKnownValue").scalar(); q.isText() && text != "" {
			given = append(given, text)
		}
	}
	if len(given) > 1 && q.Type != Checkbox {
		return nil, "only one answer is allowed"
	}
	for i, value := range given {
		if q.isText() {
			return given, q.validate(value)
		}
		offered := slices.ContainsFunc(q.Entries, func(e ChatEntry) bool { return e.Value == value })
		if !offered {
			return nil, "the answer is not among the entries"
		}
		if slices.Contains(given[:i], value) {
			return nil, "an answer is there twice"
		}
	}
	return given, ""
}

var (
	numericText = regexp.MustCompile(`^[-+]?[0-9]+([.,][0-9]+)?$`)
	emailText   = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
)

func (q *ChatQuestion) validate(text string) string {
	switch {
	case q.Validation == "numeric" && !numericText.MatchString(text):
		return "the answer is no number"
	case q.Validation == "email" && !emailText.MatchString(text):
		return "the answer is no e-mail address"
	}
	return ""
}

// complete reports what forbids the submission: a mandatory question that is
// shown and unanswered, or an answer to one that is hidden.
func (f *ChatSurvey) complete(answers map[int64][]string) string {
	shown := f.shown(answers)
	for i := range f.Questions {
		q := &f.Questions[i]
		_, given := answers[q.ID]
		switch {
		case q.Mandatory && shown[q.LogicID] && !given:
			return fmt.Sprintf("question %d is mandatory", q.ID)
		case given && !shown[q.LogicID]:
			return fmt.Sprintf("question %d is hidden with these answers", q.ID)
		}
	}
	return ""
}

// shown tells by logic id which questions are shown: those that no entry
// refers to, and those that a chosen entry of a shown question refers to.
func (f *ChatSurvey) shown(answers map[int64][]string) map[int64]bool {
	depends := map[int64]bool{}
	for _, q := range f.Questions {
		for _, e := range q.Entries {
			for _, id := range e.ShowLogicIDs {
				depends[id] = true
			}
		}
	}
	shown := map[int64]bool{}
	var show func(q *ChatQuestion)
	show = func(q *ChatQuestion) {
		if shown[q.LogicID] {
			return
		}
		shown[q.LogicID] = true
		for _, e := range q.Entries {
			if !slices.Contains(answers[q.ID], e.Value) {
				continue
			}
			for i := range f.Questions {
				if slices.Contains(e.ShowLogicIDs, f.Questions[i].LogicID) {
					show(&f.Questions[i])
				}
			}
		}
	}
	for i := range f.Questions {
		if q := &f.Questions[i]; !depends[q.LogicID] {
			show(q)
		}
	}
	return shown
}
