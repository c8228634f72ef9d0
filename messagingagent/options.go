package messagingagent

import (
	"context"
	"log/slog"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
)

// Option sets up an [Agent], and how it is watched or served. Those of [Connect] are
// the defaults of its Watch and Serve. Options do not depend on their order; one that is
// nil is skipped.
type Option func(*config) error

type config struct {
	log         *slog.Logger
	service     domain.Service
	version     string
	maxFrame    int64
	patience    time.Duration
	surveys     bool
	resume      *Snapshot
	max         int
	whenFull    Availability
	straying    bool // stays in what the service changes it to
	notAdopting bool
	noReceipts  bool
	grace       time.Duration
	resting     Availability // when it stops
	closing     bool         // closes its conversations when it stops
	handOver    *Target
	refused     func(ctx context.Context, c *Conversation, err error) error
	goodbye     *Content
	onError     func(c *Conversation, err error)
	onUpdate    func(Update)
	login       []login.Option
	store       Store
}

// defaults are what no option changes.
var defaults = &config{
	log: slog.New(slog.DiscardHandler), service: domain.AsyncMessagingEnt, version: "2.1", maxFrame: 16 << 20,
	grace: DefaultGrace, resting: Away,
}

// with returns c changed by opts: c itself without any, else a copy.
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
			return nil, named(op, err)
		}
	}
	bad := func(field, rule string) (*config, error) {
		return nil, &liveperson.InputError{Op: op, Field: field, Rule: rule}
	}
	switch {
	case changed.closing && changed.store != nil:
		return bad("closing on stop", "must not be combined with a store")
	case changed.whenFull != "" && changed.max <= 0:
		return bad("state when full", "needs WithMaxConversations")
	}
	return &changed, nil
}

// rule is an option that breaks one.
func rule(field, rule string) error { return &liveperson.InputError{Field: field, Rule: rule} }

// WithLogger writes what happens to the agent and its conversations to l, with account
// and login name. Messages are not logged. Default, also for nil: no logging.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			l = slog.New(slog.DiscardHandler)
		}
		c.log = l
		return nil
	}
}

// WithService names the service whose host the socket is opened to. Default:
// domain.AsyncMessagingEnt, as the pages say; LivePerson's archived SDK takes
// "facadeMsg". It is for Connect and Run.
func WithService(s domain.Service) Option {
	return func(c *config) error {
		if s == "" {
			return rule("service", "must not be empty")
		}
		c.service = s
		return nil
	}
}

// WithVersion sets the version of the protocol: "2.1", the default, or "2", which is not
// told of agents who are suggested by a transfer. It is for Connect and Run.
func WithVersion(v string) Option {
	return func(c *config) error {
		if v != "2" && v != "2.1" {
			return rule("version", "must be 2 or 2.1")
		}
		c.version = v
		return nil
	}
}

// WithMaxFrame limits what the service may send at a time, in bytes; more closes the
// socket. Default: 16 MiB. It is for Connect and Run.
func WithMaxFrame(bytes int64) Option {
	return func(c *config) error {
		if bytes < 64<<10 {
			return rule("max frame", "must be at least 64 KiB")
		}
		c.maxFrame = bytes
		return nil
	}
}

// WithPatience limits how long a call waits while there is no socket; then it fails with
// [liveperson.ErrNotSent]. Default, also for 0: as long as its context lasts, so that what a
// bot says during an outage is said after it.
//
// So it limits how long what is done in a conversation waits on a new socket until the
// service tells that the conversation is still the agent's. Default, also for 0: 1 min; on
// chat, a call waits 20 s for a new agent session likewise. The error is a
// [liveperson.ErrUnavailable], too: it may be done again. It is for Connect and Run.
func WithPatience(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return rule("patience", "must not be negative")
		}
		c.patience = d
		return nil
	}
}

// WithSurveyDialogs follows the dialogs of post-conversation surveys too, and a
// conversation until all of it is closed: see [InDialog] and [Conversation.SendIn].
// Default: they are left to the survey bot whose they are, and a conversation ends with
// its main dialog. It is for Connect and Run.
func WithSurveyDialogs() Option {
	return func(c *config) error {
		c.surveys = true
		return nil
	}
}

// WithSnapshot goes on where a former process was; see [Agent.Snapshot]. It is for
// Connect.
func WithSnapshot(s Snapshot) Option {
	return func(c *config) error {
		c.resume = &s
		return nil
	}
}

// Unlimited is no limit.
const Unlimited = -1

// WithMaxConversations leaves rings to others while the agent has n conversations. Those
// that are the agent's already may be more. Default, also for [Unlimited]: the agent's
// own limit on the service.
func WithMaxConversations(n int) Option {
	return func(c *config) error {
		if n < 1 && n != Unlimited {
			return rule("max conversations", "must be at least 1, or Unlimited")
		}
		c.max = max(n, 0)
		return nil
	}
}

// WithWhenFull makes the agent Occupied or Away while it has as many conversations as
// WithMaxConversations allows, and Online again after that. Default: what rings then is
// left to expire, and goes to others.
func WithWhenFull(state Availability) Option {
	return func(c *config) error {
		if state != Occupied && state != Away {
			return rule("state when full", "must be Occupied or Away")
		}
		c.whenFull = state
		return nil
	}
}

