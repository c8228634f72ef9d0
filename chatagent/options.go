package chatagent

import (
	"context"
	"errors"
	"log/slog"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/login"
)

// Option sets up an [Agent], and how it is watched or served. Those of [Start]
// and [Resume] are the defaults of its Watch and Serve. Options do not depend on
// their order; one that is nil is skipped.
type Option func(*config) error

type config struct {
	log         *slog.Logger
	poll        time.Duration
	maxChats    int
	whenFull    Availability
	straying    bool // stays in what the server changes it to
	notAdopting bool
	grace       time.Duration
	resting     Availability // when it stops
	leave       bool
	handOver    *TransferTarget
	note        string
	refused     func(ctx context.Context, chat *Chat, err error) error
	goodbye     *Content
	onError     func(chat *Chat, err error)
	onUpdate    func(Update)
	login       []login.Option
	store       Store
}

// defaults are what no option changes.
var defaults = &config{log: slog.New(slog.DiscardHandler), poll: MinPollInterval, grace: DefaultGrace, resting: Away}

// with returns c changed by opts: c itself without any, else a copy. Nobody changes
// it after that, so that many agents share one.
func (c *config) with(op string, opts []Option) (*config, error) {
	if len(opts) == 0 {
		return c, nil
	}
	changed := *c
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(&changed); err != nil {
			var in *liveperson.InputError
			if errors.As(err, &in) {
				err = &liveperson.InputError{Op: op, Field: in.Field, Rule: in.Rule}
			}
			return nil, err
		}
	}
	if changed.whenFull != "" && changed.maxChats <= 0 {
		return nil, &liveperson.InputError{Op: op, Field: "state when full", Rule: "needs WithMaxChats"}
	}
	return &changed, nil
}

// rule is an option that breaks one.
func rule(field, rule string) error { return &liveperson.InputError{Field: field, Rule: rule} }

// of is err, about an argument of an option, with the name of that before the field.
func of(option string, err error) error {
	var in *liveperson.InputError
	if errors.As(err, &in) {
		return rule(option+" "+in.Field, in.Rule)
	}
	return err
}

// WithLogger writes what happens to the agent and its chats to l, with account
// and login name. Texts of chats are not logged. Default, also for nil: no
// logging.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			l = slog.New(slog.DiscardHandler)
		}
		c.log = l
		return nil
	}
}

// MinPollInterval is the least time between two polls that LivePerson allows.
const MinPollInterval = 2 * time.Second

// WithPollInterval sets the time between two polls. Default and least:
// [MinPollInterval]; more than 15 s would lose chats and incoming requests.
func WithPollInterval(d time.Duration) Option {
	return func(c *config) error {
		if d < MinPollInterval || d > 15*time.Second {
			return rule("poll interval", "must be from 2 s to 15 s")
		}
		c.poll = d
		return nil
	}
}

// WithMaxChats leaves requests ringing while the agent has n chats. Chats that are
// the agent's already, see [Agent.Serve], may be more. Default, also for
// [Unlimited]: the agent's own limit on the server.
func WithMaxChats(n int) Option {
	return func(c *config) error {
		if n < 1 && n != Unlimited {
			return rule("max chats", "must be at least 1, or Unlimited")
		}
		c.maxChats = max(n, 0)
		return nil
	}
}

// WithWhenFull makes the agent Occupied or Away while it has as many chats as
// WithMaxChats allows, and Online again after that, so that nothing rings in
// vain. An agent that SetAvailability has set to another state than Online is
// left in it. Default: requests are left ringing, which turns the agent Away after
// 20 s.
func WithWhenFull(state Availability) Option {
	return func(c *config) error {
		if state != Occupied && state != Away {
			return rule("state when full", "must be Occupied or Away")
		}
		c.whenFull = state
		return nil
	}
}

// WithoutStayOnline leaves the agent in the availability that the server changes
// it to, as it does when a request rings too long. Default: Watch and Serve look
// every 40 s, and set the agent back to Online if that is what SetAvailability set
// last.
func WithoutStayOnline() Option {
	return func(c *config) error {
		c.straying = true
		return nil
	}
}

// WithoutAdopting leaves the chats alone that the agent has on the server when
// Watch or Serve begins, and those that come to it otherwise than by accepting
// here. Default: they are taken over.
func WithoutAdopting() Option {
	return func(c *config) error {
		c.notAdopting = true
		return nil
	}
}

// DefaultGrace is how long stopping may take in all, unless [WithGrace] says
// otherwise: less than the 30 s that Kubernetes and others wait.
const DefaultGrace = 20 * time.Second

