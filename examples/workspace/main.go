// Workspace is the back end of a workspace of several agents, on the embedded fake
// services. It knows no users: whoever reaches it may act for any agent.
//
//	go run ./examples/workspace
//	curl -N localhost:8080/agents/ann/updates    # server-sent events, each a JSON update
//	curl localhost:8080/agents/ann/accept -d '{}'
//	curl localhost:8080/agents/ann/say -d '{"chat":"…","text":"Hello!"}'
//	… transfer {"chat","skill","agent","note"}, end {"chat"}, availability {"state"}
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
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/examples/internal/demo"
	"github.com/liveperson-community/liveperson-go/examples/internal/feed"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// desk is one agent's, with what has happened of late.
type desk struct {
	agent *chatagent.Agent
	feed  *feed.Feed
}

// watch takes what happens to the agent until ctx ends.
func (d *desk) watch(ctx context.Context) {
	defer d.agent.Login().Close() // no logout: chats stay open for the next process
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
		Chat       chatagent.ChatID
		Text, Note string
		Skill      liveperson.SkillID
		Agent      liveperson.UserID
		State      chatagent.Availability
	}
	ctx, what, chat := context.WithoutCancel(r.Context()), r.PathValue("order"), (*chatagent.Chat)(nil)
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&o)
	if err == nil && o.Chat != "" { // one that Watch has opened: nothing is asked for it
		chat, err = d.agent.Chat(ctx, o.Chat)
	}
	switch {
	case err != nil:
	case what == "accept":
		_, err = d.agent.Accept(ctx)
	case what == "availability":
		err = d.agent.SetAvailability(ctx, o.State)
	case what == "say" && chat != nil:
		_, err = chat.Send(ctx, chatagent.Text(o.Text))
	case what == "transfer" && chat != nil:
		err = chat.Transfer(ctx, chatagent.TransferTarget{SkillID: o.Skill, AgentID: o.Agent}, o.Note)
	case what == "end" && chat != nil:
		err = chat.End(ctx)
	default:
		err = fmt.Errorf("cannot do %q with chat %q", what, o.Chat)
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
		agent, err := demo.Agent(ctx, srv, name)
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
	demo.Main("workspace", func(ctx context.Context) error {
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		desks, wait, err := open(ctx, srv, "ann", "ben")
		if err != nil {
			return err
		}
		server := http.Server{Addr: *address, Handler: desks, ReadHeaderTimeout: time.Minute}
		go func() { stop(server.ListenAndServe()) }()
		say := func(who, text string) { slog.Info(text, "by", who) }
		go func() { _ = demo.Talk(ctx, srv, "Ada", "", say, "Hello!", "Is it blue?") }()
		wait()
		return context.Cause(ctx)
	})
}
