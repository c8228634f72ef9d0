package lptest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// faultForm is a fault as JSON. Durations are numbers of milliseconds or texts
// such as "1.5s".
type faultForm struct {
	Op          Op          `json:"op,omitempty"`
	Agent       string      `json:"agent,omitempty"`
	Chat        string      `json:"chat,omitempty"`
	To          string      `json:"to,omitempty"`
	Nth         int         `json:"nth,omitempty"`
	Times       int         `json:"times,omitempty"`
	Probability float64     `json:"probability,omitempty"`
	Begin       span        `json:"begin,omitzero"`
	End         span        `json:"end,omitzero"`
	Kind        FaultKind   `json:"kind,omitempty"`
	After       bool        `json:"after,omitempty"`
	Rotate      bool        `json:"rotate,omitempty"`
	Latency     span        `json:"latency,omitzero"`
	Delay       span        `json:"delay,omitzero"`
	Status      int         `json:"status,omitempty"`
	Body        string      `json:"body,omitempty"`
	NoBody      bool        `json:"noBody,omitempty"`
	Header      http.Header `json:"header,omitempty"`
	RetryAfter  string      `json:"retryAfter,omitempty"`
	Overlap     int         `json:"overlap,omitempty"`
	Ahead       int         `json:"ahead,omitempty"`
	Size        int64       `json:"size,omitempty"`
	Location    string      `json:"location,omitempty"`
	Rel         string      `json:"rel,omitempty"`
	Count       int         `json:"count,omitempty"`
	Variants    []Variant   `json:"variants,omitempty"`
}

type span time.Duration

func (d span) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

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
		f.Op, f.Agent, f.Chat, f.To, f.Nth, f.Times, f.Probability, span(f.Begin), span(f.End), f.Kind, f.After, f.Rotate,
		span(f.Latency), span(f.Delay), f.Status, f.Body, f.NoBody, f.Header, f.RetryAfter, f.Overlap, f.Ahead, f.Size, f.Location,
		f.Rel, f.Count, f.Variants,
	})
}

// UnmarshalJSON reads what MarshalJSON writes. Fields that it does not know
// are errors.
func (f *Fault) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var form faultForm
	if err := decoder.Decode(&form); err != nil {
		return err
	}
	*f = Fault{
		form.Op, form.Agent, form.Chat, form.To, form.Nth, form.Times, form.Probability,
		time.Duration(form.Begin), time.Duration(form.End), form.Kind, form.After, form.Rotate,
		time.Duration(form.Latency), time.Duration(form.Delay), form.Status, form.Body, form.NoBody, form.Header,
		form.RetryAfter, form.Overlap, form.Ahead, form.Size, form.Location, form.Rel, form.Count, form.Variants,
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
		return nil, fmt.Errorf("lptest: faults: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("lptest: faults: something follows the list")
	}
	for _, f := range faults {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	return faults, nil
}

var faultKinds = [...]FaultKind{
	FaultLatency, FaultStatus, FaultReset, FaultResetAfter, FaultLate, FaultCut, FaultHang, FaultHTML, FaultEmpty,
	FaultError200, FaultDuplicateEvents, FaultRepeatEvents, FaultOverlapEvents, FaultRevoke, FaultRevision,
	FaultRotate, FaultHuge, FaultRedirect, FaultForeign, FaultVariant, FaultEndless, FaultCookies, FaultNoLink,
	FaultFarID, FaultRefuse,
}

// FaultKinds lists every kind of fault.
func FaultKinds() []FaultKind { return append([]FaultKind(nil), faultKinds[:]...) }

func (f *Fault) check() error {
	switch {
	case f.Op != "" && !slices.Contains(Ops(), f.Op):
		return fmt.Errorf("lptest: fault: unknown operation %q: it is one of %q", f.Op, Ops())
	case f.Kind != "" && !slices.Contains(faultKinds[:], f.Kind):
		return fmt.Errorf("lptest: fault: unknown kind %q: it is one of %q", f.Kind, FaultKinds())
	case f.Kind == "" && f.Status == 0 && f.Latency == 0 && len(f.Variants) == 0:
		return errors.New("lptest: fault: a kind, a status, a latency or variants are wanted")
	case slices.ContainsFunc(f.Variants, func(v Variant) bool { return bitOf(v) == 0 }):
		return fmt.Errorf("lptest: fault: a variant of %q is unknown, or random: they are %q", f.Variants, Variants())
	case (f.Kind == FaultRefuse || f.To != "") && f.Op != OpTransfer:
		return fmt.Errorf("lptest: fault: %q and a target are of the operation %q only", FaultRefuse, OpTransfer)
	case f.Kind == FaultNoLink && f.Body != "" && !json.Valid([]byte(f.Body)):
		return fmt.Errorf("lptest: fault: %q is no element", f.Body)
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("lptest: fault: probability %v is not between 0 and 1", f.Probability)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("lptest: fault: status %d is none", f.Status)
	case f.Nth < 0 || f.Times < 0 || f.Count < 0 || f.Ahead < 0 || f.Size < 0 || f.Latency < 0 || f.Delay < 0 || f.Begin < 0 || f.End < 0:
		return errors.New("lptest: fault: a negative count, size or duration")
	}
	return nil
}
