package lptest

// Variant is one way in which an answer on the wire may differ from the page's
// sample while meaning the same. The services descend from XML and have been
// seen with all of these; a client has to accept each.
type Variant string

// The variants. WithVariants turns them on for a whole server; VariantRandom
// makes the server draw anew for every answer, by its seed.
const (
	VariantAttributes  Variant = "attributes"    // "@id" becomes "id", and "id" where the page has no @ becomes "@id"
	VariantNumbers     Variant = "numbers"       // numbers become strings, strings that are numbers become numbers
	VariantBooleans    Variant = "booleans"      // true becomes "true"
	VariantSingle      Variant = "single"        // a list of one becomes the bare element
	VariantMissing     Variant = "missing"       // an empty list is left out
	VariantTimes       Variant = "times"         // RFC 3339 becomes epoch milliseconds and the other way round
	VariantStatus      Variant = "status"        // 200 becomes 201 and 201 becomes 200
	VariantEmpty       Variant = "empty"         // writes whose answer says nothing new answer an empty body
	VariantBareText    Variant = "bare-text"     // a line's text that reads like a number or boolean is sent as one
	VariantInclusive   Variant = "inclusive"     // many chats: the event named in fromEventIds is in the answer too
	VariantManyNext    Variant = "many-next"     // many chats: next links in each chat, as the page's sample has and its note denies
	VariantDomainForm  Variant = "domain-form"   // Domain API: one service answers the list form
	VariantAgentsDelta Variant = "agents-delta"  // available agents: the next link answers only who changed since
	VariantAcceptError Variant = "accept-error"  // accepting with nothing ringing answers 200 with an "error"
	VariantTransferOK  Variant = "transfer-ok"   // a failed transfer answers 200 with "errormsg"
	VariantEndLocation Variant = "end-location"  // ending a chat answers "chatEventLocation" instead of "chatLocation"
	VariantErrorTime   Variant = "error-time"    // errors carry an RFC 3339 time and no responseStatus
	VariantPartial     Variant = "partial"       // surveys: a sequence answers 206
	VariantContext     Variant = "context"       // surveys: a write answers the context nested under "agentSurveyContext"
	VariantTimeoutName Variant = "timeout-name"  // surveys: "actualTimeInMinutes" instead of "actualTimeoutInMinutes"
	VariantNoSessionID Variant = "no-session-id" // login: no "sessionId" in the body, only the cookie
	VariantRandom      Variant = "random"        // for every answer each of the ones above with a chance of one half
)

// Variants that VariantRandom leaves out, because they take something away
// that a client may be built on, or add what only one source has seen.
const (
	VariantSiteAgentID    Variant = "site-agent-id"    // lines: agentId is "account.user" instead of the user's id alone
	VariantNoAgentID      Variant = "no-agent-id"      // lines: no agentId at all
	VariantSequenceID     Variant = "sequence-id"      // lines: also a "sequenceId", the event's id as a string
	VariantStateWords     Variant = "state-words"      // available agents: states as words, "Away" instead of 4
	VariantAgentSessionID Variant = "agent-session-id" // session status: only links, under "agentSessionId"
	VariantLocation       Variant = "location"         // 201 carries a Location header and an empty body
	VariantLocationToo    Variant = "location-too"     // 201 carries a Location header beside the body
	VariantNoLocation     Variant = "no-location"      // 201 carries an empty body and no header
	VariantAcceptLast     Variant = "accept-last"      // accepting with nothing ringing answers 201 with the chat that this user accepted last, if any
	VariantAcceptMissing  Variant = "accept-missing"   // accepting with nothing ringing answers 404
	VariantListedTwice    Variant = "listed-twice"     // many chats: the first chat comes again at the end, without events
	VariantEndedSessions  Variant = "ended-sessions"   // chat sessions and session status: also the chats that ended with this agent, all in order of arrival
)

var variantOrder = [...]Variant{
	VariantAttributes, VariantNumbers, VariantBooleans, VariantSingle, VariantMissing, VariantTimes, VariantStatus,
	VariantEmpty, VariantBareText, VariantInclusive, VariantManyNext, VariantDomainForm, VariantAgentsDelta, VariantAcceptError,
	VariantTransferOK, VariantEndLocation, VariantErrorTime, VariantPartial, VariantContext, VariantTimeoutName,
	VariantNoSessionID,
	VariantSiteAgentID, VariantNoAgentID, VariantSequenceID, VariantStateWords, VariantAgentSessionID, VariantLocation,
	VariantLocationToo, VariantNoLocation, VariantAcceptLast, VariantAcceptMissing, VariantListedTwice, VariantEndedSessions,
}

// drawn are the variants that VariantRandom draws: those before VariantSiteAgentID.
var drawn = bitOf(VariantSiteAgentID) - 1

// Variants lists every variant except VariantRandom.
func Variants() []Variant { return append([]Variant(nil), variantOrder[:]...) }

type variantSet uint64

func bitOf(v Variant) variantSet {
	for i, w := range variantOrder {
		if v == w {
			return 1 << i
		}
	}
	return 0
}

var (
	vAttributes  = bitOf(VariantAttributes)
	vNumbers     = bitOf(VariantNumbers)
	vBooleans    = bitOf(VariantBooleans)
	vSingle      = bitOf(VariantSingle)
	vMissing     = bitOf(VariantMissing)
	vTimes       = bitOf(VariantTimes)
	vStatus      = bitOf(VariantStatus)
	vEmpty       = bitOf(VariantEmpty)
	vBareText    = bitOf(VariantBareText)
	vInclusive   = bitOf(VariantInclusive)
	vManyNext    = bitOf(VariantManyNext)
	vDomainForm  = bitOf(VariantDomainForm)
	vAgentsDelta = bitOf(VariantAgentsDelta)
	vAcceptError = bitOf(VariantAcceptError)
	vTransferOK  = bitOf(VariantTransferOK)
	vEndLocation = bitOf(VariantEndLocation)
	vErrorTime   = bitOf(VariantErrorTime)
	vPartial     = bitOf(VariantPartial)
	vContext     = bitOf(VariantContext)
	vTimeoutName = bitOf(VariantTimeoutName)
	vNoSessionID = bitOf(VariantNoSessionID)

	vSiteAgentID    = bitOf(VariantSiteAgentID)
	vNoAgentID      = bitOf(VariantNoAgentID)
	vSequenceID     = bitOf(VariantSequenceID)
	vStateWords     = bitOf(VariantStateWords)
	vAgentSessionID = bitOf(VariantAgentSessionID)
	vLocation       = bitOf(VariantLocation)
	vLocationToo    = bitOf(VariantLocationToo)
	vNoLocation     = bitOf(VariantNoLocation)
	vAcceptLast     = bitOf(VariantAcceptLast)
	vAcceptMissing  = bitOf(VariantAcceptMissing)
	vListedTwice    = bitOf(VariantListedTwice)
	vEndedSessions  = bitOf(VariantEndedSessions)
)

func (s variantSet) has(v variantSet) bool { return s&v != 0 }

// variantsFor says how this answer is to look.
func (s *Server) variantsFor(c *call) variantSet {
	set := s.cfg.variants
	if s.cfg.randomVariants {
		set |= variantSet(s.drawFor(c, "variant", c.scope())) & drawn
	}
	if c.fault != nil {
		for _, v := range c.fault.Variants {
			set |= bitOf(v)
		}
	}
	return set
}
