package lptest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// shown is an event with its id.
type shown struct {
	id int
	*event
}

// page collects the events from the given id on that the agent may see, and
// the id of the last event that the page covers (from-1 if there is none).
func (c *call) page(ch *chat, from int) ([]shown, int) {
	repeat := 1
	asked, far := from, false
	if c.fault != nil && (c.fault.Chat == "" || c.fault.Chat == ch.id) {
		switch c.fault.Kind {
		case FaultRepeatEvents:
			from = 0
		case FaultOverlapEvents:
			overlap := c.fault.Overlap
			if overlap <= 0 {
				overlap = 2
			}
			from = max(0, from-overlap)
		case FaultDuplicateEvents:
			repeat = 2
		case FaultEndless:
			ch.say(c.now, "One more line.")
		case FaultFarID:
			far = true
		}
	}
	events := make([]shown, 0, max(0, len(ch.events)-from))
	last := asked - 1
	for _, id := range ch.far {
		if id < from && ch.events[id].far >= int64(from) {
			events = append(events, shown{id, &ch.events[id]})
		}
	}
	for id := from; id < len(ch.events); id++ {
		e := &ch.events[id]
		if e.visibleTo(c.agent) {
			if c.s.cfg.page > 0 && id >= asked && countFrom(events, asked) >= c.s.cfg.page*repeat {
				break
			}
			for range repeat {
				events = append(events, shown{id, e})
			}
		}
		last = max(last, id)
	}
	if far {
		events = c.addFar(events, ch)
	}
	return events, last
}

// addFar shows the last event of a chat once more, under an id far ahead.
func (c *call) addFar(events []shown, ch *chat) []shown {
	ahead := c.fault.Ahead
	if ahead == 0 {
		ahead = 1_000_000
	}
	for id := len(ch.events) - 1; id >= 0; id-- {
		if e := &ch.events[id]; e.visibleTo(c.agent) && e.raw == nil {
			return append(events, shown{id + ahead, e})
		}
	}
	return events
}

func countFrom(events []shown, from int) int {
	n := 0
	for i := len(events) - 1; i >= 0 && events[i].id >= from; i-- {
		n++
	}
	return n
}

// chatEvents answers row 12, the Retrieve Chat Events page.
func (c *call) chatEvents() answer {
	from, refusal := c.from()
	if refusal != nil {
		return *refusal
	}
	events, last := c.page(c.chat, from)
	return ok(object{{"events", c.eventsTree(c.chat, events, last, true, false)}})
}

func (c *call) eventsTree(ch *chat, events []shown, last int, next, ofMany bool) object {
	url := c.chatURL(ch) + "/events"
	links := many{link(url, "self")}
	if next {
		links = append(links, link(url+"?from="+strconv.Itoa(last+1), "next"))
	}
	trees := make(many, len(events))
	for i, e := range events {
		trees[i] = c.eventTree(e, !ofMany)
	}
	return object{{"link", links}, {"event", trees}}
}

// eventTree is an event as the pages show it: on most of them the id is a string
// and the system message's id a number, for many chats it is the other way round.
func (c *call) eventTree(e shown, idQuoted bool) any {
	if e.raw != nil {
		return e.raw
	}
	t := object{
		{"@id", number{int64(e.id), idQuoted}},
		{"@type", e.kind},
		{"time", stamp{at: e.at}},
	}
	switch e.kind {
	case "state":
		return append(t, member{"state", e.state})
	case "line":
	default:
		return append(t, e.extra...)
	}
	t = append(t,
		member{"textType", e.textType},
		member{"text", lineText(e.text)},
		member{"by", e.by},
		member{"source", e.source},
	)
	if e.message != 0 {
		t = append(t, member{"systemMessageId", number{int64(e.message), !idQuoted}})
	}
	if e.agentID != 0 && !c.fixed.has(vNoAgentID) {
		id := any(number{e.agentID, !idQuoted})
		if c.fixed.has(vSiteAgentID) {
			id = c.s.cfg.account + "." + strconv.FormatInt(e.agentID, 10)
		}
		t = append(t, member{"agentId", id})
	}
	if c.fixed.has(vSequenceID) {
		t = append(t, member{"sequenceId", strconv.Itoa(e.id)})
	}
	if e.json != nil {
		t = append(t, member{"json", e.json})
	}
	return append(t, member{"subType", e.subType})
}

