package lptest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Internal codes of the Chat Agent and Login services' errors.
const (
	codeBadAccount   = 6
	codeUnauthorized = 10
	codeNoData       = 12
	codeNoURI        = 28
	codeBadRequest   = 33
	codeBadVisitor   = 37
	codeBadSession   = 39
)

// answer is what a handler returns.
type answer struct {
	status  int
	body    any // a tree, or nil for an empty body
	text    string
	header  http.Header
	cookies []*http.Cookie
	plain   bool // this call's page shows attributes without "@"
	dull    bool // the body says nothing new: VariantEmpty may drop it
	problem *problem
	chatAPI bool
	partial bool   // part of a survey: VariantPartial makes it 206
	at      string // where the thing is that was created
}

// problem is an error body in the form of the Login and Chat Agent services.
type problem struct {
	code    int
	message string
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// created answers where the new thing is: in the body, unless a variant says
// otherwise.
func created(name, href string) answer {
	return answer{status: http.StatusCreated, at: href, body: object{{name, object{{"link", link(href, "location")}}}}}
}

func fail(status, code int, message string) answer {
	return answer{status: status, problem: &problem{code, message}}
}

func (a answer) with(name, value string) answer {
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set(name, value)
	return a
}

const errorTime = "Jan 2, 2006 3:04:05 PM"

func (p *problem) tree(status int, now time.Time, variants variantSet) object {
	if variants.has(vErrorTime) {
		return object{{"error", object{
			{"time", now.In(pageZone).Format(pageTime)},
			{"message", p.message},
			{"internalCode", bare(int64(p.code))},
		}}}
	}
	return object{{"error", object{
		{"time", now.In(pageZone).Format(errorTime)},
		{"message", p.message},
		{"internalCode", bare(int64(p.code))},
		{"responseStatus", statusName(status)},
	}}}
}

// statusName is the name of a status as Java writes it.
func statusName(status int) string {
	return strings.NewReplacer(" ", "_", "-", "_", "'", "").Replace(strings.ToUpper(http.StatusText(status)))
}

// encode returns the status and body that go on the wire.
func (c *call) encode(a answer) (int, []byte, string) {
	variants, status := c.fixed, a.status
	switch {
	case a.text != "":
		return status, []byte(a.text), "text/plain; charset=utf-8"
	case a.problem != nil:
		a.body = a.problem.tree(status, c.now, variants)
	case a.dull && variants.has(vEmpty), a.at != "" && variants.has(vLocation|vNoLocation):
		a.body = nil
	}
	if a.chatAPI && variants.has(vStatus) {
		switch status {
		case http.StatusOK:
			status = http.StatusCreated
		case http.StatusCreated:
			status = http.StatusOK
		}
	}
	if a.partial && variants.has(vPartial) {
		status = http.StatusPartialContent
	}
	if a.body == nil {
		return status, nil, ""
	}
	e := encoder{variants: variants, plain: a.plain}
	if c.fault != nil && c.fault.Kind == FaultNoLink {
		e.noLink = c.fault
	}
	body := e.appendValue(make([]byte, 0, 512), a.body)
	return status, body, "application/json"
}

// head sets the answer's headers.
func (c *call) head(h http.Header, a answer, kind string, length int64) {
	if c.fault != nil && (c.fault.Kind == FaultRotate || c.fault.Rotate) {
		c.rotate(&a)
	}
	if c.fault != nil && c.fault.Kind == FaultCookies {
		c.addCookies(&a)
	}
	for name, values := range a.header {
		h[name] = values
	}
	if a.at != "" && c.fixed.has(vLocation|vLocationToo) {
		h.Set("Location", a.at)
	}
	for _, cookie := range a.cookies {
		h.Add("Set-Cookie", cookie.String())
	}
	if c.fault != nil {
		c.fault.addHeaders(h, c.now)
	}
	if kind != "" && h.Get("Content-Type") == "" {
		h.Set("Content-Type", kind)
	}
	h.Set("Content-Length", strconv.FormatInt(length, 10))
}

// write sends an answer and closes the journal's entry.
func (c *call) write(w http.ResponseWriter, a answer) {
	status, body, kind := c.encode(a)
	c.head(w.Header(), a, kind, int64(len(body)))
	c.finish(status)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away is no concern of the fake
}

// finish completes the journal's entry; status 0 means that no whole answer went out.
func (c *call) finish(status int) {
	c.s.enter()
	c.entry.Status = status
	c.entry.Answered = time.Now()
	c.s.journal.answered(c.entry)
	c.s.waiters.wake()
	entry := *c.entry
	c.s.mu.Unlock()
	if c.s.cfg.observer != nil {
		c.s.cfg.observer(entry)
	}
}
