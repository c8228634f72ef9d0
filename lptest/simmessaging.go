package lptest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

type simMessage struct {
	Sequence int             `json:"sequence"`
	DialogID string          `json:"dialogId"`
	Role     string          `json:"role"`
	Text     string          `json:"text"`
	Audience string          `json:"audience"`
	Event    json.RawMessage `json:"event"`
}

type simConversation struct {
	ID         string       `json:"conversationId"`
	ConsumerID string       `json:"consumerId"`
	State      string       `json:"state"`
	Stage      string       `json:"stage"`
	SkillID    int64        `json:"skillId,string"`
	Agent      string       `json:"agent"`
	Messages   []simMessage `json:"messages,omitzero"`
}

func simConv(c *messaging.Conversation, whole bool) simConversation {
	out := simConversation{
		ID: c.ID(), ConsumerID: c.ConsumerID(), State: c.State(), Stage: c.Stage(), SkillID: c.SkillID(), Agent: c.Assigned(),
	}
	if !whole {
		return out
	}
	out.Messages = []simMessage{}
	for _, m := range c.Messages() {
		out.Messages = append(out.Messages, simMessage{m.Sequence, m.DialogID, m.Role, m.Text, m.Audience, m.Raw})
	}
	return out
}

// simMessaging serves the messaging service's part of /_sim/, and reports
// whether the path is of it.
func (s *Server) simMessaging(w http.ResponseWriter, r *http.Request, path []string, id string, body []byte) bool {
	what := strings.Join(path, "/")
	switch r.Method + " " + what {
	case "GET conversations":
		all := []simConversation{}
		for _, c := range s.messaging.Conversations() {
			all = append(all, simConv(c, false))
		}
		simWrite(w, http.StatusOK, map[string]any{"conversations": all})
	case "POST conversations":
		s.simConsumer(w, body)
	case "GET frames":
		frames := s.messaging.Frames()
		kind, err := simQuery(r, "type")
		if err == nil && !isFrameType(kind, frames) {
			err = fmt.Errorf("unknown type %q: requests and notifications are %q", kind, messaging.FaultTypes())
		}
		if err != nil {
			simFail(w, http.StatusBadRequest, err.Error())
			return true
		}
		if kind != "" {
			frames = slices.DeleteFunc(frames, func(f messaging.Frame) bool { return !strings.HasSuffix(f.Type, kind) })
		}
		simWrite(w, http.StatusOK, map[string]any{"frames": frames})
	case "GET messagingfaults":
		simWrite(w, http.StatusOK, map[string]any{"faults": s.messaging.Faults()})
	case "POST messagingfaults":
		faults, err := messaging.ParseFaults(body)
		for _, f := range faults {
			err = cmp.Or(err, s.simKnows(f.User))
		}
		if err != nil {
			simFail(w, http.StatusBadRequest, err.Error())
			return true
		}
		for _, f := range faults {
			s.messaging.AddFault(f)
		}
		simWrite(w, http.StatusCreated, map[string]any{"faults": s.messaging.Faults()})
	case "DELETE messagingfaults":
		s.messaging.ClearFaults()
		simWrite(w, http.StatusOK, map[string]any{"faults": []messaging.Active{}})
	default:
		switch {
		case r.Method == http.MethodPost && len(path) == 3 && path[0] == "conversations",
			r.Method == http.MethodGet && what == "conversations/{id}":
			c := s.messaging.Conversation(id)
			if c == nil {
				simFail(w, http.StatusNotFound, "there is no conversation "+id)
				return true
			}
			if len(path) == 2 {
				simWrite(w, http.StatusOK, simConv(c, true))
				return true
			}
			s.simDrive(w, c, path[2], body)
		case r.Method == http.MethodPost && len(path) == 3 && path[0] == "users", r.Method == http.MethodGet && what == "users/{id}":
			s.simUser(w, id, path[2:], body)
		default:
			return false
		}
	}
	return true
}

// isFrameType tells whether the type of a frame may end so: that of a request, of a
// notification, of an answer, or of a frame that is there.
func isFrameType(end string, frames []messaging.Frame) bool {
	name, _, answer := strings.Cut(end, "$")
	return answer || strings.Contains(end, "Resp") ||
		slices.ContainsFunc(messaging.FaultTypes(), func(t string) bool { return strings.HasSuffix("."+t, name) || strings.HasSuffix(name, "."+t) }) ||
		slices.ContainsFunc(frames, func(f messaging.Frame) bool { return strings.HasSuffix(f.Type, end) })
}

func (s *Server) simConsumer(w http.ResponseWriter, body []byte) {
	var wanted struct {
		ConsumerID string `json:"consumerId"`
		Consumer   string `json:"consumer"`
		Skill      string `json:"skill"`
		Text       string `json:"text"`
		PostSurvey string `json:"postSurvey"`
	}
	if err := simRead(body, &wanted); err != nil {
		simFail(w, http.StatusBadRequest, err.Error())
		return
	}
	c := s.messaging.Consumer(messaging.Consumer{
		ID: wanted.ConsumerID, Name: wanted.Consumer, Skill: wanted.Skill, FirstMessage: wanted.Text, PostSurvey: wanted.PostSurvey,
	})
	simWrite(w, http.StatusCreated, map[string]string{"conversationId": c.ID()})
}