// WithGrace sets how long stopping may take in all, once the context of Serve or
// Run has ended. Handlers may go on for 70 % of it; then their context ends. At 80 %
// the chats of handlers that have not returned are seen to regardless, and at 90 %,
// but not before they had 4 s, the calls that see to chats end. The rest is for Run's
// logging out. Default: [DefaultGrace]. 0 stops the handlers at once.
func WithGrace(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return rule("grace", "must not be negative")
		}
		c.grace = d
		return nil
	}
}

// WithStateOnStop sets what an agent that is Online becomes before anything else
// is stopped, so that new chats go to others: Away or Occupied; "" leaves it as it
// is. Default: Away.
func WithStateOnStop(state Availability) Option {
	return func(c *config) error {
		if state != Away && state != Occupied && state != "" {
			return rule("state on stop", "must be Away, Occupied or empty")
		}
		c.resting = state
		return nil
	}
}

// WithHandOver transfers, instead of ending, the chats whose handler fails or
// panics, and those that still run when the grace is over; with [WithLeaveChats] or
// [WithStore] the former only. A chat that cannot be transferred is ended, unless
// WithHandOverRefused says otherwise.
func WithHandOver(to TransferTarget, note string) Option {
	return func(c *config) error {
		if _, err := to.body("", note); err != nil {
			return of("hand over", err)
		}
		c.handOver, c.note = &to, note
		return nil
	}
}

// WithHandOverRefused has f called when WithHandOver could not transfer a chat, for
// instance because nobody is there ([ErrTransferRefused]): it may transfer the chat
// elsewhere, or tell the visitor. A chat that still runs when it returns is ended.
// Default: the chat is ended, which is logged as an error.
func WithHandOverRefused(f func(ctx context.Context, chat *Chat, err error) error) Option {
	return func(c *config) error {
		c.refused = f
		return nil
	}
}

// WithGoodbye says a line to the visitor before a chat is ended because its
// handler has failed, or because the program stops. Default: nothing is said.
func WithGoodbye(line Content) Option {
	return func(c *config) error {
		if _, err := line.body(""); err != nil {
			return of("goodbye", err)
		}
		c.goodbye = &line
		return nil
	}
}

// WithLeaveChats leaves the chats open when Serve's context ends, for
// another process: each handler finishes the event it is at, its next one is
// [ErrStopping], and when all have returned Serve does. The context of handlers
// that have not returned ends at 70 % of the grace. All chats are polled until
// Serve returns. [Agent.Snapshot] and [Resume] go on with them, and so does a next
// Serve.
//
// Logging out would end the chats: [login.Session.Logout] refuses it then; use
// [login.Session.Close]. Run does all of that with [WithStore].
func WithLeaveChats() Option {
	return func(c *config) error {
		c.leave = true
		return nil
	}
}

// WithOnError has f called with each error that a handler returns, and with its panics
// ([*PanicError]), but for the everyday ones: the chat was ended or lost, and at a stop the
// end of the context, or [ErrStopping]. The chat is ended or handed over when f returns:
// what f says in it still reaches the visitor. Chats run side by side, and so do calls of
// f. A panic of f is contained. Default, also for nil: none.
func WithOnError(f func(chat *Chat, err error)) Option {
	return func(c *config) error {
		c.onError = f
		return nil
	}
}

// WithOnUpdate has f called with each [Update] that Watch would yield, while the
// agent is served: in order, one call at a time, which holds up nothing else. Serve
// returns, and Run logs out, when the last call has returned, also past the grace: give
// what f waits for a deadline. A panic of f is contained. Default, also for nil: none.
func WithOnUpdate(f func(Update)) Option {
	return func(c *config) error {
		c.onUpdate = f
		return nil
	}
}

// WithLogin adds options to the login of [Run]. Others have no use for it.
func WithLogin(opts ...login.Option) Option {
	return func(c *config) error {
		c.login = append(c.login[:len(c.login):len(c.login)], opts...)
		return nil
	}
}

// WithStore has [Run] leave its chats, and its login, to the next process, through
// s. What is in it but cannot be used is logged, and Run logs in afresh. If Put
// fails at the stop, Run returns that, with its chats left open: the service ends them
// 40 s later, unless a next Run takes them over, as after a crash. Others have no use
// for it. Default, also for nil: chats are ended or handed over, and the agent is
// logged out.
func WithStore(s Store) Option {
	return func(c *config) error {
		c.store = s
		return nil
	}
}
