package chatagent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/chatagent"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// bots is a server with one bot user, for programs that run on it.
type bots struct {
	srv   *lptest.Server
	user  lptest.Agent
	creds login.Credentials
}

// running runs f in virtual time with a server for bots.
func running(t *testing.T, f func(t *testing.T, b *bots), opts ...lptest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bots{srv: lptest.NewMemory(opts...), creds: login.Password("bot", "s3cret-word")}
		t.Cleanup(b.srv.Close)
		b.user = b.srv.AddAgent(lptest.Agent{LoginName: "bot", Password: "s3cret-word", MaxChats: 10})
		f(t, b)
	})
}

// run has a bot run until stop is called.
func (b *bots) run(t *testing.T, h chatagent.HandlerFunc, opts ...chatagent.Option) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	done := make(chan error, 1)
	go func() { done <- b.runIn(ctx, h, opts...) }()
	return func() error {
		synctest.Wait() // what has been begun is not cut off
		cancel()
		return <-done
	}
}

func (b *bots) runIn(ctx context.Context, h chatagent.HandlerFunc, opts ...chatagent.Option) error {
	return chatagent.Run(ctx, b.srv.Account(), b.creds, h,
		append([]chatagent.Option{chatagent.WithLogin(login.WithHTTPClient(b.srv.Client()))}, opts...)...)
}

// A bot's whole life: it comes Online, answers, and is gone within the grace,
// whatever its handlers and the server do meanwhile.
func TestRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		handler chatagent.HandlerFunc
		opts    []chatagent.Option
		fault   lptest.Fault // from when it is told to stop
		within  time.Duration
		err     error
		state   string
	}{
		{name: "idle handlers", handler: echo, within: 20 * time.Second, state: "ended"},
		{
			name: "handlers that return at once when told", within: 20 * time.Second, state: "ended",
			handler: func(ctx context.Context, _ *chatagent.Chat) error { <-ctx.Done(); return ctx.Err() },
		},
		{
			name: "a handler that takes no notice for 17 s", within: 20 * time.Second, state: "ended",
			handler: func(ctx context.Context, _ *chatagent.Chat) error {
				<-ctx.Done()
				time.Sleep(3 * time.Second)
				return nil
			},
		},
		{name: "no grace", handler: echo, opts: []chatagent.Option{chatagent.WithGrace(0)}, within: 7 * time.Second, state: "ended"},
		{
			name: "the logout hangs", handler: echo, within: 20 * time.Second, state: "ended",
			fault: lptest.Fault{Op: lptest.OpLogout, Kind: lptest.FaultHang}, err: context.DeadlineExceeded,
		},
		{
			name: "the availability hangs", handler: echo, within: 20 * time.Second, state: "ended",
			fault: lptest.Fault{Op: lptest.OpSetAvailability, Kind: lptest.FaultHang},
		},
		{
			name: "the end of the chat hangs", handler: echo, within: 20 * time.Second, state: "ended", // by the logout
			fault: lptest.Fault{Op: lptest.OpEnd, Kind: lptest.FaultHang},
		},
		{
			name: "everything hangs", handler: echo, within: 20 * time.Second, state: "chatting",
			fault: lptest.Fault{Kind: lptest.FaultHang}, err: context.DeadlineExceeded,
		},
		{
			name: "everything fails", handler: echo, within: 20 * time.Second, state: "chatting",
			fault: lptest.Fault{Status: 503}, err: liveperson.ErrUnavailable,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, b *bots) {
				stop := b.run(t, c.handler, c.opts...)
				require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
				v := b.srv.Visitor(lptest.Visitor{Name: "Ada", FirstLine: "hello"})
				require.NoError(t, v.WaitAccepted(t.Context()))
				time.Sleep(time.Minute)
				if c.fault.Kind != "" || c.fault.Status != 0 {
					b.srv.AddFault(c.fault)
				}
				begun := time.Now()
				err := stop()
				assert.LessOrEqual(t, time.Since(begun), c.within)
				if c.err == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, c.err)
				}
				assert.Equal(t, c.state, v.Chat().State())
				if c.err == nil {
					assert.Equal(t, "Offline", b.srv.Availability(b.user))
					assert.Equal(t, 1, b.srv.CountStatus(lptest.OpLogout, 200))
				}
			})
		})
	}
}

