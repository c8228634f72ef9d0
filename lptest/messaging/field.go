package messaging

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// change is one entry of conversationField.
type change struct {
	Field             string          `json:"field"`
	Type              string          `json:"type"`
	Role              string          `json:"role"`
	UserID            string          `json:"userId"`
	DialogID          string          `json:"dialogId"`
	Skill             *loose          `json:"skill"`
	ConversationState string          `json:"conversationState"`
	Dialog            json.RawMessage `json:"dialog"`
	TTRType           string          `json:"ttrType"`
	Value             *whole          `json:"value"`
	Time              *whole          `json:"time"`
	TillWhen          *whole          `json:"tillWhen"`
	Note              *string         `json:"note"`
	Topic             string          `json:"topic"`
}

// maxNote is how long a note may be, in bytes.
const maxNote = 10_000

// update is a whole UpdateConversationField on its way: all of it is checked
// before any of it is made.
type update struct {
	r       *request
	c       *Conversation
	dialog  *dialog // of the request, nil without one
	parts   []part  // as they will be
	said    string
	then    []func()
	suggest *user
}

func (r *request) updateConversationField() answer {
	var in struct {
		ConversationID string       `json:"conversationId"`
		DialogID       string       `json:"dialogId"`
		Fields         many[change] `json:"conversationField"`
	}
	if refusal := r.read(&in); refusal != nil {
		return *refusal
	}
	s := r.s
	c := s.convs[in.ConversationID]
	switch {
	case in.ConversationID == "":
		return fail(http.StatusBadRequest, "conversationId is missing")
	case len(in.Fields) == 0:
		return fail(http.StatusBadRequest, "conversationField is missing")
	case c == nil:
		return fail(http.StatusNotFound, "There is no conversation "+in.ConversationID)
	case c.stage == ended:
		return fail(http.StatusConflict, "The conversation is closed")
	}
	if complaint := r.checkMetadata(); complaint != "" {
		return fail(http.StatusBadRequest, complaint)
	}
	u := &update{r: r, c: c, parts: slices.Clone(c.parts), said: "OK"}
	if in.DialogID != "" {
		if u.dialog = s.dialogs[in.DialogID]; u.dialog == nil || u.dialog.conv != c {
			return fail(http.StatusNotFound, "There is no dialog "+in.DialogID)
		}
	}
	if !c.takesPart(r.k.user) && !slices.ContainsFunc(in.Fields, func(f change) bool {
		return f.Field == "ParticipantsChange" && f.Type == "ADD" && s.byOldID[f.UserID] == r.k.user
	}) {
		return notPart()
	}
	// What is removed makes room for what is added, in whatever order they stand.
	slices.SortStableFunc(in.Fields, func(a, b change) int { return a.rank() - b.rank() })
	for _, f := range in.Fields {
		if refusal := u.check(f); refusal != nil {
			return *refusal
		}
	}
	s.apply(u)
	return done(http.StatusOK, u.said)
}

func (f *change) rank() int {
	if f.Field == "ParticipantsChange" && f.Type == "REMOVE" {
		return 0
	}
	return 1
}

func (u *update) check(f change) *answer {
	switch f.Field {
	case "ParticipantsChange":
		return u.participants(f)
	case "Skill":
		return u.skill(f)
	case "ConversationStateField", "Stage":
		if f.ConversationState != ended {
			return refuse("conversationState is CLOSE")
		}
		u.said = "OK Conversation resolved successfully"
		u.then = append(u.then, func() { u.r.s.finish(u.c, "AGENT") })
	case "DialogChange":
		return u.dialogChange(f)
	case "TTRField":
		if !slices.Contains([]string{"NORMAL", "URGENT", "PRIORITIZED", "CUSTOM"}, f.TTRType) {
			return refuse("ttrType is not known")
		}
		if f.Value != nil && *f.Value < 0 || f.Value == nil && f.TTRType == "CUSTOM" {
			return refuse("value is a number of seconds")
		}
		u.then = append(u.then, func() {
			u.c.ttrType = f.TTRType
			if f.Value != nil {
				u.c.ttr = int64(*f.Value)
			}
		})
	case "ManualETTR":
		if f.Time == nil {
			return refuse("time is missing")
		}
		u.then = append(u.then, func() { u.c.manualETTR = int64(*f.Time) })
	case "DelayField":
		if f.TillWhen == nil || !slices.Contains([]string{"NIGHT", "WEEKEND", "HOLIDAY"}, f.Type) {
			return refuse("DelayField has type and tillWhen")
		}
		text := raw(`{"type":"` + f.Type + `","tillWhen":` + strconv.FormatInt(int64(*f.TillWhen), 10) + `}`)
		u.then = append(u.then, func() { u.c.delay = text })
	case "Note":
		if f.Note == nil {
			return refuse("note is missing")
		}
		if len(*f.Note) > maxNote {
			return refuse("The note is too long")
		}
		u.then = append(u.then, func() { u.c.note = *f.Note })
	case "TopicField":
		u.then = append(u.then, func() { u.c.topic = f.Topic })
	case "CSATRate":
		return refuse("CSATRate is for the consumer")
	default:
		return refuse("The field " + f.Field + " is not known")
	}
	return nil
}

