package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// switchboard is the least messaging service: one conversation that is the agent's from
// the start, answers that stand ready, and notifications when it is told to. It takes
// next to no time, so what is measured is the client.
type switchboard struct {
	conversations int        // that each agent has
	opened        chan *line // sockets, if somebody wants to know
	// shows says that what is published is shown to the agent, as the real service does:
	// the event, and the state of its conversation.
	shows bool
}

// line is the service's end of one socket.
type line struct {
	conn *websocket.Conn
	next int // number of the next message of the consumer

	published []byte // the last frame that published something

	mu           sync.Mutex
	subscription string      // of the agent's conversations
	numbers      map[int]int // of the next events of conversations, if they are shown
	page         []byte
	at           []int // where the numbers stand in page
}

const (
	boardHost   = "quiet.liveperson.net"
	boardAgent  = "3550017"
	firstNumber = 1_000_000 // seven digits from the first to the last
	consumerID  = "c36dcd5b-8f64-4b5c-92e1-6d5f7a3f3b0a"
)

// conversationID is that of an agent's nth conversation.
func conversationID(n int) string { return fmt.Sprintf("4f1c0d5e-3c1b-4c47-9d3a-%012d", n) }

// ServeHTTP answers logins, and opens sockets.
func (s *switchboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "baseURI.json"):
		_, _ = io.WriteString(w, `{"baseURIs":[{"service":"agentVep","account":"1","baseURI":"`+boardHost+`"},{"service":"asyncMessagingEnt","account":"1","baseURI":"`+boardHost+`"}]}`)
	case strings.HasSuffix(path, "/login"):
		_, _ = io.WriteString(w, `{"csrf":"`+strings.Repeat("c", 64)+`","bearer":"`+strings.Repeat("b", 64)+`","sessionTTl":"28800000","config":{"loginName":"bot","userId":"`+boardAgent+`","userPid":"a6e1b7c2"}}`)
	case strings.HasPrefix(path, "/ws_api/"):
		conn, err := websocket.Accept(w, r, nil)
		if err == nil {
			s.serve(conn)
		}
	default: // logouts
		_, _ = io.WriteString(w, `{}`)
	}
}

// serve answers the requests of one socket.
func (s *switchboard) serve(conn *websocket.Conn) {
	l := &line{conn: conn, next: firstNumber, numbers: map[int]int{}}
	defer conn.CloseNow() //nolint:errcheck // it is closed already, as a rule
	select {
	case s.opened <- l:
	default:
	}
	for published := 0; ; {
		_, data, err := conn.Read(context.Background())
		if err != nil {
			return
		}
		var in struct {
			ID   string          `json:"id"`
			Type string          `json:"type"`
			Body json.RawMessage `json:"body"`
		}
		if json.Unmarshal(data, &in) != nil {
			return
		}
		answer, after := `{}`, ""
		switch in.Type {
		case ".ams.ms.PublishEvent":
			if s.shows {
				if s.publish(l, in.ID, in.Body) != nil {
					return
				}
				continue
			}
			answer = `{"sequence":` + strconv.Itoa(published) + `}`
			published++
			l.published = data
		case ".ams.ms.QueryMessages": // what was said last
			if answer = `[]`; !s.shows && !bytes.Contains(data, []byte(`"newerThanSequence":`+strconv.Itoa(firstNumber-1))) {
				answer = `[` + strings.Replace(said20(conversationID(0), 1), `"sequence":`+strconv.Itoa(firstNumber), `"sequence":`+strconv.Itoa(firstNumber-1), 1) + `]`
			}
		case ".ams.aam.SubscribeExConversations":
			answer, after = `{"subscriptionId":"`+in.ID+`"}`, s.told(in.ID)
			if l.subscription == "" {
				l.subscription = in.ID
			}
		case ".GetClock":
			answer = `{"currentTime":1764264000000}`
		}
		if l.write(`{"kind":"resp","reqId":"`+in.ID+`","code":200,"type":"`+in.Type+`$Response","body":`+answer+`}`) != nil ||
			after != "" && l.write(after) != nil {
			return
		}
	}
}

func (l *line) write(text string) error {
	return l.conn.Write(context.Background(), websocket.MessageText, []byte(text))
}

// told is the first notification of a subscription: all conversations of the agent.
func (s *switchboard) told(subscription string) string {
	var changes []string
	for n := range s.conversations {
		changes = append(changes, stateOf(n))
	}
	return notificationOf(subscription, changes...)
}