// What keeps a bot from running is Run's error, and nothing is left behind.
func TestRunThatCannotBegin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault lptest.Fault
		err   error
		ends  time.Duration // of the context; 0: never
	}{
		{name: "wrong password", fault: lptest.Fault{Op: lptest.OpLogin, Status: 401}, err: liveperson.ErrUnauthorized},
		{name: "blocked", fault: lptest.Fault{Op: lptest.OpLogin, Status: 451}, err: liveperson.ErrBlocked},
		{name: "no domain", fault: lptest.Fault{Op: lptest.OpDomain, Status: 404}, err: liveperson.ErrNotFound},
		{name: "no agent session", fault: lptest.Fault{Op: lptest.OpSessionStart, Status: 403}, err: liveperson.ErrForbidden},
		{name: "not Online", fault: lptest.Fault{Op: lptest.OpSetAvailability, Status: 403}, err: liveperson.ErrForbidden},
		{name: "an outage", fault: lptest.Fault{Status: 503}, err: liveperson.ErrUnavailable},
		{name: "stopped during the login", fault: lptest.Fault{Op: lptest.OpLogin, Kind: lptest.FaultHang}, ends: 3 * time.Second},
		{name: "stopped between two tries of the login", fault: lptest.Fault{Op: lptest.OpLogin, Status: 503}, ends: 7 * time.Second},
		{name: "stopped while it looks for the domain", fault: lptest.Fault{Op: lptest.OpDomain, Kind: lptest.FaultHang}, ends: 3 * time.Second},
		{name: "stopped while it starts", fault: lptest.Fault{Op: lptest.OpSessionStart, Kind: lptest.FaultHang}, ends: 3 * time.Second},
		{name: "stopped before it is Online", fault: lptest.Fault{Op: lptest.OpSetAvailability, Kind: lptest.FaultHang}, ends: 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, b *bots) {
				b.srv.AddFault(c.fault)
				ctx := t.Context()
				if c.ends > 0 {
					stopped, cancel := context.WithCancel(ctx)
					defer cancel()
					time.AfterFunc(c.ends, cancel)
					ctx = stopped
				}
				begun := time.Now()
				err := b.runIn(ctx, echo)
				if c.ends > 0 {
					require.NoError(t, err, "it was told to stop")
					assert.LessOrEqual(t, time.Since(begun), c.ends+4*time.Second)
				} else {
					require.ErrorIs(t, err, c.err)
				}
				b.srv.ClearFaults()
				before := len(b.srv.Journal())
				time.Sleep(time.Hour)
				assert.Len(t, b.srv.Journal(), before, "nothing goes on")
				if b.srv.CountStatus(lptest.OpLogin, 200) > 0 {
					assert.NotZero(t, b.srv.Count(lptest.OpLogout), "who logged in logs out")
				}
			})
		})
	}
}

// A login that ends while the bot runs ends Run, with the reason.
func TestRunWhoseLoginEnds(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		done := make(chan error, 1)
		go func() { done <- b.runIn(t.Context(), echo) }()
		require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
		b.srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 401})
		b.srv.RevokeBearers(b.user)
		err := <-done
		require.ErrorIs(t, err, liveperson.ErrUnauthorized)
	})
}

// memory is a Store in memory.
type memory struct {
	mu   sync.Mutex
	data []byte
	puts int
	err  error
}

func (m *memory) Take(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data := m.data
	m.data = nil
	return data, m.err
}

func (m *memory) Put(_ context.Context, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.data, m.puts = data, m.puts+1
	return m.err
}

