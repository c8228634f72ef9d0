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
)

// DefaultMaxBytes is the longest body that is read unless
// [Handler.MaxBytes] says otherwise: 1 MiB.
const DefaultMaxBytes = 1 << 20

// Callback receives an event. The context is the request's. An error is logged
// and answered with 500.
type Callback func(ctx context.Context, e *Event) error

// Handler receives events over HTTP: a POST with a JSON body. It answers "ok".
// Callbacks may be called by several goroutines at once, and twice for the
// same event if the sender repeats itself.
//
// A handler with one callback takes every request for that event. With both,
// the last element of the request's path says which event it is: "started" or
// "ended", or the event's id, in any case of letters.
type Handler struct {
	// Started and Ended receive the events. One of them may be nil; its event
	// is answered with 404.
	Started, Ended Callback
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
	kind, callback := h.route(r)
	var e *Event
	status, err := http.StatusNotFound, errors.New("no such event")
	if callback != nil {
		status, e, err = h.read(w, r)
	}
	if err != nil {
		h.log(r, slog.LevelWarn, "survey event refused", "status", status, "err", err)
		answer(w, status, err.Error())
		return
	}
	e.Kind = kind
	if err := call(r.Context(), callback, e); err != nil {
		h.log(r, slog.LevelError, "survey event failed", "kind", kind, "conversation", e.ConversationID, "err", err)
		answer(w, http.StatusInternalServerError, "failed")
		return
	}
	answer(w, http.StatusOK, "ok")
}

// route finds out which event a request is for.
func (h *Handler) route(r *http.Request) (Kind, Callback) {
	var kind Kind
	switch {
	case h.Kind != nil:
		kind = h.Kind(r)
	case h.Ended == nil:
		kind = Started
	case h.Started == nil:
		kind = Ended
	default:
		kind = kindOf(path.Base(r.URL.Path))
	}
	switch kind {
	case Started:
		return kind, h.Started
	case Ended:
		return kind, h.Ended
	}
	return "", nil
}

// kindOf reads the name of an event. One public client has its id with a stray
// quote.
func kindOf(name string) Kind {
	switch Kind(strings.Trim(strings.ToLower(name), `'"`)) {
	case "started", Started:
		return Started
	case "ended", Ended:
		return Ended
	}
	return ""
}

// read checks a request and reads its event; the status is for the error.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (status int, e *Event, err error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, nil, errors.New("method must be POST")
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return http.StatusUnsupportedMediaType, nil, errors.New("content type must be application/json")
	}
	limit := h.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, nil, fmt.Errorf("body must not be longer than %d bytes", limit)
	case err != nil:
		return http.StatusBadRequest, nil, errors.New("body could not be read")
	}
	e, err = Parse(body)
	return http.StatusBadRequest, e, err
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"))
}

// call calls a callback and makes an error of a panic.
func call(ctx context.Context, f Callback, e *Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(ctx, e)
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
