package messaging

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// request is one request on its way through the service.
type request struct {
	s        *Service
	k        *socket
	id       string
	kind     *kind
	modern   bool // asked with the newer type name
	body     json.RawMessage
	metadata json.RawMessage
	encoded  string
	frame    *Frame
}

// answer is what a request is answered with.
type answer struct {
	code int
	name string // type of the answer, "" for that of the request's kind
	body any    // nil for none
}

// kind is a kind of request: its names and what it does.
type kind struct {
	name   string   // the older name, which starts with a dot
	newer  []string // the newer ones
	handle func(*request) answer
}

// kinds are all requests by their name.
var kinds = newKinds()

func newKinds() map[string]*kind {
	out := map[string]*kind{}
	add := func(name string, handle func(*request) answer, newer ...string) {
		k := &kind{name, newer, handle}
		out[name] = k
		for _, other := range newer {
			out[other] = k
		}
	}
	add(".GetClock", (*request).getClock, "GetClock")
	add(".InitConnection", (*request).initConnection, "InitConnection")
	add(".ams.routing.SetAgentState", (*request).setAgentState, "routing.SetAgentState")
	add(".ams.routing.SubscribeAgentsState", (*request).subscribeAgentsState, "routing.SubscribeAgentsState")
	add(".ams.routing.SubscribeRoutingTasks", (*request).subscribeRoutingTasks, "routing.SubscribeRoutingTasks")
	add(".ams.routing.UpdateRingState", (*request).updateRingState, "routing.UpdateRingState")
	add(".ams.aam.SubscribeExConversations", (*request).subscribeExConversations, "cqm.SubscribeExConversations")
	add(".ams.aam.UnsubscribeExConversations", (*request).unsubscribe, "cqm.UnsubscribeExConversations")
	add(".ams.ms.PublishEvent", (*request).publishEvent, "ms.PublishEvent")
	add(".ams.ms.QueryMessages", (*request).queryMessages, "ms.QueryMessages")
	add(".ams.cm.UpdateConversationField", (*request).updateConversationField, "cm.UpdateConversationField")
	add(".ams.ms.SubscribeMessagingEvents", (*request).subscribeMessagingEvents, "ms.SubscribeMessagingEvents")
	add(".ams.ms.GenerateURLForUploadFile", (*request).generateURLForUploadFile, "ms.GenerateURLForUploadFile")
	add(".ams.ms.GenerateURLForDownloadFile", (*request).generateURLForDownloadFile, "ms.GenerateURLForDownloadFile")
	add(".ams.cm.AgentRequestConversation", (*request).agentRequestConversation, "cm.AgentRequestConversation")
	add(".ams.userprofile.GetUserProfile", (*request).getUserProfile, "userprofile.GetUserProfile", "up.GetUserProfile")
	add(".ams.userprofile.SetUserProfile", (*request).setUserProfile, "userprofile.SetUserProfile", "up.SetUserProfile")
	return out
}

// short is the last element of a type, without $.
func short(name string) string {
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '.')+1:], "$", "")
}

// received takes a frame from the client. The lock must be held.
func (s *Service) received(k *socket, data []byte) {
	var in struct {
		Kind     string          `json:"kind"`
		ID       json.RawMessage `json:"id"`
		Type     string          `json:"type"`
		Body     json.RawMessage `json:"body"`
		Metadata json.RawMessage `json:"metadata"`
		Encoded  string          `json:"encodedMetadata"`
		Headers  json.RawMessage `json:"headers"`
	}
	err := json.Unmarshal(data, &in)
	id := text(in.ID)
	r := &request{
		s: s, k: k, id: id, kind: kinds[in.Type], body: in.Body, metadata: in.Metadata, encoded: in.Encoded,
		frame: &Frame{
			At: time.Now(), Socket: k.n, User: k.user.LoginName, In: true, Kind: in.Kind, Type: in.Type, ID: id, Text: string(data),
		},
	}
	s.log.add(r.frame)
	r.modern = !strings.HasPrefix(in.Type, ".")
	k.modern = r.modern
	refusal := ""
	switch {
	case err != nil:
		refusal = "The frame is no JSON of a request"
	case in.Kind != "req":
		refusal = "kind is req"
	case id == "" || len(id) > 64:
		refusal = "id has 1 to 64 characters"
	case k.ids[id]:
		refusal = "The id was used before on this socket"
	case r.kind == nil:
		refusal = "The type " + in.Type + " is not known"
	}
	if id != "" && len(id) <= 64 {
		k.ids[id] = true
	}
	if refusal != "" {
		r.respond(fail(http.StatusBadRequest, refusal), nil)
		return
	}
	f := s.strike(short(r.kind.name), k.user.LoginName, data)
	if f == nil {
		r.respond(r.perform(), nil)
		return
	}
	r.frame.Fault = f.Kind
	r.struck(f)
}

