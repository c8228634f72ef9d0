package desk

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Life is one life of a chat: from when it comes to the agent until it goes. One
// that comes again has another.
type Life interface {
	comparable
	// Key names the chat; it is the same in all of its lives.
	Key() string
	// Over tells whether the agent can do nothing more with it.
	Over() bool
	// Closing tells whether it is over but for what is still on its way; Over of the desk
	// is called once that is there.
	Closing() bool
	// Ended tells whether nobody can.
	Ended() bool
	// Unread tells whether there is something in it that was not handled.
	Unread() bool
	// Replaced ends it since the chat's next life has begun.
	Replaced()
	// Lost ends it since nothing can be done for it any more.
	Lost()
	// Stop hands nothing more to the handler.
	Stop()
	// Told tells whether the handler knows that.
	Told() bool
}

// Channel is how a desk reaches its service, and whom it tells.
type Channel[L Life] interface {
	// List asks what the service says is the agent's, and nobody in this process has
	// in hand. plain is false if the answer does not plainly show all.
	List(ctx context.Context) (keys []string, plain bool, err error)
	// Adopt begins a life of one that is on the list. ok is false if it is over, or
	// somebody else's to handle.
	Adopt(ctx context.Context, key string) (life L, ok bool, err error)
	// Returned tells what became of a life's handler, on the handler's goroutine. left
	// says that the chat is left open on purpose.
	Returned(life L, err error, left bool)
	// Settle ends a chat that still runs after its handler, or hands it over. again says
	// that this could not be done with its former life.
	Settle(ctx context.Context, life L, err error, again bool)
	// Rest tells the service, when the desk stops, that the agent takes no more.
	Rest(ctx context.Context)

	// These are called by the owner, and must not wait.

	// Begin opens what is there before anything else is done.
	Begin()
	// Tick makes the polls that are due.
	Tick(now time.Time)
	// Opened is a life that has begun.
	Opened(life L, how How)
	// Closed is one that has ended or, with left, is left open.
	Closed(life L, left bool)
	// Trouble is a call of the desk's own that has failed.
	Trouble(what, key string, err error, pause time.Duration)
}

// How is how a life began.
type How int

// The ways in which a life begins.
const (
	Accepted How = iota // rang, and was accepted
	Adopted             // was the agent's before the desk knew
	Resumed             // was left open by a former desk
)

// Config is what a desk is made of.
type Config[L Life] struct {
	Channel[L]
	// Handle handles one life, on a goroutine of its own. nil: somebody watches, and
	// handles them elsewhere.
	Handle func(ctx context.Context, life L) error
	// Ready tells whether the service can be asked at all; nil: always. The desk asks for
	// nothing while it cannot.
	Ready func() bool
	// Interval is the time between two ticks.
	Interval time.Duration
	// ListEvery is how often the desk asks what the service says is the agent's when it
	// has no reason to; 0: [DefaultListEvery].
	ListEvery time.Duration
	// Told says that the service tells by itself of what becomes the agent's, see Found:
	// what was not his when it was to be opened may become his, and what could not be
	// opened is tried again without a list.
	Told bool
	// Haste is how what nobody handles yet is asked for; nil: as chats want it.
	Haste *Haste
	// Max is how many chats there may be at a time; 0: no limit.
	Max int
	// Adopt begins with what the service says is the agent's. Without it only what
	// becomes the agent's later is looked for.
	Adopting bool
	// Leave leaves the chats open when the desk stops.
	Leave bool
	// Grace is how long stopping may take in all, but for handlers that do not return.
	Grace time.Duration
	// Least is the time that the settling of chats has at least when the desk stops, be the
	// grace shorter; 0: [DefaultLeast].
	Least time.Duration
	// Ended is closed when there is no use in going on.
	Ended <-chan struct{}
}

// Haste is how what may be the agent's, and is handled by nobody yet, is asked for: the
// lists that show it, and the opening of it.
type Haste struct {
	// Limit is the time limit of one call; 0: the channel limits its requests itself.
	Limit time.Duration
	// Pause is the longest pause after a failure, and Tries how often that holds before
	// the pauses become long; 0: for ever.
	Pause time.Duration
	Tries int
	// AtOnce is how many are opened at a time; 0: no limit.
	AtOnce int
}

// chatHaste is for chats that nobody asks for: they live for 40 s. A call that gets no
// answer is made again at the next tick, before they are over.
var chatHaste = &Haste{Limit: 4 * time.Second, Pause: 5 * time.Second, Tries: 8}

// holds tells whether there is haste yet after so many failures.
func (h *Haste) holds(failures int) bool { return h.Tries == 0 || failures < h.Tries }

// limit limits a call that is made in haste.
func (h *Haste) limit(ctx context.Context, urgent bool) (context.Context, context.CancelFunc) {
	if !urgent || h.Limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, h.Limit)
}

// Desk is what an agent has in hand; see the package.
type Desk[L Life] struct {
	Config[L]
	inbox   inbox
	beside  sync.WaitGroup
	polls   context.Context // of what runs beside
	finish  context.Context // of what has to be finished
	life    context.Context // of handlers
	endLife func()
	// endWhole ends what has to be finished, and has had its time.
	endWhole func()
	stage    atomic.Int32 // written by the owner
	closeBy  atomic.Pointer[time.Time]

	// The rest is the owner's alone.

	lives    map[string]*entry[L] // the present life of each chat
	handlers int                  // that run, also of lives that were replaced
	whole    int                  // of what stopping waits for
	alarm    *time.Timer          // of the next stage, nil before the first
	stopped  time.Time
	reconciling[L]
}

// entry is a life on the desk.
type entry[L Life] struct {
	life    L
	since   time.Time
	again   bool // the one before could not be settled
	running bool
	closed  bool // has been told
	settled atomic.Bool
}

// settle tells whether the caller is the one to settle it.
func (e *entry[L]) settle() bool { return e.settled.CompareAndSwap(false, true) }

// New returns a desk.
func New[L Life](c Config[L]) *Desk[L] {
	if c.ListEvery == 0 {
		c.ListEvery = DefaultListEvery
	}
	if c.Least == 0 {
		c.Least = DefaultLeast
	}
	if c.Haste == nil {
		c.Haste = chatHaste
	}
	d := &Desk[L]{
		Config: c, inbox: inbox{filled: make(chan struct{}, 1)}, lives: map[string]*entry[L]{},
		reconciling: reconciling[L]{opening: map[string]bool{}, others: map[string]time.Time{}, unopened: map[string]*Pacer{}, unsettled: map[string]*Pacer{}},
	}
	if c.Haste.AtOnce > 0 {
		d.places = make(chan struct{}, c.Haste.AtOnce)
	}
	return d
}

// Run works at the desk until ctx has ended and all has been seen to, or until
// Ended is closed. When it returns, nothing of the desk runs any more.
func (d *Desk[L]) Run(ctx context.Context) {
	polls, stopPolls := context.WithCancel(context.WithoutCancel(ctx))
	d.polls = polls
	d.life, d.endLife = context.WithCancel(polls)
	d.finish, d.endWhole = context.WithCancel(polls)
	defer d.beside.Wait()
	defer d.inbox.close()
	defer stopPolls()
	defer d.endWhole()
	defer d.endLife()
	stop, ended := ctx.Done(), d.Ended // a context that cannot end has no channel
	timer := time.NewTimer(0)
	defer timer.Stop()
	defer d.noAlarm()
	d.Begin()
	shift := rand.N(d.Interval) //nolint:gosec // spreading a fleet needs no secrecy
	for !d.done() {
		select {
		case <-d.inbox.filled:
			for _, report := range d.inbox.take() {
				report()
			}
		case <-timer.C:
			timer.Reset(d.Interval + shift)
			shift = 0
			now := time.Now()
			d.reconcile(now)
			d.reopen()
			d.Tick(now)
		case <-stop:
			stop = nil
			d.stop()
		case <-d.alarmed():
			d.next()
		case <-ended:
			ended, stop = nil, nil
			d.abandon()
		}
	}
	for _, e := range d.sorted() { // left open, or handled by nobody here
		d.drop(e, !e.life.Over() || e.life.Unread())
	}
}

// Post reports to the owner: report runs on its goroutine, and must not wait.
// After the desk has ended it is dropped.
func (d *Desk[L]) Post(report func()) { d.inbox.post(report) }

