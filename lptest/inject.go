package lptest

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Colleague lets another agent who is in the chat say a line, and returns its
// event id, -1 if the chat has ended. Text, TextType ("plain" unless given),
// SubType ("REGULAR" unless given), JSON, By ("colleague" unless given) and
// AgentID are taken from line as they are; an AgentID of 0 leaves the line
// without one. The stored text is never rewritten. Visit.WaitLine counts the
// line as any of an agent.
func (v *Visit) Colleague(line Line) int {
	v.s.enter()
	defer v.s.mu.Unlock()
	if v.ch.state == ended {
		return -1
	}
	e := event{
		kind: "line", at: time.Now(), text: line.Text, textType: line.TextType, subType: line.SubType,
		by: line.By, source: "agent", agentID: line.AgentID, json: raw(line.JSON),
	}
	for field, usual := range map[*string]string{&e.textType: "plain", &e.subType: "REGULAR", &e.by: "colleague"} {
		if *field == "" {
			*field = usual
		}
	}
	return v.ch.add(e)
}

// Inject adds an event to the chat that is shown exactly as given, whatever
// its members are, in all of its readings; no variant changes it. In it {id}
// stands for the event's id and {time} for the present time:
//
//	visit.Inject(`{"@id":"{id}","@type":"cobrowse","time":"{time}","state":{"on":true}}`)
//
// It returns the place of the event among the chat's, which is what {id}
// stands for. An event that gives itself a larger id (up to the largest int64)
// is shown whenever events up to that id are asked for: at every poll. Inject
// panics if the text is no JSON. Also an ended chat takes the event.
func (v *Visit) Inject(event string) int {
	id, err := v.inject(event)
	if err != nil {
		panic(err)
	}
	return id
}

func (v *Visit) inject(text string) (int, error) {
	v.s.enter()
	defer v.s.mu.Unlock()
	now, id := time.Now(), len(v.ch.events)
	text = strings.NewReplacer("{id}", strconv.Itoa(id), "{time}", now.In(pageZone).Format(pageTime)).Replace(text)
	if !json.Valid([]byte(text)) {
		return 0, errors.New("lptest: the event is no JSON: " + text)
	}
	e := event{at: now, raw: raw(text)}
	if d := readJSON([]byte(text)); d.isObject() {
		e.kind = d.text("@type")
		if n, isNumber := d.field("@id").number(); isNumber && n > int64(id) {
			e.far = n
			v.ch.far = append(v.ch.far, id)
		}
	}
	return v.ch.add(e), nil
}

// A2ATransfer is an event of the type "a2a-transfer": the chat is to go on in
// another account.
type A2ATransfer struct {
	Domain          string // where the other account is served
	RemoteSiteID    string // the other account
	EventID         string // a2aEventId
	SourceSessionID string // a2aSourceSessionId
	SourceSiteID    string // a2aSourceSiteId; the server's account unless given
	Skill           string // of the other account
	// Flat puts the members of chatRequestParameters beside it, not into it.
	Flat bool
}

// A2ATransfer adds such an event to the chat and returns its id.
func (v *Visit) A2ATransfer(t A2ATransfer) int {
	v.s.enter()
	defer v.s.mu.Unlock()
	if t.SourceSiteID == "" {
		t.SourceSiteID = v.s.cfg.account
	}
	inner := object{
		{"a2aEventId", t.EventID}, {"a2aSourceSessionId", t.SourceSessionID}, {"a2aSourceSiteId", t.SourceSiteID}, {"skill", t.Skill},
	}
	extra := object{{"domain", t.Domain}, {"chatRequestParameters", inner}, {"remoteSiteId", t.RemoteSiteID}}
	if t.Flat {
		extra = slices.Concat(object{{"domain", t.Domain}, {"chatRequestParameters", ""}}, inner, object{{"remoteSiteId", t.RemoteSiteID}})
	}
	return v.ch.add(event{kind: "a2a-transfer", at: time.Now(), extra: extra})
}
