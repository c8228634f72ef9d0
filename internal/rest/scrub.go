package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// maxErrorBody is how much of an answer an error keeps.
const maxErrorBody = 4 << 10

// minSecret is the length from which on a secret is looked for: shorter ones
// would blank out half of every text.
const minSecret = 4

const redacted = "[redacted]"

// scrubber removes known secrets, as they are and as JSON, URLs and HTML spell
// them.
type scrubber struct {
	forms []string // longest first: one may begin with another
	r     *strings.Replacer
}

func newScrubber(secrets ...[]string) scrubber {
	var s scrubber
	for _, secret := range slices.Concat(secrets...) {
		if len(secret) >= minSecret {
			s.forms = append(s.forms, spellings(secret)...)
		}
	}
	if s.forms == nil {
		return s
	}
	slices.SortFunc(s.forms, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	s.forms = slices.Compact(s.forms)
	pairs := make([]string, 0, 2*len(s.forms))
	for _, form := range s.forms {
		pairs = append(pairs, form, redacted)
	}
	s.r = strings.NewReplacer(pairs...)
	return s
}

func spellings(s string) []string {
	query := url.QueryEscape(s)
	page := html.EscapeString(s)
	forms := []string{s, page, strings.ReplaceAll(page, "&#34;", "&quot;")}
	for _, f := range []string{query, url.PathEscape(s), strings.ReplaceAll(query, "+", "%20")} {
		forms = append(forms, f, lowerEscapes(f))
	}
	plain, _ := wire.Marshal(s)  // a string can always be encoded
	strict, _ := json.Marshal(s) // <, > and & escaped as well
	for _, j := range [][]byte{plain, strict} {
		f := string(j[1 : len(j)-1])
		forms = append(forms, f, strings.ReplaceAll(f, "/", `\/`))
	}
	return forms
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

func (s scrubber) text(t string) string {
	if s.r == nil {
		return t
	}
	return s.heads(s.r.Replace(t))
}

// leastHead is how much of the beginning of a long secret is looked for: a service may
// quote it cut.
const leastHead = 12

// heads is t without the beginnings of secrets that are at least twice as long.
func (s scrubber) heads(t string) string {
	for _, form := range s.forms {
		if len(form) < 2*leastHead {
			return t // the rest is shorter
		}
		for from := 0; ; {
			i := strings.Index(t[from:], form[:leastHead])
			if i < 0 {
				break
			}
			at, n := from+i, leastHead
			for n < len(form) && at+n < len(t) && t[at+n] == form[n] {
				n++
			}
			t = t[:at] + redacted + t[at+n:]
			from = at + len(redacted)
		}
	}
	return t
}

// body returns the start of an answer. It is cut after the secrets are gone,
// so that none is left over in half.
func (s scrubber) body(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	if s.r == nil {
		return bytes.Clone(b[:min(len(b), maxErrorBody)])
	}
	t := s.text(s.whole(string(b[:min(len(b), 4*maxErrorBody)])))
	return []byte(t[:min(len(t), maxErrorBody)])
}

// whole is t without the first part of a secret at its end, where an answer
// was cut.
func (s scrubber) whole(t string) string {
	for i := max(0, len(t)-len(s.forms[0])); i <= len(t)-minSecret; i++ {
		for _, form := range s.forms {
			if len(form) > len(t)-i && strings.HasPrefix(form, t[i:]) {
				return t[:i] + redacted
			}
		}
	}
	return t
}

// err hides secrets in the text of err and keeps its chain. Package retry may
// have cut the text.
func (s scrubber) err(err error) error {
	if err == nil || s.r == nil {
		return err
	}
	text := strings.TrimSuffix(err.Error(), " …")
	if clean := s.text(s.whole(text)); clean != text {
		return &scrubbed{text: clean, err: err}
	}
	return err
}

// scrubbed is an error with another text.
type scrubbed struct {
	text string
	err  error
}

func (e *scrubbed) Error() string { return e.text }

// GoString keeps %#v from showing the error beneath.
func (e *scrubbed) GoString() string { return strconv.Quote(e.text) }

// Is and As reach the error beneath; Unwrap does not, so that no printing of
// the chain shows its text.
func (e *scrubbed) Is(target error) bool { return errors.Is(e.err, target) }

func (e *scrubbed) As(target any) bool { return errors.As(e.err, target) }

// Scrub returns t without these secrets, in whatever spelling.
func Scrub(t string, secrets ...string) string { return newScrubber(secrets).text(t) }

// ScrubBody returns the start of an answer, at most 4 KiB, without these secrets.
func ScrubBody(b []byte, secrets ...string) []byte { return newScrubber(secrets).body(b) }

// ScrubError returns err with a text that has none of these secrets. The errors that
// it wraps are still found; a *url.Error is not, for it prints its URL.
func ScrubError(err error, secrets ...string) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return newScrubber(secrets).err(err)
}
