package lptest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// need says which rules a call has to keep before its handler runs.
type need uint8

const (
	needBearer  need = 1 << iota // a bearer of this account, or a valid signature
	needChatAPI                  // v=1&NC=true and Accept: application/json
	needSession                  // an agent session of this agent, with its cookies
	needChat                     // a chat that this agent may see
	needJSON                     // a JSON body

	needLogin = needJSON
	inSession = needBearer | needChatAPI | needSession
	inChat    = inSession | needChat
)

type handler func(*call) answer

type route struct {
	op      Op
	method  string
	service Service // which service serves it; "" for the Domain API
	pattern []string
	needs   need
	handle  handler
}

// routeTable holds the routes by the number of path elements.
type routeTable map[int][]*route

const (
	accountPath = "api/account/{account}/"
	sessionPath = accountPath + "agentSession/{session}"
	chatPath    = sessionPath + "/chat/{chat}"
	surveyPath  = accountPath + "forms/agent_survey"
)

func newRoutes() routeTable {
	t := routeTable{}
	add := func(op Op, method string, service Service, path string, needs need, handle handler) {
		pattern := strings.Split(path, "/")
		t[len(pattern)] = append(t[len(pattern)], &route{op, method, service, pattern, needs, handle})
	}
	get := func(op Op, path string, needs need, handle handler) {
		add(op, http.MethodGet, AgentVep, path, needs, handle)
	}
	for _, prefix := range []string{accountPath, "csdr/account/{account}/"} {
		add(OpDomain, http.MethodGet, "", prefix+"service/{service}/baseURI.json", 0, (*call).domainOne)
		add(OpDomain, http.MethodGet, "", prefix+"service/baseURI.json", 0, (*call).domainAll)
	}
	add(OpLogin, http.MethodPost, AgentVep, accountPath+"login", needLogin, (*call).login)
	add(OpRefresh, http.MethodPost, AgentVep, accountPath+"refresh", needLogin, (*call).refresh)
	add(OpLogout, http.MethodPost, AgentVep, accountPath+"logout", needLogin, (*call).logout)

	add(OpSessionStart, http.MethodPost, AgentVep, accountPath+"agentSession", needBearer|needChatAPI|needJSON, (*call).startSession)
	get(OpSessionStatus, sessionPath, inSession, (*call).sessionStatus)
	get(OpAvailability, sessionPath+"/availability", inSession, (*call).getAvailability)
	add(OpSetAvailability, http.MethodPut, AgentVep, sessionPath+"/availability", inSession|needJSON, (*call).setAvailability)
	get(OpAgents, sessionPath+"/availableAgents", inSession, (*call).availableAgents)
	get(OpAgentInfo, sessionPath+"/info", inSession, (*call).agentInfo)
	get(OpIncoming, sessionPath+"/incomingRequests", inSession, (*call).incoming)
	add(OpAccept, http.MethodPost, AgentVep, sessionPath+"/incomingRequests", inSession|needJSON, (*call).accept)
	get(OpChatSessions, sessionPath+"/chatSessions", inSession, (*call).chatSessions)
	get(OpParticipant, sessionPath+"/participantExtendedInfo/{participant}", inSession, (*call).participant)
	get(OpParticipant, sessionPath+"/participantInfo/{participant}", inSession, (*call).participant)
	get(OpChats, sessionPath+"/chat", inSession, (*call).manyChats)
	get(OpSlots, sessionPath+"/chat/availableSlots", inSession, (*call).availableSlots)
	get(OpVisit, sessionPath+"/visits/visit/{visit}", inSession, (*call).visit)
	get(OpVisitInfo, sessionPath+"/visits/visit/{visit}/info", inSession, (*call).visitInfo)
	get(OpVisitVariables, sessionPath+"/visits/visit/{visit}/customVariables", inSession, (*call).visitVariables)

	get(OpChat, chatPath, inChat, (*call).chatResource)
	get(OpEvents, chatPath+"/events", inChat, (*call).chatEvents)
	add(OpSend, http.MethodPost, AgentVep, chatPath+"/events", inChat|needJSON, (*call).postEvent)
	get(OpChatInfo, chatPath+"/info", inChat, (*call).chatInfo)
	get(OpVisitorName, chatPath+"/info/visitorName", inChat, (*call).visitorName)
	get(OpAgentTyping, chatPath+"/info/agentTyping", inChat, (*call).agentTyping)
	add(OpSetTyping, http.MethodPut, AgentVep, chatPath+"/info/agentTyping", inChat|needJSON, (*call).setAgentTyping)
	get(OpVisitorTyping, chatPath+"/info/visitorTyping", inChat, (*call).visitorTyping)
	get(OpTransferTargets, chatPath+"/transfer", inChat, (*call).transferTargets)
	add(OpTransfer, http.MethodPost, AgentVep, chatPath+"/transfer", inChat|needJSON, (*call).transfer)
	get(OpChatSurvey, chatPath+"/survey", inChat, (*call).chatSurvey)
	add(OpSubmitChat, http.MethodPut, AgentVep, chatPath+"/survey", inChat|needJSON, (*call).submitChatSurvey)

	survey := func(op Op, method, path string, needs need, handle handler) {
		add(op, method, RuntimeFormLogic, path, needs, handle)
	}
	survey(OpSurvey, http.MethodGet, surveyPath, needBearer, (*call).getSurvey)
	survey(OpSurveyState, http.MethodGet, surveyPath+"/state", needBearer, (*call).getSurveyState)
	survey(OpSurveySave, http.MethodPut, surveyPath+"/state", needBearer|needJSON, (*call).saveSurvey)
	survey(OpSurveySubmit, http.MethodPost, surveyPath+"/state", needBearer|needJSON, (*call).submitSurvey)
	survey(OpSurveyDismiss, http.MethodDelete, surveyPath+"/state", needBearer, (*call).dismissSurvey)
	return t
}