// Beside does work beside the owner, which then calls what it returns, unless
// that is nil. The context ends with the desk.
func (d *Desk[L]) Beside(work func(ctx context.Context) (report func())) {
	d.beside.Go(func() {
		if report := work(d.polls); report != nil {
			d.Post(report)
		}
	})
}

// Whole is Beside for work that has to be finished: the desk does not end before. Once it
// stops, the context ends when the time is over in which chats are settled. Only the owner
// calls it.
func (d *Desk[L]) Whole(work func(ctx context.Context) (report func())) {
	d.whole++
	d.Beside(func(context.Context) func() {
		report := work(d.finish) //nolint:contextcheck // which outlives the polls'
		return func() {
			d.whole--
			if report != nil {
				report()
			}
		}
	})
}

// Lives are the present lives that are not over, in the order of their keys.
func (d *Desk[L]) Lives() []L {
	lives := make([]L, 0, len(d.lives))
	for _, e := range d.lives {
		if !e.life.Over() {
			lives = append(lives, e.life)
		}
	}
	slices.SortFunc(lives, func(a, b L) int { return strings.Compare(a.Key(), b.Key()) })
	return lives
}

func (d *Desk[L]) sorted() []*entry[L] {
	return slices.SortedFunc(maps.Values(d.lives), func(a, b *entry[L]) int { return strings.Compare(a.life.Key(), b.life.Key()) })
}

// Life returns the present life of a chat, if there is one that is not over.
func (d *Desk[L]) Life(key string) (life L, ok bool) {
	if e := d.lives[key]; e != nil && !e.life.Over() {
		return e.life, true
	}
	return life, false
}

// Room tells whether one more chat may be accepted. What may have been accepted
// without the desk's knowing counts.
func (d *Desk[L]) Room() bool { return d.RoomBeside(0) }

// RoomBeside is Room beside n more that are about to come.
func (d *Desk[L]) RoomBeside(n int) bool {
	return !d.Stopping() && (d.Max <= 0 || d.load()+n < d.Max)
}

// Full tells whether there are as many chats as there may be.
func (d *Desk[L]) Full() bool { return d.Max > 0 && len(d.lives) >= d.Max }

func (d *Desk[L]) load() int {
	n := len(d.lives) + len(d.opening) + d.doubts
	if d.Told { // they are the agent's, whoever reads them
		n += len(d.unopened)
	}
	return n
}

// Open begins a life, and a former life of that chat ends.
func (d *Desk[L]) Open(life L, how How) {
	key := life.Key()
	delete(d.others, key)
	delete(d.unopened, key)
	if old := d.lives[key]; old != nil {
		if old.life == life {
			return
		}
		old.life.Replaced()
		d.tell(old, false)
	}
	e := &entry[L]{life: life, since: time.Now(), again: d.unsettled[key] != nil}
	d.lives[key] = e
	d.Opened(life, how)
	switch {
	case d.Handle == nil:
		// somebody watches
	case d.Leave && d.Stopping() && !life.Over():
		return // it is left
	case d.at() >= cut:
		d.settleBeside(e) // unless it is over
	default:
		d.attend(e)
	}
	d.Over(life) // if it is
}

// Over notes that a life is over. The desk keeps one that has ended until its
// handler has returned; one that went elsewhere takes no room.
func (d *Desk[L]) Over(life L) {
	e := d.lives[life.Key()]
	if e == nil || e.life != life || !life.Over() || life.Closing() {
		return
	}
	if e.running && life.Ended() {
		d.tell(e, false)
	} else {
		d.drop(e, false)
	}
}

// drop takes a life off the desk.
func (d *Desk[L]) drop(e *entry[L], left bool) {
	delete(d.lives, e.life.Key())
	if e.life.Over() {
		delete(d.unsettled, e.life.Key())
	}
	if e.life.Ended() {
		d.others[e.life.Key()] = time.Time{} // should the service still list it
	}
	d.tell(e, left)
}

// tell tells, once, that a life has ended or is left.
func (d *Desk[L]) tell(e *entry[L], left bool) {
	if !e.closed {
		e.closed = true
		d.Closed(e.life, left)
	}
}