// stateOf is the state of the nth conversation, as a change.
func stateOf(n int) string {
	id := conversationID(n)
	return `{"type":"UPSERT","result":{"convId":"` + id + `","effectiveTTR":1764264000000,"conversationDetails":{"convId":"` + id + `",` +
		`"skillId":"-1","brandId":"1","state":"OPEN","stage":"OPEN","startTs":1764260000000,"metaDataLastUpdateTs":1764260000000,` +
		`"participants":[{"id":"` + consumerID + `","role":"CONSUMER"},{"id":"1.` + boardAgent + `","role":"ASSIGNED_AGENT"}],` +
		`"dialogs":[{"dialogId":"` + id + `","dialogType":"MAIN","channelType":"MESSAGING","state":"OPEN","creationTs":1764260000000,"metaDataLastUpdateTs":1764260000000,` +
		`"participantsDetails":[{"id":"` + consumerID + `","role":"CONSUMER","state":"ACTIVE"},{"id":"1.` + boardAgent + `","role":"ASSIGNED_AGENT","state":"ACTIVE"}]}],` +
		`"ttr":{"ttrType":"NORMAL","value":3600}}}}`
}

func notificationOf(subscription string, changes ...string) string {
	return `{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"subscriptionId":"` + subscription +
		`","sentTs":1764264000000,"changes":[` + strings.Join(changes, ",") + `]}}`
}

// publish answers a request that publishes something, and shows it.
func (s *switchboard) publish(l *line, request string, body json.RawMessage) error {
	var in struct {
		DialogID string          `json:"dialogId"`
		Event    json.RawMessage `json:"event"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return err
	}
	n, err := strconv.Atoi(in.DialogID[strings.LastIndexByte(in.DialogID, '-')+1:])
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err = l.write(`{"kind":"resp","reqId":"` + request + `","code":200,"type":".ams.ms.PublishEvent$Response","body":{"sequence":` + strconv.Itoa(l.numbers[n]) + `}}`)
	if err != nil {
		return err
	}
	return l.show(n, "1."+boardAgent, "ASSIGNED_AGENT", string(in.Event))
}

// sayIn has the consumer of the nth conversation say something.
func (l *line) sayIn(n int, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.show(n, consumerID, "CONSUMER", `{"type":"ContentEvent","contentType":"text/plain","message":"`+text+`"}`)
}

// show tells of an event, and of the state of its conversation. l.mu is held.
func (l *line) show(n int, by, role, event string) error {
	id := conversationID(n)
	number := l.numbers[n]
	l.numbers[n]++
	err := l.write(`{"kind":"notification","type":".ams.ms.OnlineEventDistribution","body":{"sequence":` + strconv.Itoa(number) + `,"originatorId":"` + by + `",` +
		`"originatorMetadata":{"id":"` + by + `","role":"` + role + `"},"serverTimestamp":1764264000000,"event":` + event + `,` +
		`"dialogId":"` + id + `","conversationId":"` + id + `","messageAudience":"ALL","metadata":null}}`)
	if err != nil {
		return err
	}
	return l.write(notificationOf(l.subscription, stateOf(n)))
}

// said20 are n messages of the consumer, as a list without its brackets.
func said20(conversation string, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = `{"sequence":` + strconv.Itoa(firstNumber+i) + `,"originatorId":"` + consumerID + `","originatorPId":"` + consumerID + `",` +
			`"originatorMetadata":{"id":"` + consumerID + `","role":"CONSUMER"},"serverTimestamp":1764264000000,` +
			`"event":{"type":"ContentEvent","contentType":"text/plain","message":"This is line number ` + strconv.Itoa(i) + ` of a consumer who has a question."},` +
			`"dialogId":"` + conversation + `","conversationId":"` + conversation + `","messageAudience":"ALL"}`
	}
	return strings.Join(list, ",")
}

// page20 is a notification of 20 messages.
func page20() []byte {
	id := conversationID(0)
	return []byte(`{"kind":"notification","type":"ms.MessagingEventNotification","body":{"dialogId":"` + id + `","changes":[` + said20(id, events) + `]}}`)
}

// say has the consumer of a line say 20 messages, in one notification.
func (l *line) say(ctx context.Context) error {
	if l.page == nil {
		l.page = page20()
		for from := 0; ; {
			i := bytes.Index(l.page[from:], []byte(`"sequence":`))
			if i < 0 {
				break
			}
			from += i + len(`"sequence":`)
			l.at = append(l.at, from)
		}
	}
	for _, at := range l.at {
		strconv.AppendInt(l.page[:at], int64(l.next), 10)
		l.next++
	}
	return l.conn.Write(ctx, websocket.MessageText, l.page)
}

// line waits for the next socket that is opened.
func (s *switchboard) line(ctx context.Context) (*line, error) {
	select {
	case l := <-s.opened:
		return l, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pipes are connections in memory, between a transport and a server.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

// inMemory serves h without TLS and without the system, at http://name.
func inMemory(h http.Handler) (stop func(), transport func() *http.Transport) {
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := &http.Server{Handler: h} //nolint:gosec // its only client is this program
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Serve(p) // ends with stop
	}()
	stop = func() {
		close(p.done)
		<-ended
		_ = srv.Close()
	}
	return stop, func() *http.Transport { return &http.Transport{DialContext: p.dial} }
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error { return nil }

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }
