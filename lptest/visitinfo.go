package lptest

import (
	"net/http"
)

// participant answers row 16, the Retrieve Participant Info page.
func (c *call) participant() answer {
	p := c.s.people[c.params["participant"]]
	if p == nil {
		return fail(http.StatusNotFound, codeBadVisitor, "The participant is not known")
	}
	date := func(d Date) object {
		return object{{"year", bare(int64(d.Year))}, {"month", bare(int64(d.Month))}, {"day", bare(int64(d.Day))}}
	}
	body := object{{"authenticatedParticipantInfo", object{
		{"isUserAuthenticated", p.Authenticated},
		{"participantId", p.ID},
		{"balance", p.Balance},
		{"registrationDate", date(p.Registered)},
		{"lastPaymentDate", date(p.LastPayment)},
		{"customerId", p.CustomerID},
		{"customerStatus", p.CustomerStatus},
		{"customerType", p.CustomerType},
		{"socialId", p.SocialID},
		{"imei", p.IMEI},
		{"userName", p.UserName},
		{"companySize", bare(int64(p.CompanySize))},
		{"accountName", p.AccountName},
		{"role", p.Role},
	}}}
	if p.FirstName != "" || p.LastName != "" || p.Email != "" || p.Phone != "" {
		body = append(body, member{"authenticatedPersonalInfo", object{
			{"name", p.FirstName},
			{"surname", p.LastName},
			{"contacts", many{object{{"email", p.Email}, {"phone", p.Phone}}}},
		}})
	}
	return ok(body)
}

// enterVisit finds the visit in the path; only the agent of its chat sees it.
func (c *call) enterVisit() (*chat, *answer) {
	ch := c.s.visits[c.params["visit"]]
	if ch == nil {
		a := fail(http.StatusNotFound, codeBadVisitor, "The visit is not known")
		return nil, &a
	}
	if !c.mayEnter(ch) {
		a := fail(http.StatusForbidden, codeBadVisitor, "The visit is not with this agent")
		return nil, &a
	}
	return ch, nil
}

func (c *call) visitURL(ch *chat) string { return c.sessionURL() + "/visits/visit/" + ch.visitID }

// visit answers row 26: where the visit's data are.
func (c *call) visit() answer {
	ch, refusal := c.enterVisit()
	if refusal != nil {
		return *refusal
	}
	url := c.visitURL(ch)
	return ok(object{{"visitId", object{
		{"link", many{link(url+"/info", "info"), link(url+"/customVariables", "custom-variables")}},
	}}})
}

// visitInfo answers the visit's info link: device, address and the like as
// pairs of name and value.
func (c *call) visitInfo() answer {
	ch, refusal := c.enterVisit()
	if refusal != nil {
		return *refusal
	}
	pairs := func(data []Pair) object {
		infos := make(many, len(data))
		for i, p := range data {
			infos[i] = object{{"@name", p.Name}, {"$", p.Value}}
		}
		return object{{"info", infos}}
	}
	return ok(object{{"visitInfo", object{
		{"link", link(c.visitURL(ch)+"/info", "self")},
		{"isInCurrentChat", ch.state != ended},
		{"visitorId", bare(ch.visitor.ID)},
		{"sessionInfo", pairs(ch.visitor.SessionInfo)},
		{"visitorInfo", pairs(ch.visitor.VisitorInfo)},
		{"time", pairs([]Pair{{"startTime", ch.started.In(pageZone).Format(pageTime)}})},
	}}})
}

// visitVariables answers the visit's custom variables, the pre-chat survey
// among them.
func (c *call) visitVariables() answer {
	ch, refusal := c.enterVisit()
	if refusal != nil {
		return *refusal
	}
	variables := make(many, len(ch.visitor.CustomVariables))
	for i, v := range ch.visitor.CustomVariables {
		variables[i] = object{
			{"@source", v.Source},
			{"@scope", v.Scope},
			{"name", v.Name},
			{"time", stamp{at: ch.started}},
			{"displayName", v.DisplayName},
			{"value", v.Value},
		}
	}
	return ok(object{{"customVariables", object{
		{"link", link(c.visitURL(ch)+"/customVariables", "self")},
		{"customVariable", variables},
	}}})
}