// One process after the other takes over in the middle of the chats: no line is
// lost or answered twice, and the server hears of no logout.
func TestRunAfterRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		store func(t *testing.T) chatagent.Store
		drop  bool // the agent session does not survive
	}{
		{name: "in memory", store: func(*testing.T) chatagent.Store { return &memory{} }},
		{name: "in a file", store: func(t *testing.T) chatagent.Store {
			return chatagent.FileStore(filepath.Join(t.TempDir(), "bot.json"))
		}},
		{name: "with another agent session", store: func(*testing.T) chatagent.Store { return &memory{} }, drop: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := c.store(t)
			running(t, func(t *testing.T, b *bots) {
				var visits []*lptest.Visit
				said := 0
				for round := range 6 {
					stop := b.run(t, slowEcho, chatagent.WithStore(store))
					require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
					if round == 0 {
						for i := range 3 {
							visits = append(visits, b.srv.Visitor(lptest.Visitor{Name: fmt.Sprint("visitor ", i)}))
						}
					}
					time.Sleep(5 * time.Second)
					for range 3 {
						for _, v := range visits {
							v.Say(fmt.Sprint(said))
						}
						said++
						time.Sleep(time.Duration(300*round) * time.Millisecond)
					}
					begun := time.Now()
					require.NoError(t, stop())
					assert.LessOrEqual(t, time.Since(begun), 5*time.Second)
					assert.Equal(t, "Away", b.srv.Availability(b.user))
					if c.drop {
						b.srv.DropSessions(b.user)
					}
					for _, v := range visits { // while nobody runs
						v.Say(fmt.Sprint(said))
					}
					said++
					time.Sleep(time.Duration(round) * time.Second)
				}
				assert.Zero(t, b.srv.Count(lptest.OpLogout))
				assert.Equal(t, 1, b.srv.CountStatus(lptest.OpLogin, 200))
				stop := b.run(t, slowEcho, chatagent.WithStore(store))
				time.Sleep(10 * time.Second)
				require.NoError(t, stop())
				var want []string
				for n := range said {
					want = append(want, fmt.Sprint("You said: ", n))
				}
				for _, v := range visits {
					assert.Equal(t, want, agentLines(v.Chat()))
				}
				// The last one of them ends the chats, and logs out.
				data, err := store.Take(t.Context())
				require.NoError(t, err)
				require.NotEmpty(t, data)
				data, err = store.Take(t.Context())
				require.NoError(t, err)
				assert.Empty(t, data, "taken")
			})
		})
	}
}

// Two processes begin with one store: one goes on with its chats, the other with
// nothing; nothing is answered twice.
func TestTwoRunsFromOneStore(t *testing.T) {
	t.Parallel()
	store := chatagent.FileStore(filepath.Join(t.TempDir(), "bot.json"))
	require.NoError(t, store.Put(t.Context(), []byte("one")))
	var wg sync.WaitGroup
	var mu sync.Mutex
	var got []string
	for range 20 {
		wg.Go(func() {
			data, err := store.Take(t.Context())
			assert.NoError(t, err)
			mu.Lock()
			defer mu.Unlock()
			if data != nil {
				got = append(got, string(data))
			}
		})
	}
	wg.Wait()
	assert.Equal(t, []string{"one"}, got)
}

// The file of a store: only its owner may read it, it is whole at any time, and
// nothing lies beside it.
func TestFileStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "bot.json")
	store := chatagent.FileStore(path)
	data, err := store.Take(t.Context())
	require.NoError(t, err)
	assert.Nil(t, data)
	require.NoError(t, os.WriteFile(path, []byte("older"), 0o644))
	for _, text := range []string{"one", "two, which is longer", "3"} {
		require.NoError(t, store.Put(t.Context(), []byte(text)))
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode())
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Len(t, files, 1)
	}
	data, err = store.Take(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "3", string(data))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, files, "what was taken is gone")

	nowhere := chatagent.FileStore(filepath.Join(dir, "no", "such", "directory", "bot.json"))
	require.ErrorIs(t, nowhere.Put(t.Context(), []byte("one")), os.ErrNotExist)
	_, err = nowhere.Take(t.Context())
	require.ErrorIs(t, err, os.ErrNotExist)
}

