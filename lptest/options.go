package lptest

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/lptest/messaging"
)

// Service is the name of a LivePerson service as the Domain API knows it.
// Names are case sensitive.
type Service string

// The services that the fake's Domain API lists. It serves AgentVep,
// RuntimeFormLogic, AsyncMessagingEnt, FacadeMsg and Swift, besides the Domain
// API itself.
const (
	AgentVep               Service = "agentVep"
	RuntimeFormLogic       Service = "runtimeFormLogic"
	AccountConfigReadOnly  Service = "accountConfigReadOnly"
	AccountConfigReadWrite Service = "accountConfigReadWrite"
	Sentinel               Service = "sentinel"
	AsyncMessagingEnt      Service = "asyncMessagingEnt"
	MsgHist                Service = "msgHist"
	LeDataReporting        Service = "leDataReporting"
	FacadeMsg              Service = "facadeMsg"
	Swift                  Service = "swift"
)

var services = [...]Service{
	AgentVep, RuntimeFormLogic, AccountConfigReadOnly, AccountConfigReadWrite,
	Sentinel, AsyncMessagingEnt, MsgHist, LeDataReporting, FacadeMsg, Swift,
}

// The times of the real services, as the Accept a Chat, Retrieve Chat
// Information and Login pages give them.
const (
	DefaultRing        = 20 * time.Second // how long an incoming request rings before its agent turns Away
	DefaultChatTimeout = 40 * time.Second // how long a chat lives without a request to it
	DefaultSessionTTL  = 8 * time.Hour    // how long a bearer lives without a refresh
)

// DefaultJournal is how many requests the journal keeps; the oldest go first.
const DefaultJournal = 1 << 17

const defaultAccount = "12345678"

type config struct {
	account        string
	addr           string
	plain          bool
	hosts          map[Service]string
	seed           int64
	lenient        bool
	variants       variantSet
	randomVariants bool
	ring           time.Duration
	ringLag        time.Duration
	chatTimeout    time.Duration
	sessionTTL     time.Duration
	sessionIdle    time.Duration
	loginMax       int
	loginPer       time.Duration
	manyLogins     bool
	page           int
	journal        int
	forget         time.Duration
	observer       func(Request)
	endedStatus    int
	endedCode      int
	lineRewriters  []Rewriter
	replyRewriters []Rewriter
	messaging      []messaging.Option
}

func newConfig() config {
	return config{
		account:     defaultAccount,
		addr:        "127.0.0.1:0",
		ring:        DefaultRing,
		chatTimeout: DefaultChatTimeout,
		sessionTTL:  DefaultSessionTTL,
		journal:     DefaultJournal,
		endedStatus: http.StatusBadRequest,
		endedCode:   codeBadRequest,
	}
}

// Option changes how a Server behaves. Options do not depend on their order;
// one that is nil is skipped.
type Option func(*config) error

// WithAccount sets the account id, "12345678" unless set.
func WithAccount(id string) Option {
	return func(c *config) error {
		if id == "" || strings.ContainsAny(id, "/?#") {
			return fmt.Errorf("lptest: bad account id %q", id)
		}
		c.account = id
		return nil
	}
}

// WithAddr sets the address to listen on, "127.0.0.1:0" unless set. NewMemory
// has no use for it.
func WithAddr(addr string) Option {
	return func(c *config) error {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return fmt.Errorf("lptest: bad address: %w", err)
		}
		c.addr = addr
		return nil
	}
}

// WithPlainHTTP serves http instead of https.
func WithPlainHTTP() Option {
	return func(c *config) error {
		c.plain = true
		return nil
	}
}

// WithBaseURIs makes the Domain API answer these hosts instead of the fake's
// own. The fake serves a service that is named here under its own host only,
// as production does; Server.Transport reaches every host. Services that the
// fake does not know are listed too, after the others and by name.
func WithBaseURIs(hosts map[Service]string) Option {
	return func(c *config) error {
		if c.hosts == nil {
			c.hosts = map[Service]string{}
		}
		for service, host := range hosts {
			if host == "" || strings.ContainsAny(host, "/ ") {
				return fmt.Errorf("lptest: bad host %q for %s: a bare host, maybe with a port, is wanted", host, service)
			}
			c.hosts[service] = strings.ToLower(host)
		}
		return nil
	}
}

// WithSeed sets the seed of everything that is drawn: ids, tokens, the
// probability of faults, random variants. It is 0 unless set; the same seed
// and the same calls give the same run.
func WithSeed(seed int64) Option {
	return func(c *config) error {
		c.seed = seed
		return nil
	}
}

// WithLenientCookies lets calls pass without the agent session's cookies, as
// the service of 2018 did. Without it a missing cookie is refused with 401 and
// a foreign or repeated one with 403.
func WithLenientCookies() Option {
	return func(c *config) error {
		c.lenient = true
		return nil
	}
}

