package messaging

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// faultForm is a fault as JSON. A delay is a number of milliseconds or a text
// such as "1.5s".
type faultForm struct {
	Type        string    `json:"type,omitempty"`
	User        string    `json:"user,omitempty"`
	Contains    string    `json:"contains,omitempty"`
	Nth         int       `json:"nth,omitempty"`
	Times       int       `json:"times,omitempty"`
	Probability float64   `json:"probability,omitempty"`
	Kind        FaultKind `json:"kind,omitempty"`
	Code        int       `json:"code,omitempty"`
	Body        string    `json:"body,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	RetryAfter  string    `json:"retryAfter,omitempty"`
	Delay       span      `json:"delay,omitzero"`
	Size        int       `json:"size,omitempty"`
	After       bool      `json:"after,omitempty"`
}

type span time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d span) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (d *span) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		parsed, err := time.ParseDuration(text)
		*d = span(parsed)
		return err
	}
	var ms float64
	if err := json.Unmarshal(data, &ms); err != nil {
		return errors.New(`a duration is a number of milliseconds or a text such as "1.5s"`)
	}
	*d = span(ms * float64(time.Millisecond))
	return nil
}

// MarshalJSON writes the fault with the names of the control API.
func (f Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(faultForm{
		f.Type, f.User, f.Contains, f.Nth, f.Times, f.Probability, f.Kind, f.Code, f.Body, f.Reason, f.RetryAfter, span(f.Delay), f.Size, f.After,
	})
}

// UnmarshalJSON reads what MarshalJSON writes. Fields that it does not know are
// errors.
func (f *Fault) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var form faultForm
	if err := decoder.Decode(&form); err != nil {
		return err
	}
	*f = Fault{
		form.Type, form.User, form.Contains, form.Nth, form.Times, form.Probability, form.Kind, form.Code, form.Body, form.Reason,
		form.RetryAfter, time.Duration(form.Delay), form.Size, form.After,
	}
	return nil
}

// ParseFaults reads a JSON list of faults, or a single one, in the form that
// the control API takes.
func ParseFaults(data []byte) ([]Fault, error) {
	var faults []Fault
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '{' {
		data = slices.Concat([]byte{'['}, data, []byte{']'})
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&faults); err != nil {
		return nil, fmt.Errorf("messaging: faults: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("messaging: faults: something follows the list")
	}
	for i := range faults {
		faults[i].usual()
		if wrong := faults[i].check(); wrong != "" {
			return nil, errors.New("messaging: faults: " + wrong)
		}
	}
	return faults, nil
}

// Active is a fault that was added, with its hits.
type Active struct {
	Fault Fault `json:"fault"`
	Hits  int   `json:"hits"`
}

// Faults lists the faults that were added and not removed.
func (s *Service) Faults() []Active {
	s.enter()
	defer s.mu.Unlock()
	out := make([]Active, len(s.faults))
	for i, h := range s.faults {
		out[i] = Active{h.fault, h.hits}
	}
	return out
}
