package liveperson_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// guards are what protects users, their customers and the service, each with a
// test that fails without it. Who moves a protection moves its test; who takes
// one away has to do it here too.
var guards = []struct{ protection, dir, test string }{
	// One try after another.
	{"what is not idempotent is not sent twice", "retry", "TestGuardWhatIsSentAgain"},
	{"what is not idempotent is not repeated by net/http", "retry", "TestGuardNetHTTPDoesNotRepeatByItself"},
	{"a lost write is looked for before it is made again", "retry", "TestGuardConfirmLooksBeforeItSendsAgain"},
	{"a write that was found is not made again", "retry", "TestGuardConfirmLooksBeforeItSendsAgain"},
	{"a write of unknown effect is not made again", "retry", "TestGuardConfirmLooksBeforeItSendsAgain"},
	{"a look that finds nothing too early, or after a try without an answer, proves nothing", "retry", "TestNothing"},
	{"a cut answer, or another document than JSON, is a lost answer", "retry", "TestDocuments"},
	{"each try reads the jar anew, and its cookies do not add up", "retry", "TestGuardEachTryCarriesTheNewestCookieOnce"},
	{"cookies of every answer are kept, also of a lost one", "retry", "TestGuardEachTryCarriesTheNewestCookieOnce"},
	{"a call that is refused with old cookies is made with the new ones", "retry", "TestCookiesThatChangeMeanwhile"},
	{"a failing call leaves its neighbours' connections alone", "retry", "TestGuardAFailingCallLeavesItsNeighboursConnectionsOpen"},
	{"the last status and body are kept", "retry", "TestGuardTheLastAnswerIsKept"},
	{"4xx is final", "retry", "TestGuardStatuses"},
	{"a wait that cannot end in time is not begun", "retry", "TestGuardNoWaitPastTheDeadline"},
	{"the body of an answer is limited", "retry", "TestGuardNoMoreThanTheLimitIsRead"},
	{"an announced body over the limit is not read", "retry", "TestGuardBodyLimit"},
	{"redirects are not followed", "retry", "TestGuardRedirectsAreNotFollowed"},
	{"conflicts are bounded", "retry", "TestGuardConflictsAreBounded"},

	// Where a call goes.
	{"links lead to the session's own origin", "internal/rest", "TestGuardHostileInputSendsNothing"},
	{"path elements and links do not climb", "internal/rest", "TestGuardHostileInputSendsNothing"},
	{"path elements are escaped", "internal/rest", "TestGuardElement"},
	{"base URIs are LivePerson's", "domain", "TestGuardBaseURIsAreLivePersons"},
	{"base URIs are a test server's own where one is used", "domain", "TestGuardTestServer"},
	{"the bearer goes to the account's hosts only", "login", "TestGuardTheBearerGoesToTheAccountsHostsOnly"},
	{"with a test server nothing goes elsewhere", "login", "TestGuardTestServerAlone"},
	{"certificates are verified but on loopback", "login", "TestGuardUnverifiedCertificateOnLoopbackOnly"},
	{"a connection that is not verified stays on loopback", "login", "TestGuardUnverifiedConnectionsStayOnLoopback"},

	// Who calls.
	{"calls that fail together log in once", "login", "TestGuardCallsThatFailTogetherLogInOnce"},
	{"newer tokens make a login needless", "login", "TestGuardNewerTokensMakeALoginNeedless"},
	{"logins are spaced", "login", "TestGuardLoginsAreSpaced"},
	{"a failed login puts the next one off", "login", "TestGuardAFailedLoginPutsTheNextOneOff"},
	{"who fights with another process for a user backs off", "login", "TestGuardWhoFightsForAUserBacksOff"},
	{"tokens that die now and then are renewed at once", "login", "TestGuardTokensThatDieNowAndThenAreRenewedAtOnce"},
	{"a 401 that no login helps costs few logins", "login", "TestGuardA401ThatNoLoginHelps"},
	{"a 401 is answered with one replay", "login", "TestGuardA401IsAnsweredWithOneReplay"},
	{"a logout does not end chats that were left to the next process", "login", "TestGuardALogoutDoesNotEndChatsThatWereLeft"},
	{"cookies are bounded", "internal/rest", "TestGuardJarIsBounded"},
	{"the cookies of a login are bounded", "login", "TestGuardCookiesAreBounded"},
	{"secrets stay out of errors", "internal/rest", "TestGuardEchoedSecretsDoNotShow"},
	{"secrets of all tries stay out of errors", "internal/rest", "TestConfirmHidesTheSecretsOfAllTries"},
	{"secrets stay out of bodies that errors keep", "internal/rest", "TestGuardCutAnywhere"},
	{"a secret does not print", "internal/secret", "TestNothingPrintsIt"},
	{"the session prints its name only", "login", "TestGuardTheSessionPrintsItsNameOnly"},

	// Lines and events.
	{"a line of one's own is found by count", "chatagent", "TestSendingUnderFaults"},
	{"a line whose author cannot be told is not sent again", "chatagent", "TestGuardAuthorsThatCannotBeTold"},
	{"absence is known only from a list that shows all", "chatagent", "TestGuardListsThatDoNotShowAll"},
	{"an effect is known only from an answer that says so", "chatagent", "TestGuardAnswersThatDoNotTell"},
	{"what a gateway answers leaves it open", "chatagent", "TestGuardForeignAnswersLeaveItOpen"},
	{"odd members do not stop a chat", "chatagent", "TestGuardOddMembersDoNotStopAChat"},
	{"documents made to cost a lot cost little", "chatagent", "TestGuardHostileDocuments"},
	{"a line that is stored in another form is not sent again", "chatagent", "TestGuardLinesStoredInAnotherForm"},
	{"a line that is stored late is not sent again", "chatagent", "TestGuardLinesStoredLate"},
	{"a colleague's words are not taken for one's own", "chatagent", "TestGuardColleagueSaysTheSame"},
	{"a line beside others that may be it is not sent again", "chatagent", "TestGuardOtherLinesOfOurs"},
	{"a line that was said before, and is in doubt, is not taken for the next one beside others", "chatagent", "TestGuardOtherLinesBesideTheSameTwice"},
	{"a line that was confirmed is not taken for the next one", "chatagent", "TestGuardConfirmedLinesInAnotherForm"},
	{"a line that was known before is not taken for one that is lost", "chatagent", "TestGuardOldLinesThatSayTheSame"},
	{"an agent id with the account before it is known as one's own", "chatagent", "TestGuardAgentIDWithItsAccount"},
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

	// Whose chats are.
	{"a chat that comes again is another life, and the former one asks nothing", "chatagent", "TestChatsThatComeBackWhileTheirHandlerThinks"},
	{"what a crashed process has left behind is taken over", "chatagent", "TestTheProcessIsKilled"},
	{"a chat is handled once in a process", "chatagent", "TestAgentSessionsOfOneLogin"},
	{"no other chat is taken for the one that was accepted", "chatagent", "TestAcceptWithOddAnswers"},
	{"a chat that may have been accepted is found", "chatagent", "TestAcceptsInDoubtUnderServe"},
	{"one chat does not cost the others their lines", "chatagent", "TestOneChatSpoilsTheRequestForAll"},
	{"chats are asked for before they time out", "chatagent", "TestChatsOutliveOutages"},
	{"nothing is forgotten when Serve stops", "chatagent", "TestStoppingAtAnyMoment"},
	{"stopping takes no longer than it may", "chatagent", "TestStoppingTakesNoLongerThanTheGrace"},
	{"what is refused for good causes no storm", "chatagent", "TestWhatIsRefusedForGood"},
	{"two processes of one user do not both answer", "chatagent", "TestTwoProcessesOfOneUser"},
	{"what another process of one user has answered is not answered again", "chatagent", "TestGuardLinesOfAnotherProcessOfThisUser"},
	{"a slow watcher misses nothing", "chatagent", "TestSlowWatcher"},
	{"random histories leave no chat without somebody", "chatagent", "TestHistories"},

	// Messages and the socket.
	{"a request that is not harmless twice is not sent twice", "messagingagent", "TestGuardAWriteIsNotSentTwice"},
	{"a frame is written whole, or the socket ends", "messagingagent", "TestGuardAFrameIsWrittenWhole"},
	{"what the service may send at a time is bounded", "messagingagent", "TestGuardFramesAreBounded"},
	{"sockets are opened no faster than the schedule says", "messagingagent", "TestGuardReconnectingFollowsTheSchedule"},
	{"who fights with another process for a user opens no sockets meanwhile", "messagingagent", "TestGuardWhoFightsForAUserDoesNotReconnect"},
	{"a stop leaves conversations open", "messagingagent", "TestStopLeavesOrHandsOver"},
	{"a lost socket costs no consumer his conversation", "messagingagent", "TestHandOverOverLostSockets"},
	{"a change is made once, also where it is sent again", "messagingagent", "TestChangesThatAreSentAgain"},
	{"last words are heard, also those that were said before the agent was there", "messagingagent", "TestClosedBeforeItWasRead"},
	{"what was closed is opened once", "messagingagent", "TestFormsOfClosedConversations"},
	{"what was closed under somebody else is not opened", "messagingagent", "TestClosedAndNotHis"},

	// Survey answers.
	{"the revision is sent", "agentsurvey", "TestRequests"},
	{"a clash is no one's to overwrite", "agentsurvey", "TestMerge"},
	{"a colleague's answers are taken over", "agentsurvey", "TestMerge"},
	{"what was submitted is not submitted again", "agentsurvey", "TestSubmitAgain"},
	{"a submission of one's own is recognised", "agentsurvey", "TestSubmitAgain"},
	{"a write that was lost is looked for", "agentsurvey", "TestLostAnswers"},
	{"a write that is stored in another form is neither a colleague's nor made again", "agentsurvey", "TestRewrittenAnswers"},
	{"a write in doubt is looked for before the next one", "agentsurvey", "TestDoubtIsCarriedOver"},
}

var testRE = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)

// Whether the tests are there, and every test that is called a guard is listed;
// that they notice is for whoever writes them to see, once, with the protection
// taken away.
func TestGuards(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*/*_test.go")
	require.NoError(t, err)
	internal, err := filepath.Glob("internal/*/*_test.go")
	require.NoError(t, err)
	there, listed := map[string]bool{}, map[string]bool{}
	for _, file := range append(files, internal...) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range testRE.FindAllSubmatch(text, -1) {
			there[filepath.ToSlash(filepath.Dir(file))+": "+string(found[1])] = true
		}
	}
	for _, g := range guards {
		listed[g.dir+": "+g.test] = true
		assert.True(t, there[g.dir+": "+g.test], "%s: nothing sees to it that %s: there is no %s", g.dir, g.protection, g.test)
	}
	for test := range there {
		assert.True(t, listed[test] || !strings.Contains(test, ": TestGuard"), "%s has no line in the table", test)
	}
}
