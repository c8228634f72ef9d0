package chatagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// night is what somebody on call reads: each line of the log from INFO on.
type night struct{ log logged }

func (n *night) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(&n.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// lines are the lines of the log.
func (n *night) lines(t *testing.T) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(n.log.String()) {
		var l map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		list = append(list, l)
	}
	return list
}

// messages are those lines whose message is one of these, as "level message how".
func (n *night) messages(t *testing.T, of ...string) (list []string) {
	t.Helper()
	for _, l := range n.lines(t) {
		for _, m := range of {
			if l["msg"] != m {
				continue
			}
			text := l["level"].(string) + " " + m
			for _, key := range []string{"how", "chats"} {
				if v, is := l[key]; is {
					b, err := json.Marshal(v)
					require.NoError(t, err)
					text += " " + strings.Trim(string(b), `"`)
				}
			}
			list = append(list, text)
		}
	}
	return list
}

// The night of an agent, as its log tells it.
func TestTheLogOfANight(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		var n night
		carol := f.srv.AddAgent(lptest.Agent{LoginName: "carol", Password: "c4r0l-word", Skills: []string{"second line"}})
		f.srv.Person(carol).AcceptAll(true)
		helper := liveperson.UserIDOf(carol.ID)
		stop := serving(t, f, func(ctx context.Context, chat *chatagent.Chat) error {
			switch chat.Visitor() {
			case "panics":
				panic("boom")
			case "fails":
				return errors.New("no idea")
			case "is transferred":
				return chat.Transfer(ctx, chatagent.TransferTarget{AgentID: helper}, "")
			case "is ended":
				return nil
			}
			return echo(ctx, chat)
		}, chatagent.WithLogger(n.logger()))
		for _, name := range []string{"panics", "fails", "is transferred", "is ended", "leaves"} {
			v := f.srv.Visitor(lptest.Visitor{Name: name, Skill: "skill of bot0", FirstLine: "my secret question"})
			require.NoError(t, v.WaitAccepted(t.Context()))
			time.Sleep(5 * time.Second)
			if name == "leaves" {
				v.Leave()
			}
			time.Sleep(time.Minute)
		}
		stays := f.srv.Visitor(lptest.Visitor{Name: "stays", Skill: "skill of bot0"})
		require.NoError(t, stays.WaitAccepted(t.Context()))
		time.Sleep(5 * time.Second)
		f.srv.DropSessions(f.srv.Agents()[0])
		time.Sleep(time.Minute)
		require.ErrorIs(t, stop(), context.Canceled)
		assert.Equal(t, []string{
			"INFO chat opened accepted", "ERROR chat handler failed", "INFO chat closed ended",
			"INFO chat opened accepted", "ERROR chat handler failed", "INFO chat closed ended",
			"INFO chat opened accepted", "INFO chat closed transferred",
			"INFO chat opened accepted", "INFO chat closed ended",
			"INFO chat opened accepted", "INFO chat closed ended",
			"INFO chat opened accepted", "WARN the agent session was lost; there is a new one",
			"INFO stopping 1", "INFO chat closed ended", "INFO stopped",
		}, n.messages(t, "chat opened", "chat closed", "chat handler failed", "the agent session was lost; there is a new one", "stopping", "stopped"))
		stacks := 0
		for _, l := range n.lines(t) {
			assert.Equal(t, "12345678", l["account"], l)
			assert.Equal(t, "bot0", l["user"], l)
			if msg := l["msg"].(string); strings.HasPrefix(msg, "chat ") {
				assert.NotEmpty(t, l["chat"], l)
			}
			if stack, is := l["stack"].(string); is {
				assert.Contains(t, stack, "night_test.go")
				stacks++
			}
			err, is := l["err"]
			assert.False(t, is && (err == nil || err == "" || err == "<nil>"), l)
		}
		assert.Equal(t, 1, stacks)
		assert.NotContains(t, n.log.String(), "secret question")
	})
}

