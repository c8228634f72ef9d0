package chatagent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// lostSend sends a line under faults, in a chat that is served, and returns what
// Send said and what the visitor has read of the agent.
func lostSend(t *testing.T, f *fleet, text string, faults ...lptest.Fault) (read []string, err error) {
	t.Helper()
	f.visitors("hello")
	f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
		for _, fault := range faults {
			fault.Op = lptest.OpSend
			f.srv.AddFault(fault)
		}
		_, err = chat.Send(ctx, chatagent.Text(text))
		f.srv.ClearFaults()
		time.Sleep(2 * time.Minute) // whatever is still under way
		return nil
	})
	return agentLines(f.visits[0].Chat()), err
}

// lostAnswers are the ways in which an answer gets lost after the line was
// stored.
var lostAnswers = map[string]lptest.Fault{
	"502":   {Kind: lptest.FaultStatus, Status: 502, After: true, Times: 1},
	"503":   {Kind: lptest.FaultStatus, Status: 503, After: true, Times: 1},
	"page":  {Kind: lptest.FaultHTML, After: true, Times: 1},
	"reset": {Kind: lptest.FaultResetAfter, Times: 1},
	"cut":   {Kind: lptest.FaultCut, Times: 1},
	"hang":  {Kind: lptest.FaultHang, After: true, Times: 1},
}

// A line is never sent twice because the service stored it in another form than
// it was sent in.
func TestGuardLinesStoredInAnotherForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		store lptest.Rewriter
	}{
		"link":          {"see https://shop.example/a?b=1&c=2", lptest.LinkURLs},
		"card number":   {"card 4111 1111 1111 1234", lptest.MaskCards},
		"emoji":         {"done 🎉", lptest.MarkEmoji},
		"tags":          {"a <b>bold</b> line", lptest.StripTags},
		"entity":        {"fish &amp; chips", lptest.UnescapeEntities},
		"cut":           {"a line that is too long for the service", lptest.CutAt(12)},
		"something":     {"hello", func(string) string { return "something else" }},
		"nothing left":  {"hello", func(string) string { return "" }},
		"letter case":   {"hello", func(string) string { return "HELLO" }},
		"as it was":     {"hello", func(s string) string { return s }},
		"spaces only":   {"hello  there", func(string) string { return " hello there\r\n" }},
		"escaped twice": {"a & b", func(string) string { return "a &amp;amp; b" }},
	} {
		for lost, fault := range lostAnswers {
			t.Run(name+"/"+lost, func(t *testing.T) {
				t.Parallel()
				world(t, 1, func(t *testing.T, f *fleet) {
					read, err := lostSend(t, f, c.text, fault)
					assert.Equal(t, []string{c.store(c.text)}, read, "once")
					if err != nil {
						assert.ErrorIs(t, err, liveperson.ErrUnconfirmed)
					}
					if name == "as it was" || name == "spaces only" {
						assert.NoError(t, err)
					}
				}, lptest.WithStoredText(c.store))
			})
		}
	}
}

// Nor because the change came long after the answer was lost.
func TestGuardLinesStoredLate(t *testing.T) {
	t.Parallel()
	for lost, fault := range map[string]lptest.Fault{
		"502":   {Kind: lptest.FaultStatus, Status: 502},
		"503":   {Kind: lptest.FaultStatus, Status: 503},
		"page":  {Kind: lptest.FaultHTML},
		"reset": {Kind: lptest.FaultReset},
		"hang":  {Kind: lptest.FaultHang},
	} {
		for _, delay := range []time.Duration{time.Second, 6 * time.Second, 8 * time.Second, 16 * time.Second, 25 * time.Second, 29 * time.Second} {
			t.Run(fmt.Sprint(lost, " ", delay), func(t *testing.T) {
				t.Parallel()
				world(t, 1, func(t *testing.T, f *fleet) {
					fault := fault // the delays run side by side
					fault.After, fault.Delay, fault.Times = true, delay, 1
					read, err := lostSend(t, f, "hello", fault)
					assert.Equal(t, []string{"hello"}, read)
					assert.NoError(t, err, "it was seen to arrive")
				})
			})
		}
	}
	for _, kind := range []lptest.FaultKind{lptest.FaultReset, lptest.FaultHang} {
		t.Run("too late to be seen "+string(kind), func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				read, err := lostSend(t, f, "hello", lptest.Fault{Kind: kind, After: true, Delay: time.Minute, Times: 1})
				assert.Equal(t, []string{"hello"}, read)
				assert.ErrorIs(t, err, liveperson.ErrUnconfirmed)
			})
		})
	}
}

