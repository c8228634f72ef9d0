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

// Option sets up a [Client]. Options are checked by [New]; their order does not
// matter, and one that is nil is skipped.
type Option func(*Client) error

// WithVersion chooses the version of the API. Default [V2].
func WithVersion(v Version) Option {
	return func(c *Client) error {
		c.version = v
		if v != V1 && v != V2 {
			return input("version", "must be V1 or V2")
		}
		return nil
	}
}

// WithMerge has f decide where a colleague and the form answered a question
// differently. Default, also for nil: the call returns a [*ConflictError].
func WithMerge(f MergeFunc) Option {
	return func(c *Client) error {
		c.merge = f
		return nil
	}
}

// WithLogger writes conflicts and merges to l. Answers are never logged.
// Default, also for nil: no logging.
func WithLogger(l *slog.Logger) Option {
	return func(c *Client) error {
		c.log = l
		if l == nil {
			c.log = slog.New(slog.DiscardHandler)
		}
		return nil
	}
}

// defaultDateLayout is a guess: the pages say that a date travels as a text,
// not which.
const defaultDateLayout = time.DateOnly

// WithDateLayout sets how the answers to date questions are written, as a
// layout of package time. The pages do not say what the service expects.
// Default "2006-01-02".
func WithDateLayout(layout string) Option {
	return func(c *Client) error {
		c.dateLayout = layout
		at := time.Date(2009, 11, 23, 0, 0, 0, 0, time.UTC)
		if back, err := time.Parse(layout, at.Format(layout)); err != nil || !back.Equal(at) {
			return input("date layout", "must be a layout of package time that holds year, month and day")
		}
		return nil
	}
}

func input(field, rule string) error {
	return &liveperson.InputError{Op: "agentsurvey.New", Field: field, Rule: rule}
}
