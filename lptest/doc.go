// Package lptest serves fake LivePerson services: the Domain API, the Login
// Service API, the whole Chat Agent API, the messaging service and the Agent
// Survey for Messaging Runtime API of one account. It is to a LivePerson bot what
// net/http/httptest is to an HTTP client.
//
// The fake is built from LivePerson's developer pages alone and imports none
// of this module's clients, so that any client in any language can be held
// against it. It enforces what the pages state, answers in the form of their
// samples, and drives the other side of a chat:
//
//	srv := lptest.NewServer() // real TLS on loopback; NewMemory for testing/synctest
//	defer srv.Close()
//	srv.AddAgent(lptest.Agent{LoginName: "bot@brand", Password: "secret", Skills: []string{"Sales"}, MaxChats: 3})
//	go run(ctx, srv.Account(), "bot@brand", "secret", srv.Transport()) // the bot under test
//
//	ada := srv.Visitor(lptest.Visitor{Name: "Ada", Skill: "Sales"}) // rings at the bot
//	if err := ada.WaitAccepted(ctx); err != nil {
//		t.Fatal(err)
//	}
//	ada.Say("Do you have it in blue?")
//	line, err := ada.WaitLine(ctx, 1) // the bot's first line
//	if err != nil || line.Text != "Yes!" {
//		t.Fatal(line, err)
//	}
//	ada.Leave()
//	for _, r := range srv.Journal() { // every request, with what it changed
//		t.Log(r.Op, r.Status, r.Changed)
//	}
//
// # Reaching it
//
// Server.Transport trusts the server's certificate and leads every host name
// to it, so a client keeps asking api.liveperson.net. The Domain API then
// names lptest.liveperson.net for every service, or the hosts that
// WithBaseURIs gives. A request to a host that is none of LivePerson's is
// answered 421 and shows in the journal as OpForeign.
//
// # Messaging
//
// Server.Messaging is the account's messaging service: websockets over the same
// listener, consumers who open conversations, colleagues, files, faults of
// requests and notifications, and every frame that went over a socket; see package
// messaging. WithMessaging sets its options. MaxChats limits the conversations of
// a user as it limits his chats, each for itself. A survey without a conversation
// (AddSurvey) is one for every conversation of its skill.
//
// # What it enforces
//
// A bearer of the account, or an OAuth 1.0a signature; csrf and the cookie
// Session_id for refresh and logout; on Chat Agent calls v=1&NC=true, Accept
// and Content-Type of JSON, PUT as a POST with X-HTTP-Method-Override, one
// event for each POST, and the cookies of the agent session: missing ones are
// refused with 401, foreign, stale and repeated ones with 403 (see
// WithLenientCookies). On surveys the revision header, the category of each
// answer, required questions, and who may still submit or dismiss. A chat
// rings for 20 s, then its agent turns Away; it lives for 40 s after the last
// request to it; a bearer lives for 8 h after the last refresh, or until the user
// logs in again (see WithManyLogins).
//
// Where the pages are silent the fake decides as follows. A chat of another
// agent answers 403, an unknown one 404, an event for an ended chat 400. A new
// agent session is Away. The event named in fromEventIds is not in the answer.
// A transfer that fails answers 400. A save replaces the saved state of a
// survey; a save, submission or dismissal that comes too late answers 409,
// dismissing required questions 403. Much of this can be turned with the
// variants and options.
//
// # Faults and variants
//
// Server.AddFault makes calls fail by number or by probability, before, after
// or long before the change they ask for; FaultKind lists how. WithVariants
// changes the form of the answers, WithStoredText and WithStoredAnswers what
// becomes of a text. Faults and variants are drawn from the seed (WithSeed),
// for each agent and operation on its own: the same seed gives the same run.
// Visit.Colleague and Visit.Inject put into a chat what others, and services
// that nobody has documented, may put there.
//
// # Others beside the agent under test
//
// Server.Person is a colleague who works without HTTP: he accepts what rings at
// him, says lines, ends chats and transfers them, for instance back to the agent
// under test. Server.AcceptAs and Server.SayAs act for the agent under test
// itself, as a second process with the same user would; two processes that
// log in throw each other out (see WithManyLogins). Visit.Requeue has the service take a chat
// away and let it ring again. Visit.WaitAgent and Visit.WaitRinging wait for
// where a chat is, and Chat.Since, Chat.LastRequest and Server.ChatsOf tell
// whether its agent looks after it.
//
// # Time
//
// All clocks are those of package time. Over NewMemory, everything that waits
// is durably blocked, so that in a testing/synctest bubble hours of chats pass
// at once. A bubble ends well when the client under test is done and the server
// closed. Log out with a context that is not over, as t.Context() is in cleanups:
//
//	srv := lptest.NewMemory()
//	defer srv.Close() // after all below: whatever still waits for an answer is let go
//	ctx, stop := context.WithCancel(t.Context())
//	…
//	stop() // and wait until the bot under test has returned
//	err := session.Logout(context.WithoutCancel(t.Context()))
//
// A server that runs for long keeps every chat that there ever was, unless
// WithForgetting limits that; WithJournal limits the requests that are kept.
//
// # Control from outside
//
// For programs in other languages (see cmd/lpsim) the server has a small JSON
// API: POST /_sim/chats {"visitor","skill","text"}, GET /_sim/chats and
// /_sim/chats/{id}, POST /_sim/chats/{id}/lines {"text"}, …/typing {"typing"},
// …/leave, …/vanish and …/requeue, …/colleague {"text","by","agentId","textType","subType"}
// and …/events with any event (see Visit.Inject), POST /_sim/stored
// {"lines","answers"} (see ParseRewriters), GET /_sim/surveys/{conversation},
// POST /_sim/agents/{loginName}/accept and …/lines {"chat","text"} (see
// Server.AcceptAs), …/person {"acceptAll"}, …/online, …/away, …/signout, …/end
// {"chat"} and …/transfer {"chat","agent","skill","text"} (see Server.Person),
// GET /_sim/requests (?op= chooses), and GET, POST and DELETE /_sim/faults.
//
// Of the messaging service: POST /_sim/conversations {"consumerId","consumer",
// "skill","text","postSurvey"}, GET /_sim/conversations and /_sim/conversations/{id},
// POST /_sim/conversations/{id}/say {"text"} or {"event","metadata"}, …/system {"text"},
// …/read {"sequences"}, …/typing {"typing"}, …/rate {"csat"}, …/close, …/closedialog,
// …/timeout, …/requeue, and …/colleague {"user","do","text","role","to"}, where do is say,
// whisper, takeover, join, leave, end or transfer (to a user by the login name, else
// to a skill). GET /_sim/users/{loginName}, POST /_sim/users/{loginName}/close
// {"code","reason"}, …/drop, …/availability {"availability"}, …/online {"acceptAll"},
// …/away, …/signout, …/accept and …/reject. GET /_sim/frames (?type= chooses by the
// type's end), and GET, POST and DELETE /_sim/messagingfaults (see messaging.Fault).
//
// Names that are not known – members, operations, types, kinds, variants, users – are
// answered 400, with those that are: a typo would make a test prove nothing.
package lptest