// What the service turned away, and what is not there later either, is sent
// again.
func TestLinesThatWereTurnedAway(t *testing.T) {
	t.Parallel()
	for _, times := range []int{1, 2, 3} {
		world(t, 1, func(t *testing.T, f *fleet) {
			read, err := lostSend(t, f, "hello", lptest.Fault{Status: 503, Times: times})
			require.NoError(t, err)
			assert.Equal(t, []string{"hello"}, read)
		})
	}
}

// A colleague's words are not taken for ours.
func TestGuardColleagueSaysTheSame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		colleague   lptest.Line
		stored      bool // our own line
		unconfirmed bool
	}{
		"without a name, ours is lost":  {lptest.Line{Text: "hello"}, false, true},
		"without a name, ours is there": {lptest.Line{Text: "hello"}, true, true},
		"with a name, ours is there":    {lptest.Line{Text: "hello", AgentID: 4711}, true, false},
		"with a name, ours is lost":     {lptest.Line{Text: "hello", AgentID: 4711}, false, true},
		"other words, ours is there":    {lptest.Line{Text: "I am here too"}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				kind := lptest.FaultReset
				if c.stored {
					kind = lptest.FaultResetAfter
				}
				f.visitors("hello")
				var err error
				f.serve(t, func(ctx context.Context, chat *chatagent.Chat) error {
					f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: kind, Times: 1})
					time.AfterFunc(time.Second, func() { f.visits[0].Colleague(c.colleague) })
					_, err = chat.Send(ctx, chatagent.Text("hello"))
					return nil
				})
				assert.Equal(t, c.unconfirmed, errors.Is(err, liveperson.ErrUnconfirmed), "%v", err)
				if !c.unconfirmed {
					assert.NoError(t, err)
				}
				assert.Equal(t, 1, f.srv.Count(lptest.OpSend))
			})
		})
	}
}

// Both forms of an agent's id are this agent's.
func TestGuardAgentIDWithItsAccount(t *testing.T) {
	t.Parallel()
	for lost, fault := range lostAnswers {
		t.Run(lost, func(t *testing.T) {
			t.Parallel()
			world(t, 1, func(t *testing.T, f *fleet) {
				read, err := lostSend(t, f, "hello", fault)
				assert.NoError(t, err)
				assert.Equal(t, []string{"hello"}, read)
			}, lptest.WithVariants(lptest.VariantSiteAgentID))
		})
	}
}

// Lines of which the service does not say who wrote them prove nothing.
func TestLinesWithoutAnAgent(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		read, err := lostSend(t, f, "hello", lptest.Fault{Kind: lptest.FaultResetAfter, Times: 1})
		assert.ErrorIs(t, err, liveperson.ErrUnconfirmed)
		assert.Equal(t, []string{"hello"}, read)
	}, lptest.WithVariants(lptest.VariantNoAgentID))
}

// What is created may be named by a header alone.
func TestCreatedWithALocationHeader(t *testing.T) {
	t.Parallel()
	for _, v := range []lptest.Variant{lptest.VariantLocation, lptest.VariantLocationToo} {
		world(t, 1, func(t *testing.T, f *fleet) {
			start := time.Now()
			f.visitors("hello")
			chat, err := f.agents[0].Accept(t.Context())
			require.NoError(t, err)
			id, err := chat.Send(t.Context(), chatagent.Text("hello"))
			require.NoError(t, err)
			events := f.visits[0].Chat().Events()
			assert.EqualValues(t, events[len(events)-1].ID, id)
			require.NoError(t, chat.End(t.Context()))
			assert.Equal(t, 1, f.srv.Count(lptest.OpSessionStart))
			assert.Equal(t, 1, f.srv.Count(lptest.OpAccept))
			assert.Equal(t, 1, f.srv.Count(lptest.OpSend))
			assert.Zero(t, time.Since(start))
		}, lptest.WithVariants(v))
	}
}

