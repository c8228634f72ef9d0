package retry

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// sendable finds what net/http would refuse before sending: trying again does
// not mend it. A token with a line break is the usual case. Values stay out of
// the error.
func sendable(req *http.Request) error {
	if req.URL.Scheme == "" || req.URL.Host == "" {
		return errors.New("the URL has no scheme or no host")
	}
	for name, values := range req.Header {
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return fmt.Errorf("the header %q has a control character in its value", name)
			}
		}
	}
	return nil
}

// quiet is err without what its text may quote of a URL or of an answer.
func quiet(err error) error {
	cause := err
	var u *url.Error
	if errors.As(err, &u) {
		cause = u.Err
	}
	text := cause.Error()
	for _, mark := range []string{`"`, "malformed MIME header"} {
		if i := strings.Index(text, mark); i >= 0 {
			text = strings.TrimRight(text[:i], " (:") + " …"
		}
	}
	if text == err.Error() {
		return err
	}
	return &quieted{text: text, err: err}
}

// quieted is an error with another text.
type quieted struct {
	text string
	err  error
}

func (e *quieted) Error() string { return e.text }

// GoString keeps %#v from showing the error beneath.
func (e *quieted) GoString() string { return strconv.Quote(e.text) }

// Is and As reach the error beneath; Unwrap does not, so that no printing of
// the chain shows its text.
func (e *quieted) Is(target error) bool { return errors.Is(e.err, target) }

func (e *quieted) As(target any) bool { return errors.As(e.err, target) }
