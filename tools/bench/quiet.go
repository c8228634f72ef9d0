package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// quiet is a service in which nothing happens, without connections and without
// a memory of its own: each agent session has a number of chats from its start,
// and then nothing but polls.
type quiet struct {
	chats    int
	sessions atomic.Int64
	rings    sync.Map     // agent session → *atomic.Int64, chats to accept
	polls    atomic.Int64 // requests that a poll consists of
	others   atomic.Int64
}

const (
	quietHost = "quiet.liveperson.net"
	quietBase = "https://" + quietHost + "/api/account/1/agentSession/"
)

// RoundTrip answers from memory.
func (q *quiet) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	body, cookie := q.answer(r)
	resp := &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	if cookie != "" {
		resp.Header.Set("Set-Cookie", cookie)
	}
	return resp, nil
}

func (q *quiet) answer(r *http.Request) (body, cookie string) {
	path := strings.TrimPrefix(r.URL.Path, "/api/account/1/agentSession")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case strings.Contains(r.URL.Path, "baseURI"):
		return `{"baseURIs":[{"service":"agentVep","account":"1","baseURI":"` + quietHost + `"}]}`, ""
	case strings.HasSuffix(r.URL.Path, "/login"):
		return `{"csrf":"` + strings.Repeat("c", 64) + `","bearer":"` + strings.Repeat("b", 64) + `","sessionTTl":"28800000","config":{"loginName":"bot","userId":"7"}}`,
			"Session_id=" + strings.Repeat("s", 32) + "; Path=/; Secure"
	case r.Method == http.MethodPost && path == "":
		id := fmt.Sprint(q.sessions.Add(1))
		left := new(atomic.Int64)
		left.Store(int64(q.chats))
		q.rings.Store(id, left)
		return `{"agentSessionLocation":{"link":{"@href":"` + quietBase + id + `","@rel":"location"}}}`,
			"LPAgentSession=" + strings.Repeat("a", 32) + "; Path=/; Secure"
	case parts[len(parts)-1] == "incomingRequests":
		return q.incoming(r, parts[0]), ""
	case r.URL.Query().Has("chatSessionKeys"):
		q.polls.Add(1)
		var chats []string
		for key := range strings.SplitSeq(r.URL.Query().Get("chatSessionKeys"), ",") {
			chats = append(chats, quietChat(parts[0], key, ""))
		}
		return `{"chats":{"chat":[` + strings.Join(chats, ",") + `]}}`, ""
	case len(parts) == 3 && parts[1] == "chat":
		q.others.Add(1)
		return `{"chat":` + quietChat(parts[0], parts[2], `{"@id":"0","@type":"state","time":"2026-11-21T02:22:52.388-05:00","state":"chatting"}`) + `}`, ""
	default: // availability, refresh, logout, the end of a chat
		q.others.Add(1)
		return `{}`, ""
	}
}

func (q *quiet) incoming(r *http.Request, session string) string {
	v, _ := q.rings.Load(session)
	left, ok := v.(*atomic.Int64)
	if !ok {
		return `{}`
	}
	if r.Method == http.MethodGet {
		q.polls.Add(1)
		return fmt.Sprintf(`{"incomingRequests":{"ringingCount":%d}}`, left.Load())
	}
	n := left.Add(-1)
	q.others.Add(1)
	return fmt.Sprintf(`{"chatLocation":{"link":{"@href":"%s%s/chat/H%d-945d306983254aef6f811490b803be61K%s","@rel":"location"}}}`, quietBase, session, n, session)
}

func quietChat(session, id, events string) string {
	return `{"link":[{"@href":"` + quietBase + session + `/chat/` + id + `","@rel":"self"}],"events":{"event":[` + events + `]},` +
		`"info":{"state":"chatting","chatSessionKey":"` + id + `","agentName":"bot","agentId":7,"startTime":"2026-11-21T02:22:52.388-05:00",` +
		`"duration":0,"lastUpdate":"2026-11-21T02:22:52.389-05:00","chatTimeout":40,"visitorId":3434319069,"agentTyping":"not-typing",` +
		`"visitorTyping":"not-typing","visitorName":"Ada","rtSessionId":3675009736,"language":"en-US"}}`
}

// crew is a number of agents that serve.
type crew struct {
	stop func()
	wg   sync.WaitGroup
	busy atomic.Int64 // chats whose handler runs
}

// hire has n agents log in and serve, each with a session of its own.
func (q *quiet) hire(ctx context.Context, n int) (*crew, error) {
	client, err := retry.NewClient(retry.WithTransport(q))
	if err != nil {
		return nil, err
	}
	domains, err := domain.New(domain.WithHTTPClient(client))
	if err != nil {
		return nil, err
	}
	c := &crew{}
	ctx, c.stop = context.WithCancel(ctx)
	handler := chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
		c.busy.Add(1)
		defer c.busy.Add(-1)
		for _, err := range chat.Lines(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	})
	for range n {
		session, err := login.Login(ctx, "1", login.Password("bot", "secret"), login.WithHTTPClient(client), login.WithDomains(domains))
		if err != nil {
			return c, err
		}
		agent, err := chatagent.Start(ctx, session)
		if err != nil {
			return c, err
		}
		c.wg.Go(func() {
			_ = agent.Serve(ctx, handler, chatagent.WithGrace(0)) // ends with ctx
			_ = session.Logout(context.WithoutCancel(ctx))
		})
	}
	return c, nil
}

// dismiss ends the agents and waits for them.
func (c *crew) dismiss() {
	c.stop()
	c.wg.Wait()
}
