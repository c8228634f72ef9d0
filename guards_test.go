package liveperson_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// guards are what protects users, their customers and the service, each with a
// test that fails without it. Who moves a protection moves its test; who takes
// one away has to do it here too.
var guards = []struct{ protection, dir, test string }{
	// One send after another.
	{"cookies of an earlier try do not add up", "retry", "TestTheJarReplacesTheCallersCookies"},
	{"each try reads the jar anew", "retry", "TestCookiesOfALostAnswerAreKept"},
	{"cookies of every answer are kept", "retry", "TestEachTryCarriesTheNewestCookieOnce"},
	{"a failing call leaves its neighbours' connections alone", "retry", "TestAFailingCallLeavesItsNeighboursConnectionsOpen"},
	{"class once is not sent twice", "retry", "TestGrid"},
	{"class verified asks before a second send", "retry", "TestVerified"},
	{"a verified effect ends the call", "retry", "TestVerified"},
	{"an unknown effect is not sent again", "retry", "TestVerified"},
	{"what is not idempotent is not repeated by net/http", "retry", "TestNetHTTPDoesNotRepeatOnceByItself"},
	{"a cut answer is a lost answer", "retry", "TestACutBodyIsALostAnswer"},
	{"the last status and body are kept", "retry", "TestGrid"},
	{"4xx is final", "retry", "TestStatuses"},
	{"a wait that cannot end in time is not begun", "retry", "TestNoWaitPastTheDeadline"},
	{"the body of an answer is limited", "retry", "TestNoMoreThanTheLimitIsRead"},
	{"an announced body over the limit is not read", "retry", "TestBodyLimit"},
	{"redirects are not followed", "retry", "TestRedirectsAreNotFollowed"},
	{"conflicts are bounded", "retry", "TestConflictsAreBounded"},

	// Where a call goes.
	{"links lead to the session's own origin", "internal/rest", "TestHostileInputSendsNothing"},
	{"path elements do not climb", "internal/rest", "TestHostileInputSendsNothing"},
	{"path elements are escaped", "internal/rest", "TestElement"},
	{"links do not climb", "internal/rest", "TestHostileInputSendsNothing"},
	{"base URIs are LivePerson's", "domain", "TestHostileBaseURIs"},
	{"the bearer goes to the account's hosts only", "login", "TestHostileHrefs"},

	// Who calls.
	{"calls that fail together log in once", "login", "TestCallersWithShortDeadlines"},
	{"newer tokens make a login needless", "login", "TestRevokedTokenCostsOneLoginHoweverManyCallsFail"},
	{"logins are spaced", "login", "TestFirstLoginCountsForTheSpacing"},
	{"a failed login puts the next one off", "login", "TestPausesBetweenFailingLogins"},
	{"a 401 is answered with one replay", "login", "TestRevokedTokenCostsOneLoginHoweverManyCallsFail"},
	{"secrets stay out of errors", "internal/rest", "TestEchoedSecretsDoNotShow"},
	{"secrets stay out of bodies that errors keep", "internal/rest", "TestCutAnywhere"},
	{"a secret does not print", "internal/secret", "TestNothingPrintsIt"},
	{"the session prints its name only", "login", "TestASessionPrintsItsName"},

	// Lines and events.
	{"a line of one's own is found by count", "chatagent", "TestSendingUnderFaults"},
	{"a line that may still turn up is not taken for another", "chatagent", "TestSameLineUnconfirmedTwice"},
	{"sends of a chat are serialised", "chatagent", "TestSendsOfOneChatKeepTheirOrder"},
	{"a 201 that names no event proves nothing", "chatagent", "TestSendSaysWhatBecameOfTheLine"},
	{"each agent session has cookies of its own", "chatagent", "TestCookiesOfAFleet"},
	{"events come once", "chatagent", "TestReceivingUnderFaults"},
	{"events come in order", "chatagent", "TestEventsInOrder"},
	{"gaps are fetched", "chatagent", "TestGapsAreFetched"},
	{"an end without its event is seen", "chatagent", "TestChatThatVanishes"},
	{"a panic harms one chat", "chatagent", "TestBadHandlersHarmOnlyTheirOwnChat"},
	{"a chat whose handler has failed is ended", "chatagent", "TestBadHandlersHarmOnlyTheirOwnChat"},
	{"polls are never faster", "chatagent", "TestSlowPollsAreNotCaughtUpWith"},
	{"a fleet's polls are spread", "chatagent", "TestPollsOfAFleetAreSpread"},
	{"a poll that hangs is given up", "chatagent", "TestPollThatHangs"},
	{"accepting does not hold up polls", "chatagent", "TestAcceptingDoesNotHoldUpPolls"},
	{"a lost agent session is replaced", "chatagent", "TestLostAgentSession"},
	{"a chat is given up only in an agent session that is there", "chatagent", "TestAgentSessionLostDuringAPoll"},
	{"a snapshot's chat is given up only in an agent session that is there", "chatagent", "TestAgentSessionLostDuringResume"},
	{"events are read to their last page", "chatagent", "TestEventsInPages"},
	{"no chat is accepted while Serve stops", "chatagent", "TestNothingIsAcceptedWhileServeStops"},
	{"a visitor's lines before a transfer are not answered again", "chatagent", "TestTransferredChatsAreNotAnsweredAgain"},

	// Survey answers.
	{"the revision is sent", "agentsurvey", "TestRequests"},
	{"a clash is no one's to overwrite", "agentsurvey", "TestMerge"},
	{"a colleague's answers are taken over", "agentsurvey", "TestMerge"},
	{"what was submitted is not submitted again", "agentsurvey", "TestSubmitAgain"},
	{"a submission of one's own is recognised", "agentsurvey", "TestSubmitAgain"},
	{"a write that was lost is looked up", "agentsurvey", "TestLostAnswers"},
}

var testRE = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)

// Whether the tests are there; that they notice is for whoever writes them to
// see, once, with the protection taken away.
func TestGuards(t *testing.T) {
	t.Parallel()
	for _, g := range guards {
		files, err := filepath.Glob(filepath.Join(filepath.FromSlash(g.dir), "*_test.go"))
		require.NoError(t, err)
		var tests []string
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, found := range testRE.FindAllSubmatch(text, -1) {
				tests = append(tests, string(found[1]))
			}
		}
		assert.Contains(t, tests, g.test, "%s: nothing sees to it that %s", g.dir, g.protection)
	}
}
