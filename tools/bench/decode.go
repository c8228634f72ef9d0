package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/wire"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// pageEvents is how many events a page has that is decoded.
const pageEvents = 1000

// decode measures liberal decoding of a page of 1,000 events, in every form that
// it may come in, over encoding/json with exact structs, which can decode the
// documented form only.
func decode(ctx context.Context, b *bench) error {
	plain, err := eventPage(ctx)
	if err != nil {
		return err
	}
	for _, v := range append([]lptest.Variant{""}, eventVariants...) {
		page, name, goal := plain, "decode.events1000.", byRelease(1.0, 1.4)
		if v != "" {
			name, goal = name+string(v)+".", 1.5*goal
			if page, err = eventPage(ctx, variants(v)); err != nil {
				return err
			}
		}
		sdk := func(context.Context) error {
			var out struct {
				Events struct {
					Event []chatagent.Event `json:"event"`
				} `json:"events"`
			}
			if err := wire.Unmarshal(page, &out); err != nil {
				return err
			}
			return whole(len(out.Events.Event), out.Events.Event[pageEvents-1].Text != "")
		}
		ref := func(context.Context) error {
			var out exactEvents
			if err := json.Unmarshal(plain, &out); err != nil {
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
			b.add(name+"page_kb", float64(len(page))/1e3, "kB")
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

// eventPage is a page of events as the fake services write it.
func eventPage(ctx context.Context, opts ...lptest.Option) ([]byte, error) {
	srv := lptest.NewMemory(append(opts, lptest.WithLenientCookies())...)
	defer srv.Close()
	srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "secret", MaxChats: 1})
	session, err := login.Login(ctx, srv.Account(), login.Password("bot", "secret"), login.WithoutRefresh(),
		login.WithHTTPClient(retry.NewClient(retry.WithTransport(srv.Transport()))))
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
	host, err := session.BaseURI(ctx, domain.AgentVEP)
	if err != nil {
		return nil, err
	}
	url := fmt.Sprintf("https://%s/api/account/%s/agentSession/%s/chat/%s/events?v=1&NC=true&from=%d", host, srv.Account(), agent.ID(), chat.ID(), from)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := session.Client().Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("page of events: status %d", resp.StatusCode)
	}
	return page, err
}