// Everyday things are no warnings: a night in which nothing goes wrong has none.
func TestAQuietNight(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]chatagent.Option{
		"ended":    nil,
		"left":     {chatagent.WithLeaveChats()},
		"no grace": {chatagent.WithGrace(0)},
		"limited":  {chatagent.WithMaxChats(1), chatagent.WithWhenFull(chatagent.Occupied)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				var n night
				stop := serving(t, f, echo, append(opts, chatagent.WithLogger(n.logger()))...)
				for range 3 {
					v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
					_, err := v.WaitLine(t.Context(), 1)
					require.NoError(t, err)
					time.Sleep(3 * time.Minute)
					v.Leave()
				}
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				require.ErrorIs(t, stop(), context.Canceled)
				assert.NotContains(t, n.log.String(), `"WARN"`)
				assert.NotContains(t, n.log.String(), `"ERROR"`)
			})
		})
	}
}

// What the user has set last is what the agent is, through full and stops and the
// next Serve.
func TestTheAvailabilityOverSeveralServes(t *testing.T) {
	t.Parallel()
	full := []chatagent.Option{chatagent.WithMaxChats(1), chatagent.WithWhenFull(chatagent.Occupied)}
	for _, c := range []struct {
		name    string
		opts    []chatagent.Option
		set     chatagent.Availability // while it is served and full; "": nothing
		busy    string                 // then, with a chat
		between chatagent.Availability // set between the two; "": nothing
		stopped string
		next    string // in the next Serve, without a chat
	}{
		{name: "Online", opts: full, busy: "Occupied", stopped: "Away", next: "Online"},
		{name: "Away while full", opts: full, set: chatagent.Away, busy: "Away", stopped: "Away", next: "Away"},
		{name: "Occupied while full", opts: full, set: chatagent.Occupied, busy: "Occupied", stopped: "Occupied", next: "Occupied"},
		{name: "Away between", opts: full, busy: "Occupied", between: chatagent.Away, stopped: "Away", next: "Away"},
		{name: "Occupied between", opts: full, busy: "Occupied", between: chatagent.Occupied, stopped: "Occupied", next: "Occupied"},
		{name: "Online between", opts: full, set: chatagent.Away, busy: "Away", between: chatagent.Online, stopped: "Online", next: "Online"},
		{name: "no limit", busy: "Online", stopped: "Away", next: "Online"},
		{name: "stops Occupied", opts: []chatagent.Option{chatagent.WithStateOnStop(chatagent.Occupied)}, busy: "Online", stopped: "Occupied", next: "Online"},
		{name: "stops as it is", opts: []chatagent.Option{chatagent.WithStateOnStop("")}, busy: "Online", stopped: "Online", next: "Online"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				is := func() string { return f.srv.Availability(f.srv.Agents()[0]) }
				stop := serving(t, f, echo, c.opts...)
				v := f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"})
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				if c.set != "" {
					require.NoError(t, f.agents[0].SetAvailability(t.Context(), c.set))
				}
				time.Sleep(2 * time.Minute)
				assert.Equal(t, c.busy, is())
				require.ErrorIs(t, stop(), context.Canceled)
				if c.between != "" {
					require.NoError(t, f.agents[0].SetAvailability(t.Context(), c.between))
				}
				assert.Equal(t, c.stopped, is())
				stop = serving(t, f, echo, c.opts...)
				time.Sleep(2 * time.Minute)
				assert.Equal(t, c.next, is())
				require.ErrorIs(t, stop(), context.Canceled)
			})
		})
	}
}

