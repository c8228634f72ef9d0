package agentsurvey_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/lptest"
)

// anySurvey draws a survey whose questions lead forward only.
func anySurvey(t *rapid.T) lptest.Survey {
	n := rapid.IntRange(1, 12).Draw(t, "questions")
	id := func(i int) int64 { return int64(7*((i*5)%n) + 1000*i + 3) }
	direction := func(i int, label string) (int64, bool) {
		switch rapid.IntRange(0, 3).Draw(t, label) {
		case 0:
			return 0, true
		case 1:
			return 0, false
		}
		if i+1 == n {
			return 0, false
		}
		return id(rapid.IntRange(i+1, n-1).Draw(t, label+" to")), false
	}
	survey := lptest.Survey{Skill: -1, MergeSaves: rapid.Bool().Draw(t, "merge saves")}
	for i := range n {
		q := lptest.Question{ID: id(i), Order: int64(i + 1), Text: "question", Required: rapid.Bool().Draw(t, "required")}
		q.Next, q.NextInOrder = direction(i, "next")
		q.Category = rapid.SampledFrom([]string{"free_text", "number", "date", "radio_button", "checkbox", "dropdown", "engagement"}).Draw(t, "category")
		switch q.Category {
		case "free_text":
			q.MaxCharacters = 5 * rapid.IntRange(0, 1).Draw(t, "max")
		case "radio_button", "checkbox", "dropdown":
			for r := range rapid.IntRange(1, 12).Draw(t, "replies") {
				reply := lptest.Reply{ID: int64(r), Text: strconv.Itoa(r)}
				if reply.ID == 0 {
					reply.ID = 100
				}
				reply.Next, reply.NextInOrder = direction(i, "reply")
				q.Replies = append(q.Replies, reply)
			}
		case "engagement":
			q.Category, q.Definition = "free_text", "engagement_attributes"
			q.Engagement = &lptest.Engagement{
				Type:       rapid.SampledFrom([]string{"service_activity", "service", "lead", "purchase"}).Draw(t, "type"),
				Attributes: []string{"topic", "status", "value", "order_total", "currency"},
			}
		}
		survey.Questions = append(survey.Questions, q)
	}
	return survey
}

// anyAnswer draws an answer that fits a question.
func anyAnswer(t *rapid.T, q agentsurvey.Question) agentsurvey.Answer {
	switch {
	case q.Engagement != nil && q.Engagement.Type == agentsurvey.LeadType:
		return agentsurvey.Engaged(agentsurvey.Lead{Value: json.Number(strconv.Itoa(rapid.Int().Draw(t, "value")))})
	case q.Engagement != nil && q.Engagement.Type == agentsurvey.PurchaseType:
		return agentsurvey.Engaged(agentsurvey.Purchase{Currency: rapid.StringN(1, -1, -1).Draw(t, "currency")})
	case q.Engagement != nil:
		return agentsurvey.Engaged(agentsurvey.Service{Topic: "loan", Status: "0"})
	case len(q.Replies) > 0:
		most := 1
		if q.Category == agentsurvey.Checkbox {
			most = len(q.Replies)
		}
		var chosen []int64
		for _, r := range rapid.Permutation(q.Replies).Draw(t, "replies")[:rapid.IntRange(1, most).Draw(t, "chosen")] {
			chosen = append(chosen, r.ID)
		}
		return agentsurvey.Choice(chosen...)
	case q.Category == agentsurvey.NumberAnswer:
		return agentsurvey.Number(rapid.Float64Range(-1e20, 1e20).Draw(t, "number"))
	case q.Category == agentsurvey.DateAnswer:
		return agentsurvey.Date(time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "date"), 0))
	}
	return agentsurvey.Text("x" + rapid.StringN(0, 2, -1).Draw(t, "text"))
}

// For any survey and any way of filling it in: the fake accepts whatever the
// form sends, and every path can be completed.
func TestAnySurveyCanBeCompleted(t *testing.T) {
	t.Parallel()
	t.Run("as documented", func(t *testing.T) {
		t.Parallel()
		completeAny(t)
	})
	t.Run("in any form", func(t *testing.T) {
		t.Parallel()
		completeAny(t, lptest.WithVariants(lptest.VariantRandom))
	})
}