// A service that always has one more page of events does not keep a call for
// ever.
func TestEndlessPagesOfEvents(t *testing.T) {
	t.Parallel()
	world(t, 1, func(t *testing.T, f *fleet) {
		f.visitors("hello")
		chat, err := f.agents[0].Accept(t.Context())
		require.NoError(t, err)
		f.srv.AddFault(lptest.Fault{Op: lptest.OpEvents, Kind: lptest.FaultEndless})
		f.srv.AddFault(lptest.Fault{Op: lptest.OpSend, Kind: lptest.FaultResetAfter, Times: 1})
		_, err = chat.Send(t.Context(), chatagent.Text("hello"))
		assert.ErrorIs(t, err, liveperson.ErrUnconfirmed)
		assert.ErrorIs(t, err, liveperson.ErrTooLarge)
		_, err = chat.Unread(t.Context())
		assert.ErrorIs(t, err, liveperson.ErrTooLarge)
		assert.Less(t, f.srv.Count(lptest.OpEvents), 10_000)
	})
}

// afterALostLine sends a line that is turned away with a 503, and has its look read
// that answer.
func afterALostLine(t *testing.T, answer string) (posts int, err error) {
	t.Helper()
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("POST "+ch+"/events", "503 ")
	w.on("GET "+ch+"/events", "200 "+answer, `200 {"events":{}}`)
	w.take()
	_, err = chat.Send(t.Context(), chatagent.Text("hello"))
	for _, sent := range w.take() {
		if strings.HasPrefix(sent, "POST") {
			posts++
		}
	}
	return posts, err
}

// A line that may be ours, whoever the service says has written it, is not sent
// again.
func TestGuardAuthorsThatCannotBeTold(t *testing.T) {
	t.Parallel()
	for _, members := range []string{
		`"source":"agent"`, `"source":"Agent","agentId":"12345678-311098910"`, `"source":"rep","agentId":"0"`, `"agentId":"311098910"`,
		`"source":{"x":1}`, `"source":7,"agentId":true`, `"source":" agent ","agentId":"f39fbc5f-1"`, `"source":"agent","agentId":"-1"`,
		`"source":"agent","agentId":"LE12345678.311098910"`, `"source":"agent","agentId":"311098910.0"`, `"source":"agent","agentId":3.1109891e8`,
		`"source":"system","by":"info"`, `"source":"system","systemMessageId":"x"`, `"source":"agent","agentId":["a","b"]`, `"source":"agent","agentId":" bot"`,
	} {
		for _, kind := range []string{`"@type":"line",`, `"@type":"Line",`, ``, `"@type":["line","x"],`, `"@type":"message",`} {
			posts, err := afterALostLine(t, `{"events":{"event":[{"@id":"2",`+kind+members+`,"text":"Hello!","textType":"plain"}]}}`)
			assert.ErrorIs(t, err, liveperson.ErrUnconfirmed, kind+members)
			assert.Equal(t, 1, posts)
		}
	}
	for _, members := range []string{
		`"source":"visitor"`, `"source":"Visitor"`, `"source":"agent","agentId":"4711"`, `"source":"agent","agentId":"12345678.4711"`, `"source":"system","systemMessageId":4`,
	} {
		_, err := afterALostLine(t, `{"events":{"event":[{"@id":"2","@type":"line",`+members+`,"text":"hello"}]}}`)
		assert.NotErrorIs(t, err, liveperson.ErrUnconfirmed, members)
		assert.ErrorIs(t, err, liveperson.ErrUnavailable)
	}
}

// Nor is it if somebody else of ours has spoken at the same time: as many lines of which
// it may be one say nothing.
func TestGuardOtherLinesOfOurs(t *testing.T) {
	t.Parallel()
	const ours = `{"@id":"2","@type":"line","source":"agent","agentId":"311098910","text":"hello"}`
	for _, beside := range []string{
		`{"@id":"3","@type":"line","source":"agent","agentId":"311098910","text":"something else"}`,
		`{"@id":"3","@type":"line","source":"agent","text":"something else"}`,
	} {
		_, err := afterALostLine(t, `{"events":{"event":[`+ours+`,`+beside+`]}}`)
		assert.ErrorIs(t, err, liveperson.ErrUnconfirmed, beside)
		assert.NotErrorIs(t, err, chatagent.ErrAbsent, beside)
	}
}

