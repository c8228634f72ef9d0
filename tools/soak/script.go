package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// What a line of a visitor wants besides a reply.
const (
	wantsSkill     = "transfer"  // to another skill
	wantsColleague = "colleague" // to another agent
	wantsPerson    = "person"    // to a colleague who is no bot
	wantsEnd       = "bye"       // the agent ends the chat
	wantsPanic     = "panic"     // the handler panics
)

// script is what a visitor is going to do.
type script struct {
	skill     int // by number
	opens     bool
	lines     []saying
	end       string // endedByVisitor, endedByLoss or endedByAgent
	patient   bool   // waits for all replies before it ends
	forestall bool   // a colleague submits the survey at its end
	meddles   bool   // a colleague answers in the survey while the agent fills it in
}

type saying struct {
	text  string
	pause time.Duration // before it
	waits bool          // for all replies so far, before it
	typed bool          // shows as typing first
}

var noises = [...]string{
	"", " Hello, is anybody there?", " <b>&amp; \"quoted\" \\ 'back'", " \u201cäöü\u201d 你好 😀", " 17", " null", "\n\tand more",
}

// newScript draws what the visitor of a slot does the nth time.
func newScript(seed int64, skills, slot, nth int) script {
	random := rand.New(rand.NewPCG(uint64(seed), uint64(slot)<<32|uint64(nth))) //nolint:gosec // a seed is wanted here
	s := script{skill: random.IntN(skills), opens: random.IntN(2) == 0, end: endedByVisitor, patient: true}
	count := 1 + random.IntN(9)
	for n := 1; n <= count; n++ {
		s.lines = append(s.lines, saying{
			text:  strconv.Itoa(n) + noises[random.IntN(len(noises))],
			pause: time.Duration(random.IntN(4000)) * time.Millisecond,
			waits: random.IntN(3) > 0,
			typed: random.IntN(5) == 0,
		})
	}
	ask := func(n int, what string) {
		s.lines[n].text = fmt.Sprint(n+1, " ", what)
		s.lines[n].waits = true
		if n+1 < len(s.lines) {
			s.lines[n+1].waits = true // the history of a transferred chat is not answered again
		}
	}
	switch random.IntN(14) {
	case 0, 1:
		ask(random.IntN(count), wantsSkill)
	case 2:
		ask(random.IntN(count), wantsColleague)
	case 3, 4:
		ask(random.IntN(count), wantsPerson)
	}
	switch random.IntN(40) {
	case 0, 1, 2:
		s.patient = false
	case 3, 4:
		s.patient, s.end = false, endedByLoss
	case 5, 6, 7, 8, 9:
		ask(count-1, wantsEnd)
		s.end = endedByAgent
	case 10:
		ask(count-1, wantsPanic)
		s.end = endedByAgent
	}
	switch random.IntN(20) {
	case 0:
		s.forestall = true
	case 1, 2, 3, 4, 5:
		s.meddles = true
	}
	return s
}

// readLine reads number and wish of a visitor's line.
func readLine(text string) (n int, wish string) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return 0, ""
	}
	n, _ = strconv.Atoi(fields[0])
	if len(fields) == 2 {
		wish = fields[1]
	}
	return n, wish
}

// replyTo is the bot's reply to a line.
func replyTo(n int, chat string) string { return fmt.Sprintf("re %d in %s", n, chat) }

// readReply reads what replyTo wrote.
func readReply(text string) (n int, chat string) {
	if _, err := fmt.Sscanf(text, "re %d in %s", &n, &chat); err != nil {
		return 0, ""
	}
	return n, chat
}
