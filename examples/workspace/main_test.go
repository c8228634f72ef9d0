package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/lptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// browser is a page that reads one agent's updates.
type browser struct {
	http.ResponseWriter

	mu   sync.Mutex
	read []string      // "id: 1\ndata: {…}\n\n", and so on
	stop chan struct{} // nil: it reads; closed: it reads again
}

func (b *browser) Write(p []byte) (int, error) {
	if b.stop != nil {
		<-b.stop
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.read = append(b.read, string(p))
	return len(p), nil
}

func (b *browser) Flush() {}

// updates are what has been read: types, how, and texts.
func (b *browser) updates(t *testing.T) (list []string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, frame := range b.read {
		_, data, ok := strings.Cut(strings.TrimSuffix(frame, "\n\n"), "\ndata: ")
		require.True(t, ok, frame)
		var u struct {
			Type, How string
			Typing    bool
			Line      struct{ Text string }
			History   []struct{ Text string }
		}
		require.NoError(t, json.Unmarshal([]byte(data), &u))
		said := u.Line.Text
		for _, e := range u.History {
			said += e.Text + ";"
		}
		list = append(list, strings.Join(strings.Fields(u.Type+" "+u.How+" "+said), " "))
	}
	return list
}

// office is a workspace under test, of ann and ben.
type office struct {
	t       *testing.T
	srv     *lptest.Server
	desks   http.Handler
	open    context.Context // until it closes
	browses sync.WaitGroup
}

// inOffice plays in virtual time.
func inOffice(t *testing.T, play func(o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := &office{t: t, srv: lptest.NewMemory()}
		defer o.srv.Close()
		ctx, stop := context.WithCancel(t.Context())
		desks, wait, err := open(ctx, o.srv, "ann", "ben")
		require.NoError(t, err)
		o.desks, o.open = desks, ctx
		defer o.browses.Wait()
		defer wait()
		defer stop()
		play(o)
	})
}

// browse opens a page that has seen that many updates; close closes it.
func (o *office) browse(b *browser, agent, seen string) (closePage func()) {
	ctx, closePage := context.WithCancel(o.open)
	b.ResponseWriter = httptest.NewRecorder()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/agents/"+agent+"/updates", http.NoBody)
	r.Header.Set("Last-Event-ID", seen)
	o.browses.Go(func() { o.desks.ServeHTTP(b, r) })
	return closePage
}

// order gives an order and returns the status and what is said about it.
func (o *office) order(agent, what, body string) (int, string) {
	w := httptest.NewRecorder()
	o.desks.ServeHTTP(w, httptest.NewRequestWithContext(o.t.Context(), http.MethodPost, "/agents/"+agent+"/"+what, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func (o *office) must(agent, what, body string) {
	o.t.Helper()
	code, said := o.order(agent, what, body)
	require.Equal(o.t, http.StatusOK, code, said)
}

func (o *office) user(name string) lptest.Agent {
	for _, a := range o.srv.Agents() {
		if a.LoginName == name {
			return a
		}
	}
	require.Fail(o.t, "no agent "+name)
	return lptest.Agent{}
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

const welcome = "Thank you for choosing to chat with us. An agent will be with you shortly."

func TestALostAgentSessionIsNoEnd(t *testing.T) {
	t.Parallel()
	inOffice(t, func(o *office) {
		o.must("ben", "availability", `{"state":"Away"}`)
		var page browser
		o.browse(&page, "ann", "")
		v := o.srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "Hello!"})
		pass(5 * time.Second)
		o.must("ann", "accept", `{}`)
		chat := `{"chat":"` + v.ChatID() + `"`
		o.must("ann", "say", chat+`,"text":"Hi Ada"}`)
		pass(5 * time.Second)
		o.srv.DropSessions(o.user("ann"))
		v.Say("Is it blue?")
		pass(time.Minute)
		o.must("ann", "say", chat+`,"text":"It is"}`)
		pass(5 * time.Second)
		v.Leave()
		pass(5 * time.Second)
		list := page.updates(t)
		assert.Equal(t, []string{
			"chatOpened accepted ;" + welcome + ";Hello!;;You are now chatting with ann.;",
			"lineReceived Hi Ada", "sessionReplaced", "lineReceived Is it blue?", "lineReceived It is",
			"chatStateChanged", "chatClosed ended",
		}, without(list, "ringing", "trouble"))
		assert.Contains(t, list, "ringing")
		assert.Contains(t, list, "trouble")

		code, said := o.order("ann", "say", chat+`,"text":"Still there?"}`)
		assert.Equal(t, http.StatusConflict, code)
		assert.Contains(t, said, "ended")
	})
}

func TestAChatGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	inOffice(t, func(o *office) {
		carl := o.srv.AddAgent(lptest.Agent{LoginName: "carl", Skills: []string{"Orders"}})
		person := o.srv.Person(carl)
		o.must("ben", "availability", `{"state":"Away"}`)
		var ann, ben browser
		o.browse(&ann, "ann", "")
		o.browse(&ben, "ben", "")
		v := o.srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "Where is my parcel?"})
		pass(5 * time.Second)
		o.must("ann", "accept", `{}`)
		chat := `{"chat":"` + v.ChatID() + `"`

		// To somebody who is not in this workspace, and from there to ben.
		o.must("ann", "transfer", fmt.Sprintf(`%s,"agent":"%d","note":"a parcel"}`, chat, carl.ID))
		require.Equal(t, v.ChatID(), person.Accept())
		person.Say(v.ChatID(), "It is on its way")
		o.must("ben", "availability", `{"state":"Online"}`)
		require.NoError(t, person.TransferToAgent(v.ChatID(), o.user("ben"), "all is said"))
		pass(5 * time.Second)
		o.must("ben", "accept", `{}`)
		v.Say("Thank you")
		pass(5 * time.Second)

		// And back to ann, as another life of the chat.
		o.must("ben", "transfer", fmt.Sprintf(`%s,"agent":"%d"}`, chat, o.user("ann").ID))
		pass(5 * time.Second)
		o.must("ann", "accept", `{}`)
		o.must("ann", "say", chat+`,"text":"Bye"}`)
		pass(5 * time.Second)
		o.must("ann", "end", chat+`}`)
		pass(5 * time.Second)

		list := without(ann.updates(t), "ringing", "chatStateChanged", "eventReceived")
		require.Len(t, list, 6)
		assert.Equal(t, "chatOpened accepted", first2(list[0]))
		assert.Equal(t, "chatClosed transferred", list[1])
		assert.Equal(t, "chatOpened transferred", first2(list[2]))
		assert.Contains(t, list[2], ";It is on its way;")
		assert.Contains(t, list[2], ";Thank you;")
		assert.Equal(t, []string{"lineReceived Bye", "lineReceived The chat was ended by ann.", "chatClosed ended"}, list[3:])

		list = without(ben.updates(t), "ringing", "chatStateChanged", "eventReceived")
		require.Len(t, list, 3)
		assert.Equal(t, "chatOpened transferred", first2(list[0]))
		assert.Equal(t, []string{"lineReceived Thank you", "chatClosed transferred"}, list[1:])
	})
}