// Nor if the same was said before, and is in doubt: one line beside the two may be either.
func TestGuardOtherLinesBesideTheSameTwice(t *testing.T) {
	t.Parallel()
	const both = `{"@id":"2","@type":"line","source":"agent","agentId":"311098910","text":"hello"},{"@id":"3","@type":"line","source":"agent","agentId":"311098910","text":"hello"}`
	for beside, found := range map[string]bool{
		``: true,
		`,{"@id":"4","@type":"line","source":"visitor","text":"hello"}`: true,
		`,{"@id":"4","@type":"line","source":"agent","text":"x"}`:       false,
	} {
		w, agent := newTap(t)
		chat := openChat(t, w, agent)
		w.on("POST "+ch+"/events", "502 ")
		w.on("GET "+ch+"/events", `200 {"events":{}}`, `200 {"events":{"event":[`+both+beside+`]}}`, `200 {"events":{}}`)
		_, err := chat.Send(t.Context(), chatagent.Text("hello"))
		require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
		id, err := chat.Send(t.Context(), chatagent.Text("hello"))
		if !found {
			assert.ErrorIs(t, err, liveperson.ErrUnconfirmed)
			continue
		}
		require.NoError(t, err, beside)
		assert.Equal(t, int64(3), id)
	}
}

// A line that was confirmed, and is stored in another form, is not taken for the next
// one, whose answer is lost. Whose it is must be plain for that.
func TestGuardConfirmedLinesInAnotherForm(t *testing.T) {
	t.Parallel()
	const next = `{"@id":"3","@type":"line","source":"agent","agentId":"311098910","text":"hello"}`
	for name, c := range map[string]struct {
		events string
		id     int64 // 0: unconfirmed
	}{
		"both are there":              {`{"@id":"2","@type":"line","source":"agent","agentId":"311098910","text":"changed"},` + next, 3},
		"it is not said whose it is":  {`{"@id":"2","@type":"line","source":"agent","text":"changed"}`, 0},
		"it looks like the next one":  {`{"@id":"2","@type":"line","source":"agent","agentId":"311098910","text":"hello"},` + next, 3},
		"nor whose, but it is itself": {`{"@id":"2","@type":"line","source":"agent","text":"the first"},` + next, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, agent := newTap(t)
			chat := openChat(t, w, agent)
			w.on("POST "+ch+"/events", `201 {"chatEventLocation":{"link":{"@href":"`+ch+`/events/2"}}}`, "503 ")
			w.on("GET "+ch+"/events", `200 {"events":{"event":[`+c.events+`]}}`, `200 {"events":{}}`)
			_, err := chat.Send(t.Context(), chatagent.Text("the first"))
			require.NoError(t, err)
			id, err := chat.Send(t.Context(), chatagent.Text("hello"))
			if c.id == 0 {
				assert.ErrorIs(t, err, liveperson.ErrUnconfirmed)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.id, id)
		})
	}
}

// What was known before a line was sent, and comes again when it is looked for, is not
// that line, although it says the same.
func TestGuardOldLinesThatSayTheSame(t *testing.T) {
	t.Parallel()
	const before = `{"@id":"1","@type":"line","source":"agent","agentId":"311098910","text":"hello"}`
	w, agent := newTap(t)
	w.on("GET "+ch, `200 {"chat":{"events":{"event":[`+hello+`,`+before+`]},"info":{"state":"chatting","chatSessionKey":"H217-b7d7K845"}}}`)
	w.on("POST "+ch+"/events", "503 ")
	w.on("GET "+ch+"/events", `200 {"events":{"event":[`+hello+`,`+before+`]}}`)
	chat, err := agent.Chat(t.Context(), "H217-b7d7K845")
	require.NoError(t, err)
	_, err = chat.Send(t.Context(), chatagent.Text("hello"))
	assert.ErrorIs(t, err, liveperson.ErrUnavailable)
	assert.NotErrorIs(t, err, liveperson.ErrUnconfirmed)
}

