package agentsurvey

import (
	"log/slog"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
)

// Version is a version of the API.
type Version string

// The versions of the API; see the package comment for what they mean.
const (
	// V1 shares one state among all agents.
	V1 Version = "1.0"
	// V2 keeps a state per agent and agent manager.
	V2 Version = "2.0"
)

// Option sets up a [Client].
type Option func(*Client)

// WithVersion chooses the version of the API. Default [V2].
func WithVersion(v Version) Option {
	return func(c *Client) {
		if v != V1 && v != V2 {
			c.refuse("version", "must be V1 or V2")
		}
		c.version = v
	}
}

// WithMerge has f decide where a colleague and the form answered a question
// differently. Default: the call returns a [*ConflictError].
func WithMerge(f MergeFunc) Option {
	return func(c *Client) { c.merge = f }
}

// WithLogger writes conflicts and merges to l. Answers are never logged.
// Default: no logging.
func WithLogger(l *slog.Logger) Option {
	return func(c *Client) {
		if l == nil {
			l = slog.New(slog.DiscardHandler)
		}
		c.log = l
	}
}

// defaultDateLayout is a guess: the pages say that a date travels as a text,
// not which.
const defaultDateLayout = time.DateOnly

// WithDateLayout sets how the answers to date questions are written, as a
// layout of package time. The pages do not say what the service expects.
// Default "2006-01-02".
func WithDateLayout(layout string) Option {
	return func(c *Client) {
		at := time.Date(2009, 11, 23, 0, 0, 0, 0, time.UTC)
		back, err := time.Parse(layout, at.Format(layout))
		if err != nil || !back.Equal(at) {
			c.refuse("date layout", "must be a layout of package time that holds year, month and day")
		}
		c.dateLayout = layout
	}
}

// refuse notes the first option that breaks its rule.
func (c *Client) refuse(field, rule string) {
	if c.err == nil {
		c.err = &liveperson.InputError{Op: "agentsurvey.New", Field: field, Rule: rule}
	}
}