func (u *update) participants(f change) *answer {
	s := u.r.s
	target := s.byOldID[f.UserID]
	switch {
	case !slices.Contains([]string{roleAssigned, roleAgent, roleManager, roleReader}, f.Role):
		return refuse("role is ASSIGNED_AGENT, AGENT, MANAGER or READER")
	case f.UserID == "":
		return refuse("userId is missing")
	case target == nil:
		a := fail(http.StatusNotFound, "There is no user "+f.UserID)
		return &a
	}
	where := ""
	if f.DialogID != "" || u.dialog != nil {
		d := u.dialog
		if f.DialogID != "" {
			d = s.dialogs[f.DialogID]
		}
		switch {
		case d == nil || d.conv != u.c:
			a := fail(http.StatusNotFound, "There is no dialog "+f.DialogID)
			return &a
		case d.state != open:
			a := fail(http.StatusConflict, "The dialog is closed")
			return &a
		}
		if d.kind != "MAIN" {
			where = d.id
		}
	}
	if where == "" && u.c.state != open {
		a := fail(http.StatusConflict, "The dialog is closed")
		return &a
	}
	same := func(p part) bool { return p.user == target && p.role == f.Role && p.dialog == where && !p.suggested }
	assigned := slices.IndexFunc(u.parts, func(p part) bool { return p.role == roleAssigned && !p.suggested })
	added := part{id: target.oldID, pid: target.PID, role: f.Role, user: target, dialog: where}
	switch f.Type {
	case "ADD":
		u.said = "OK Agent added successfully"
		if slices.ContainsFunc(u.parts, same) {
			return nil
		}
		if f.Role == roleAssigned {
			if assigned >= 0 {
				return refuse("Another agent is assigned")
			}
			if where != "" {
				return refuse("A survey has no assigned agent")
			}
			u.parts = slices.DeleteFunc(u.parts, func(p part) bool { return p.suggested })
		}
		u.parts = append(u.parts, added)
	case "REMOVE":
		if u.said == "OK" {
			u.said = "OK Agent removed successfully"
		}
		if f.Role == roleAssigned && assigned < 0 {
			return refuse("No agent is assigned")
		}
		if !slices.ContainsFunc(u.parts, same) {
			a := notPart()
			return &a
		}
		u.parts = slices.DeleteFunc(u.parts, same)
		if f.Role == roleAssigned && target == u.r.k.user {
			u.then = append(u.then, func() { u.c.left[target] = time.Now() })
		}
	case "SUGGEST":
		if f.Role != roleAssigned || where != "" {
			return refuse("Only an ASSIGNED_AGENT is suggested")
		}
		if assigned >= 0 {
			return refuse("Another agent is assigned")
		}
		if !target.reachable() || target.availability != online && target.availability != backSoon && target.availability != occupied {
			return refuse("The agent is not available")
		}
		added.suggested = true
		u.parts = append(u.parts, added)
		u.suggest = target
	default:
		return refuse("type is ADD, REMOVE or SUGGEST")
	}
	return nil
}

func (u *update) skill(f change) *answer {
	if f.Skill == nil || f.Type != "UPDATE" {
		return refuse("Skill has the type UPDATE and a skill")
	}
	id, err := strconv.ParseInt(string(*f.Skill), 10, 64)
	if err != nil {
		return refuse("skill is the id of a skill")
	}
	if _, known := u.r.s.host.SkillName(id); !known && id != -1 {
		a := fail(http.StatusNotFound, "There is no skill "+string(*f.Skill))
		return &a
	}
	u.then = append(u.then, func() {
		u.c.skill = id
		u.r.s.host.Conversation(u.c.id, id, false)
	})
	return nil
}

func (u *update) dialogChange(f change) *answer {
	var in struct {
		DialogID    string `json:"dialogId"`
		State       string `json:"state"`
		ClosedBy    string `json:"closedBy"`
		ClosedCause string `json:"closedCause"`
	}
	if json.Unmarshal(f.Dialog, &in) != nil || in.DialogID == "" {
		return refuse("dialog has a dialogId")
	}
	d := u.r.s.dialogs[in.DialogID]
	switch {
	case f.Type != "UPDATE":
		return refuse("type is UPDATE")
	case in.State != ended:
		return refuse("state is CLOSE")
	case d == nil || d.conv != u.c:
		a := fail(http.StatusNotFound, "There is no dialog "+in.DialogID)
		return &a
	case d.state == ended:
		a := fail(http.StatusConflict, "The dialog is closed")
		return &a
	}
	by := in.ClosedBy
	if by == "" {
		by = "AGENT"
	}
	u.said = "OK Conversation resolved successfully"
	u.then = append(u.then, func() { u.r.s.closeDialog(d, strings.ToUpper(by), in.ClosedCause) })
	return nil
}

// apply makes what was checked. The lock must be held.
func (s *Service) apply(u *update) {
	c := u.c
	before, skill := c.handler(), c.skill
	c.touched()
	c.parts = u.parts
	for _, do := range u.then {
		do()
	}
	gone := before != nil && c.handler() == nil && c.state == open
	switch {
	case u.suggest != nil:
		if c.task != nil {
			s.endTask(c.task)
		}
		s.newTask(c, u.suggest)
	case gone && c.begun:
		t := s.newTask(c, nil)
		t.transfer = c.skill != skill
	case c.task != nil && c.skill != skill: // it waits for others now
		s.endTask(c.task)
		s.newTask(c, nil).transfer = true
	}
	s.settle(c)
}
