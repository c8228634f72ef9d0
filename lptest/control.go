package lptest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The control API under /_sim/ drives the fake from outside, for programs in
// other languages. It needs no authorization and speaks JSON.

type simLine struct {
	ID       int    `json:"id"`
	Source   string `json:"source"`
	By       string `json:"by"`
	Text     string `json:"text"`
	TextType string `json:"textType"`
	SubType  string `json:"subType"`
}

type simChat struct {
	ChatID  string    `json:"chatId"`
	Visitor string    `json:"visitor"`
	Skill   string    `json:"skill"`
	State   string    `json:"state"`
	Agent   string    `json:"agent"`
	Lines   []simLine `json:"lines,omitempty"`
}

type simSurvey struct {
	Conversation string      `json:"conversation"`
	Skill        int64       `json:"skill"`
	Status       string      `json:"status"`
	Revision     int64       `json:"revision"`
	Saves        int         `json:"saves"`
	Submits      int         `json:"submits"`
	Dismisses    int         `json:"dismisses"`
	SubmittedBy  string      `json:"submittedBy"`
	Answers      []simAnswer `json:"answers"`
}

type simAnswer struct {
	Question   int64           `json:"id"`
	Status     string          `json:"questionStatus"`
	Replies    []int64         `json:"replyIds,omitempty"`
	Text       string          `json:"freeTextReply,omitempty"`
	Engagement json.RawMessage `json:"engAttribute,omitempty"`
}

type simFault struct {
	Fault Fault `json:"fault"`
	Hits  int   `json:"hits"`
}

// control serves /_sim/.
func (s *Server) control(w http.ResponseWriter, r *http.Request, body []byte) {
	path, err := splitPath(r.URL)
	if err != nil {
		simFail(w, http.StatusBadRequest, err.Error())
		return
	}
	path = path[1:]
	id := ""
	if len(path) > 1 {
		id = path[1]
		path[1] = "{id}"
	}
	if s.simMessaging(w, r, path, id, body) {
		return
	}
	switch r.Method + " " + strings.Join(path, "/") {
	case "GET chats":
		chats := []simChat{}
		for _, c := range s.Chats() {
			chats = append(chats, c.sim(false))
		}
		simWrite(w, http.StatusOK, map[string]any{"chats": chats})
	case "POST chats":
		s.simVisitor(w, body)
	case "GET chats/{id}", "POST chats/{id}/lines", "POST chats/{id}/leave", "POST chats/{id}/vanish",
		"POST chats/{id}/requeue", "POST chats/{id}/typing":
		c := s.Chat(id)
		if c == nil {
			simFail(w, http.StatusNotFound, "there is no chat "+id)
			return
		}
		action := ""
		if len(path) > 2 {
			action = path[2]
		}
		s.simAct(w, c, action, body)
	case "POST chats/{id}/colleague", "POST chats/{id}/events":
		c := s.Chat(id)
		if c == nil {
			simFail(w, http.StatusNotFound, "there is no chat "+id)
			return
		}
		(&Visit{s, c.ch}).simAdd(w, path[2], body)
	case "POST stored":
		s.simStored(w, body)
	case "GET surveys/{id}":
		s.simSurveys(w, id)
	case "GET requests":
		requests := s.Journal()
		chosen, err := simQuery(r, "op")
		if err != nil {
			simFail(w, http.StatusBadRequest, err.Error())
			return
		}
		op := Op(chosen)
		if known := append(Ops(), OpSocket, OpFilePut, OpFileGet, OpUnknown, OpForeign); op != "" && !slices.Contains(known, op) {
			simFail(w, http.StatusBadRequest, fmt.Sprintf("unknown operation %q: it is one of %q", op, known))
			return
		}
		if op != "" {
			requests = slices.DeleteFunc(requests, func(r Request) bool { return r.Op != op })
		}
		simWrite(w, http.StatusOK, map[string]any{"requests": requests})
	case "GET faults":
		simWrite(w, http.StatusOK, map[string]any{"faults": s.simFaults()})
	case "POST faults":
		faults, err := ParseFaults(body)
		for _, f := range faults {
			err = cmp.Or(err, s.simKnows(f.Agent))
		}
		if err != nil {
			simFail(w, http.StatusBadRequest, err.Error())
			return
		}
		for _, f := range faults {
			s.AddFault(f)
		}
		simWrite(w, http.StatusCreated, map[string]any{"faults": s.simFaults()})
	case "DELETE faults":
		s.ClearFaults()
		simWrite(w, http.StatusOK, map[string]any{"faults": []simFault{}})
	default:
		if r.Method == http.MethodPost && len(path) == 3 && path[0] == "agents" {
			s.simAgent(w, id, path[2], body)
			return
		}
		simFail(w, http.StatusNotFound, "there is no "+r.Method+" "+r.URL.Path)
	}
}