// struck handles a request that a fault hit.
func (r *request) struck(f *Fault) {
	s, k := r.s, r.k
	switch f.Kind {
	case FaultDelay:
		s.after(f.delay(), func() {
			if !k.dead {
				r.respond(r.perform(), nil)
			}
		})
	case FaultLate:
		a := r.perform()
		r.release()
		s.after(f.delay(), func() { r.respond(a, nil) })
	case FaultNoAnswer:
		if f.After {
			r.perform()
			r.release()
		}
	case FaultRefuse:
		if f.After {
			r.perform()
		}
		a := answer{code: f.code(http.StatusInternalServerError), name: ".ReqBody$StringResp", body: f.text("The service cannot answer now")}
		if strings.HasPrefix(f.Body, "{") {
			a.name, a.body = ".ReqBody$ErrorResp", raw(f.Body)
		}
		if f.Delay > 0 {
			r.release()
			s.after(f.Delay, func() { r.respond(a, nil) })
			return
		}
		r.respond(a, nil)
	case FaultClose:
		if f.After {
			r.perform() // its notifications are lost with the socket
		}
		k.hold, k.held = false, nil
		if f.Delay > 0 {
			s.after(f.Delay, func() { s.end(k, f.code(1006), f.Reason) })
			return
		}
		s.end(k, f.code(1006), f.Reason)
	default: // FaultHuge
		r.respond(r.perform(), f)
	}
}

// perform does what is asked for. Notifications to this socket wait for the
// answer, or for release.
func (r *request) perform() answer {
	r.k.hold = true
	return r.kind.handle(r)
}

// release sends the notifications that waited.
func (r *request) release() {
	k := r.k
	held := k.held
	k.hold, k.held = false, nil
	for _, o := range held {
		k.put(o)
	}
}

// respond answers, and sends the notifications that waited for that.
func (r *request) respond(a answer, f *Fault) {
	name := a.name
	if name == "" {
		name = r.kind.name + "$Response"
		if r.modern {
			name = r.kind.newer[0] + "Response"
		}
	} else if r.modern {
		name = strings.Replace(strings.TrimPrefix(name, "."), "ReqBody$", "", 1)
		name = strings.TrimPrefix(strings.Replace(name, "$", "", 1), "ams.")
	}
	if a.code >= 400 && r.s.variants.has(VariantTypedErrors) && name != "ErrorResp" {
		if message, isText := a.body.(string); isText {
			name = ".ReqBody$ErrorResp"
			if r.modern {
				name = "ErrorResp"
			}
			a.body = object{{"title", http.StatusText(a.code)}, {"details", message}, {"errorCode", a.code*100 + 4}}
		}
	}
	tree := object{{"kind", "resp"}, {"reqId", r.id}}
	if r.s.variants.has(VariantCodes) {
		word := strings.ToUpper(strings.ReplaceAll(http.StatusText(a.code), " ", "_"))
		tree = append(tree, member{"code", word})
	} else {
		tree = append(tree, member{"code", raw(strconv.Itoa(a.code))})
	}
	tree = append(tree, member{"type", name})
	if a.body != nil {
		tree = append(tree, member{"body", a.body})
	}
	if f != nil && f.Kind == FaultHuge {
		tree = append(tree, member{"padding", string(bytes.Repeat([]byte{'x'}, f.size()))})
	}
	if r.s.variants.has(VariantStrayResponse) {
		r.k.push("resp", ".ReqBody$StringResp", "stray-"+r.id, 200, []byte(`{"kind":"resp","reqId":"stray-`+r.id+`","code":200,"type":".ReqBody$StringResp","body":"OK"}`), "")
	}
	kind := FaultKind("")
	if f != nil {
		kind = f.Kind
	}
	r.k.push("resp", name, r.id, a.code, encoder{r.s.variants}.encode(tree), kind)
	r.release()
}

// push queues a frame for the client.
func (k *socket) push(kind, name, id string, code int, text []byte, fault FaultKind) {
	k.put(out{text: text, frame: &Frame{
		Socket: k.n, User: k.user.LoginName, Kind: kind, Type: name, ID: id, Code: code, Text: string(text), Fault: fault,
	}})
}

func (k *socket) put(o out) {
	if k.dead {
		return
	}
	k.out = append(k.out, o)
	k.more.Broadcast()
}

