package chatagent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/login"
)

// Snapshot is an agent session at rest, for a restart: where it is, its
// cookies, and how far each chat has been handled. Its JSON holds no cookie;
// that of Reveal does.
type Snapshot struct{ data *snapshotData }

type snapshotData struct {
	URL      string           `json:"url"`
	Cookies  []snapshotCookie `json:"cookies,omitempty"`
	State    Availability     `json:"state,omitempty"`
	ReasonID string           `json:"reasonId,omitempty"`
	Full     bool             `json:"full,omitempty"` // see Agent.full
	Chats    []snapshotChat   `json:"chats,omitempty"`
	// Reached is how far chats were handled that went elsewhere, should they come again.
	Reached map[ChatID]position `json:"reached,omitempty"`
}

type snapshotCookie struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type snapshotChat struct {
	ID  ChatID `json:"id"`
	URL string `json:"url"`
	// From is the first event that was not handed to the handler.
	From int64 `json:"from"`
	// Answered is the last line of an agent from before the chat came here, if
	// the handler has not got past it.
	Answered *int64 `json:"answered,omitempty"`
	// Own is the same of this agent.
	Own      *int64         `json:"own,omitempty"`
	Doubtful map[string]int `json:"doubtful,omitempty"`
}

// String says how many chats the snapshot holds.
func (s Snapshot) String() string {
	if s.data == nil {
		return "empty snapshot"
	}
	return fmt.Sprintf("snapshot of an agent session with %d chats", len(s.data.Chats))
}

// Format prints String under every verb.
func (s Snapshot) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue is String for slog.
func (s Snapshot) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON returns the snapshot without its cookies.
func (s Snapshot) MarshalJSON() ([]byte, error) {
	if s.data == nil {
		return []byte("null"), nil
	}
	public := *s.data
	public.Cookies = nil
	return json.Marshal(public)
}

// Reveal returns the JSON of s with its cookies. Keep it as safe as a password.
func (s Snapshot) Reveal() ([]byte, error) { return json.Marshal(s.data) }

// UnmarshalJSON reads the JSON of a Snapshot, with or without cookies.
func (s *Snapshot) UnmarshalJSON(data []byte) error {
	s.data = nil
	return json.Unmarshal(data, &s.data)
}

// Snapshot returns what [Resume] needs. Take it after a Serve with
// WithLeaveChats, or a Watch, has returned: then every event is either handled or
// not. A line that is being sent is waited for, 5 s at most: after that the snapshot
// says that it may turn up. If ctx ends before, the error is its.
func (s *Agent) Snapshot(ctx context.Context) (Snapshot, error) {
	s.mu.Lock()
	at, wanted, full := s.seat, s.wanted, s.full
	chats := slices.SortedFunc(maps.Values(s.chats), byID)
	s.mu.Unlock()
	d := &snapshotData{URL: at.url.String(), State: wanted.Chat, ReasonID: wanted.ReasonID, Full: full, Reached: map[ChatID]position{}}
	for id, p := range s.login.Claims().AllReached() {
		d.Reached[ChatID(id)] = p.(position) //nolint:forcetypeassert // nothing else is there
	}
	if u, err := url.Parse(d.URL); err == nil && at.rest.Jar != nil {
		for _, c := range at.rest.Jar.Cookies(u) {
			d.Cookies = append(d.Cookies, snapshotCookie{c.Name, c.Value})
		}
	}
	by := time.Now().Add(settleFor)
	for _, c := range chats {
		if err := c.settled(ctx, by); err != nil {
			return Snapshot{}, opError("chatagent.Snapshot", err)
		}
		if sc, ok := c.snapshot(); ok {
			d.Chats = append(d.Chats, sc)
		}
	}
	return Snapshot{d}, nil
}

// settleFor is how long a snapshot waits for lines that are being sent.
const settleFor = 5 * time.Second

