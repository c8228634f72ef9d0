package agentsurvey_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
)

// large is a survey of n questions with 10 replies each. If it branches, all
// questions do.
func large(tb testing.TB, n int, branches bool) *agentsurvey.Survey {
	tb.Helper()
	var b strings.Builder
	b.WriteString(`{"id":7,"root":1,"questions":[`)
	for i := 1; i <= n; i++ {
		if i > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"orderId":%d,"text":"question","required":true,"category":"radio_button","containsLogic":%t,"replies":[`, i, i, branches)
		for r := range 10 {
			if r > 0 {
				b.WriteByte(',')
			}
			to := min(i+1, n)
			if branches {
				to = min(i+1+r%2, n)
			}
			if i == n {
				to = 0
			}
			fmt.Fprintf(&b, `{"id":%d,"text":"reply %d","next":%d}`, 10*i+r, r, to)
		}
		b.WriteString(`]}`)
	}
	b.WriteString(`],"stateRevision":1564319724453625857}`)
	surveys, _ := scripted(tb, []string{"200\n\n" + b.String()})
	s, err := surveys.State(tb.Context(), ref, agentsurvey.Full())
	require.NoError(tb, err)
	return s
}

// fill walks a form to its end.
func fill(tb testing.TB, form *agentsurvey.Form, n int) {
	tb.Helper()
	for i := 1; i <= n; i++ {
		if err := form.Answer(int64(i), agentsurvey.Choice(int64(10*i))); err != nil {
			tb.Fatal(err)
		}
	}
}

// everything is walking, validating and merging a survey.
func everything(tb testing.TB, s *agentsurvey.Survey) {
	tb.Helper()
	n := len(s.Questions)
	form := s.Form()
	fill(tb, form, n)
	if err := form.Validate(); err != nil {
		tb.Fatal(err)
	}
	if err := form.Merge(s, nil); err != nil {
		tb.Fatal(err)
	}
	if p := form.Progress(); p.Answered != n {
		tb.Fatal(p)
	}
}

// BenchmarkForm: 200 questions with 2,000 replies, and five times as many. Filling
// a form walks it at each answer, so all of it together grows faster than the
// survey; no single operation does.
func BenchmarkForm(b *testing.B) {
	for _, branches := range []bool{false, true} {
		for _, n := range []int{200, 1000} {
			b.Run(fmt.Sprintf("branches=%t,questions=%d", branches, n), func(b *testing.B) {
				s := large(b, n, branches)
				b.ReportAllocs()
				for b.Loop() {
					everything(b, s)
				}
			})
		}
	}
	b.Run("change the first branch", func(b *testing.B) {
		form := large(b, 200, true).Form()
		fill(b, form, 200)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := form.Answer(1, agentsurvey.Choice(int64(10+i%2*2))); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What does not depend on the machine: the allocations grow with the survey
// and no faster. How long it takes is for the benchmark to show.
func TestLargeSurveys(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts the whole process
	for _, branches := range []bool{false, true} {
		small, big := large(t, 200, branches), large(t, 1000, branches)
		a := testing.AllocsPerRun(3, func() { everything(t, small) })
		b := testing.AllocsPerRun(3, func() { everything(t, big) })
		assert.Less(t, a, 2000.0)
		assert.Less(t, b, 6*a)
	}
}

// A question with very many replies.
func TestManyReplies(t *testing.T) {
	t.Parallel()
	const n = 2000
	var b strings.Builder
	b.WriteString(`[{"id":1,"orderId":1,"category":"checkbox","containsLogic":true,"replies":[`)
	var all []int64
	var texts []string
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"text":"reply %d","next":%d}`, i, i, n+i%7)
		all, texts = append(all, int64(n-i-1)), append(texts, fmt.Sprintf("Reply %d", i))
	}
	b.WriteString(`]}]`)
	form := loaded(t, b.String()).Form()
	require.NoError(t, form.Answer(1, agentsurvey.ChoiceText(texts...)))
	byText, _ := form.State(1)
	require.NoError(t, form.Answer(1, agentsurvey.Choice(all...)))
	byID, _ := form.State(1)
	assert.Equal(t, byText, byID)
	assert.Len(t, byID.ReplyIDs, n)
	require.Error(t, form.Answer(1, agentsurvey.Choice(append(all, n)...)))
	root, pending := form.Pending()
	assert.True(t, pending)
	assert.EqualValues(t, n, root)
}
