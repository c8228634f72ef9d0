package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/messagingagent"
)

// talker handles the conversations of one agent of the messaging channel.
type talker struct {
	f       *fleet
	page    *page
	surveys *agentsurvey.Client
	id      liveperson.UserID // of the agent
}

// connect opens the socket of a process.
func (p *process) connect(ctx context.Context, opts ...messagingagent.Option) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p.talk, err = messagingagent.Connect(ctx, p.session, opts...)
	return err
}

// talks serves with the conversations left open in the end, and returns how it ended.
func (p *process) talks(ctx context.Context, surveys *agentsurvey.Client) error {
	defer p.talk.Close()
	t := &talker{f: p.a.f, page: p.page, surveys: surveys, id: p.session.User().ID}
	return p.talk.Serve(ctx, t, messagingagent.WithOnError(func(_ *messagingagent.Conversation, err error) {
		var panicked *messagingagent.PanicError
		if errors.As(err, &panicked) && panicked.Value == errAsked { //nolint:errorlint // the very one
			p.a.f.panics.Add(1)
			return
		}
		p.a.f.errors.Add(1)
	}))
}

// ServeConversation answers each message.
func (t *talker) ServeConversation(ctx context.Context, c *messagingagent.Conversation) error {
	w := &talk{
		id: string(c.ID()), f: t.f, page: t.page, surveys: t.surveys,
		lines:    texts(c.Messages(ctx), func(m messagingagent.Event) string { return m.Text }),
		stopping: messagingagent.ErrStopping, ended: messagingagent.ErrConversationEnded, lost: messagingagent.ErrConversationLost,
		send:     func(text string) (int64, error) { return c.Send(ctx, messagingagent.Text(text)) },
		show:     func(ctx context.Context) { _ = c.Typing(ctx, messagingagent.ChatComposing) },
		unread:   func() (int, error) { return c.Unread() },
		transfer: func(wish string) bool { return t.transfer(ctx, c, wish) },
	}
	return w.handle(ctx)
}

// transfer hands the conversation on. It tells whether it has gone.
func (t *talker) transfer(ctx context.Context, c *messagingagent.Conversation, wish string) bool {
	skills := t.f.skills.Talk
	to := messagingagent.ToSkill(skills[rand.IntN(len(skills))]) //nolint:gosec // any will do
	switch wish {
	case wantsColleague:
		to = messagingagent.ToAgent(t.f.anyAgent(messaging, t.id), c.Skill())
	case wantsPerson:
		if t.f.skills.People == "" {
			return false
		}
		to = messagingagent.ToSkill(t.f.skills.People)
	}
	return c.Transfer(ctx, to) == nil
}

// hold is the body of an answer that has opened a web socket, until the line is cut.
func (l *line) hold(socket io.ReadWriteCloser, end func()) io.ReadWriteCloser {
	c := &cord{ReadWriteCloser: socket, end: end, closed: make(chan struct{})}
	go func() {
		select {
		case <-l.cut:
			_ = socket.Close()
		case <-c.closed:
		}
	}()
	return c
}

// cord is an open web socket.
type cord struct {
	io.ReadWriteCloser
	end    func()
	once   sync.Once
	closed chan struct{}
}

// Close closes the socket.
func (c *cord) Close() error {
	c.once.Do(func() { close(c.closed) })
	defer c.end()
	return c.ReadWriteCloser.Close()
}