// What the service would not answer now, or to nobody who is not logged in, and what
// somebody else has answered, is not what it refuses.
func TestRefusalsThatAreNone(t *testing.T) {
	t.Parallel()
	for status, c := range map[string]struct{ transfer, accept bool }{
		"400": {true, true}, "409": {true, true}, "422": {true, true}, "401": {}, "408": {}, "429": {}, "499": {}, "501": {},
		"403": {}, "404": {false, true}, "410": {false, true}, // the chat has gone
	} {
		w, agent := newTap(t)
		chat := openChat(t, w, agent)
		w.on("GET "+ch+"/info", `200 {"info":{"state":"chatting"}}`)
		w.on("GET "+as+"/chatSessions", `200 {"chatSessions":{"chatSession":{"link":{"@href":"`+ch+`"}}}}`)
		w.on("POST "+ch+"/transfer", status+" ")
		w.on("POST "+as+"/incomingRequests", status+" ")
		err := chat.Transfer(t.Context(), chatagent.TransferTarget{SkillID: "7"}, "")
		require.Error(t, err)
		assert.Equal(t, c.transfer, errors.Is(err, chatagent.ErrTransferRefused), status)
		_, err = agent.Accept(t.Context())
		require.Error(t, err)
		assert.Equal(t, c.accept, errors.Is(err, chatagent.ErrNoIncoming), status)
	}
}

