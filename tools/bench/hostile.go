package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/retry"
)

// hostile measures what an answer costs that was made to cost a lot: deep
// nesting takes time, endless short elements take memory. Whether the call then
// fails does not matter here.
func hostile(ctx context.Context, b *bench) error {
	s, err := newStage(ctx, "memory", retry.WithPolicy(retry.Policy{Waits: []time.Duration{}})) // one try
	if err != nil {
		return err
	}
	defer s.close()
	worst := 0.0
	for _, n := range nestings(1 << 20) {
		took, _, err := s.swallow(ctx, n)
		if err != nil {
			return err
		}
		ms := float64(took) / float64(time.Millisecond)
		b.add("hostile.nesting."+n.name, ms, "ms")
		worst = max(worst, ms)
	}
	b.goal("hostile.nesting.worst", worst, "ms", 20)
	worst = 0
	for _, n := range elements(16 << 20) {
		took, peak, err := s.swallow(ctx, n)
		if err != nil {
			return err
		}
		mib := float64(peak) / (1 << 20)
		b.add("hostile.elements."+n.name, mib, "MiB")
		b.add("hostile.elements."+n.name+".time", float64(took)/float64(time.Millisecond), "ms")
		worst = max(worst, mib)
	}
	b.goal("hostile.elements.worst", worst, "MiB", 256)
	return nil
}

// document is an answer to a poll, or to State where it is a survey's.
type document struct{ name, text string }

// filled puts into the place @ as much of a repeated pattern as makes the whole
// that long.
func filled(name, frame string, size int, open, closing string) document {
	before, after, _ := strings.Cut(frame, "@")
	n := max(0, (size-len(before)-len(after))/(len(open)+len(closing)))
	inner := ""
	if closing == "}" {
		inner = "1" // a member has a value
	}
	return document{name, before + strings.Repeat(open, n) + inner + strings.Repeat(closing, n) + after}
}

// Where a poll has elements, and a scalar.
const (
	chatsFrame  = `{"chats":{"chat":[@{}]}}`
	eventsFrame = `{"chats":{"chat":[{"events":{"event":[@{}]}}]}}`
	textFrame   = `{"chats":{"chat":[{"events":{"event":[{"id":1,"type":"line","text":@}]}}]}}`
	infoFrame   = `{"chats":{"chat":[{"info":{"visitorName":@}}]}}`
	ownFrame    = `{"chats":{"chat":[{"info":{"unheardOf":@}}]}}`
	surveyFrame = `{"id":1,"name":"x","root":1,"questions":[@{}]}`
)

// nestings are documents that are as deep as they are long, and documents of some
// depths, which a decoder may just allow, with all the rest at the bottom: there
// each level may cost a reading of the rest.
func nestings(size int) []document {
	var list []document
	for _, depth := range []int{50, 500, 9900} {
		for _, level := range [][3]string{{"lists", "[", "]"}, {"dollars", `{"$":`, "}"}} {
			frame := strings.Replace(textFrame, "@", strings.Repeat(level[1], depth)+"[@1]"+strings.Repeat(level[2], depth), 1)
			list = append(list, filled(fmt.Sprintf("%s_%d_deep", level[0], depth), frame, size, "1,", ""))
		}
	}
	return append(list,
		filled("open", textFrame, size, "[", ""),
		filled("lists_for_text", textFrame, size, "[", "]"),
		filled("dollars_for_text", textFrame, size, `{"$":`, "}"),
		filled("lists_for_name", infoFrame, size, "[", "]"),
		filled("lists_for_events", strings.Replace(eventsFrame, "@{}", "@", 1), size, "[", "]"),
		filled("lists_for_chats", strings.Replace(chatsFrame, "@{}", "@", 1), size, "[", "]"),
		filled("objects_nobody_knows", ownFrame, size, `{"a":`, "}"),
	)
}

// elements are documents of as many elements as fit.
func elements(size int) []document {
	return []document{
		filled("chats", chatsFrame, size, "{},", ""),
		filled("events", eventsFrame, size, "{},", ""),
		filled("questions", surveyFrame, size, "{},", ""),
	}
}

// swallow has the SDK read a document, and returns how long that took and the
// most memory that the heap had meanwhile, the document's included.
func (s *stage) swallow(ctx context.Context, d document) (took time.Duration, peak uint64, err error) {
	s.tape.only([]byte(d.text))
	defer s.tape.only(nil)
	debug.FreeOSMemory()
	base := heap()
	stop, stopped := make(chan struct{}), make(chan uint64)
	go func() {
		most := base
		for {
			select {
			case <-stop:
				stopped <- max(most, heap())
				return
			case <-time.After(200 * time.Microsecond):
				most = max(most, heap())
			}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	start := time.Now()
	if strings.HasPrefix(d.text, `{"chats"`) {
		_, err = s.agent.PollChats(ctx, s.cursor)
	} else {
		_, err = s.surveys.State(ctx, s.survey, agentsurvey.Full())
	}
	took = time.Since(start)
	close(stop)
	peak = <-stopped - base
	if errors.Is(err, context.Canceled) || errors.Is(err, errNotTaped) {
		return 0, 0, fmt.Errorf("%s: %w", d.name, err)
	}
	return took, peak, nil
}

// heap is what the objects take, those that are not yet collected included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		panic("no heap size in " + runtime.Version())
	}
	return sample[0].Value.Uint64()
}

// only has the tape answer everything with this text, until it is nil.
func (t *tape) only(text []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.single = nil
	if text != nil {
		t.single = &taped{http.StatusOK, http.Header{"Content-Type": {"application/json"}}, text}
	}
}
