package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// maxErrorBody is how much of an answer an error keeps.
const maxErrorBody = 4 << 10

// scrubber removes known secrets, as they are and as JSON and URLs spell them.
type scrubber struct{ r *strings.Replacer }

func newScrubber(secrets []string) scrubber {
	var pairs []string
	for _, s := range secrets {
		if len(s) < 4 {
			continue // would blank out half of every text
		}
		for _, form := range spellings(s) {
			pairs = append(pairs, form, "[redacted]")
		}
	}
	if pairs == nil {
		return scrubber{}
	}
	return scrubber{strings.NewReplacer(pairs...)}
}

func spellings(s string) []string {
	forms := []string{s}
	if j, err := json.Marshal(s); err == nil {
		forms = append(forms, string(j[1:len(j)-1]))
	}
	return append(forms, url.QueryEscape(s), url.PathEscape(s))
}

func (s scrubber) text(t string) string {
	if s.r == nil {
		return t
	}
	return s.r.Replace(t)
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
	t := s.r.Replace(string(b[:min(len(b), 4*maxErrorBody)]))
	return []byte(t[:min(len(t), maxErrorBody)])
}

// err hides secrets in the text of err and keeps its chain.
func (s scrubber) err(err error) error {
	if err == nil || s.r == nil {
		return err
	}
	text := err.Error()
	if clean := s.r.Replace(text); clean != text {
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

// Is and As reach the error beneath; Unwrap does not, so that no printing of
// the chain shows its text.
func (e *scrubbed) Is(target error) bool { return errors.Is(e.err, target) }

func (e *scrubbed) As(target any) bool { return errors.As(e.err, target) }
