package surveyevent_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/surveyevent"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// post sends a body to a handler.
func post(h http.Handler, path, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const small = `{"payload":{"conversationId":"c"}}`

func TestHandler(t *testing.T) {
	t.Parallel()
	var got []string
	note := func(kind surveyevent.Kind) surveyevent.Callback {
		return func(_ context.Context, e *surveyevent.Event) error {
			assert.Equal(t, kind, e.Kind)
			got = append(got, string(e.Kind)+" "+string(e.ConversationID))
			return nil
		}
	}
	both := &surveyevent.Handler{Started: note(surveyevent.Started), Ended: note(surveyevent.Ended)}
	ended := &surveyevent.Handler{Ended: note(surveyevent.Ended)}
	asked := &surveyevent.Handler{Started: both.Started, Ended: both.Ended, Kind: func(r *http.Request) surveyevent.Kind {
		return surveyevent.Kind(r.URL.Query().Get("event"))
	}}
	const s, e = "surveybot_messaging_survey_started c", "surveybot_messaging_survey_ended c"
	for _, c := range []struct {
		handler    http.Handler
		path, kind string
		status     int
		answer     string
		called     string
	}{
		{both, "/hook/started", "application/json", 200, "ok", s},
		{both, "/hook/Ended/", "application/json; charset=utf-8", 200, "ok", e},
		{both, "/surveybot_messaging_survey_started", "application/cloudevents+json", 200, "ok", s},
		{both, "/'surveybot_messaging_survey_ended", "application/json", 200, "ok", e},
		{both, "/hook", "application/json", 404, "no such event", ""},
		{both, "/", "application/json", 404, "no such event", ""},
		{ended, "/started", "application/json", 200, "ok", e},
		{asked, "/?event=surveybot_messaging_survey_started", "application/json", 200, "ok", s},
		{asked, "/ended", "application/json", 404, "no such event", ""},
		{&surveyevent.Handler{}, "/started", "application/json", 404, "no such event", ""},
		{both, "/denver_post_survey_email_transcript", "application/json", 404, "no such event", ""},
		{ended, "/", "", 200, "ok", e},
		{ended, "/", "text/plain", 200, "ok", e},
		{ended, "/", "text/plain; charset=utf-8", 200, "ok", e},
		{ended, "/", "text/html", 415, "content type must be application/json, text/plain or none", ""},
		{ended, "/", "application/jsonp", 415, "content type must be application/json, text/plain or none", ""},
		{ended, "/", ";", 415, "content type must be application/json, text/plain or none", ""},
	} {
		got = nil
		w := post(c.handler, c.path, c.kind, small)
		assert.Equal(t, c.status, w.Code, c.path)
		assert.Equal(t, c.answer, w.Body.String())
		assert.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
		assert.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		assert.Equal(t, c.called, strings.Join(got, ","))
	}
}

// The survey after a chat has a callback of its own.
func TestHandlerAfterChat(t *testing.T) {
	t.Parallel()
	var got []string
	chat := func(_ context.Context, s *surveyevent.ChatSurvey) error {
		got = append(got, s.AgentName)
		return nil
	}
	ended := func(context.Context, *surveyevent.Event) error {
		t.Error("called")
		return nil
	}
	body := string(sample(t, "chat-transcript"))
	for _, h := range []*surveyevent.Handler{{AfterChat: chat}, {AfterChat: chat, Ended: ended}} {
		for _, path := range []string{"/afterChat", "/hook/denver_post_survey_email_transcript"} {
			assert.Equal(t, "ok", post(h, path, "", body).Body.String())
		}
		w := post(h, "/afterchat", "", small)
		assert.Equal(t, "400 surveyevent: malformed answer: no questionWithAnswers", strconv.Itoa(w.Code)+" "+w.Body.String())
	}
	assert.Equal(t, []string{"John Doe", "John Doe", "John Doe", "John Doe"}, got)
}

func TestHandlerRefuses(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	h := &surveyevent.Handler{
		Started: func(context.Context, *surveyevent.Event) error {
			t.Error("called")
			return nil
		},
		MaxBytes: 40, Logger: slog.New(slog.NewTextHandler(&logged, nil)),
	}
	for body, want := range map[string]string{
		`{"conversationId":`:    "400 surveyevent: malformed answer: not JSON: cut off at byte 18",
		`{"payload":{"x":1}}`:   "400 surveyevent: malformed answer: no conversationId",
		strings.Repeat(" ", 41): "413 body must not be longer than 40 bytes",
	} {
		w := post(h, "/", "application/json", body)
		assert.Equal(t, want, strconv.Itoa(w.Code)+" "+w.Body.String())
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodOptions} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(small)))
		assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
		assert.Equal(t, http.MethodPost, w.Header().Get("Allow"))
	}
	assert.Contains(t, logged.String(), `msg="survey event refused" status=413`)
}

func TestBodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	h := &surveyevent.Handler{Started: func(context.Context, *surveyevent.Event) error {
		t.Error("called")
		return nil
	}}
	body := io.MultiReader(strings.NewReader(small), iotest.ErrReader(io.ErrUnexpectedEOF))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, "400 body could not be read", strconv.Itoa(w.Code)+" "+w.Body.String())
}

func TestDefaultLimit(t *testing.T) {
	t.Parallel()
	called := 0
	h := &surveyevent.Handler{Started: func(context.Context, *surveyevent.Event) error {
		called++
		return nil
	}}
	fits := small + strings.Repeat(" ", 1<<20-len(small))
	assert.Equal(t, http.StatusOK, post(h, "/", "application/json", fits).Code)
	assert.Equal(t, http.StatusRequestEntityTooLarge, post(h, "/", "application/json", fits+" ").Code)
	assert.Equal(t, 1, called)
}

func TestFailuresAreContained(t *testing.T) {
	t.Parallel()
	for want, callback := range map[string]surveyevent.Callback{
		"err=\"disk full\"":    func(context.Context, *surveyevent.Event) error { return errors.New("disk full") },
		"panic: index of":      func(context.Context, *surveyevent.Event) error { panic("index of") },
		"panic: net/http: abo": func(context.Context, *surveyevent.Event) error { panic(http.ErrAbortHandler) },
	} {
		var logged bytes.Buffer
		h := &surveyevent.Handler{Ended: callback, Logger: slog.New(slog.NewTextHandler(&logged, nil))}
		w := post(h, "/", "application/json", small)
		assert.Equal(t, http.StatusInternalServerError, w.Code)
		assert.Equal(t, "failed", w.Body.String())
		assert.Contains(t, logged.String(), want)
		h.Logger = nil
		assert.Equal(t, http.StatusInternalServerError, post(h, "/", "application/json", small).Code)
	}
}

type contextKey struct{}

// The callback has the request's context, and the samples arrive whole over a
// real connection.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	var raw string
	h := &surveyevent.Handler{Ended: func(ctx context.Context, e *surveyevent.Event) error {
		assert.Equal(t, 7, ctx.Value(contextKey{}))
		raw = string(e.Raw)
		return nil
	}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, 7)))
	}))
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, bytes.NewReader(sample(t, "sample")))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := srv.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Contains(t, string(sample(t, "sample")), raw)
	assert.Greater(t, len(raw), 3000)
}

// FuzzHandler: whatever is posted, the status says whether a callback ran, and
// one that ran got an event.
func FuzzHandler(f *testing.F) {
	f.Add("/hook/started", "application/json", []byte(small))
	f.Add("/hook/'surveybot_messaging_survey_ended'", "application/vnd.x+json; charset=utf-8", []byte(small))
	f.Add("/%2e%2e/ENDED/", "application/json", sample(f, "sample"))
	f.Add("/", "text/plain", []byte(`{}`))
	f.Fuzz(func(t *testing.T, path, contentType string, body []byte) {
		called := 0
		note := func(kind surveyevent.Kind) surveyevent.Callback {
			return func(_ context.Context, e *surveyevent.Event) error {
				called++
				assert.Equal(t, kind, e.Kind)
				assert.NotEmpty(t, e.ConversationID)
				return nil
			}
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(body))
		r.URL.Path = path
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		(&surveyevent.Handler{Started: note(surveyevent.Started), Ended: note(surveyevent.Ended), MaxBytes: 1 << 12}).ServeHTTP(w, r)
		assert.Equal(t, w.Code == http.StatusOK, called == 1, w.Code)
		assert.NotEmpty(t, w.Body.String())
	})
}
