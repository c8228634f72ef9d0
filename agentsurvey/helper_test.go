package agentsurvey_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/liveperson-community/liveperson-go/agentsurvey"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/lptest"
	"github.com/liveperson-community/liveperson-go/retry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const conversation = "a81c0350-5a32-4d27-9a7c-f7e5b0e2b8f0"

var ref = agentsurvey.Ref{Conversation: conversation, Skill: "42"}

// brand is a fake account with a number of agents, agent0 and so on.
func brand(tb testing.TB, agents int, opts ...lptest.Option) *lptest.Server {
	tb.Helper()
	srv := lptest.NewMemory(opts...)
	tb.Cleanup(srv.Close)
	for i := range agents {
		srv.AddAgent(lptest.Agent{LoginName: agentName(i), Password: "secret-" + strconv.Itoa(i)})
	}
	return srv
}

func agentName(i int) string { return "agent" + strconv.Itoa(i) }

// signIn logs an agent of brand in.
func signIn(tb testing.TB, srv *lptest.Server, agent int, opts ...retry.Option) *login.Session {
	tb.Helper()
	opts = append([]retry.Option{retry.WithTransport(srv.Transport())}, opts...)
	hc, err := retry.NewClient(opts...)
	require.NoError(tb, err)
	domains, err := domain.New(domain.WithEndpoint(srv.URL()), domain.WithHTTPClient(hc))
	require.NoError(tb, err)
	session, err := login.Login(tb.Context(), srv.Account(), login.Password(agentName(agent), "secret-"+strconv.Itoa(agent)),
		login.WithDomains(domains), login.WithHTTPClient(hc), login.WithoutRefresh())
	require.NoError(tb, err)
	return session
}

// newClient is a client of the session.
func newClient(tb testing.TB, session *login.Session, opts ...agentsurvey.Option) *agentsurvey.Client {
	tb.Helper()
	surveys, err := agentsurvey.New(session, opts...)
	require.NoError(tb, err)
	return surveys
}

// opened is a brand with one survey, and the form that its agent has opened.
func opened(t *testing.T, survey lptest.Survey, opts ...agentsurvey.Option) (*lptest.Server, *agentsurvey.Client, *agentsurvey.Form) {
	t.Helper()
	srv := brand(t, 1)
	srv.AddSurvey(survey)
	surveys := newClient(t, signIn(t, srv, 0), opts...)
	state, err := surveys.State(t.Context(), ref)
	require.NoError(t, err)
	return srv, surveys, state.Form()
}

// branching is a survey with a branch: question 2 leads to 3 or 4, both to 5.
func branching() lptest.Survey {
	return lptest.Survey{Conversation: conversation, Skill: 42, Questions: []lptest.Question{
		{ID: 1, Text: "What was it about?", Next: 2, Required: true, MaxCharacters: 40},
		{ID: 2, Text: "Was it solved?", Required: true, Category: "radio_button", Replies: []lptest.Reply{
			{ID: 21, Text: "Yes", Next: 3}, {ID: 22, Text: "No", Next: 4},
		}},
		{ID: 3, Text: "How?", Next: 5},
		{ID: 4, Text: "Why not?", Next: 5, Required: true, Category: "checkbox", Replies: []lptest.Reply{
			{ID: 41, Text: "Time"}, {ID: 42, Text: "Knowledge"}, {ID: 43, Text: "Tools"},
		}},
		{ID: 5, Text: "How many minutes?", Category: "number"},
	}}
}

func ids(questions []agentsurvey.Question) []int64 {
	l := []int64{}
	for _, q := range questions {
		l = append(l, q.ID)
	}
	return l
}

func isErr(err, target error) bool { return errors.Is(err, target) }

type ctx = context.Context