// postEvent answers rows 13 and 14, the Send Lines and End Chat pages: one
// event per call.
func (c *call) postEvent() answer {
	e := c.doc.object("event")
	if !e.valid {
		return fail(http.StatusBadRequest, codeBadRequest, "One event is wanted: {\"event\":{…}}")
	}
	if c.chat.state != chatting {
		return c.chatEnded()
	}
	switch e.text("@type") {
	case "line":
		return c.postLine(e)
	case "state":
		return c.postState(e)
	}
	return fail(http.StatusBadRequest, codeBadRequest, `"@type" is line or state`)
}

// chatEnded refuses what an ended chat does not take any more.
func (c *call) chatEnded() answer {
	return fail(c.s.cfg.endedStatus, c.s.cfg.endedCode, "The chat has "+ended)
}

func (c *call) postState(e document) answer {
	if e.text("state") != ended {
		return fail(http.StatusBadRequest, codeBadRequest, `The only state to set is "ended"`)
	}
	ch := c.chat
	id := c.s.endAs(ch, c.now)
	c.change("chat " + ch.id + " ended by " + c.agent.LoginName)
	name := "chatLocation"
	if c.fixed.has(vEndLocation) {
		name = "chatEventLocation"
	}
	return created(name, c.chatURL(ch)+"/events/"+strconv.Itoa(id))
}

// endAs ends a chat as its agent does.
func (s *Server) endAs(ch *chat, now time.Time) int {
	ch.system(now, messageEnded, "The chat was ended by "+ch.agent.name()+".")
	return s.finish(ch, now)
}

func (c *call) postLine(e document) answer {
	line, complaint := readLine(e)
	if complaint != "" {
		return fail(http.StatusBadRequest, codeBadRequest, complaint)
	}
	id := c.s.say(c.chat, line, c.now)
	c.change("chat " + c.chat.id + " line " + strconv.Itoa(id) + " by " + c.agent.LoginName)
	return created("chatEventLocation", c.chatURL(c.chat)+"/events/"+strconv.Itoa(id))
}

// say adds a line of the chat's agent.
func (s *Server) say(ch *chat, line event, now time.Time) int {
	if line.textType != "rich-content" {
		line.text = rewrite(s.lineRewriters, line.text)
	}
	line.at = now
	line.by = ch.agent.name()
	line.source = "agent"
	line.agentID = ch.agent.ID
	ch.agentTyping = notTyping
	return ch.add(line)
}

// forbiddenHTML finds what a line of HTML must not hold.
var (
	forbiddenHTML = regexp.MustCompile(`(?i)<\s*(iframe|script)\b|<[^>]*\son[a-z]+\s*=|javascript:`)
	linkTarget    = regexp.MustCompile(`(?i)(<a\b[^>]*?\starget\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)`)
)

// readLine checks a line as the Send Lines and Structured Content page has it.
func readLine(e document) (line event, complaint string) {
	line = event{kind: "line", textType: e.text("textType"), subType: e.text("subType")}
	if line.textType == "" {
		line.textType = "plain"
	}
	if line.subType == "" {
		line.subType = "REGULAR"
	}
	if line.subType != "REGULAR" && line.subType != "ONLY_TO_REP" {
		return line, `"subType" is ONLY_TO_REP or missing`
	}
	text, isText := e.field("text").value.(string)
	if !isText {
		return line, `"text" is missing`
	}
	line.text = text
	switch line.textType {
	case "plain", "html":
		if text == "" {
			return line, `"text" is empty`
		}
		if line.textType == "html" {
			if forbiddenHTML.MatchString(text) {
				return line, "HTML must hold no iframe, script or DOM action"
			}
			line.text = linkTarget.ReplaceAllString(text, `${1}"_blank"`)
		}
	case "rich-content":
		payload := e.object("json")
		if !payload.valid {
			return line, `"json" with the structured content is missing`
		}
		data, err := json.Marshal(payload.value)
		if err != nil {
			return line, `"json" cannot be kept`
		}
		line.json = data
	default:
		return line, `"textType" is plain, html or rich-content`
	}
	return line, ""
}