// WithoutStayOnline leaves the agent in the availability that the service changes it to.
// Default: Watch and Serve set it back to Online if that is what SetAvailability set
// last.
func WithoutStayOnline() Option {
	return func(c *config) error {
		c.straying = true
		return nil
	}
}

// WithoutAdopting leaves the conversations alone that the agent has on the service when
// Watch or Serve begins, and those that come to it otherwise than by accepting here.
// Default: they are taken over.
func WithoutAdopting() Option {
	return func(c *config) error {
		c.notAdopting = true
		return nil
	}
}

// WithoutReceipts has Serve send no receipts by itself. Default: what the consumer says is
// acknowledged with ACCEPT when it has come and waits for the handler, and with READ when
// the handler, which has taken it, asks for the next one or has sent something. Under Watch
// nothing is sent: see [Conversation.Read].
func WithoutReceipts() Option {
	return func(c *config) error {
		c.noReceipts = true
		return nil
	}
}

// DefaultGrace is how long stopping may take in all, unless [WithGrace] says otherwise.
const DefaultGrace = 20 * time.Second

// WithGrace sets how long stopping may take in all, once the context of Serve or Run has
// ended. Handlers may go on for 70 % of it; then their context ends. Default:
// [DefaultGrace]. 0 stops the handlers at once.
func WithGrace(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return rule("grace", "must not be negative")
		}
		c.grace = d
		return nil
	}
}

// WithStateOnStop sets what an agent that is Online becomes before anything else is
// stopped: Away, Occupied, BackSoon or Offline; "" leaves it as it is. Default: Away.
func WithStateOnStop(state Availability) Option {
	return func(c *config) error {
		if state == Online {
			return rule("state on stop", "must not be Online")
		}
		c.resting = state
		return nil
	}
}

// WithHandOver transfers, instead of closing, the conversations whose handler fails or
// panics, and with [WithCloseOnStop] those that run when Serve or Run stops. One that cannot
// be transferred is closed, unless Serve stops.
func WithHandOver(to Target) Option {
	return func(c *config) error {
		if err := to.check(""); err != nil {
			return err
		}
		c.handOver = &to
		return nil
	}
}

// WithHandOverRefused has f called when WithHandOver could not transfer a conversation, for
// instance because the service would not ([ErrTransferRefused]): it may transfer it
// elsewhere, or tell the consumer. An error that it returns is logged.
func WithHandOverRefused(f func(ctx context.Context, c *Conversation, err error) error) Option {
	return func(c *config) error {
		c.refused = f
		return nil
	}
}

// WithCloseOnStop closes the conversations when Serve or Run stops, or hands them over with
// [WithHandOver]. Default: they stay the agent's on the service, where the next process finds
// them.
func WithCloseOnStop() Option {
	return func(c *config) error {
		c.closing = true
		return nil
	}
}

// WithGoodbye says a message to the consumer before a conversation is closed or handed
// over because its handler has failed, or because the program stops. Default: nothing is
// said.
func WithGoodbye(m Content) Option {
	return func(c *config) error {
		if err := m.check(""); err != nil {
			return err
		}
		c.goodbye = &m
		return nil
	}
}

// WithOnError has f called with each error that a handler returns, and with its panics
// ([PanicError]), but for the everyday ones: the conversation was closed (unless its last
// messages could not be read) or is lost, and at a stop the end of the context, or
// [ErrStopping]. The conversation is closed or handed over when f returns: what f says in it
// still reaches the consumer. Conversations run side by side, and so do calls of f. A panic
// of f is contained.
func WithOnError(f func(c *Conversation, err error)) Option {
	return func(c *config) error {
		c.onError = f
		return nil
	}
}

// WithOnUpdate has f called with each update, in order and one at a time, on a goroutine
// of its own, which may be slow. See [Agent.Watch] for the updates.
func WithOnUpdate(f func(Update)) Option {
	return func(c *config) error {
		c.onUpdate = f
		return nil
	}
}

// WithLogin passes options to the login of [Run].
func WithLogin(opts ...login.Option) Option {
	return func(c *config) error {
		c.login = append(c.login[:len(c.login):len(c.login)], opts...)
		return nil
	}
}

// WithStore has [Run] keep in s how far the conversations were handled, and begin with
// what it finds there. Without it, the next Run begins after the last message of an
// agent in each conversation. What is kept holds no credential.
//
// It is put before a message to the consumer goes out ([Conversation.Send] waits for that,
// 1 s at most), every 5 s if anything else has changed, every 30 s in any case, and when Run
// stops. So the next process goes on after a crash, too: with what was not handled, whether
// or not the last answer has come; one that the service takes up only after the next process
// has begun is given twice. What a colleague says after the last put counts as an
// answer to all before it, and so does what the agent says while the store takes nothing. A
// process that begins while the former one still runs finds the same, and the one that gives
// way puts nothing more.
//
// A call of the store's may take 10 s. Run fails if it does not tell what it has; what
// cannot be read, or is another agent's, is logged and not used. A store that does not take
// what is put is logged, and does not end Run before it stops.
func WithStore(s Store) Option {
	return func(c *config) error {
		c.store = s
		return nil
	}
}