func completeAny(t *testing.T, opts ...lptest.Option) {
	t.Helper()
	srv := brand(t, 1, opts...)
	session := signIn(t, srv, 0)
	clients := []*agentsurvey.Client{newClient(t, session), newClient(t, session, agentsurvey.WithVersion(agentsurvey.V1))}
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		survey := anySurvey(t)
		survey.Conversation = fmt.Sprint("conversation-", runs)
		srv.AddSurvey(survey)
		surveys := rapid.SampledFrom(clients).Draw(t, "client")
		ref := agentsurvey.Ref{Conversation: liveperson.ConversationID(survey.Conversation), Skill: liveperson.NoSkill}
		var part []agentsurvey.Part
		if rapid.Bool().Draw(t, "full") {
			part = append(part, agentsurvey.Full())
		}
		s, err := surveys.State(t.Context(), ref, part...)
		require.NoError(t, err)
		form := s.Form()
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			open := form.Questions()
			q := open[rapid.IntRange(0, len(open)-1).Draw(t, "question")]
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0:
				require.NoError(t, form.Clear(q.ID))
			case 1:
				require.NoError(t, surveys.Continue(t.Context(), form))
			case 2:
				_, err := surveys.Save(t.Context(), form)
				require.NoError(t, err)
			case 3:
				out, err := json.Marshal(form)
				require.NoError(t, err)
				back := new(agentsurvey.Form)
				require.NoError(t, json.Unmarshal(out, back))
				require.Equal(t, form.States(), back.States())
				form = back
			case 4:
				if s, err = surveys.State(t.Context(), ref, part...); assert.NoError(t, err) {
					require.NoError(t, form.Merge(s, agentsurvey.PreferMine))
				}
			default:
				require.NoError(t, form.Answer(q.ID, anyAnswer(t, q)))
			}
		}
		for {
			require.NoError(t, surveys.Continue(t.Context(), form))
			missing := form.Missing()
			if len(missing) == 0 {
				break
			}
			require.NoError(t, form.Answer(missing[0].ID, anyAnswer(t, missing[0])))
		}
		require.NoError(t, form.Validate())
		_, err = surveys.Submit(t.Context(), form)
		require.NoError(t, err)
		state := srv.Survey(survey.Conversation, -1)
		require.Equal(t, 1, state.Submits)
		answered := 0
		for _, a := range state.Answers {
			if a.Status == "answer" {
				answered++
			}
		}
		require.Equal(t, form.Progress().Answered, answered)
	})
	for _, op := range []lptest.Op{lptest.OpSurvey, lptest.OpSurveyState, lptest.OpSurveySave, lptest.OpSurveySubmit} {
		assert.Equal(t, srv.Count(op), srv.CountStatus(op, 200)+srv.CountStatus(op, 201)+srv.CountStatus(op, 206), op)
	}
}

// For any graph, circles and all: an answer that leads nowhere is refused and
// changes nothing, and what is visible does not depend on how one got there.
func TestAnyGraph(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "questions")
		to := func(label string) (int64, bool) {
			next := rapid.IntRange(-n, n+1).Draw(t, label)
			return int64(max(next, 0)), next == -1
		}
		s := &agentsurvey.Survey{Ref: ref, Root: int64(rapid.IntRange(1, n).Draw(t, "root"))}
		for i := range n {
			q := agentsurvey.Question{ID: int64(i + 1), Order: int64(i + 1), Category: agentsurvey.FreeText}
			q.Next, q.NextInOrder = to("next")
			if rapid.Bool().Draw(t, "choice") {
				q.Category = agentsurvey.Checkbox
				for r := range 3 {
					reply := agentsurvey.Reply{ID: int64(r + 1)}
					reply.Next, reply.NextInOrder = to("reply")
					q.Replies = append(q.Replies, reply)
				}
			}
			s.Questions = append(s.Questions, q)
		}
		form := s.Form()
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			open := form.Questions()
			q := open[rapid.IntRange(0, len(open)-1).Draw(t, "question")]
			before, broken := form.States(), form.Validate()
			var err error
			if rapid.IntRange(0, 4).Draw(t, "clear") == 0 {
				err = form.Clear(q.ID)
			} else {
				err = form.Answer(q.ID, anyAnswer(t, q))
			}
			if err != nil {
				var graph *agentsurvey.GraphError
				require.ErrorAs(t, err, &graph)
				require.Equal(t, before, form.States())
				require.Equal(t, broken, form.Validate())
			}
			out, err := json.Marshal(form)
			require.NoError(t, err)
			back := new(agentsurvey.Form)
			require.NoError(t, json.Unmarshal(out, back))
			require.ElementsMatch(t, form.Questions(), back.Questions())
			require.Equal(t, form.Validate() == nil, back.Validate() == nil)
		}
	})
}
