package lptest

import "net/http"

// simAgent does what Server.AcceptAs, Server.SayAs and Server.Person do.
func (s *Server) simAgent(w http.ResponseWriter, loginName, action string, body []byte) {
	var wanted struct {
		Chat      string `json:"chat"`
		Text      string `json:"text"`
		Agent     string `json:"agent"`
		Skill     string `json:"skill"`
		AcceptAll bool   `json:"acceptAll"`
	}
	if len(body) > 0 {
		if err := simRead(body, &wanted); err != nil {
			simFail(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	s.enter()
	a := s.byLogin[loginName]
	s.mu.Unlock()
	if a == nil {
		simFail(w, http.StatusNotFound, "there is no agent "+loginName)
		return
	}
	p := &Person{s, a}
	var err error
	switch action {
	case "accept":
		id := p.Accept()
		if id == "" {
			simFail(w, http.StatusConflict, "nothing rings")
			return
		}
		simWrite(w, http.StatusOK, map[string]string{"chatId": id})
		return
	case "lines":
		id := p.Say(wanted.Chat, wanted.Text)
		if id < 0 {
			simFail(w, http.StatusConflict, "the chat is not with "+loginName)
			return
		}
		simWrite(w, http.StatusCreated, map[string]int{"id": id})
		return
	case "person":
		s.Person(Agent{LoginName: loginName}).AcceptAll(wanted.AcceptAll)
	case "online":
		p.Online()
	case "away":
		p.Away()
	case "signout":
		p.SignOut()
	case "end":
		err = p.End(wanted.Chat)
	case "transfer":
		if wanted.Agent != "" {
			err = p.TransferToAgent(wanted.Chat, Agent{LoginName: wanted.Agent}, wanted.Text)
		} else {
			err = p.TransferToSkill(wanted.Chat, wanted.Skill, wanted.Text)
		}
	default:
		simFail(w, http.StatusNotFound, "there is no "+action+" of an agent")
		return
	}
	if err != nil {
		simFail(w, http.StatusConflict, err.Error())
		return
	}
	simWrite(w, http.StatusOK, map[string]string{"availability": s.Availability(Agent{LoginName: loginName})})
}
