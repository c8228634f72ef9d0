// Package messagingagent acts as a LivePerson agent in messaging conversations, over the
// websocket of the asynchronous messaging service.
//
//	err := messagingagent.Run(ctx, account, creds, messagingagent.HandlerFunc(echo))
//
//	func echo(ctx context.Context, c *messagingagent.Conversation) error {
//		for m, err := range c.Messages(ctx) { // ends when the conversation does
//			if err != nil {
//				return err
//			}
//			_, err := c.Send(ctx, messagingagent.Text("You said: "+m.Text))
//			if errors.Is(err, messagingagent.ErrUnconfirmed) { // it may be in the conversation
//				slog.Warn("a message is in doubt", "conversation", c.ID(), "err", err)
//			} else if err != nil {
//				return err
//			}
//		}
//		return nil
//	}
//
// [Run] is a bot's whole life. [Agent.Serve] is the part of it between login and
// logout, for programs that have both already; [Agent.Watch] is for people, who see
// what happens and decide themselves. All three take the same options, and who knows
// package chatagent knows their names.
//
// It is made from LivePerson's pages and public clients, and proven against package
// lptest; no live account has been reached with it yet.
//
// # Which channel
//
// LivePerson has two, and the account decides which of them its consumers use: chat, which
// is the older one and legacy, is package chatagent; messaging, which most accounts use
// today, is this one. A chat ends 40 s after its agent was heard of last; a conversation
// stays its agent's, whether he is there or not, until somebody closes it. That is why a bot
// that stops leaves its conversations open here ([WithCloseOnStop] is the other way), and
// ends its chats there. One login session may have agents of both packages at a time.
//
// # What is not lost
//
// Under Serve the loops over messages yield each message of the consumer that the
// service shows this agent once, in the order of its sequence, however slow the handler
// is. Messages come by themselves, and are asked for besides: when a conversation comes,
// on each new socket, where a number is missing, when a conversation is said to have one
// that has not come, and when it is closed. What comes twice is handed out once.
//
// That has limits. A number of which a query does not tell either is taken for something
// that this agent may not see: should it be shown later, it is left out. The last words of
// a conversation that is closed are asked for during 1 min; that they could not be read is
// an error of its loop, [ErrConversationEnded]. A refusal with a 4xx is one only if the
// state tells of a message that has not come. One that goes elsewhere takes
// along what its handler had not taken yet: the next agent has it in the history. The next
// process begins after the last message of an agent in each conversation. With [WithStore]
// a process that was stopped says how far it came: a message that was taken, and after which
// nothing was sent, comes again. So does one whose answer was [ErrUnconfirmed], there and
// where a conversation comes back, unless the dialog shows by then that an agent has
// answered it. After a crash the same is known with a store, and without one
// what was said before any answer counts as answered: nobody says anything to it.
//
// Conversations are told by the service, too, and all of them are asked for on each new
// socket, every five minutes, and when something is in doubt. One that turns up otherwise
// than by a ring is adopted (see [WithoutAdopting]).
//
// A conversation that ends the socket whenever it is asked for, since it is too large for a
// frame or the service fails on it, is left alone ever longer, in the end for 10 min and
// more, so that the others are served. Messages and changes go out at once all the same. Of one whose requests are answered 401 whatever the bearer, the first alone costs
// a login.
//
// One that is closed before the agent has read it comes all the same, once, if he has
// accepted it or it was assigned to him to the end: its handler gets what was said and not
// answered, its loop ends, and [ConversationClosed] follows on [ConversationOpened]. Its
// messages are asked for during 5 min, after which it comes with those that could be read,
// and an error.
// What was closed while no process was there, or 10 min before Serve or Watch began, does
// not come.
//
// # What was sent
//
// The service has no way to recognise a request that is sent twice. So a message is sent
// once, and [Conversation.Send] says what became of it:
//
//   - its sequence: it is in the dialog, once.
//   - [ErrUnconfirmed]: it was written to the socket, no answer came, or that of a gateway
//     (502, 504), and the dialog, which is read after that, twice, does not show it, or
//     cannot be read. It may be there, or come later:
//     to say it again is to risk that the consumer reads it twice. With [ErrAbsent] the
//     dialog was read, the last time at least, and did not show it; without, nobody could
//     look, or what is there may be another equal one.
//   - [ErrConversationEnded], [ErrConversationLost]: there is nobody, or nothing of the
//     agent's, to say it to.
//   - [liveperson.ErrNotSent]: nothing was written. There was no socket as long as the call
//     waited for one: until its context or the agent ended, or for the time of
//     [WithPatience]. Or there was a new one, and the service did not tell within 1 min, or
//     that time, that the conversation is still the agent's. It may be said again.
//   - any other error: it is not in the dialog.
//
// Equal messages are told apart by their numbers: what one Send was told of is never
// taken for another's. Changes are looked for in the state of the conversation likewise. If
// that plainly shows that one was not made, Transfer, Close, Join, Leave, TakeOver and their
// kin are sent again once: a second one overwrites nothing of others. SetNote, SetTTR,
// SetManualETTR and SetDelay might, and leave that to the caller. Receipts, queries, rings,
// subscriptions and the availability are harmless twice, and sent again.
//
// # Sockets
//
// An [Agent] has one socket. A request waits 10 s for its answer, and at most 8 are under
// way; one that is turned away with a 429 is sent again after 1, 2 and 3 s. Every 30 s the
// service's clock is asked for: if it does not answer within 10 s, the socket is given up.
//
// A socket that is lost is opened again after about 5 s, the next pause is a quarter
// longer, and so on; after 35 failures in a row it is 2, 4, 8 and then 16 min. A socket
// that has lived for a minute starts that anew. Close codes 4401 and 4407, a reason that
// names the token, and a 401 lead to a new login first; so do 1008 and 1011, one time in
// three while they go on, and every third unknown code from 4000 on. Nothing of the old
// socket lives on: availability and subscriptions are set up again, and what was missed is
// asked for. [Disconnected] and [Connected] tell of it.
//
// Requests over it are told to the observers of the login session's HTTP client as calls
// are, by the names of their methods, with tries, duration and outcome; so is the opening
// of a socket ("messagingagent.Connect") and each keep-alive ("messagingagent.KeepAlive").
// See retry.WithObserver.
//
// A user has one connection: two programs with one user throw each other out. That is
// recognised ([login.ErrLoggedInElsewhere]); the conversations are lost here then, and the
// login waits with growing pauses. Give each process a user of its own.
//
// # Receipts
//
// Serve sends ACCEPT for what has come and waits for a handler, and READ for what one has
// taken, when it asks for the next message or has sent something; see [WithoutReceipts]. Who
// watches sends his own ([Conversation.Read]). What the other side sends comes by
// [Conversation.Events], and as [EventReceived].
//
// # What nobody has told
//
// The pages leave things open, and no live service has been asked. Where an option changes
// what was decided here, it stands behind it:
//
//   - which service's host has the socket: asyncMessagingEnt, as the pages say
//     ([WithService]); which version of the protocol it speaks: 2.1 ([WithVersion]).
//   - what becomes of the agent on a lost socket: his conversations are taken to stay his,
//     and his availability to be gone; both are looked at on the next one
//     ([WithoutAdopting] leaves alone what is found).
//   - whether the service sets an agent Away who misses rings: Watch and Serve set him
//     Online again ([WithoutStayOnline]).
//   - whether a reason of an availability is kept ([WithReason]), how large a frame may
//     get: 16 MiB ([WithMaxFrame]), and whether it takes receipts of a bot: it is sent
//     them ([WithoutReceipts]).
//   - what the codes of refusals mean. They come as a *liveperson.Error with what the
//     service said. 429 is waited out, 401 brings a new login, and a 5xx has what is
//     harmless twice sent again, and a message looked for; else they are final.
//   - how a range of messages is bounded, in what order and in what pages it comes, whether
//     own and private messages come back, whether numbers are texts, lists are single
//     elements, and which fields are there: any way is understood.
//
// What has no method goes by [Agent.Do], and what is told without being asked for comes by
// [Agent.Notifications].
//
// LivePerson's pages:
// https://developers.liveperson.com/messaging-agent-sdk-overview.html,
// https://developers.liveperson.com/messaging-agent-sdk-methods.html,
// https://developers.liveperson.com/messaging-agent-sdk-events.html,
// https://developers.liveperson.com/messaging-agent-sdk-conversation-metadata-guide.html.
package messagingagent