// WithVariants makes the answers differ from the pages' samples in form.
func WithVariants(variants ...Variant) Option {
	return func(c *config) error {
		for _, v := range variants {
			if v == VariantRandom {
				c.randomVariants = true
				continue
			}
			bit := bitOf(v)
			if bit == 0 {
				return fmt.Errorf("lptest: unknown variant %q: it is one of %q, or %q", v, Variants(), VariantRandom)
			}
			c.variants |= bit
		}
		return nil
	}
}

// WithSessionTTL sets how long a bearer lives without a refresh, 8 h unless set.
func WithSessionTTL(d time.Duration) Option {
	return positive("session TTL", d, func(c *config) { c.sessionTTL = d })
}

// WithSessionIdle ends an agent session once no call of it has come for d:
// later ones answer 404 with code 39, and what becomes of the agent's chats is
// as after a logout. An earlier generation of the service had 400 s. Sessions
// end with a logout only unless set.
func WithSessionIdle(d time.Duration) Option {
	return positive("session idle time", d, func(c *config) { c.sessionIdle = d })
}

// WithRing sets how long an incoming request rings before its agent turns
// Away, 20 s unless set.
func WithRing(d time.Duration) Option {
	return positive("ring", d, func(c *config) { c.ring = d })
}

// WithRingingLag has the ringing count lag: a chat that rings no more, because
// it was accepted, withdrawn or ended, is counted for d longer, and the link to
// accept is there as long. What begins to ring is counted at once. There is no
// lag unless set.
func WithRingingLag(d time.Duration) Option {
	return positive("ringing lag", d, func(c *config) { c.ringLag = d })
}

// WithChatTimeout sets how long a chat lives without a request to it, 40 s
// unless set. Whole seconds: chat information carries it in seconds.
func WithChatTimeout(d time.Duration) Option {
	return positive("chat timeout", d, func(c *config) { c.chatTimeout = d })
}

// WithLoginLimit answers 429 to a login name that logs in more than max times
// within per. There is no limit unless set.
func WithLoginLimit(maxLogins int, per time.Duration) Option {
	return positive("login limit", per, func(c *config) { c.loginMax, c.loginPer = maxLogins, per })
}

// WithManyLogins lets any number of bearers of a user live side by side. Without it
// each user has one active login, as the service is known to have it: a new bearer ends
// the user's other ones at once, and calls with those answer 401. Agent sessions and
// chats stay, so that the new login can take the chats over through chat sessions.
func WithManyLogins() Option {
	return func(c *config) error {
		c.manyLogins = true
		return nil
	}
}

// WithPageSize limits how many events one answer holds; the next link goes on
// from there. There is no limit unless set.
func WithPageSize(events int) Option {
	return func(c *config) error {
		if events < 1 {
			return fmt.Errorf("lptest: page size %d is not positive", events)
		}
		c.page = events
		return nil
	}
}

// WithEndedChat sets what lines, the end, transfers and the agent's typing
// status are answered with when the chat has ended: an error's status and
// internal code, 400 and 33 unless set.
func WithEndedChat(status, internalCode int) Option {
	return func(c *config) error {
		if status < 400 || status > 599 {
			return fmt.Errorf("lptest: status %d is no error", status)
		}
		c.endedStatus, c.endedCode = status, internalCode
		return nil
	}
}

// WithStoredText stores the text of agents' plain and HTML lines in another
// form than it was sent in: each of the rewriters changes it, in their order.
// See Server.StoreText to change that later.
func WithStoredText(rewriters ...Rewriter) Option {
	return func(c *config) error {
		c.lineRewriters = rewriters
		return checkRewriters(rewriters)
	}
}

// WithStoredAnswers does the same to the texts in agent surveys: free texts
// and engagement attributes that are saved or submitted, and the text answers
// of chat surveys. See Server.StoreAnswers to change that later.
func WithStoredAnswers(rewriters ...Rewriter) Option {
	return func(c *config) error {
		c.replyRewriters = rewriters
		return checkRewriters(rewriters)
	}
}

// WithJournal sets how many requests the journal keeps, DefaultJournal unless
// set. With 0 it keeps none; Server.Count counts on.
func WithJournal(requests int) Option {
	return func(c *config) error {
		if requests < 0 {
			return fmt.Errorf("lptest: journal of %d requests", requests)
		}
		c.journal = requests
		return nil
	}
}

// WithForgetting has the server forget chats, submitted, dismissed and expired
// surveys, agent sessions and bearers once they have been over for the given
// time, so that it can run for days. A forgotten chat answers 404, as an
// unknown one does. Everything is kept unless set; see WithJournal too.
func WithForgetting(after time.Duration) Option {
	return positive("forgetting after", after, func(c *config) { c.forget = after })
}

// WithObserver calls f with every request once it has been answered, also when
// the journal is full. Calls may come from several goroutines at once; f must
// not call the Server.
func WithObserver(f func(Request)) Option {
	return func(c *config) error {
		c.observer = f
		return nil
	}
}

func positive(name string, d time.Duration, set func(*config)) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("lptest: %s of %v is not positive", name, d)
		}
		set(c)
		return nil
	}
}
