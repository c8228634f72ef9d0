package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/tools/apart"
)

// scene is what the fake services in the other process play.
type scene struct {
	Agents int           `json:"agents"`
	Chats  int           `json:"chats"` // of each agent
	Every  time.Duration `json:"every"` // between two lines of a visitor; 0: they wait for "speak"
}

// pace says how punctual the polls were.
type pace struct {
	Polls int     `json:"polls"`
	Late  float64 `json:"late"` // part of the polls that came over a tenth of the interval late
	P99   float64 `json:"p99"`  // seconds between two polls of an agent
	Chats int     `json:"chats"`
}

// play is the scene under way.
type play struct {
	scene  scene
	srv    *lptest.Server
	stop   chan struct{}
	wg     sync.WaitGroup
	visits []*lptest.Visit

	mu   sync.Mutex
	last map[string]time.Time // poll of each agent session
	gaps []float64
}

// openPlay is the other process.
func openPlay(setup json.RawMessage) (*apart.Fake, error) {
	p := &play{stop: make(chan struct{}), last: map[string]time.Time{}}
	if err := json.Unmarshal(setup, &p.scene); err != nil {
		return nil, err
	}
	srv, err := lptest.Start(lptest.WithJournal(0), lptest.WithObserver(p.observe))
	if err != nil {
		return nil, err
	}
	p.srv = srv
	for i := range p.scene.Agents {
		srv.AddAgent(lptest.Agent{LoginName: agentName(i), Password: "secret", MaxChats: p.scene.Chats})
	}
	return &apart.Fake{Server: srv, Do: p.do, Close: p.close}, nil
}

func agentName(i int) string { return "bot" + strconv.Itoa(i) }

func (p *play) do(name string, args json.RawMessage) (any, error) {
	switch name {
	case "visitors": // come, one for each chat
		for i := range p.scene.Agents * p.scene.Chats {
			v := p.srv.Visitor(lptest.Visitor{Name: "Ada " + strconv.Itoa(i)})
			p.visits = append(p.visits, v)
			if p.scene.Every > 0 {
				p.wg.Go(func() { p.talk(v) })
			}
		}
	case "speak": // all of them that many lines, at once
		var lines int
		if err := json.Unmarshal(args, &lines); err != nil {
			return nil, err
		}
		for _, v := range p.visits {
			for range lines {
				v.Say(now())
			}
		}
	case "begin": // to measure the polls
		p.mu.Lock()
		defer p.mu.Unlock()
		p.gaps = nil
		clear(p.last)
	case "pace":
		return p.pace(), nil
	default:
		return nil, fmt.Errorf("%s: %w", name, errors.ErrUnsupported)
	}
	return nil, nil
}

// now is a line that tells when it was said.
func now() string { return strconv.FormatInt(time.Now().UnixNano(), 10) }

// talk has a visitor say a line from time to time.
func (p *play) talk(v *lptest.Visit) {
	wait := rand.N(p.scene.Every) //nolint:gosec // spreading visitors needs no secrecy
	for {
		select {
		case <-time.After(wait):
			v.Say(now())
		case <-p.stop:
			return
		}
		wait = p.scene.Every
	}
}

// observe notes when each agent polls.
func (p *play) observe(r lptest.Request) {
	if r.Op != lptest.OpIncoming {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if last, ok := p.last[r.Session]; ok {
		p.gaps = append(p.gaps, r.Time.Sub(last).Seconds())
	}
	p.last[r.Session] = r.Time
}

func (p *play) pace() pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	late := 0
	for _, gap := range p.gaps {
		if gap > 1.1*chatagent.MinPollInterval.Seconds() {
			late++
		}
	}
	running := 0
	for _, v := range p.visits {
		if v.Chat().State() == "chatting" {
			running++
		}
	}
	return pace{Polls: len(p.gaps), Late: float64(late) / float64(max(len(p.gaps), 1)), P99: quantile(p.gaps, 0.99), Chats: running}
}

func (p *play) close() any {
	close(p.stop)
	p.wg.Wait()
	return nil
}
