package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// What a handler could not answer, the next one may handle again.
func TestLinesOfSeveralHandlers(t *testing.T) {
	t.Parallel()
	l := newLedger().page("ada")
	l.begin("H1")
	for n, o := range []outcome{1: sent, 2: unconfirmed, 3: unsent} {
		if n > 0 {
			l.line("H1", n)
			l.reply("H1", n, o, int64(n))
		}
	}
	l.end("H1", moved)
	assert.Equal(t, []string{"H1" + movedMark}, l.done(back))
	l.begin("H1")
	assert.Empty(t, l.done(nil), "a handler runs")
	l.line("H1", 2)
	l.line("H1", 3)
	l.end("H1", clean)
	e := l.take("H1")
	assert.Equal(t, []int{1, 2, 3}, e.lines)
	l = newLedger().page("ada")
	l.begin("H1")
	l.line("H1", 1)
	l.reply("H1", 1, sent, 1)
	l.line("H1", 1)
	assert.Equal(t, []int{1, 1}, l.chats["H1"].lines, "what was answered is not to come again")
	assert.Equal(t, 2, l.counts().in)
}

// A handler that has lost its chat to the next one may be given lines that it
// cannot answer any more. It must not answer them.
func TestLinesAfterTheChatHasGone(t *testing.T) {
	t.Parallel()
	for last, lines := range map[outcome][]int{unsent: {1}, unconfirmed: {1}, sent: {1, 1}} {
		for _, late := range []bool{false, true} {
			l := newLedger().page("ada")
			l.begin("H1")
			l.begin("H1")
			l.line("H1", 1)
			if late {
				l.reply("H1", 1, sent, 7)
			}
			l.line("H1", 1)
			if !late {
				l.reply("H1", 1, sent, 7)
			}
			l.reply("H1", 1, last, 9)
			assert.Equal(t, lines, l.chats["H1"].lines)
			assert.Equal(t, sent, l.chats["H1"].outcomes[1])
		}
	}
}

func back(string, time.Duration) bool { return true }

func TestStoppedHandlersComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLedger().page("ada")
		l.begin("H1")
		l.end("H1", stopped)
		assert.Empty(t, l.done(back))
		assert.Equal(t, []string{"H1"}, l.done(nil))
		time.Sleep(resumeTime)
		assert.Empty(t, l.done(func(agent string, long time.Duration) bool { return agent != "ada" || long < resumeTime }))
		assert.Equal(t, []string{"H1"}, l.done(back))
		l.begin("H1")
		assert.Empty(t, l.done(nil))
	})
}

func TestSilentHandlers(t *testing.T) {
	t.Parallel()
	for o, silent := range map[outcome]bool{handled: true, unsent: true, unconfirmed: false, sent: false} {
		assert.Equal(t, silent, (&entry{outcomes: map[int]outcome{1: unsent, 2: o}}).silent())
	}
}

// What a process had in hand when it crashed is the next one's, and it says no
// more.
func TestCrashes(t *testing.T) {
	t.Parallel()
	book := newLedger()
	p := book.page("ada")
	p.begin("H1")
	p.line("H1", 1)
	p.reply("H1", 1, sent, 7)
	p.line("H1", 2)
	p.tear()
	p.reply("H1", 2, unsent, 0)
	p.line("H1", 3)
	p.end("H1", clean)
	assert.Empty(t, book.done(back), "another process is awaited")
	next := book.page("ada")
	next.begin("H1")
	next.line("H1", 2)
	next.reply("H1", 2, sent, 8)
	next.end("H1", clean)
	assert.Equal(t, []string{"H1" + movedMark}, book.done(back))
	e := book.take("H1")
	assert.Equal(t, []int{1, 2}, e.lines)
	assert.Equal(t, sent, e.outcomes[2])
}

// A process crashes after its chat has gone to another agent, who is given the line
// that it had in hand.
func TestCrashAfterTheChatHasGone(t *testing.T) {
	t.Parallel()
	for _, answered := range []bool{false, true} {
		book := newLedger()
		first, second := book.page("ada"), book.page("bob")
		first.begin("H1")
		first.line("H1", 1)
		second.begin("H1")
		second.line("H1", 1)
		if answered {
			second.reply("H1", 1, sent, 7)
		}
		first.tear()
		if !answered {
			second.reply("H1", 1, sent, 7)
		}
		second.end("H1", clean)
		e := book.take("H1")
		assert.Equal(t, []int{1}, e.lines)
		assert.Equal(t, sent, e.outcomes[1])
		assert.Equal(t, 1, e.unsure[1], "it may have sent its reply")
	}
}

// What another agent cannot say any more to a line that a crashed process had in hand
// leaves open what that one has said.
func TestCrashBeforeTheChatIsKnownToBeGone(t *testing.T) {
	t.Parallel()
	for last, want := range map[outcome]outcome{unsent: dropped, given: dropped, unconfirmed: unconfirmed, sent: sent} {
		book := newLedger()
		first, second := book.page("ada"), book.page("bob")
		second.begin("H1") // and has lost it since
		first.begin("H1")
		first.line("H1", 1)
		first.tear()
		second.line("H1", 1)
		second.reply("H1", 1, last, 7)
		second.end("H1", clean)
		e := book.take("H1")
		assert.Equal(t, []int{1}, e.lines)
		assert.Equal(t, want, e.outcomes[1])
		found := judge(&record{Chat: "H1", Talk: true, Said: 1, Lines: map[int]int64{1: 3}, Replies: []arrival{{N: 1, Chat: "H1", ID: 7, Agent: "ada"}}}, e)
		assert.Empty(t, found)
		assert.Regexp(t, `^[0-9:.]+ process 1, bob: begin 0 0\n[0-9:.]+ process 2, ada: begin 0 0\n[0-9:.]+ process 2, ada: line 1 0\n[0-9:.]+ process 2, ada: crash 1 0\n`, e.String())
	}
}
