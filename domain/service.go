package domain

// Service is the name of a LivePerson service. Names are case sensitive; any
// name can be looked up, not just those below.
type Service string

// The services that the pages of this module's APIs name.
const (
	// AgentVEP serves logins and the Chat Agent API.
	AgentVEP Service = "agentVep"
	// RuntimeFormLogic serves the Agent Survey runtime API.
	RuntimeFormLogic Service = "runtimeFormLogic"
	// AccountConfigReadOnly serves skills, status reasons and the survey
	// configuration for reading.
	AccountConfigReadOnly Service = "accountConfigReadOnly"
	// AccountConfigReadWrite serves the same for writing.
	AccountConfigReadWrite Service = "accountConfigReadWrite"
	// Sentinel serves OAuth 2.0.
	Sentinel Service = "sentinel"
	// AsyncMessagingEnt serves the messaging web socket.
	AsyncMessagingEnt Service = "asyncMessagingEnt"
	// Swift serves the files of messaging conversations.
	Swift Service = "swift"
	// MsgHist serves the Messaging Interactions API.
	MsgHist Service = "msgHist"
	// LEDataReporting serves the operational and engagement-history APIs.
	LEDataReporting Service = "leDataReporting"
)
