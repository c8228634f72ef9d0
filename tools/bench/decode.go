package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// pageEvents is how many events a page has that is decoded.
const pageEvents = 1000

// decode measures what reading a page of 1,000 events costs, from memory and in
// every form that it may come in, over the reference with exact structs, which can
// read the documented form only. The calls around it are a hundredth of that.
func decode(ctx context.Context, b *bench) error {
	plain, err := eventPage(ctx)
	if err != nil {
		return err
	}
	for _, v := range append([]lptest.Variant{""}, eventVariants...) {
		name, goal, opts := "decode.events1000.", byRelease(1.0, 1.4), []lptest.Option{}
		if v != "" {
			name, goal, opts = name+string(v)+".", 1.5*goal, append(opts, variants(v))
		}
		page, err := eventPage(ctx, opts...)
		if err != nil {
			return err
		}
		sdk := func(ctx context.Context) error {
			events, err := page.read(ctx)
			if err != nil {
				return err
			}
			return whole(len(events), events[pageEvents-1].Text != "")
		}
		ref := func(ctx context.Context) error {
			var out exactEvents
			if err := plain.again.call(ctx, nil, &out); err != nil {
				return err
			}
			return whole(len(out.Events.Event), out.Events.Event[pageEvents-1].Text != "")
		}
		p, err := compare(ctx, b.rounds, sdk, ref)
		if err != nil {
			return fmt.Errorf("variant %q: %w", v, err)
		}
		b.goal(name+"time_ratio", p.timeRatio, "ratio", goal)
		b.add(name+"allocs_ratio", p.allocRatio, "ratio")
		if v == "" {
			b.add(name+"sdk_us", p.sdk.ns/1e3, "us")
			b.add(name+"ref_us", p.ref.ns/1e3, "us")
			b.add(name+"page_kb", float64(len(page.body))/1e3, "kB")
		}
	}
	return nil
}

func variants(v lptest.Variant) lptest.Option { return lptest.WithVariants(v) }

// eventVariants are those that show in a page of events.
var eventVariants = []lptest.Variant{
	lptest.VariantAttributes, lptest.VariantNumbers, lptest.VariantTimes, lptest.VariantBareText,
}

func whole(n int, text bool) error {
	if n != pageEvents || !text {
		return fmt.Errorf("%d events: %w", n, errIncomplete)
	}
	return nil
}

// page is a page of events as the fake services write it, what reads it from
// memory, and the reference that does.
type page struct {
	body  []byte
	read  func(context.Context) ([]chatagent.Event, error)
	again reference
}

func eventPage(ctx context.Context, opts ...lptest.Option) (*page, error) {
	srv := lptest.NewMemory(append(opts, lptest.WithLenientCookies())...)
	defer srv.Close()
	srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret", MaxChats: 1})
	tape := &tape{from: srv.Transport(), answers: map[string]taped{}}
	session, err := login.Login(ctx, srv.Account(), login.Password("bot", "secret"), login.WithoutRefresh(),
		login.WithTestServer(srv.URL(), tape))
	if err != nil {
		return nil, err
	}
	agent, err := chatagent.Start(ctx, session)
	if err != nil {
		return nil, err
	}
	if err := agent.SetAvailability(ctx, chatagent.Online); err != nil {
		return nil, err
	}
	visit := srv.Visitor(lptest.Visitor{Name: "Ada"})
	chat, err := agent.Accept(ctx)
	if err != nil {
		return nil, err
	}
	from := 0
	for i := range pageEvents {
		text := fmt.Sprintf("Line %d: I ordered number %d and it has not come yet.", i, 4711+i)
		if i%4 == 0 {
			text = strconv.Itoa(4711 + i) // the number alone
		}
		id := visit.Say(text)
		if i == 0 {
			from = id
		}
	}
	p := &page{read: func(ctx context.Context) ([]chatagent.Event, error) { return chat.EventsFrom(ctx, int64(from)) }}
	if _, err := p.read(ctx); err != nil {
		return nil, err
	}
	p.body = tape.answers[keyOf(tape.last)].body
	p.again = reference{http: &http.Client{Transport: tape}, method: http.MethodGet, url: tape.last.URL.String(), bearer: "bearer"}
	tape.played()
	return p, nil
}
