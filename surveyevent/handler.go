package surveyevent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"runtime/debug"
	"strings"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// DefaultMaxBytes is the longest body that is read unless
// [Handler.MaxBytes] says otherwise: 1 MiB.
const DefaultMaxBytes = 1 << 20

// Callback receives an event. The context is the request's. An error is logged
// and answered with 500.
type Callback func(ctx context.Context, e *Event) error

// Handler receives events over HTTP: a POST with a JSON body, which may be
// labelled as text/plain or not at all. It answers "ok". Callbacks may be called
// by several goroutines at once, and twice for the same event if the sender
// repeats itself.
//
// A handler with one callback takes every request for that event. With more,
// the last element of the request's path says which event it is: "started",
// "ended" or "afterchat", or the event's id, in any case of letters.
type Handler struct {
	// Started and Ended receive the events. The event of a callback that is
	// nil is answered with 404.
	Started, Ended Callback
	// AfterChat receives the surveys after chats.
	AfterChat func(ctx context.Context, s *ChatSurvey) error
	// Kind, if it is set, tells the events apart instead of the path. An empty
	// Kind is answered with 404.
	Kind func(r *http.Request) Kind
	// MaxBytes is the longest body that is read, 0 for DefaultMaxBytes.
	MaxBytes int64
	// Logger writes refused requests and failing callbacks; payloads are not
	// logged. Nil for none.
	Logger *slog.Logger
}

// ServeHTTP checks the request, reads the event and calls its callback.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind := h.kind(r)
	status, err := http.StatusNotFound, errors.New("no such event")
	var conversation liveperson.ConversationID
	var handle func() error
	if h.takes(kind) {
		var body []byte
		if body, status, err = h.read(w, r); err == nil {
			conversation, handle, err = h.event(r.Context(), kind, body)
			status = http.StatusBadRequest
		}
	}
	if err != nil {
		h.log(r, slog.LevelWarn, "survey event refused", "status", status, "err", err)
		answer(w, status, err.Error())
		return
	}
	if err := call(handle); err != nil {
		h.log(r, slog.LevelError, "survey event failed", "kind", kind, "conversation", conversation, "err", err)
		answer(w, http.StatusInternalServerError, "failed")
		return
	}
	answer(w, http.StatusOK, "ok")
}

// kind finds out which event a request is for.
func (h *Handler) kind(r *http.Request) Kind {
	if h.Kind != nil {
		return h.Kind(r)
	}
	var all []Kind
	for _, k := range []Kind{Started, Ended, AfterChat} {
		if h.takes(k) {
			all = append(all, k)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	// One public client has the id of an event with a stray quote.
	switch name := Kind(strings.Trim(strings.ToLower(path.Base(r.URL.Path)), `'"`)); name {
	case "started":
		return Started
	case "ended":
		return Ended
	case "afterchat":
		return AfterChat
	default:
		return name
	}
}

// takes tells whether there is a callback for an event.
func (h *Handler) takes(kind Kind) bool {
	return kind == Started && h.Started != nil || kind == Ended && h.Ended != nil || kind == AfterChat && h.AfterChat != nil
}

// event reads the event in body, and returns its conversation, if it names one,
// and the call of its callback.
func (h *Handler) event(ctx context.Context, kind Kind, body []byte) (liveperson.ConversationID, func() error, error) {
	if kind == AfterChat {
		s, err := ParseChatSurvey(body)
		return "", func() error { return h.AfterChat(ctx, s) }, err
	}
	e, err := Parse(body)
	if err != nil {
		return "", nil, err
	}
	e.Kind = kind
	f := h.Started
	if kind == Ended {
		f = h.Ended
	}
	return e.ConversationID, func() error { return f(ctx, e) }, nil
}

// read checks a request and reads its body; the status is for the error.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (body []byte, status int, err error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, http.StatusMethodNotAllowed, errors.New("method must be POST")
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, http.StatusUnsupportedMediaType, errors.New("content type must be application/json, text/plain or none")
	}
	limit := h.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("body must not be longer than %d bytes", limit)
	case err != nil:
		return nil, http.StatusBadRequest, errors.New("body could not be read")
	}
	return body, http.StatusOK, nil
}

// isJSON tells whether a body with that type may hold an event: functions that
// hand one on say text/plain, or nothing.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || media == "text/plain" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"))
}

// call calls a callback and makes an error of a panic.
func call(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

func (h *Handler) log(r *http.Request, level slog.Level, msg string, args ...any) {
	if h.Logger != nil {
		h.Logger.Log(r.Context(), level, msg, args...)
	}
}

// answer writes a line of text.
func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