func simWrite(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{"error":"`+err.Error()+`"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n'))
}

func simFail(w http.ResponseWriter, status int, message string) {
	simWrite(w, status, map[string]string{"error": message})
}

func (s *Server) simVisitor(w http.ResponseWriter, body []byte) {
	var wanted struct {
		Visitor string `json:"visitor"`
		Skill   string `json:"skill"`
		Text    string `json:"text"`
	}
	if err := simRead(body, &wanted); err != nil {
		simFail(w, http.StatusBadRequest, err.Error())
		return
	}
	v := s.Visitor(Visitor{Name: wanted.Visitor, Skill: wanted.Skill, FirstLine: wanted.Text})
	simWrite(w, http.StatusCreated, map[string]string{"chatId": v.ChatID()})
}

func (s *Server) simAct(w http.ResponseWriter, c *Chat, action string, body []byte) {
	v := &Visit{s, c.ch}
	var said struct {
		Text   string `json:"text"`
		Typing bool   `json:"typing"`
	}
	if len(body) > 0 {
		if err := simRead(body, &said); err != nil {
			simFail(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	switch action {
	case "":
		simWrite(w, http.StatusOK, c.sim(true))
	case "lines":
		if said.Text == "" {
			simFail(w, http.StatusBadRequest, "text is missing")
			return
		}
		id := v.Say(said.Text)
		if id < 0 {
			simFail(w, http.StatusConflict, "the chat has ended")
			return
		}
		simWrite(w, http.StatusCreated, map[string]int{"id": id})
	case "typing":
		v.Type(said.Typing)
		simWrite(w, http.StatusOK, c.sim(false))
	case "leave":
		v.Leave()
		simWrite(w, http.StatusOK, c.sim(false))
	case "vanish":
		v.Vanish()
		simWrite(w, http.StatusOK, c.sim(false))
	case "requeue":
		v.Requeue()
		simWrite(w, http.StatusOK, c.sim(false))
	}
}

// simAdd adds what neither the visitor nor the chat's agent does.
func (v *Visit) simAdd(w http.ResponseWriter, what string, body []byte) {
	if what == "events" {
		id, err := v.inject(string(body))
		if err != nil {
			simFail(w, http.StatusBadRequest, err.Error())
			return
		}
		simWrite(w, http.StatusCreated, map[string]int{"id": id})
		return
	}
	var line struct {
		Text     string `json:"text"`
		By       string `json:"by"`
		AgentID  int64  `json:"agentId"`
		TextType string `json:"textType"`
		SubType  string `json:"subType"`
	}
	if err := simRead(body, &line); err != nil {
		simFail(w, http.StatusBadRequest, err.Error())
		return
	}
	id := v.Colleague(Line{Text: line.Text, By: line.By, AgentID: line.AgentID, TextType: line.TextType, SubType: line.SubType})
	if id < 0 {
		simFail(w, http.StatusConflict, "the chat has ended")
		return
	}
	simWrite(w, http.StatusCreated, map[string]int{"id": id})
}

// simStored changes how texts are stored; what is not named stays.
func (s *Server) simStored(w http.ResponseWriter, body []byte) {
	var wanted struct {
		Lines   *string `json:"lines"`
		Answers *string `json:"answers"`
	}
	if err := simRead(body, &wanted); err != nil {
		simFail(w, http.StatusBadRequest, err.Error())
		return
	}
	names := func(list *string) string {
		if list == nil {
			return ""
		}
		return *list
	}
	lines, err := ParseRewriters(names(wanted.Lines))
	answers, wrong := ParseRewriters(names(wanted.Answers))
	if err := errors.Join(err, wrong); err != nil {
		simFail(w, http.StatusBadRequest, err.Error())
		return
	}
	if wanted.Lines != nil {
		s.StoreText(lines...)
	}
	if wanted.Answers != nil {
		s.StoreAnswers(answers...)
	}
	simWrite(w, http.StatusOK, struct{}{})
}

// simKnows is an error if there is no user of that login name; "" is none in particular.
func (s *Server) simKnows(loginName string) error {
	if loginName == "" || s.isAgent(loginName) {
		return nil
	}
	var known []string
	for _, a := range s.Agents() {
		known = append(known, a.LoginName)
	}
	return fmt.Errorf("there is no user %q: it is one of %q", loginName, known)
}

// simQuery is the member of that name of a query, which may have no other.
func simQuery(r *http.Request, name string) (string, error) {
	query := r.URL.Query()
	for other := range query {
		if other != name {
			return "", fmt.Errorf("unknown query %q: it is %q", other, name)
		}
	}
	return query.Get(name), nil
}

// simRead reads a body and refuses members that it does not know.
func simRead(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func (c *Chat) sim(withLines bool) simChat {
	out := simChat{ChatID: c.ID(), Visitor: c.VisitorName(), Skill: c.Skill(), State: c.State(), Agent: c.Agent()}
	if !withLines {
		return out
	}
	for _, l := range c.Lines() {
		out.Lines = append(out.Lines, simLine{l.ID, l.Source, l.By, l.Text, l.TextType, l.SubType})
	}
	return out
}

func (s *Server) simSurveys(w http.ResponseWriter, conversation string) {
	s.enter()
	var skills []int64
	for key := range s.surveys {
		if key.conversation == conversation {
			skills = append(skills, key.skill)
		}
	}
	s.mu.Unlock()
	slices.Sort(skills)
	if len(skills) == 0 {
		simFail(w, http.StatusNotFound, "there is no survey for "+strconv.Quote(conversation))
		return
	}
	surveys := []simSurvey{}
	for _, skill := range skills {
		state := s.Survey(conversation, skill)
		out := simSurvey{
			Conversation: conversation, Skill: skill, Status: state.Status, Revision: state.Revision,
			Saves: state.Saves, Submits: state.Submits, Dismisses: state.Dismisses, SubmittedBy: state.SubmittedBy,
			Answers: []simAnswer{},
		}
		for _, a := range state.Answers {
			out.Answers = append(out.Answers, simAnswer(a))
		}
		slices.SortFunc(out.Answers, func(a, b simAnswer) int { return int(a.Question - b.Question) })
		surveys = append(surveys, out)
	}
	simWrite(w, http.StatusOK, map[string]any{"surveys": surveys})
}

func (s *Server) simFaults() []simFault {
	s.enter()
	defer s.mu.Unlock()
	faults := []simFault{}
	for _, h := range s.faults.active {
		faults = append(faults, simFault{h.fault, h.hits})
	}
	return faults
}
