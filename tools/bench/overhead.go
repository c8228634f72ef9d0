package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// overhead measures what the SDK adds to a call: a line that is sent, a poll
// with 20 events, the state of a survey with 30 questions. Time over TLS on
// loopback; allocations and nanoseconds with answers from memory.
func overhead(ctx context.Context, b *bench) error {
	for _, where := range []string{"loopback", "memory"} {
		s, err := newStage(ctx, where)
		if err != nil {
			return err
		}
		for _, c := range s.calls {
			for _, ref := range c.refs {
				p, err := compare(ctx, b.rounds, c.sdk, func(ctx context.Context) error { return c.by(ctx, &ref) })
				if err != nil {
					return fmt.Errorf("%s in %s: %w", c.name, where, err)
				}
				report(b, &c, &ref, where, p)
			}
		}
		s.close()
	}
	return nil
}

func report(b *bench, c *call, ref *reference, where string, p pair) {
	name := "overhead." + c.name + "."
	if ref.http.Jar == nil {
		name += "no_jar."
	}
	if where == "loopback" {
		b.goal(name+"time_ratio", p.timeRatio, "ratio", c.ratio)
		b.add(name+"sdk_us", p.sdk.ns/1e3, "us")
		b.add(name+"ref_us", p.ref.ns/1e3, "us")
		return
	}
	b.goal(name+"allocs_extra", p.sdk.allocs-p.ref.allocs, "allocs/call", c.allocs)
	b.goal(name+"bytes_extra", p.sdk.bytes-p.ref.bytes, "bytes/call", c.bytes)
	b.add(name+"ns_extra", p.sdk.ns-p.ref.ns, "ns/call")
}

// stage is an agent with a chat and a survey, and a tape that answers it.
type stage struct {
	agent   *chatagent.Agent
	chat    *chatagent.Chat
	cursor  chatagent.ChatCursor
	surveys *agentsurvey.Client
	survey  agentsurvey.Ref

	calls []call

	tape   *tape
	bearer string
	http   [2]*http.Client // of the references, with a jar and without
	close  func()
}

// later is a transport that can be replaced after the session was made.
type later struct{ http.RoundTripper }

// events is how many events a poll brings, questions how many a survey has.
const (
	events    = 20
	questions = 30
)

func newStage(ctx context.Context, where string, how ...retry.Option) (*stage, error) {
	srv := lptest.NewMemory()
	srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret", MaxChats: 1})
	s := &stage{tape: &tape{from: srv.Transport(), answers: map[string]taped{}}, close: srv.Close}
	transport := &later{s.tape}
	client, err := retry.NewClient(append(how, retry.WithTransport(transport))...)
	if err != nil {
		return s, err
	}
	session, err := login.Login(ctx, srv.Account(), login.Password("bot", "secret"), login.WithoutRefresh(), login.WithHTTPClient(client))
	if err != nil {
		return s, err
	}
	if s.bearer, err = session.Bearer(ctx); err != nil {
		return s, err
	}
	if err := s.begin(ctx, srv, session); err != nil {
		return s, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return s, err
	}
	s.http = [2]*http.Client{{Jar: jar, Transport: s.tape}, {Transport: s.tape}}
	for i := range s.calls { // from now on the tape knows all answers
		if err := s.pattern(ctx, &s.calls[i]); err != nil {
			return s, fmt.Errorf("%s: %w", s.calls[i].name, err)
		}
	}
	s.tape.played()
	if where == "loopback" {
		server, dial := loopback(s.tape)
		transport.RoundTripper, s.http[0].Transport, s.http[1].Transport = dial(), dial(), dial()
		s.close = func() {
			server.Close()
			srv.Close()
		}
	}
	return s, nil
}

// begin has the agent take a chat in which the visitor says a lot, and gives
// the chat a survey.
func (s *stage) begin(ctx context.Context, srv *lptest.Server, session *login.Session) (err error) {
	if s.agent, err = chatagent.Start(ctx, session); err != nil {
		return err
	}
	if err := s.agent.SetAvailability(ctx, chatagent.Online); err != nil {
		return err
	}
	visit := srv.Visitor(lptest.Visitor{Name: "Ada"})
	if s.chat, err = s.agent.Accept(ctx); err != nil {
		return err
	}
	info, err := s.chat.Info(ctx)
	if err != nil {
		return err
	}
	for i := range events {
		visit.Say(fmt.Sprintf("This is line number %d of a visitor who has a question.", i))
	}
	s.cursor = chatagent.ChatCursor{Key: info.Key, LastEvent: int64(len(visit.Chat().Events()) - 1 - events)}
	if s.surveys, err = agentsurvey.New(session); err != nil {
		return err
	}
	s.survey = agentsurvey.Ref{Conversation: liveperson.ConversationID(info.Key), Skill: liveperson.NoSkill}
	form := lptest.Survey{Conversation: info.Key, Skill: -1, Name: "Wrap-up"}
	for i := range int64(questions) {
		q := lptest.Question{ID: i + 1, Text: fmt.Sprintf("Question number %d?", i), Category: "radio_button", Next: (i + 2) % (questions + 1)}
		for r := range int64(4) {
			q.Replies = append(q.Replies, lptest.Reply{ID: 100*i + r, Text: fmt.Sprintf("Reply number %d", r)})
		}
		form.Questions = append(form.Questions, q)
	}
	srv.AddSurvey(form)
	s.calls = s.compared()
	return nil
}