// The survey of a chat that a stop has ended is filled in from WithOnUpdate: Run logs
// out when that is done, also if it takes longer than the grace.
func TestRunWaitsForTheSurvey(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		b.srv.AddChatSurvey(lptest.ChatSurvey{Questions: []lptest.ChatQuestion{{ID: 7, Label: "Subject"}}})
		var failed error
		stop := b.run(t, echo, chatagent.WithOnUpdate(func(u chatagent.Update) {
			if closed, ok := u.(chatagent.ChatClosed); ok && closed.How == chatagent.ClosedEnded {
				time.Sleep(30 * time.Second)
				survey, err := closed.Chat.Survey(t.Context())
				if err == nil {
					err = errors.Join(survey.Answer("7", "Order"), closed.Chat.SubmitSurvey(t.Context(), survey))
				}
				failed = err
			}
		}))
		v := b.srv.Visitor(lptest.Visitor{FirstLine: "hello"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		require.NoError(t, stop())
		require.NoError(t, failed)
		answers, times := v.Chat().SurveyAnswers()
		assert.Equal(t, map[int64][]string{7: {"Order"}}, answers)
		assert.Equal(t, 1, times)
		assert.Equal(t, 1, b.srv.CountStatus(lptest.OpLogout, 200))
	})
}

// What a store holds that is not for this bot, or broken: it begins anew.
func TestRunWithAStrangeStore(t *testing.T) {
	t.Parallel()
	const unread = "what the store holds cannot be read; logging in afresh"
	for _, c := range []struct {
		name, data string
		warned     string
	}{
		{name: "nothing", data: ""},
		{name: "null", data: "null"},
		{name: "no JSON", data: "{", warned: unread},
		{name: "half a file", data: `{"login":{"account":"12345678","host":"x.live`, warned: unread},
		{name: "another form", data: `{"login":{"account":"12345678","host":"x.liveperson.net","bearer":"b"},"agent":[]}`, warned: unread},
		{
			name: "a host elsewhere", data: `{"login":{"account":"12345678","host":"x.example.com","bearer":"b"},"agent":{"url":"` + as + `"}}`,
			warned: "the login in the store cannot be used; logging in afresh",
		},
		{name: "another account", data: `{"login":{"account":"999","host":"x.liveperson.net"},"agent":{"url":"` + as + `"}}`},
		{name: "no agent session", data: `{"login":{"account":"12345678"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, b *bots) {
				store := &memory{data: []byte(c.data)}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var log bytes.Buffer
				err := b.runIn(ctx, echo, chatagent.WithStore(store), chatagent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				require.NoError(t, err)
				if c.warned == "" {
					assert.NotContains(t, log.String(), "level=WARN")
				} else {
					assert.Contains(t, log.String(), `level=WARN msg="`+c.warned+`" err=`)
				}
				assert.Equal(t, 1, b.srv.CountStatus(lptest.OpLogin, 200))
				assert.Equal(t, 1, store.puts)
			})
		})
	}
}

// A store that fails is Run's error: when it is read before anything is done, and
// when it is written after the chats were left open.
func TestRunWithAStoreThatFails(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		store := &memory{err: os.ErrPermission}
		require.ErrorIs(t, b.runIn(t.Context(), echo, chatagent.WithStore(store)), os.ErrPermission)
		ended, end := context.WithCancel(t.Context())
		end()
		require.ErrorIs(t, b.runIn(ended, echo, chatagent.WithStore(store)), os.ErrPermission, "also if nobody waits for it any more")
		assert.Empty(t, b.srv.Journal())
		store.err = nil
		stop := b.run(t, echo, chatagent.WithStore(store))
		require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
		store.mu.Lock()
		store.err = os.ErrPermission
		store.mu.Unlock()
		require.ErrorIs(t, stop(), os.ErrPermission)
	})
}

// A program that has been away for too long: its login and its agent session are
// gone, its chats too. It begins anew.
func TestRunFromAnOldStore(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		store := &memory{}
		stop := b.run(t, echo, chatagent.WithStore(store))
		require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
		v := b.srv.Visitor(lptest.Visitor{FirstLine: "hello"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		require.NoError(t, stop())
		b.srv.RevokeBearers(b.user)
		b.srv.DropSessions(b.user)
		time.Sleep(24 * time.Hour)
		require.Equal(t, "ended", v.Chat().State())
		stop = b.run(t, echo, chatagent.WithStore(store))
		require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
		v = b.srv.Visitor(lptest.Visitor{FirstLine: "good morning"})
		line, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, "You said: good morning", line.Text)
		require.NoError(t, stop())
	})
}

// The next process cannot begin, or is told to stop before it has: the one after it
// finds what the store held.
func TestRunThatCannotTakeOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault lptest.Fault
		ends  time.Duration
	}{
		{name: "an outage", fault: lptest.Fault{Status: 503}, ends: 10 * time.Second},
		{name: "stopped while it takes over", fault: lptest.Fault{Kind: lptest.FaultHang}, ends: time.Second},
		{name: "stopped before it is Online", fault: lptest.Fault{Op: lptest.OpSetAvailability, Kind: lptest.FaultHang}, ends: time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, b *bots) {
				store := &memory{}
				stop := b.run(t, echo, chatagent.WithStore(store))
				require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
				v := b.srv.Visitor(lptest.Visitor{FirstLine: "hello"})
				_, err := v.WaitLine(t.Context(), 1)
				require.NoError(t, err)
				require.NoError(t, stop())
				held := string(store.data)
				b.srv.AddFault(c.fault)
				ctx, cancel := context.WithTimeout(t.Context(), c.ends)
				defer cancel()
				require.NoError(t, b.runIn(ctx, echo, chatagent.WithStore(store)))
				var before, after struct {
					Agent struct{ Chats []json.RawMessage }
				}
				require.NoError(t, json.Unmarshal([]byte(held), &before))
				require.NoError(t, json.Unmarshal(store.data, &after))
				assert.Len(t, before.Agent.Chats, 1)
				assert.Len(t, after.Agent.Chats, 1)
				assert.Zero(t, b.srv.Count(lptest.OpLogout))
				b.srv.ClearFaults()
				stop = b.run(t, echo, chatagent.WithStore(store))
				require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
				v.Say("still there?")
				line, err := v.WaitLine(t.Context(), 2)
				require.NoError(t, err)
				assert.Equal(t, "You said: still there?", line.Text)
				require.NoError(t, stop())
				assert.Equal(t, 1, b.srv.CountStatus(lptest.OpLogin, 200))
			})
		})
	}
}

// A process that may not log in any more does not leave what the store held to the next
// one: that would fare no better.
func TestRunThatIsRefused(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		store := &memory{}
		stop := b.run(t, echo, chatagent.WithStore(store))
		require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
		require.NoError(t, stop())
		require.NotEmpty(t, store.data)
		b.srv.RevokeBearers(b.user)
		b.srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 401})
		require.ErrorIs(t, b.runIn(t.Context(), echo, chatagent.WithStore(store)), liveperson.ErrUnauthorized)
		assert.Equal(t, 1, store.puts, "by the former process")
	})
}

// A process of another user cannot log in for the moment: the next one of the right user
// finds its chats.
func TestRunOfAnotherUserThatFails(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, b *bots) {
		store := &memory{}
		stop := b.run(t, echo, chatagent.WithStore(store))
		require.NoError(t, b.srv.WaitOnline(t.Context(), ""))
		v := b.srv.Visitor(lptest.Visitor{FirstLine: "hello"})
		_, err := v.WaitLine(t.Context(), 1)
		require.NoError(t, err)
		require.NoError(t, stop())
		held := string(store.data)
		b.srv.AddFault(lptest.Fault{Op: lptest.OpLogin, Status: 503})
		creds := b.creds
		b.creds = login.Password("other", "0ther-word")
		require.ErrorIs(t, b.runIn(t.Context(), echo, chatagent.WithStore(store)), liveperson.ErrUnavailable)
		assert.Equal(t, held, string(store.data))
		b.srv.ClearFaults()
		b.creds = creds
		stop = b.run(t, echo, chatagent.WithStore(store))
		v.Say("still there?")
		line, err := v.WaitLine(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, "You said: still there?", line.Text)
		require.NoError(t, stop())
	})
}
