package chatagent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/url"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
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
	Answered *int64         `json:"answered,omitempty"`
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
// WithLeaveChats has returned: then every event is either handled or not.
func (s *Agent) Snapshot() Snapshot {
	s.mu.Lock()
	at, wanted, full := s.seat, s.wanted, s.full
	chats := make([]*Chat, 0, len(s.chats))
	for _, c := range s.chats {
		chats = append(chats, c)
	}
	s.mu.Unlock()
	d := &snapshotData{URL: at.url.String(), State: wanted.Chat, ReasonID: wanted.ReasonID, Full: full}
	if u, err := url.Parse(d.URL); err == nil && at.rest.Jar != nil {
		for _, c := range at.rest.Jar.Cookies(u) {
			d.Cookies = append(d.Cookies, snapshotCookie{c.Name, c.Value})
		}
	}
	for _, c := range chats {
		if c.ended() && !c.feed.waiting() {
			continue
		}
		_, url := c.at()
		c.sending <- struct{}{} // a line that is being sent is settled first
		sc := snapshotChat{ID: c.id, URL: url.String(), From: c.feed.unhandled(), Doubtful: maps.Clone(c.doubtful)}
		if answered := c.answered; answered >= sc.From {
			sc.Answered = &answered
		}
		d.Chats = append(d.Chats, sc)
		c.done()
	}
	return Snapshot{d}
}

// Resume goes on with an agent session that a former process left: Serve then
// runs a handler for each of its chats, which begins anew, from the first event
// that was not handled. If the agent session is gone by now, a new one is started and takes
// over what chats the server still has; chats that are gone are left out. The
// same happens if the snapshot has no cookies and the old one refuses that.
func Resume(ctx context.Context, session *login.Session, snap Snapshot, opts ...Option) (*Agent, error) {
	const op = "chatagent.Resume"
	if snap.data == nil {
		return nil, &liveperson.InputError{Op: op, Field: "snapshot", Rule: "must not be empty"}
	}
	s, err := newSession(op, session, opts)
	if err != nil {
		return nil, err
	}
	host, err := session.BaseURI(ctx, domain.AgentVEP)
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
	for _, sc := range snap.data.Chats {
		c := s.newChat(at, at.url.Follow("chat", sc.URL))
		c.feed.next, c.left = sc.From, true
		if sc.Answered != nil {
			c.answered = *sc.Answered
		}
		if sc.Doubtful != nil {
			c.doubtful = sc.Doubtful
		}
		s.chats[c.id] = c
	}
	lost := seatLost
	if len(snap.data.Cookies) == 0 && !session.Signed() {
		lost = func(err error) bool { return refused(err) || seatLost(err) }
	}
	if _, err := s.keepSeat(ctx, lost); err != nil {
		return nil, opError(op, err)
	}
	for _, c := range s.resumed() {
		if err := c.catchUp(ctx); err != nil {
			return nil, opError(op, err)
		}
	}
	return s, nil
}

// resumed returns the chats that a former Serve, here or in another process,
// has left open.
func (s *Agent) resumed() []*Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*Chat
	for _, c := range s.chats {
		if c.left && !c.feed.failed() {
			list = append(list, c)
		}
	}
	return list
}

// catchUp reads a chat of a snapshot as it is now.
func (c *Chat) catchUp(ctx context.Context) error {
	body, err := c.readAll(ctx)
	for seatLost(err) { // the chat is not there, or the agent session
		moved, seatErr := c.session.keepSeat(ctx, seatLost)
		if seatErr != nil {
			return seatErr
		}
		if !moved || c.ended() {
			c.feed.finish(ErrChatLost)
			c.session.release(c, false)
			return nil
		}
		body, err = c.readAll(ctx)
	}
	if err != nil {
		return err
	}
	c.learn(body.Info)
	c.feed.add(body.Events)
	if body.Info.State == Ended {
		c.feed.finish(nil)
	}
	return nil
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