// settled waits until no line is being sent, or until then.
func (c *Chat) settled(ctx context.Context, by time.Time) error {
	timer := time.NewTimer(time.Until(by))
	defer timer.Stop()
	select {
	case c.out.turn <- struct{}{}:
		c.done()
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// snapshot is the chat at rest, unless there is nothing left to do in it.
func (c *Chat) snapshot() (snapshotChat, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end > over || c.end == over && len(c.feed.pending) == 0 {
		return snapshotChat{}, false
	}
	sc := snapshotChat{ID: c.id, URL: c.url.String(), From: c.feed.unhandled(), Doubtful: c.out.inDoubt()}
	if c.answered >= sc.From {
		sc.Answered = &c.answered
	}
	if c.own >= sc.From {
		sc.Own = &c.own
	}
	return sc, true
}

// Resume goes on with an agent session that a former process left: Serve or Watch
// then begin a life of each of its chats, from the first event that was not
// handled. If the agent session is gone by now, a new one is started and takes
// over what chats the server still has; chats that are gone are left out. The
// same happens if the snapshot has no cookies and the old one refuses that. What the
// service cannot answer at present is left to Serve or Watch: chats wait for them.
//
// A snapshot is for one process. Two that resume from it are two programs of one
// user: those of one login session share their chats out; others throw each other
// out, see [login.ErrLoggedInElsewhere].
func Resume(ctx context.Context, session *login.Session, snap Snapshot, opts ...Option) (*Agent, error) {
	const op = "chatagent.Resume"
	if snap.data == nil {
		return nil, &liveperson.InputError{Op: op, Field: "snapshot", Rule: "must not be empty"}
	}
	s, err := newAgent(op, session, opts)
	if err != nil {
		return nil, err
	}
	host, err := s.host(ctx, true)
	if err != nil {
		return nil, opError(op, err)
	}
	target := rest.Host(session.Scheme(), host, "").Follow("agent session", snap.data.URL)
	if err := target.Err(); err != nil {
		return nil, opError(op, err)
	}
	at, err := s.newSeat(target, snap.data.Cookies)
	if err != nil {
		return nil, err
	}
	s.seat, s.wanted, s.full = at, availabilityBody{snap.data.State, snap.data.ReasonID}, snap.data.Full
	for id, p := range snap.data.Reached {
		session.Claims().Reach(string(id), p)
	}
	isLost := seatLost
	if len(snap.data.Cookies) == 0 && !session.Signed() {
		isLost = func(err error) bool { return refused(err) || seatLost(err) }
	}
	moved, err := s.keepSeat(ctx, isLost)
	sure := err == nil
	if err != nil && !errors.Is(err, errUnsure) {
		return nil, opError(op, err)
	}
	var list []ChatSession
	if moved && len(snap.data.Chats) > 0 {
		list, _, err = listChats(ctx, s.at(), oneMoment)
		sure = !passing(ctx, err)
	}
	for _, sc := range snap.data.Chats {
		if sure, err = s.resume(ctx, sc, moved, list, sure); err != nil {
			return nil, opError(op, err)
		}
	}
	if moved {
		if err := s.restoreState(ctx); err != nil && !passing(ctx, err) { // else Serve or Watch set it
			return nil, opError(op, err)
		}
	}
	s.log.Info("agent session resumed", "chats", len(snap.data.Chats), "replaced", moved)
	s.keep()
	return s, nil
}

// resume reads a chat of a snapshot as it is now, and leaves it to a Serve. moved
// says that there is a new agent session, whose chats are on the list. If the service
// cannot answer at present, which sure says, that is left to Serve as well: it is known
// how far the chat was handled.
func (s *Agent) resume(ctx context.Context, sc snapshotChat, moved bool, list []ChatSession, sure bool) (stillSure bool, err error) {
	at := s.at()
	c := s.newChat(at, at.url.Follow("chat", sc.URL))
	if moved {
		c.move(at, placeIn(list, at, sc.ID))
	}
	c.feed.next, c.taken = sc.From, true
	if sc.Answered != nil {
		c.answered = *sc.Answered
	}
	if sc.Own != nil {
		c.own = *sc.Own
	}
	if sc.Doubtful != nil {
		c.out.doubtful = sc.Doubtful
	}
	if !sure {
		c.leave()
		return false, nil
	}
	data, err := c.readAll(ctx, oneMoment)
	for seatLost(err) { // the chat is not there, or the agent session
		moved, seatErr := s.keepSeat(ctx, seatLost)
		if errors.Is(seatErr, errUnsure) {
			c.leave()
			return false, nil
		}
		if seatErr != nil {
			return false, seatErr
		}
		if !moved {
			s.reach(c, false) // should it come again
			return true, nil
		}
		at = s.at()
		c.move(at, s.placeOf(ctx, at, sc.ID))
		data, err = c.readAll(ctx, oneMoment)
	}
	if passing(ctx, err) {
		c.leave()
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c.learn(data.Info)
	c.feed.begin(data.Events)
	c.born = c.feed.next - 1
	if data.Info.State == Ended {
		c.feed.ended = true
	}
	if c.feed.ended {
		c.end = over
	}
	c.leave()
	return true, nil
}

// newSeat is a known place on the server, with its cookies.
func (s *Agent) newSeat(target rest.Target, cookies []snapshotCookie) (*seat, error) {
	at := &seat{url: target, rest: &rest.Client{Via: rest.Over(s.login.Client())}}
	if s.login.Signed() {
		return at, nil
	}
	u, err := url.Parse(target.String())
	if err != nil {
		return nil, err
	}
	at.rest.Jar = newResumedJar(u, cookies)
	return at, nil
}

// resumedJar holds the cookies of a snapshot. Which paths the server gave them
// is not known, and a jar keeps cookies of one name and several paths side by
// side: so a new value replaces the one of the snapshot here.
type resumedJar struct {
	http.CookieJar
	at *url.URL // of the agent session

	mu  sync.Mutex
	old map[string]bool // names of cookies that are still those of the snapshot
}

func newResumedJar(at *url.URL, cookies []snapshotCookie) *resumedJar {
	j := &resumedJar{CookieJar: rest.NewJar(), at: at, old: map[string]bool{}}
	for _, c := range cookies {
		j.put(c.Name, c.Value, 0)
		j.old[c.Name] = true
	}
	return j
}

// SetCookies stores what an answer sets.
func (j *resumedJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		if j.old[c.Name] {
			j.put(c.Name, "", -1)
			delete(j.old, c.Name)
		}
	}
	j.CookieJar.SetCookies(u, cookies)
}

// Cookies returns what a request is sent with.
func (j *resumedJar) Cookies(u *url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.CookieJar.Cookies(u)
}

// put stores a cookie for all of the agent session; with a negative age it
// removes it.
func (j *resumedJar) put(name, value string, age int) {
	j.CookieJar.SetCookies(j.at, []*http.Cookie{{Name: name, Value: value, MaxAge: age, Path: j.at.EscapedPath(), Secure: j.at.Scheme == "https"}}) //nolint:gosec // http is for tests
}