// simDrive does what the consumer, the system or a colleague does in a conversation.
func (s *Server) simDrive(w http.ResponseWriter, c *messaging.Conversation, action string, body []byte) {
	var wanted struct {
		Text      string          `json:"text"`
		Event     json.RawMessage `json:"event"`
		Metadata  json.RawMessage `json:"metadata"`
		Typing    bool            `json:"typing"`
		Sequences []int           `json:"sequences"`
		CSAT      int             `json:"csat"`
		User      string          `json:"user"`
		Do        string          `json:"do"`
		To        string          `json:"to"`
		Role      string          `json:"role"`
	}
	if len(body) > 0 {
		if err := simRead(body, &wanted); err != nil {
			simFail(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	said := func(sequence int) {
		if sequence < 0 {
			simFail(w, http.StatusConflict, "the conversation has ended, or is not with this user")
			return
		}
		simWrite(w, http.StatusCreated, map[string]int{"sequence": sequence})
	}
	switch action {
	case "say":
		if len(wanted.Event) == 0 && wanted.Text == "" {
			simFail(w, http.StatusBadRequest, "text is missing")
			return
		}
		if len(wanted.Event) == 0 {
			said(c.Say(wanted.Text))
			return
		}
		var head struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(wanted.Event, &head) != nil || head.Type == "" {
			simFail(w, http.StatusBadRequest, "an event is an object with a type")
			return
		}
		said(c.SayWith(string(wanted.Event), string(wanted.Metadata)))
		return
	case "system":
		said(c.System(wanted.Text))
		return
	case "read":
		said(c.Read(wanted.Sequences...))
		return
	case "typing":
		c.Typing(wanted.Typing)
	case "rate":
		c.Rate(wanted.CSAT)
	case "close":
		c.Close()
	case "closedialog":
		c.CloseDialog()
	case "timeout":
		c.TimeOut()
	case "requeue":
		s.messaging.Requeue(c.ID())
	case "colleague":
		if !s.isAgent(wanted.User) {
			simFail(w, http.StatusNotFound, "there is no user "+wanted.User)
			return
		}
		p := s.messaging.Colleague(wanted.User)
		var err error
		switch wanted.Do {
		case "say":
			said(p.Say(c.ID(), wanted.Text))
			return
		case "whisper":
			said(p.Whisper(c.ID(), wanted.Text))
			return
		case "takeover":
			err = p.TakeOver(c.ID())
		case "join":
			err = p.Join(c.ID(), wanted.Role)
		case "leave":
			err = p.Leave(c.ID())
		case "end":
			err = p.End(c.ID())
		case "transfer": // to a user by the login name, else to a skill
			if s.isAgent(wanted.To) {
				err = p.TransferToAgent(c.ID(), wanted.To)
			} else {
				err = p.TransferToSkill(c.ID(), wanted.To)
			}
		default:
			simFail(w, http.StatusNotFound, "there is no "+wanted.Do+" of a colleague")
			return
		}
		if err != nil {
			simFail(w, http.StatusConflict, err.Error())
			return
		}
	default:
		simFail(w, http.StatusNotFound, "there is no "+action+" of a conversation")
		return
	}
	simWrite(w, http.StatusOK, simConv(c, false))
}

func (s *Server) isAgent(loginName string) bool {
	s.enter()
	defer s.mu.Unlock()
	return s.byLogin[loginName] != nil
}

// simUser shows a user of the messaging service, or does something to him.
func (s *Server) simUser(w http.ResponseWriter, loginName string, action []string, body []byte) {
	var wanted struct {
		Code         int    `json:"code"`
		Reason       string `json:"reason"`
		Availability string `json:"availability"`
		AcceptAll    bool   `json:"acceptAll"`
	}
	if len(body) > 0 {
		if err := simRead(body, &wanted); err != nil {
			simFail(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	if !s.isAgent(loginName) {
		simFail(w, http.StatusNotFound, "there is no user "+loginName)
		return
	}
	p := s.messaging.Colleague(loginName)
	switch strings.Join(action, "") {
	case "":
	case "close":
		if wanted.Code == 0 {
			wanted.Code = 1000
		}
		s.messaging.CloseSockets(loginName, wanted.Code, wanted.Reason)
	case "drop":
		s.messaging.DropSockets(loginName)
	case "availability":
		if !slices.Contains([]string{"ONLINE", "OCCUPIED", "AWAY", "BACK_SOON", "OFFLINE"}, wanted.Availability) {
			simFail(w, http.StatusBadRequest, "there is no state "+wanted.Availability)
			return
		}
		s.messaging.SetAvailability(loginName, wanted.Availability)
	case "online":
		p.Online()
		p.AcceptAll(wanted.AcceptAll)
	case "away":
		p.Away()
	case "signout":
		p.SignOut()
	case "accept", "reject":
		do := p.Accept
		if action[0] == "reject" {
			do = p.Reject
		}
		id := do()
		if id == "" {
			simFail(w, http.StatusConflict, "nothing rings")
			return
		}
		simWrite(w, http.StatusOK, map[string]string{"conversationId": id})
		return
	default:
		simFail(w, http.StatusNotFound, "there is no "+action[0]+" of a user")
		return
	}
	simWrite(w, http.StatusOK, map[string]any{
		"availability": s.messaging.Availability(loginName), "sockets": s.messaging.Sockets(loginName),
	})
}