// That a line is not there is known only from a list that plainly shows all.
func TestGuardListsThatDoNotShowAll(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{}`, `null`, `[]`, `7`, `{"events":null}`, `{"events":[]}`, `{"events":""}`, `{"events":true}`, `{"events":{"event":[null]}}`, `{"events":{"event":"x"}}`,
		`{"chat":{"events":{}}}`, `{"events":{"event":[{"@id":"2","@type":"state"}],"event":[]}}`, `{"events":{"event":[]},"events":{"event":[]}}`,
		`{"link":[],"events":{"error":{"message":"x"}}}`, `{"events":{"event":[{"text":"hello","source":"agent"}]}}`, `{"events":{"event":[{"@id":"x"}]}}`,
		`{"events":{"event":[{"@id":null}]}}`, `{"events":{"event":[{"@id":100000001}]}}`, `{"events":{"event":[{"event":{"@id":2}}]}}`,
		`{"events":{"event":[{"@id":"4","@type":"line","source":"visitor","text":"only the newest"}]}}`,
	} {
		posts, err := afterALostLine(t, answer)
		assert.ErrorIs(t, err, liveperson.ErrUnconfirmed, answer)
		assert.Equal(t, 1, posts)
	}
	for _, answer := range []string{
		`{"events":{}}`, `{"events":{"link":[]}}`, `{"events":{"event":null}}`, `{"events":{"event":[]}}`, `{"events":{"event":{"@id":2.0,"@type":"state"}}}`,
		`{"@events":{"event":[{"@id":" 2 ","@type":"line","source":"visitor"},{"id":3e0,"@type":"url"}]}}`,
	} {
		_, err := afterALostLine(t, answer)
		assert.NotErrorIs(t, err, liveperson.ErrUnconfirmed, answer)
	}
}

// One line in doubt does not put those after it in doubt.
func TestALineAfterADoubtfulOne(t *testing.T) {
	t.Parallel()
	rewritten := false
	world(t, 1, func(t *testing.T, f *fleet) {
		f.visitors("hello")
		chat, err := f.agents[0].Accept(t.Context())
		require.NoError(t, err)
		send := func(text string, faults ...lptest.Fault) error {
			for _, fault := range faults {
				f.srv.AddFault(fault)
			}
			_, err := chat.Send(t.Context(), chatagent.Text(text))
			f.srv.ClearFaults()
			return err
		}
		require.ErrorIs(t, send("one", lptest.Fault{Op: lptest.OpSend, Status: 502, After: true, Times: 1}), liveperson.ErrUnconfirmed)
		require.NoError(t, send("two"))
		require.NoError(t, send("three"))
		require.NoError(t, send("four", lptest.Fault{Op: lptest.OpSend, Status: 503, Times: 1}))
		require.NoError(t, send("two", lptest.Fault{Op: lptest.OpSend, Status: 502, After: true, Times: 1}))
		assert.Equal(t, []string{"something else", "two", "three", "four", "two"}, agentLines(f.visits[0].Chat()))
	}, lptest.WithStoredText(func(text string) string {
		if !rewritten {
			rewritten = true
			return "something else"
		}
		return text
	}))
}

// A line that is in doubt has turned up when as many of ours are there as are in doubt, in
// whatever form: it is not reckoned with any more when the same is said again.
func TestADoubtfulLineThatHasTurnedUp(t *testing.T) {
	t.Parallel()
	const (
		changed = `{"@id":"2","@type":"line","source":"agent","agentId":"311098910","text":"something else"}`
		again   = `{"@id":"3","@type":"line","source":"agent","agentId":"311098910","text":"hello"}`
	)
	w, agent := newTap(t)
	chat := openChat(t, w, agent)
	w.on("POST "+ch+"/events", "502 ")
	w.on("GET "+ch+"/events", `200 {"events":{"event":[`+changed+`]}}`, `200 {"events":{}}`, `200 {"events":{"event":[`+changed+`,`+again+`]}}`, `200 {"events":{}}`)
	w.take()
	_, err := chat.Send(t.Context(), chatagent.Text("hello"))
	require.ErrorIs(t, err, liveperson.ErrUnconfirmed)
	id, err := chat.Send(t.Context(), chatagent.Text("hello"))
	require.NoError(t, err)
	assert.Equal(t, int64(3), id)
	var read []string
	for _, sent := range w.take() {
		if from, is := strings.CutPrefix(strings.TrimSuffix(sent, get), "GET "+ch+"/events?NC=true&from="); is {
			read = append(read, from)
		}
	}
	assert.Equal(t, []string{"2&v=1", "3&v=1", "3&v=1", "4&v=1"}, read, "from the first event that is not known, and on")
}

// A transfer, an end and an accept are known to have taken effect, or not, only
// from answers that plainly say so.
func TestGuardAnswersThatDoNotTell(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{}`, `null`, `[]`, `""`, `{"chatSessions":[null]}`, `{"chatSessions":{"chatSession":[{}]}}`, `{"chatSessions":{"chatSession":["x"]}}`, `{"error":[{"message":"x"}]}`} {
		w, agent := newTap(t)
		chat := openChat(t, w, agent)
		w.on("GET "+as+"/chatSessions", "200 "+answer)
		w.on("GET "+ch+"/info", `200 {"info":{"state":"closed"}}`)
		w.on("POST "+ch+"/transfer", "502 ")
		w.on("POST "+ch+"/events", "502 ")
		w.on("POST "+as+"/incomingRequests", "502 ")
		assert.ErrorIs(t, chat.Transfer(t.Context(), chatagent.TransferTarget{SkillID: "7"}, ""), liveperson.ErrUnconfirmed, answer)
		assert.ErrorIs(t, chat.End(t.Context()), liveperson.ErrUnconfirmed, answer)
		_, err := agent.Accept(t.Context())
		assert.ErrorIs(t, err, liveperson.ErrUnconfirmed, answer)
		assert.NotErrorIs(t, err, chatagent.ErrNoIncoming)
	}
}

// What somebody else than the service answers leaves it open.
func TestGuardForeignAnswersLeaveItOpen(t *testing.T) {
	t.Parallel()
	for _, status := range []int{302, 307, 408, 425, 499, 502, 504} {
		world(t, 1, func(t *testing.T, f *fleet) {
			read, err := lostSend(t, f, "hello", lptest.Fault{Status: status, After: true, Times: 1})
			assert.NoError(t, err, status)
			assert.Equal(t, []string{"hello"}, read, status)
		})
		world(t, 1, func(t *testing.T, f *fleet) {
			read, err := lostSend(t, f, "hello", lptest.Fault{Status: status, Times: 1})
			assert.ErrorIs(t, err, liveperson.ErrUnconfirmed, status)
			assert.Empty(t, read)
		})
	}
}
