// Package secret holds a credential so that no printing shows it.
package secret

import (
	"fmt"
	"log/slog"
)

// Redacted stands for a credential wherever one is printed.
const Redacted = "[redacted]"

// Text is a credential. Printing it in any way, also as a part of another
// value, shows [Redacted] or an address; its JSON is null for none and
// Redacted for any. The zero value is empty.
type Text struct{ p *string }

// New returns s as a Text.
func New(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{&s}
}

// Reveal returns the credential itself.
func (t Text) Reveal() string {
	if t.p == nil {
		return ""
	}
	return *t.p
}

// String hides the credential.
func (t Text) String() string {
	if t.p == nil {
		return ""
	}
	return Redacted
}

// Format hides the credential under every verb.
func (t Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(t.String())) }

// LogValue hides the credential in slog.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON hides the credential in JSON.
func (t Text) MarshalJSON() ([]byte, error) {
	if t.p == nil {
		return []byte("null"), nil
	}
	return []byte(`"` + Redacted + `"`), nil
}
