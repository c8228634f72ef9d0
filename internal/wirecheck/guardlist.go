package main

// guards are the protections that the tests must miss. Each is taken away, or
// undone, by one change of the text.
var guards = []guard{
	// One send after another.
	{"cookies of an earlier try do not add up", "retry/attempt.go", `	h.Del("Cookie")
	if len(cookies) == 0 {
		return
	}
	pairs := make([]string, len(cookies))`, `	pairs := make([]string, len(cookies), len(cookies)+1)
	if old := h.Get("Cookie"); old != "" {
		defer func() { h["Cookie"] = []string{old + "; " + h.Get("Cookie")} }()
	}`, []string{"retry"}},
	{"each try reads the jar anew", "retry/attempt.go", `	if r.call.Jar != nil {
		setCookies(`, `	if r.call.Jar != nil && r.result.Attempts == 0 {
		setCookies(`, []string{"retry"}},
	{"cookies of every answer are kept", "retry/attempt.go", `if cookies := resp.Cookies(); len(cookies) > 0 {`, `if cookies := resp.Cookies(); len(cookies) > 0 && resp.StatusCode < 300 {`, []string{"retry"}},
	{"a failing call leaves its neighbours' connections alone", "retry/attempt.go", `// RoundTrip makes one try:`, `// CloseIdleConnections passes it on.
func (a *attempt) CloseIdleConnections() { a.t.CloseIdleConnections() }

// RoundTrip makes one try:`, []string{"retry"}},
	{"class once is not sent twice", "retry/run.go", `r.last == lost && r.class == Once || r.call.Single`, `r.call.Single`, []string{"retry"}},
	{"class verified asks before a second send", "retry/run.go", `	if r.class != Verified || r.last != lost {
		return nil
	}`, `	if r != nil {
		return nil
	}`, []string{"retry"}},
	{"a verified effect ends the call", "retry/run.go", `	if effect == TookEffect {
		return errTookEffect
	}`, `	_ = effect`, []string{"retry"}},
	{"an unknown effect is not sent again", "retry/run.go", `		return effect, errUnknown
`, `		return effect, nil
`, []string{"retry"}},
	{"what is not idempotent is not repeated by net/http", "retry/attempt.go", `		unrepeatable(out)
`, `		_ = unrepeatable
`, []string{"retry"}},
	{"a cut answer is a lost answer", "retry/attempt.go", `if err != nil && (resp.StatusCode < 300 ||`, `if err != nil && (`, []string{"retry"}},
	{"the last status and body are kept", "retry/run.go", `		ErrorHandler: passThrough,
`, ``, []string{"retry"}},
	{"4xx is final", "retry/run.go", `	case resp.StatusCode >= http.StatusInternalServerError:`, `	case resp.StatusCode >= http.StatusBadRequest:`, []string{"retry"}},
	{"a wait that cannot end in time is not begun", "retry/run.go", `if end, ok := ctx.Deadline(); ok && time.Until(end) <= r.wait {`, `if end, ok := ctx.Deadline(); ok && time.Until(end) < -r.wait {`, []string{"retry"}},
	{"the body of an answer is limited", "retry/attempt.go", `	size := min(resp.ContentLength, 64<<10)
`, `	limit <<= 10
	size := min(resp.ContentLength, 64<<10)
`, []string{"retry"}},
	{"an announced body over the limit is not read", "retry/attempt.go", `	if resp.ContentLength > limit {`, `	if resp.ContentLength < -limit {`, []string{"retry"}},
	{"redirects are not followed", "retry/client.go", `func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }`, `func noRedirects(*http.Request, []*http.Request) error { return nil }`, []string{"retry"}},
	{"conflicts are bounded", "retry/transport.go", ` || n >= r.t.policy.MaxConflicts`, ` || n >= 100*r.t.policy.MaxConflicts`, []string{"retry"}},

	// Where a call goes.
	{"links lead to the session's own origin", "internal/rest/target.go", `	if !SameOrigin(u, t.url) {`, `	if u.Host == "" {`, []string{"internal/rest"}},
	{"path elements do not climb", "internal/rest/target.go", `	case dotted(value):`, `	case false:`, []string{"internal/rest"}},
	{"path elements are escaped", "internal/rest/target.go", `		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])`, `		_ = hex
		b.WriteByte(c)`, []string{"internal/rest"}},
	{"links do not climb", "internal/rest/target.go", ` || dotted(u.Path) || hasControl(u.Path) {`, ` {`, []string{"internal/rest"}},
	{"base URIs are LivePerson's", "domain/check.go", `if strings.HasSuffix(host, "."+s) {`, `if strings.HasSuffix(host, s) {`, []string{"domain"}},
	{"the bearer goes to the account's hosts only", "login/authorize.go", `	if !a.session.allowed(req.URL.Scheme, req.URL.Host) {`, `	if req.URL.Host == "" {`, []string{"login"}},

	// Who calls.
	{"calls that fail together log in once", "login/renew.go", `	case s.renewing != nil:
		return s.renewing, nil
`, ``, []string{"login"}},
	{"newer tokens make a login needless", "login/renew.go", `	case s.state.generation > generation:
		return nil, nil
`, ``, []string{"login"}},
	{"logins are spaced", "login/renew.go", `	wait := time.Until(s.lastTry.Add(spacing))`, `	wait := time.Until(s.lastTry.Add(spacing / 10))`, []string{"login"}},
	{"a failed login puts the next one off", "login/renew.go", `	s.cool(err)
	return err
`, `	return err
`, []string{"login"}},
	{"a 401 is answered with one replay", "login/authorize.go", `	resp, err = a.send(req, body, &call)
	call.Result`, `	call.Result`, []string{"login"}},
	{"secrets stay out of errors", "internal/rest/scrub.go", `	return s.r.Replace(t)
`, `	return t
`, []string{"internal/rest"}},
	{"secrets stay out of bodies that errors keep", "internal/rest/scrub.go", `	t := s.r.Replace(s.whole(string(b[:min(len(b), 4*maxErrorBody)])))`, `	t := string(b[:min(len(b), 4*maxErrorBody)])`, []string{"internal/rest"}},
	{"a secret does not print", "internal/secret/secret.go", `	return Redacted
}

// Format`, `	return *t.p
}

// Format`, []string{"internal/secret", "login"}},
	{"the session prints its name only", "login/session.go", `// Format prints String under every verb.
func (s *Session) Format(`, `func (s *Session) format(`, []string{"login"}},

	// Lines and events.
	{"a line of one's own is found by count", "chatagent/send.go", ` && !confirmed[e.ID] && c.ours(e)`, ` && (true || confirmed[0]) && c.ours(e)`, []string{"chatagent"}},
	{"a line that may still turn up is not taken for another", "chatagent/send.go", `		if len(found) > c.doubtful[looks] {`, `		if len(found) > 0 {`, []string{"chatagent"}},
	{"sends of a chat are serialised", "chatagent/chat.go", `sending: make(chan struct{}, 1),`, `sending: make(chan struct{}, 100),`, []string{"chatagent"}},
	{"a 201 that names no event proves nothing", "chatagent/send.go", `if eventID = eventOf(out); eventID < 0 {`, `if eventID = eventOf(out); eventID < -1 {`, []string{"chatagent"}},
	{"each agent session has cookies of its own", "chatagent/session.go", `// start gets a seat on the server.
func (s *Session) start(ctx context.Context) (*seat, error) {
	const op = "chatagent.Start"
	host, err := s.login.BaseURI(ctx, domain.AgentVEP)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	client := &rest.Client{HTTP: s.login.Client()}
	if !s.login.Signed() { // with signed requests the server sets no cookies
		if client.Jar, err = cookiejar.New(nil); err != nil {`, `var oneJar, _ = cookiejar.New(nil)

// start gets a seat on the server.
func (s *Session) start(ctx context.Context) (*seat, error) {
	const op = "chatagent.Start"
	host, err := s.login.BaseURI(ctx, domain.AgentVEP)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	client := &rest.Client{HTTP: s.login.Client()}
	if !s.login.Signed() { // with signed requests the server sets no cookies
		if client.Jar = oneJar; err != nil {`, []string{"chatagent"}},
	{"events come once", "chatagent/feed.go", `		if e.ID < f.next || f.over {
			continue
		}`, ``, []string{"chatagent"}},
	{"events come in order", "chatagent/feed.go", `	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.ID, b.ID) })
`, `	_ = cmp.Compare[int]
`, []string{"chatagent"}},
	{"gaps are fetched", "chatagent/update.go", `if !c.feed.gap(b.Events.Events) && (`, `if (`, []string{"chatagent"}},
	{"an end without its event is seen", "chatagent/update.go", ` && (b.Info.State != Ended || closes(b.Events.Events)) {`, ` {`, []string{"chatagent"}},
	{"a panic harms one chat", "chatagent/run.go", `		if v := recover(); v != nil {`, `		if v := any(nil); v != nil {`, []string{"chatagent"}},
	{"a chat whose handler has failed is ended", "chatagent/run.go", `	if err := c.End(ctx); err != nil {`, `	if err := ctx.Err(); err != nil {`, []string{"chatagent"}},
	{"polls are never faster", "chatagent/serve.go", `				next = now.Add(l.s.poll) // never faster, also after a slow poll
`, ``, []string{"chatagent"}},
	{"a fleet's polls are spread", "chatagent/serve.go", `			next, shift = next.Add(shift), 0`, `			_ = shift`, []string{"chatagent"}},
	{"a poll that hangs is given up", "chatagent/ring.go", `const pollTimeout = 8 * time.Second`, `const pollTimeout = 80 * time.Second`, []string{"chatagent"}},
	{"accepting does not hold up polls", "chatagent/ring.go", `l.wg.Go(func() { l.accept(ctx, ringing) })`, `l.accept(ctx, ringing)`, []string{"chatagent"}},
	{"a lost agent session is replaced", "chatagent/serve.go", `	if !seatLost(err) {
		return
	}`, `	if err != nil {
		return
	}`, []string{"chatagent"}},
	{"a chat is given up only in an agent session that is there", "chatagent/update.go", `if gone(err) && !asked {`, `if gone(err) && !asked && false {`, []string{"chatagent"}},
	{"a snapshot's chat is given up only in an agent session that is there", "chatagent/snapshot.go", `if !moved || c.ended() {`, `if !moved || c != nil {`, []string{"chatagent"}},
	{"events are read to their last page", "chatagent/pages.go", `		if id, _ := newest(more); id <= last {`, `		if id, _ := newest(more); id >= last {`, []string{"chatagent"}},
	{"no chat is accepted while Serve stops", "chatagent/serve.go", `l.poll(ctx.Err() == nil)`, `l.poll(true)`, []string{"chatagent"}},
	{"the user's availability stays", "chatagent/availability.go", `if body.Chat != Online && body.Chat != "" {`, `if body.Chat == "x" {`, []string{"chatagent"}},
	{"a chat that is over is no failure", "chatagent/errors.go", `infoErr != nil || info.State != Ended`, `infoErr == nil || info.State != Ended`, []string{"chatagent"}},
	{"a snapshot's JSON shows no cookie", "chatagent/snapshot.go", `	public.Cookies = nil
`, ``, []string{"chatagent"}},
	{"a visitor's lines before a transfer are not answered again", "chatagent/unread.go", ` && e.ID >= c.answered`, ``, []string{"chatagent"}},

	// Survey answers.
	{"the revision is sent", "agentsurvey/write.go", `		r.Header = http.Header{revisionHeader: {strconv.FormatInt(w.revision, 10)}}
`, `		_ = strconv.FormatInt
`, []string{"agentsurvey"}},
	{"a clash is no one's to overwrite", "agentsurvey/merge.go", `			m.put(c.Mine)
		case decide == nil:
			clashes = append(clashes, c)`, `			m.put(c.Mine)
		case decide == nil:
			m.put(c.Mine)`, []string{"agentsurvey"}},
	{"a colleague's answers are taken over", "agentsurvey/merge.go", `		case q.same(c.Theirs, c.Mine), q.same(c.Mine, c.Base):
			m.put(c.Theirs)`, `		case q.same(c.Theirs, c.Mine), q.same(c.Mine, c.Base):
			m.put(c.Mine)`, []string{"agentsurvey"}},
	{"what was submitted is not submitted again", "agentsurvey/write.go", `	return false, &ClosedError{Op: w.op, Status: fresh.Status, At: fresh.LastAction, Unconfirmed: unsure, Fresh: fresh}
`, `	_ = unsure
	return w.settle(ctx, w, fresh)
`, []string{"agentsurvey"}},
	{"a submission of one's own is recognised", "agentsurvey/write.go", `	if made {
		return true, nil
	}`, `	_ = made`, []string{"agentsurvey"}},
	{"a write that was lost is looked up", "agentsurvey/write.go", `	case w.done != nil:
		return retry.TookEffect, nil
`, ``, []string{"agentsurvey"}},
}
