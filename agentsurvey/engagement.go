package agentsurvey

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// Engagement is an answer to a question for engagement attributes: a
// [Service], a [Lead], a [Purchase], or an [OtherEngagement] of a kind that
// this package does not know.
//
// Numbers are decimal texts, so that amounts stay exact: Total: "100.5". An
// empty field is left out.
type Engagement interface {
	// EngagementType is the kind of engagement attribute.
	EngagementType() EngagementType
	members() []attribute
}

// Service is a service activity.
type Service struct {
	Topic     string      `json:"topic"`
	Status    json.Number `json:"status"`
	Category  string      `json:"category"`
	ServiceID string      `json:"serviceId"`

	more string // members of an answer that are not known here
}

// Lead is a lead.
type Lead struct {
	Topic    string      `json:"topic"`
	Value    json.Number `json:"value"`
	LeadID   string      `json:"leadId"`
	Currency string      `json:"currency"`

	more string
}

// Purchase is a purchase.
type Purchase struct {
	Total    json.Number `json:"total"`
	OrderID  string      `json:"orderId"`
	Currency string      `json:"currency"`

	more string
}

// OtherEngagement is an answer of a kind that this package does not know. It
// is read only.
type OtherEngagement struct {
	Type EngagementType
	// JSON is the whole engAttribute as the service wrote it.
	JSON string
}

// EngagementType is service.
func (Service) EngagementType() EngagementType { return ServiceType }

// EngagementType is lead.
func (Lead) EngagementType() EngagementType { return LeadType }

// EngagementType is purchase.
func (Purchase) EngagementType() EngagementType { return PurchaseType }

// EngagementType is what the service wrote.
func (o OtherEngagement) EngagementType() EngagementType { return o.Type }

// attribute is one member of an engagement answer.
type attribute struct {
	key    string // in the answer
	asked  string // in a question's list of attributes
	value  string
	number bool
}

func (s Service) members() []attribute {
	return []attribute{
		{"topic", "topic", s.Topic, false},
		{"status", "status", string(s.Status), true},
		{"category", "category", s.Category, false},
		{"serviceId", "service_id", s.ServiceID, false},
		{value: s.more},
	}
}

func (l Lead) members() []attribute {
	return []attribute{
		{"topic", "topic", l.Topic, false},
		{"value", "value", string(l.Value), true},
		{"leadId", "lead_id", l.LeadID, false},
		{"currency", "currency", l.Currency, false},
		{value: l.more},
	}
}

func (p Purchase) members() []attribute {
	return []attribute{
		{"total", "order_total", string(p.Total), true},
		{"orderId", "order_id", p.OrderID, false},
		{"currency", "currency", p.Currency, false},
		{value: p.more},
	}
}

func (o OtherEngagement) members() []attribute { return nil }

// appendEngagement writes engAttribute. The attributes of every type stand
// under "service", as the pages' samples have it.
func appendEngagement(b []byte, e Engagement) []byte {
	if o, ok := e.(OtherEngagement); ok {
		return append(b, o.JSON...)
	}
	b = append(b, `{"type":"`...)
	b = append(b, e.EngagementType()...)
	b = append(b, `","service":{`...)
	first := true
	for _, m := range e.members() {
		if m.value == "" {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		switch {
		case m.key == "": // members taken over
			b = append(b, m.value...)
		case m.number && isNumber(m.value):
			b = append(b, '"')
			b = append(b, m.key...)
			b = append(b, `":`...)
			b = append(b, m.value...)
		default:
			b = append(b, '"')
			b = append(b, m.key...)
			b = append(b, `":`...)
			b = appendText(b, m.value)
		}
	}
	return append(b, "}}"...)
}

func appendText(b []byte, s string) []byte {
	text, err := wire.Marshal(s)
	if err != nil { // a string always can be
		return append(b, `""`...)
	}
	return append(b, text...)
}

// engagementDoc is engAttribute as it is read: the attributes stand under
// "service" in every sample, under their type's name is taken too.
type engagementDoc struct {
	Type     EngagementType  `json:"type"`
	Service  json.RawMessage `json:"service" wire:"or=service_activity"`
	Lead     json.RawMessage `json:"lead"`
	Purchase json.RawMessage `json:"purchase"`
}

// readEngagement reads engAttribute; nothing in it is nil.
func readEngagement(data []byte) (Engagement, error) {
	if len(data) == 0 || string(data) == "null" || string(data) == `""` {
		return nil, nil //nolint:nilnil // no answer is no error
	}
	data = bytes.ToValidUTF8(data, []byte("\uFFFD")) // what is kept as it is could not be sent back otherwise
	var d engagementDoc
	if err := wire.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	body := d.Service
	for _, other := range []json.RawMessage{d.Lead, d.Purchase} {
		if len(body) == 0 || string(body) == "null" {
			body = other
		}
	}
	if len(body) == 0 {
		body = json.RawMessage("{}")
	}
	switch d.Type.normal() {
	case ServiceType:
		var s Service
		err := wire.Unmarshal(body, &s)
		s.more = unknownMembers(body, s)
		return s, err
	case LeadType:
		var l Lead
		err := wire.Unmarshal(body, &l)
		l.more = unknownMembers(body, l)
		return l, err
	case PurchaseType:
		var p Purchase
		err := wire.Unmarshal(body, &p)
		p.more = unknownMembers(body, p)
		return p, err
	}
	if d.Type == "" && len(d.Service)+len(d.Lead)+len(d.Purchase) == 0 {
		return nil, nil //nolint:nilnil // an empty element
	}
	return OtherEngagement{Type: d.Type, JSON: string(data)}, nil
}

// unknownMembers are those members of an answer that e has no field for, as
// JSON without the braces, so that sending the answer back drops nothing.
func unknownMembers(body []byte, e Engagement) string {
	var all map[string]json.RawMessage
	if json.Unmarshal(body, &all) != nil {
		return ""
	}
	for _, m := range e.members() {
		delete(all, m.key)
		delete(all, "@"+m.key)
	}
	var b []byte
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = appendText(b, key)
		b = append(b, ':')
		b = append(b, all[key]...)
	}
	return string(b)
}

// sameEngagement compares by what is said, not by how a number is written.
func sameEngagement(a, b Engagement) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if a.EngagementType() != b.EngagementType() {
		return false
	}
	x, y := a.members(), b.members()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i].value == y[i].value {
			continue
		}
		if !x[i].number || !sameNumber(x[i].value, y[i].value) {
			return false
		}
	}
	o, isOther := a.(OtherEngagement)
	p, _ := b.(OtherEngagement)
	return !isOther || o == p
}

// isNumber tells whether s is a decimal number as JSON has it, without an
// exponent.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, dotted := strings.Cut(s, ".")
	return isDigits(whole) && (len(whole) == 1 || whole[0] != '0') && (!dotted || isDigits(fraction))
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