// Each option's rule, for all that take options; nothing is sent.
func TestBadOptions(t *testing.T) {
	t.Parallel()
	w, agent := newTap(t)
	w.take()
	for name, opts := range map[string][]chatagent.Option{
		"poll interval":               {chatagent.WithPollInterval(0)},
		"poll interval, too long":     {chatagent.WithPollInterval(15*time.Second + 1)},
		"max chats":                   {chatagent.WithMaxChats(0)},
		"max chats, negative":         {chatagent.WithMaxChats(-2)},
		"state when full":             {chatagent.WithWhenFull("Busy")},
		"state when full, Online":     {chatagent.WithWhenFull(chatagent.Online)},
		"state when full, no max":     {chatagent.WithWhenFull(chatagent.Away)},
		"state on stop":               {chatagent.WithStateOnStop(chatagent.Online)},
		"state on stop, Offline":      {chatagent.WithStateOnStop(chatagent.Offline)},
		"grace":                       {chatagent.WithGrace(-time.Second)},
		"hand over target":            {chatagent.WithHandOver(chatagent.TransferTarget{}, "")},
		"hand over target, both":      {chatagent.WithHandOver(chatagent.TransferTarget{SkillID: "1", AgentID: "2"}, "")},
		"hand over target, no number": {chatagent.WithHandOver(chatagent.TransferTarget{SkillID: "sales"}, "")},
		"hand over target, negative":  {chatagent.WithHandOver(chatagent.TransferTarget{AgentID: "-1"}, "")},
		"hand over note":              {chatagent.WithHandOver(chatagent.TransferTarget{AgentID: "1"}, "a\xff")},
		"goodbye text":                {chatagent.WithGoodbye(chatagent.Text(" "))},
		"goodbye text, markup":        {chatagent.WithGoodbye(chatagent.Markup("<script>"))},
		"goodbye line":                {chatagent.WithGoodbye(chatagent.Content{})},
	} {
		field, _, _ := strings.Cut(name, ",")
		var snap chatagent.Snapshot
		require.NoError(t, json.Unmarshal([]byte(`{"url":"`+as+`"}`), &snap))
		for op, call := range map[string]func() error{
			"chatagent.Start":  func() error { _, err := chatagent.Start(t.Context(), agent.Login(), opts...); return err },
			"chatagent.Resume": func() error { _, err := chatagent.Resume(t.Context(), agent.Login(), snap, opts...); return err },
			"chatagent.Serve":  func() error { return agent.Serve(t.Context(), chatagent.HandlerFunc(echo), opts...) },
			"chatagent.Watch": func() (err error) {
				for _, e := range agent.Watch(t.Context(), opts...) {
					err = e
				}
				return err
			},
			"chatagent.Run": func() error {
				return chatagent.Run(t.Context(), "12345678", login.Password("bot", "s3cret-word"), chatagent.HandlerFunc(echo), opts...)
			},
		} {
			err := call()
			var in *liveperson.InputError
			require.ErrorAs(t, err, &in, "%s %s", op, name)
			require.ErrorIs(t, err, liveperson.ErrInvalidInput)
			assert.Equal(t, op, in.Op, name)
			assert.Equal(t, field, in.Field)
		}
	}
	assert.Empty(t, w.take())
}

// No limit of one's own: the later option counts, and the server's limit remains.
func TestUnlimited(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		stop := serving(t, f, echo, chatagent.WithMaxChats(1), chatagent.WithMaxChats(chatagent.Unlimited))
		var visits []*lptest.Visit
		for range 20 {
			visits = append(visits, f.srv.Visitor(lptest.Visitor{Skill: "skill of bot0", FirstLine: "hello"}))
		}
		time.Sleep(10 * time.Second)
		for _, v := range visits {
			assert.Equal(t, []string{"You said: hello"}, agentLines(v.Chat()))
		}
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

// Who runs a bot without a handler, or without an account or credentials, is told
// before anything is sent.
func TestRunWithoutWhatItNeeds(t *testing.T) {
	t.Parallel()
	creds, h := login.Password("bot", "s3cret-word"), chatagent.HandlerFunc(echo)
	for name, call := range map[string]func() error{
		"no handler":          func() error { return chatagent.Run(t.Context(), "12345678", creds, nil) },
		"no handler function": func() error { return chatagent.Run(t.Context(), "12345678", creds, chatagent.HandlerFunc(nil)) },
		"no account":          func() error { return chatagent.Run(t.Context(), "", creds, h) },
		"no credentials":      func() error { return chatagent.Run(t.Context(), "12345678", login.Credentials{}, h) },
	} {
		assert.ErrorIs(t, call(), liveperson.ErrInvalidInput, name)
	}
}