// pattern makes the call c once with the SDK, so that the references can make
// exactly the same, and sees to it that they do.
func (s *stage) pattern(ctx context.Context, c *call) error {
	if err := c.sdk(ctx); err != nil {
		return err
	}
	sent, body := s.tape.last, s.tape.body
	for _, cookie := range sent.Cookies() {
		cookie.Path, _, _ = strings.Cut(sent.URL.Path, "/chat")
		s.http[0].Jar.SetCookies(sent.URL, []*http.Cookie{cookie})
	}
	c.refs = [2]reference{}
	for i := range c.refs {
		ref := &c.refs[i]
		*ref = reference{http: s.http[i], method: sent.Method, url: sent.URL.String(), bearer: s.bearer}
		if ref.http.Jar == nil {
			ref.cookie = sent.Header.Get("Cookie")
		}
		if err := c.by(ctx, ref); err != nil {
			return fmt.Errorf("reference: %w", err)
		}
		if err := s.sameAs(sent, body); err != nil {
			return err
		}
	}
	return nil
}

// sameAs compares the last request with one that the SDK sent.
func (s *stage) sameAs(sent *http.Request, body []byte) error {
	last := s.tape.last
	if last.Method != sent.Method || last.URL.String() != sent.URL.String() || !bytes.Equal(body, s.tape.body) {
		return fmt.Errorf("the reference is another call:\n%s %s\n%s\n%s %s\n%s", sent.Method, sent.URL, body, last.Method, last.URL, s.tape.body)
	}
	for _, name := range []string{"Authorization", "Content-Type", "Accept", "Cookie"} {
		if is, want := last.Header[name], sent.Header[name]; !slices.Equal(is, want) {
			return fmt.Errorf("the reference has another %s: %d bytes, not %d", name, len(strings.Join(is, "")), len(strings.Join(want, "")))
		}
	}
	return nil
}

// call is one kind of call, by the SDK and by the references, and its goals.
type call struct {
	name string
	sdk  op
	refs [2]reference
	by   func(ctx context.Context, r *reference) error

	ratio, allocs, bytes float64
}

const said = "Thank you, I am looking into that for you."

var errIncomplete = errors.New("something is missing in what was decoded")

func (s *stage) compared() []call {
	complete := func(ok bool, err error) error {
		if err == nil && !ok {
			return errIncomplete
		}
		return err
	}
	return []call{{
		name: "poll20", ratio: byRelease(0.95, 1.0), allocs: math.NaN(), bytes: math.NaN(),
		sdk: func(ctx context.Context) error {
			updates, err := s.agent.PollChats(ctx, s.cursor)
			return complete(len(updates) == 1 && len(updates[0].Events) == events && updates[0].Info.VisitorName != "", err)
		},
		by: func(ctx context.Context, r *reference) error {
			var out exactChats
			err := r.call(ctx, nil, &out)
			chats := out.Chats.Chat
			return complete(len(chats) == 1 && len(chats[0].Events.Event) == events && chats[0].Info.VisitorName != "", err)
		},
	}, {
		name: "survey30", ratio: byRelease(0.9, 1.0), allocs: math.NaN(), bytes: math.NaN(),
		sdk: func(ctx context.Context) error {
			survey, err := s.surveys.State(ctx, s.survey, agentsurvey.Full())
			return complete(survey != nil && len(survey.Questions) == questions && len(survey.Questions[9].Replies) == 4, err)
		},
		by: func(ctx context.Context, r *reference) error {
			var out exactSurvey
			err := r.call(ctx, nil, &out)
			return complete(len(out.Questions) == questions && len(out.Questions[9].Replies) == 4, err)
		},
	}, { // last: while the tape records, it adds events to the chat
		name: "send_line", ratio: 1.10, allocs: 25, bytes: 2500,
		sdk: func(ctx context.Context) error {
			id, err := s.chat.Send(ctx, chatagent.Text(said))
			return complete(id > 0, err)
		},
		by: func(ctx context.Context, r *reference) error {
			var line exactLine
			line.Event.Type, line.Event.Text, line.Event.TextType = "line", said, "plain"
			var out exactLocation
			err := r.call(ctx, line, &out)
			return complete(out.Location.Link.Href != "", err)
		},
	}}
}