// notify sends a notification, unless a fault strikes it. name is the older
// type, newer the other one.
func (k *socket) notify(modern bool, name, newer string, body any) {
	if k.dead {
		return
	}
	if modern {
		name = newer
	}
	variants := k.s.variants
	tree := object{{"kind", "notification"}, {"type", name}, {"body", body}}
	if variants.has(VariantUnknown) {
		tree = append(tree, member{"nobodyKnows", object{{"this", list{"field", 1}}}})
		k.emit("NobodyKnows", []byte(`{"kind":"notification","type":".ams.nobody.NobodyKnows","body":{"changes":[{"type":"WHATEVER"}]}}`))
	}
	k.emit(name, encoder{variants}.encode(tree))
}

// emit sends a notification's frame as the faults have it.
func (k *socket) emit(name string, text []byte) {
	s := k.s
	f := s.strike(short(name), k.user.LoginName, text)
	o := out{text: text, frame: &Frame{Socket: k.n, User: k.user.LoginName, Kind: "notification", Type: name, Text: string(text)}}
	send := func(o out) {
		if k.hold {
			k.held = append(k.held, o)
			return
		}
		k.put(o)
	}
	if waits := k.swapped; waits != nil && (f == nil || f.Kind != FaultSwap) {
		k.swapped = nil
		s.cancel(waits.timer)
		defer func() { send(waits.o) }()
	}
	if f == nil {
		send(o)
		return
	}
	o.frame.Fault = f.Kind
	switch f.Kind {
	case FaultLose:
	case FaultTwice:
		send(o)
		second := *o.frame
		send(out{text: text, frame: &second})
	case FaultDelay, FaultLate:
		s.after(f.delay(), func() { k.put(o) })
	case FaultSwap:
		if k.swapped != nil { // one waits at a time
			send(o)
			return
		}
		waits := &swap{o: o}
		waits.timer = s.after(time.Second, func() {
			k.swapped = nil
			k.put(o)
		})
		k.swapped = waits
	case FaultHuge:
		o.text = append(append(bytes.TrimSuffix(bytes.Clone(text), []byte("}")), `,"padding":"`...), bytes.Repeat([]byte{'x'}, f.size())...)
		o.text = append(o.text, `"}`...)
		send(o)
	case FaultClose:
		if f.After {
			send(o)
		}
		s.after(0, func() { s.end(k, f.code(1006), f.Reason) })
	default: // FaultStale
		send(o)
		if k.stale != nil {
			tree := object{{"kind", "notification"}, {"type", name}, {"body", k.stale}}
			old := encoder{s.variants}.encode(tree)
			send(out{text: old, frame: &Frame{
				Socket: k.n, User: k.user.LoginName, Kind: "notification", Type: name, Text: string(old), Fault: f.Kind,
			}})
		}
	}
}

// swap is a notification that waits for the next one to go first.
type swap struct {
	o     out
	timer *job
}

func fail(code int, message string) answer {
	return answer{code: code, name: ".ReqBody$StringResp", body: message}
}

func done(code int, message string) answer {
	return answer{code: code, name: ".ReqBody$StringResp", body: message}
}

func ok(body any) answer { return answer{code: http.StatusOK, body: body} }

// text reads a string, or a number as the string that it is.
func text(data json.RawMessage) string {
	var s string
	if json.Unmarshal(data, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(data, &n) == nil {
		return n.String()
	}
	return ""
}

// read decodes the body into v and refuses what is no object of that form.
func (r *request) read(v any) *answer {
	if len(r.body) == 0 {
		return refuse("The body is missing")
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		return refuse("The body is not of this request's form")
	}
	return nil
}

func refuse(message string) *answer {
	a := fail(http.StatusBadRequest, message)
	return &a
}

// many is a list that may be sent as its only element.
type many[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (m *many[T]) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		var all []T
		err := json.Unmarshal(data, &all)
		*m = all
		return err
	}
	var one T
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	if string(data) != "null" {
		*m = many[T]{one}
	}
	return nil
}

// loose is a string that may be sent as a number.
type loose string

// UnmarshalJSON implements json.Unmarshaler.
func (l *loose) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		var s string
		err := json.Unmarshal(data, &s)
		*l = loose(s)
		return err
	}
	var n json.Number
	err := json.Unmarshal(data, &n)
	*l = loose(n)
	return err
}

// whole is an integer that may be sent as a string.
type whole int64

// UnmarshalJSON implements json.Unmarshaler.
func (w *whole) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	*w = whole(n)
	return err
}

func (r *request) getClock() answer {
	return ok(object{{"currentTime", r.s.millis(time.Now())}})
}

func (r *request) initConnection() answer {
	return done(http.StatusOK, "OK")
}
