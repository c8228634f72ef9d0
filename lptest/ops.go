package lptest

// Op names one operation of the fake services. Faults are aimed at operations,
// and every journal entry says which operation it was.
type Op string

// The operations. The comment behind each is the call it stands for; AS is the
// agent session's URL, CH is AS/chat/{chatId}. A call marked * is a POST with
// the header X-HTTP-Method-Override.
const (
	OpDomain  Op = "domain"  // GET …/service/{name}/baseURI.json and …/service/baseURI.json
	OpLogin   Op = "login"   // POST …/login
	OpRefresh Op = "refresh" // POST …/refresh
	OpLogout  Op = "logout"  // POST …/logout

	OpSessionStart    Op = "session.start"      // POST …/agentSession
	OpSessionStatus   Op = "session.status"     // GET AS?cs=1
	OpAvailability    Op = "availability.get"   // GET AS/availability
	OpSetAvailability Op = "availability.set"   // PUT* AS/availability
	OpAgents          Op = "agents"             // GET AS/availableAgents
	OpSlots           Op = "slots"              // GET AS/chat/availableSlots
	OpAgentInfo       Op = "agent.info"         // GET AS/info
	OpIncoming        Op = "incoming"           // GET AS/incomingRequests
	OpAccept          Op = "accept"             // POST AS/incomingRequests
	OpChatSessions    Op = "chatsessions"       // GET AS/chatSessions
	OpParticipant     Op = "participant"        // GET AS/participantExtendedInfo/{id}, and AS/participantInfo/{id}, which answers the same
	OpChats           Op = "chats"              // GET AS/chat?chatSessionKeys=…
	OpChat            Op = "chat"               // GET CH
	OpEvents          Op = "chat.events"        // GET CH/events
	OpSend            Op = "chat.send"          // POST CH/events with a line
	OpEnd             Op = "chat.end"           // POST CH/events with the state "ended"
	OpChatInfo        Op = "chat.info"          // GET CH/info
	OpVisitorName     Op = "chat.visitorname"   // GET CH/info/visitorName
	OpAgentTyping     Op = "chat.agenttyping"   // GET CH/info/agentTyping
	OpSetTyping       Op = "chat.settyping"     // PUT* CH/info/agentTyping
	OpVisitorTyping   Op = "chat.visitortyping" // GET CH/info/visitorTyping
	OpTransferTargets Op = "transfer.targets"   // GET CH/transfer
	OpTransfer        Op = "transfer"           // POST CH/transfer
	OpChatSurvey      Op = "chatsurvey.get"     // GET CH/survey
	OpSubmitChat      Op = "chatsurvey.submit"  // PUT* CH/survey
	OpVisit           Op = "visit"              // GET AS/visits/visit/{id}
	OpVisitInfo       Op = "visit.info"         // GET AS/visits/visit/{id}/info
	OpVisitVariables  Op = "visit.variables"    // GET AS/visits/visit/{id}/customVariables

	OpSurvey        Op = "survey.get"     // GET …/forms/agent_survey/
	OpSurveyState   Op = "survey.state"   // GET …/forms/agent_survey/state
	OpSurveySave    Op = "survey.save"    // PUT …/forms/agent_survey/state
	OpSurveySubmit  Op = "survey.submit"  // POST …/forms/agent_survey/state
	OpSurveyDismiss Op = "survey.dismiss" // DELETE …/forms/agent_survey/state

	OpSocket  Op = "socket"   // GET wss://…/messaging/brand/{bearer}: the messaging service; what goes over it is in messaging.Service.Frames
	OpFilePut Op = "file.put" // PUT of a file to a signed URL
	OpFileGet Op = "file.get" // GET of a file from a signed URL

	OpSim     Op = "sim"     // anything under /_sim/, the control API; never faulted, never in the journal
	OpUnknown Op = "unknown" // a path or method that no service has
	OpForeign Op = "foreign" // a request whose Host is none of the fake's: the client followed a link it should not have
)

// Ops lists the operations that a client can call, in the order of the constants.
func Ops() []Op {
	return []Op{
		OpDomain, OpLogin, OpRefresh, OpLogout,
		OpSessionStart, OpSessionStatus, OpAvailability, OpSetAvailability, OpAgents, OpSlots, OpAgentInfo,
		OpIncoming, OpAccept, OpChatSessions, OpParticipant, OpChats, OpChat, OpEvents, OpSend, OpEnd, OpChatInfo,
		OpVisitorName, OpAgentTyping, OpSetTyping, OpVisitorTyping, OpTransferTargets, OpTransfer,
		OpChatSurvey, OpSubmitChat, OpVisit, OpVisitInfo, OpVisitVariables,
		OpSurvey, OpSurveyState, OpSurveySave, OpSurveySubmit, OpSurveyDismiss,
	}
}
