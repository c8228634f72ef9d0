package messagingagent

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

func numbered(numbers ...int64) (events []Event) {
	for _, n := range numbers {
		events = append(events, Event{Sequence: n, Sequenced: true})
	}
	return events
}

func numbersOf(events []Event) (numbers []int64) {
	for _, e := range events {
		numbers = append(numbers, e.Sequence)
	}
	return numbers
}

// What comes in any order, more than once, is handed on in order, and once.
func TestStream(t *testing.T) {
	t.Parallel()
	s := newStream()
	add := func(numbers ...int64) (out []int64) {
		for _, e := range numbered(numbers...) {
			out = append(out, numbersOf(s.add(nil, &e))...)
		}
		return out
	}
	assert.Empty(t, add(2), "not loaded yet")
	assert.True(t, s.gap())
	mark := s.mark()
	assert.Equal(t, []int64{0, 1, 2}, numbersOf(s.settle(mark, numbered(0, 1, 2))))
	assert.False(t, s.gap())
	assert.Equal(t, []int64{3}, add(3, 3, 2, 0))
	assert.Empty(t, add(6))
	assert.True(t, s.gap())
	assert.Equal(t, []int64{4, 5, 6}, add(4, 5))
	assert.False(t, s.gap())

	// a number that nobody has
	assert.Empty(t, add(9, 8))
	mark = s.mark()
	assert.Empty(t, add(11))
	assert.Equal(t, []int64{8, 9}, numbersOf(s.settle(mark, numbered(9, 8))))
	assert.True(t, s.gap(), "11 came while the query was under way")
	assert.Equal(t, []int64{10, 11}, add(10))

	// a number far ahead, which no query confirms, hides nothing
	assert.Empty(t, add(1_000_000_000))
	mark = s.mark()
	assert.Equal(t, []int64{1_000_000_000}, numbersOf(s.settle(mark, nil)))
	assert.False(t, s.gap())
	assert.Equal(t, []int64{12, 13}, add(12, 1_000_000_000, 13))

	// a message that was said to be there
	s.hint(13)
	assert.False(t, s.gap())
	s.hint(15)
	assert.True(t, s.gap())
	assert.Equal(t, []int64{14, 15}, numbersOf(s.settle(s.mark(), numbered(14, 15, 13))))
	s.hint(16)
	assert.Empty(t, s.settle(s.mark(), nil))
	assert.False(t, s.gap(), "the query has told that there is none")
}

// Whatever is dropped, doubled and put out of order: with queries, each event is
// handed on once, and in order.
func TestStreamAtRandom(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		s := newStream()
		var got []int64
		said, total := int64(0), int64(1+random.IntN(60))
		query := func() {
			mark, next := s.mark(), s.next
			var all []int64
			for n := next; n < said; n++ {
				all = append(all, n)
			}
			if random.IntN(2) == 0 && said < total { // one comes meanwhile
				got = append(got, numbersOf(s.add(nil, &numbered(said)[0]))...)
				said++
			}
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			got = append(got, numbersOf(s.settle(mark, numbered(all...)))...)
		}
		for said < total {
			said++
			for range random.IntN(3) { // none, once or twice, at times an older one
				got = append(got, numbersOf(s.add(nil, &numbered(random.Int64N(said))[0]))...)
			}
			if s.gap() && random.IntN(3) == 0 {
				query()
			}
		}
		s.hint(total - 1)
		for s.gap() {
			query()
		}
		want := make([]int64, total)
		for n := range want {
			want[n] = int64(n)
		}
		assert.Equal(t, want, got, "seed %d", seed)
	}
}