// match compares a path with the pattern and returns what its braces hold.
func (r *route) match(path []string) (map[string]string, bool) {
	for i, want := range r.pattern {
		if want[0] != '{' && want != path[i] {
			return nil, false
		}
		if want[0] == '{' && path[i] == "" {
			return nil, false
		}
	}
	params := make(map[string]string, 3)
	for i, want := range r.pattern {
		if want[0] == '{' {
			params[want[1:len(want)-1]] = path[i]
		}
	}
	return params, true
}

// find looks the route of a call up and fills op, method, params and route.
// A path that exists with another method leaves allowed filled instead.
func (c *call) find(table routeTable) {
	c.op, c.method = OpUnknown, c.r.Method
	path, err := splitPath(c.r.URL)
	if err != nil {
		return
	}
	unheard := false // a plain PUT or DELETE where only the override reaches
	chatAPI := len(path) > 3 && (path[3] == "agentSession" || path[3] == "agentSession.json")
	if chatAPI { // public clients append .json
		path[len(path)-1] = strings.TrimSuffix(path[len(path)-1], ".json")
		if override := strings.ToUpper(c.r.Header.Get("X-HTTP-Method-Override")); override != "" && c.method == http.MethodPost {
			c.method = override
		} else if c.method == http.MethodPut || c.method == http.MethodDelete {
			unheard = true
		}
	}
	for _, r := range table[len(path)] {
		params, ok := r.match(path)
		if !ok {
			continue
		}
		c.params = params
		if r.method != c.method || unheard {
			if !slices.Contains(c.allowed, r.method) {
				c.allowed = append(c.allowed, r.method)
			}
			continue
		}
		c.route, c.op = r, r.op
		return
	}
}

// splitPath splits before it unescapes, so that an escaped slash stays inside
// its element. One slash at the end is ignored.
func splitPath(u *url.URL) ([]string, error) {
	path := strings.Split(strings.TrimSuffix(strings.TrimPrefix(u.EscapedPath(), "/"), "/"), "/")
	for i, element := range path {
		plain, err := url.PathUnescape(element)
		if err != nil {
			return nil, err
		}
		path[i] = plain
	}
	return path, nil
}