func TestASlowBrowserHoldsUpNobodyAndMissesNothing(t *testing.T) {
	t.Parallel()
	inOffice(t, func(o *office) {
		o.must("ben", "availability", `{"state":"Away"}`)
		slow := browser{stop: make(chan struct{})}
		var fast, back browser
		o.browse(&slow, "ann", "")
		leave := o.browse(&fast, "ann", "")
		v := o.srv.Visitor(lptest.Visitor{Name: "Ada"})
		pass(5 * time.Second)
		o.must("ann", "accept", `{}`)
		var said []string
		for i := range 100 {
			said = append(said, fmt.Sprintf("lineReceived line %d", i))
			v.Say(fmt.Sprintf("line %d", i))
			pass(2 * time.Second)
		}
		pass(5 * time.Second)
		assert.Empty(t, slow.updates(t))
		assert.Equal(t, said, without(fast.updates(t), "ringing", "chatOpened"))
		close(slow.stop)
		synctest.Wait()
		assert.Equal(t, fast.updates(t), slow.updates(t))

		// One that comes back goes on after what it has.
		leave()
		n := len(fast.updates(t))
		v.Say("one more")
		pass(5 * time.Second)
		o.browse(&back, "ann", strconv.Itoa(n))
		synctest.Wait()
		assert.Len(t, fast.updates(t), n)
		assert.Equal(t, []string{"lineReceived one more"}, back.updates(t))
		assert.True(t, strings.HasPrefix(back.read[0], fmt.Sprintf("id: %d\ndata: {", n+1)), back.read[0])
	})
}

func TestWhatCannotBeDoneIsSaid(t *testing.T) {
	t.Parallel()
	inOffice(t, func(o *office) {
		w := httptest.NewRecorder()
		o.desks.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/agents", http.NoBody))
		assert.Equal(t, `["ann","ben"]`+"\n", w.Body.String())
		for _, c := range []struct {
			agent, what, body string
			code              int
			said              string
		}{
			{"zoe", "accept", `{}`, 404, "404"},
			{"ann", "accept", `{}`, 409, "no incoming chat"},
			{"ann", "accept", `{`, 409, "unexpected EOF"},
			{"ann", "availability", `{"state":"Offline"}`, 409, "must be Online, Occupied or Away"},
			{"ann", "say", `{"text":"x"}`, 409, `cannot do "say" with chat ""`},
			{"ann", "end", `{"chat":"H1"}`, 409, "404"},
		} {
			code, said := o.order(c.agent, c.what, c.body)
			assert.Equal(t, c.code, code, c.what)
			assert.Contains(t, said, c.said)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/agents/ann/accept", strings.NewReader(`{}`))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w = httptest.NewRecorder()
		o.desks.ServeHTTP(w, r)
		assert.Equal(t, http.StatusForbidden, w.Code, "another page gives no orders")
	})
}

// without leaves out updates of some types.
func without(list []string, types ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(u string) bool { return slices.Contains(types, strings.Fields(u)[0]) })
}

// first2 is the type of an update, and how.
func first2(update string) string { return strings.Join(strings.Fields(update)[:2], " ") }
