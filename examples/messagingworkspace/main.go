// Messagingworkspace is the back end of a workspace of several agents on messaging, on the
// embedded fake services. It knows no users: whoever reaches it may act for any agent.
//
//	go run ./examples/messagingworkspace
//	curl -N localhost:8080/agents/ann/updates    # server-sent events, each a JSON update
//	curl localhost:8080/agents/ann/accept -d '{"ring":"…"}'
//	curl localhost:8080/agents/ann/say -d '{"conversation":"…","text":"Hello!"}'
//	… reject {"ring"}, read {"conversation","sequences"}, typing {"conversation","typing"},
//	transfer {"conversation","skill","agent"}, close {"conversation"}, availability {"state"}
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/examples/internal/demo"
	"github.com/liveperson-community/liveperson-go/examples/internal/feed"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// desk is one agent's, with what has happened of late.
type desk struct {
	agent *messagingagent.Agent
	feed  *feed.Feed
}

// watch takes what happens to the agent until ctx ends.
func (d *desk) watch(ctx context.Context) {
	defer d.agent.Login().Close() // no logout, as the next process may be there already
	defer d.agent.Close()
	for u, err := range d.agent.Watch(ctx) {
		if err == nil {
			err = d.feed.Add(u)
		}
		if err != nil {
			slog.Info("not watched any more", "agent", d.agent, "err", err)
			return
		}
	}
}

// order does what a person wants done, to its end also if the browser leaves.
func (d *desk) order(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Ring         messagingagent.RingID
		Conversation liveperson.ConversationID
		Text         string
		Sequences    []int64
		Typing       messagingagent.ChatState
		Skill        liveperson.SkillID
		Agent        liveperson.UserID
		State        messagingagent.Availability
	}
	ctx, what := context.WithoutCancel(r.Context()), r.PathValue("order")
	var ring messagingagent.Ring
	var c *messagingagent.Conversation
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&o)
	if err == nil && o.Ring != "" {
		ring, err = d.agent.Ring(o.Ring)
	}
	if err == nil && o.Conversation != "" { // one that Watch has opened: nothing is asked for it
		c, err = d.agent.Conversation(ctx, o.Conversation)
	}
	switch {
	case err != nil:
	case what == "accept":
		_, err = ring.Accept(ctx)
	case what == "reject":
		err = ring.Reject(ctx)
	case what == "availability":
		err = d.agent.SetAvailability(ctx, o.State)
	case what == "say" && c != nil:
		_, err = c.Send(ctx, messagingagent.Text(o.Text))
	case what == "read" && c != nil:
		err = c.Read(ctx, o.Sequences...)
	case what == "typing" && c != nil:
		err = c.Typing(ctx, o.Typing)
	case what == "transfer" && c != nil && o.Agent != "": // of o.Skill, or the present one
		err = c.Transfer(ctx, messagingagent.ToAgent(o.Agent, o.Skill))
	case what == "transfer" && c != nil:
		err = c.Transfer(ctx, messagingagent.ToSkill(o.Skill))
	case what == "close" && c != nil:
		err = c.Close(ctx)
	default:
		err = fmt.Errorf("cannot do %q with conversation %q", what, o.Conversation)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
	}
}

// open has the agents watched until ctx ends; wait waits for that.
func open(ctx context.Context, srv *lptest.Server, names ...string) (desks http.Handler, wait func(), err error) {
	var watching sync.WaitGroup
	mux := http.NewServeMux()
	mux.HandleFunc("GET /agents", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(names) })
	for _, name := range names {
		agent, err := demo.MessagingAgent(ctx, srv, name)
		if err != nil {
			return nil, nil, err
		}
		d := &desk{agent: agent, feed: feed.New()}
		mux.Handle("GET /agents/"+name+"/updates", d.feed)
		mux.HandleFunc("POST /agents/"+name+"/{order}", d.order)
		watching.Go(func() { d.watch(ctx) })
	}
	return http.NewCrossOriginProtection().Handler(mux), watching.Wait, nil
}

func main() {
	address := flag.String("addr", "localhost:8080", "where to listen")
	flag.Parse()
	srv := lptest.NewServer()
	defer srv.Close()
	demo.Main("messagingworkspace", func(ctx context.Context) error {
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		desks, wait, err := open(ctx, srv, "ann", "ben")
		if err != nil {
			return err
		}
		server := http.Server{Addr: *address, Handler: desks, ReadHeaderTimeout: time.Minute}
		go func() { stop(server.ListenAndServe()) }()
		say := func(who, text string) { slog.Info(text, "by", who) }
		go func() { _ = demo.Converse(ctx, srv, "Ada", "", say, "Hello!", "Is it blue?") }()
		wait()
		return context.Cause(ctx)
	})
}
