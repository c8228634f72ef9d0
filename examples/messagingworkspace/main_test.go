package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// update is what these tests read of one.
type update struct {
	Type, How, Reason, State string
	Conversation             string
	Rings                    []struct{ ID, ConversationID string }
	Event                    struct {
		Sequence int
		Text     string
		Receipt  struct{ Status string }
	}
	History []struct{ Text string }
}

func (u *update) String() string {
	words := []string{u.Type, u.How, u.Reason, u.State, u.Event.Text, u.Event.Receipt.Status}
	for _, e := range u.History {
		words = append(words, e.Text+";")
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// browser is a page that reads one agent's updates.
type browser struct {
	http.ResponseWriter

	mu   sync.Mutex
	read []update
}

func (b *browser) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, data, _ := strings.Cut(strings.TrimSuffix(string(p), "\n\n"), "\ndata: ")
	var u update
	err := json.Unmarshal([]byte(data), &u)
	b.read = append(b.read, u)
	return len(p), err
}

func (b *browser) Flush() {}

// updates are those of other types than these.
func (b *browser) updates(without ...string) (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.read {
		if !slices.Contains(without, u.Type) {
			list = append(list, u.String())
		}
	}
	return list
}

// ring is the body that names what rang last.
func (b *browser) ring() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range slices.Backward(b.read) {
		if u.Type == "ringing" && len(u.Rings) > 0 {
			return `{"ring":"` + u.Rings[0].ID + `"}`
		}
	}
	return `{}`
}

// office is a workspace under test, of ann and ben.
type office struct {
	t        *testing.T
	srv      *lptest.Server
	desks    http.Handler
	ann, ben browser
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
		o.desks = desks
		var browses sync.WaitGroup
		for name, b := range map[string]*browser{"ann": &o.ann, "ben": &o.ben} {
			b.ResponseWriter = httptest.NewRecorder()
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/agents/"+name+"/updates", http.NoBody)
			browses.Go(func() { desks.ServeHTTP(b, r) })
		}
		defer browses.Wait()
		defer wait()
		defer stop()
		play(o)
	})
}

// order gives an order and returns the status and what is said about it.
func (o *office) order(agent, what, body string) (int, string) {
	w := httptest.NewRecorder()
	o.desks.ServeHTTP(w, httptest.NewRequestWithContext(o.t.Context(), http.MethodPost, "/agents/"+agent+"/"+what, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

// must gives an order, and waits until what came of it is told.
func (o *office) must(agent, what, body string) {
	o.t.Helper()
	code, said := o.order(agent, what, body)
	require.Equal(o.t, http.StatusOK, code, said)
	synctest.Wait()
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

func TestALostSocketAndALostLoginAreNoEnd(t *testing.T) {
	t.Parallel()
	inOffice(t, func(o *office) {
		o.must("ben", "availability", `{"state":"AWAY"}`)
		ada := o.srv.Messaging().Consumer(messaging.Consumer{Name: "Ada", FirstMessage: "Hello!"})
		pass(time.Second)
		o.must("ann", "accept", o.ann.ring())
		c := `{"conversation":"` + ada.ID() + `"`
		o.must("ann", "say", c+`,"text":"Hi Ada"}`)
		o.must("ann", "read", c+`,"sequences":[0]}`)
		require.NoError(t, ada.WaitRead(t.Context(), 0))
		o.must("ann", "typing", c+`,"typing":"COMPOSING"}`)
		require.NoError(t, ada.WaitTyping(t.Context(), true))

		code, said := o.order("ann", "availability", `{"state":"Lunch"}`)
		assert.Equal(t, http.StatusConflict, code, said)
		o.srv.Messaging().DropSockets("ann")
		ada.Say("Is it blue?")
		pass(time.Minute)
		o.must("ann", "say", c+`,"text":"It is"}`)

		o.srv.RevokeBearers(o.user("ann"))
		o.srv.Messaging().CloseSockets("ann", 4401, "token expired")
		ada.Say("And large?")
		pass(time.Minute)
		o.must("ann", "say", c+`,"text":"Very"}`)
		ada.Read(0, 1, 2, 3)
		ada.Close()
		pass(5 * time.Second)
		assert.Equal(t, []string{
			"conversationOpened accepted Hello!;", "messageReceived Hi Ada", "eventReceived READ",
			"disconnected", "connected", "messageReceived Is it blue?", "messageReceived It is",
			"disconnected", "connected", "messageReceived And large?", "messageReceived Very", "eventReceived READ",
			"conversationClosed ended CONSUMER",
		}, o.ann.updates("ringing", "trouble", "conversationChanged"))
		assert.Empty(t, o.ben.updates())

		code, said = o.order("ann", "say", c+`,"text":"Still there?"}`)
		assert.Equal(t, http.StatusConflict, code)
		assert.Contains(t, said, "conversation is closed")
	})
}

func TestAConversationGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	inOffice(t, func(o *office) {
		o.must("ben", "availability", `{"state":"AWAY"}`)
		ada := o.srv.Messaging().Consumer(messaging.Consumer{Name: "Ada", FirstMessage: "Where is my parcel?"})
		pass(time.Second)
		o.must("ann", "accept", o.ann.ring())
		c := `{"conversation":"` + ada.ID() + `"`

		// To somebody who is not in this workspace, and from there to ben.
		o.srv.AddAgent(lptest.Agent{LoginName: "carl"})
		carl := o.srv.Messaging().Colleague("carl")
		carl.Online()
		o.must("ann", "transfer", fmt.Sprintf(`%s,"agent":"%d"}`, c, o.user("carl").ID))
		require.Equal(t, ada.ID(), carl.Accept())
		carl.Say(ada.ID(), "It is on its way")
		o.must("ben", "availability", `{"state":"ONLINE"}`)
		require.NoError(t, carl.TransferToAgent(ada.ID(), "ben"))
		pass(time.Second)
		o.must("ben", "accept", o.ben.ring())
		ada.Say("Thank you")
		pass(time.Second)

		// And back to ann, as another life of the conversation.
		o.must("ben", "transfer", fmt.Sprintf(`%s,"agent":"%d"}`, c, o.user("ann").ID))
		pass(time.Second)
		code, said := o.order("ben", "say", c+`,"text":"Too late"}`)
		assert.Equal(t, http.StatusConflict, code, said)
		o.must("ann", "accept", o.ann.ring())
		o.must("ann", "say", c+`,"text":"Bye"}`)
		o.must("ann", "close", c+`}`)
		pass(5 * time.Second)

		assert.Equal(t, []string{
			"conversationOpened accepted Where is my parcel?;", "conversationClosed transferred",
			"conversationOpened transferred Where is my parcel?; It is on its way; Thank you;",
			"messageReceived Bye", "conversationClosed ended AGENT",
		}, o.ann.updates("ringing", "conversationChanged"))
		assert.Equal(t, []string{
			"conversationOpened transferred Where is my parcel?; It is on its way;", "messageReceived Thank you", "conversationClosed transferred",
		}, o.ben.updates("ringing", "conversationChanged", "availabilityChanged"))
	})
}

func TestARingIsLeftToTheOther(t *testing.T) {
	t.Parallel()
	inOffice(t, func(o *office) {
		o.must("ben", "availability", `{"state":"AWAY"}`)
		bill := o.srv.AddSkill(lptest.Skill{Name: "Billing"})
		o.srv.AddAgent(lptest.Agent{LoginName: "carl", Skills: []string{"Billing"}})
		carl := o.srv.Messaging().Colleague("carl")
		carl.Online()
		ada := o.srv.Messaging().Consumer(messaging.Consumer{Name: "Ada", FirstMessage: "Hello!"})
		pass(time.Second)
		if mine := o.ann.ring(); mine != `{}` { // or it rings at carl first
			o.must("ann", "reject", mine)
			code, said := o.order("ann", "accept", mine)
			assert.Equal(t, http.StatusConflict, code)
			assert.Contains(t, said, "ring is over")
		}
		o.must("ben", "availability", `{"state":"ONLINE"}`)
		carl.Away()
		pass(2 * time.Minute)
		o.must("ben", "accept", o.ben.ring())
		o.must("ben", "transfer", fmt.Sprintf(`{"conversation":%q,"skill":"%d"}`, ada.ID(), bill.ID))
		pass(time.Second)
		assert.Equal(t, "Billing", ada.Skill())
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
			{"ann", "accept", `{}`, 409, "ring"},
			{"ann", "accept", `{"ring":"r"}`, 409, "ring is over"},
			{"ann", "accept", `{`, 409, "unexpected EOF"},
			{"ann", "availability", `{"state":"Lunch"}`, 409, "availability is not known"},
			{"ann", "say", `{"text":"x"}`, 409, `cannot do "say" with conversation ""`},
			{"ann", "close", `{"conversation":"c1"}`, 409, "no such conversation"},
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
