// Package chatagent acts as a LivePerson chat agent: the Chat Agent API.
//
//	err := chatagent.Run(ctx, account, creds, chatagent.HandlerFunc(echo))
//
//	func echo(ctx context.Context, chat *chatagent.Chat) error {
//		for line, err := range chat.Lines(ctx) { // ends when the chat does
//			if err != nil {
//				return err
//			}
//			_, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text))
//			if errors.Is(err, chatagent.ErrUnconfirmed) { // it may be in the chat
//				slog.Warn("a line is in doubt", "chat", chat.ID(), "err", err)
//			} else if err != nil {
//				return err
//			}
//		}
//		return nil
//	}
//
// [Run] is a bot's whole life. [Agent.Serve] is the part of it between login and
// logout, for programs that have both already; [Agent.Watch] is for people, who see
// what happens and decide themselves. All three take the same options.
//
// It is made from LivePerson's pages and public clients, and proven against
// package lptest; no live account has been reached with it yet. It is for chats, the older
// of LivePerson's two channels: messaging is package messagingagent.
//
// # Policy
//
// One [Agent] is one agent session. It has a cookie jar of its own and shares
// its connections with all others of the process. Links that the server gave
// are followed, on the session's own origin only. The service allows one login for
// each user: one process, which may have several agent sessions; each chat is
// handled in one of them.
//
// Serve and Watch poll every 2 seconds with two requests, however many chats run:
// one for incoming requests, one for the new events of all chats. Polling is what
// keeps a chat alive, so a slow handler costs no chat and no event. Each event comes
// once and in order. Every minute, and whenever an answer was lost, they ask which
// chats are the agent's: one that they do not know of is adopted, a crashed process's
// among them.
//
// A chat has lives. One that is accepted again, since it came back by transfer or
// the service let it ring again, is another [Chat], with a handler of its own; calls
// of the former fail with [ErrChatLost], and nothing is sent. A new life has the
// chat's history, and [Chat.Lines] begins after the last line of an agent in it; see
// [FromUnanswered]. So a bot that hands a chat to another bot first sees with
// [Chat.Unread] that nothing waits for an answer.
//
// [Chat.Send] says what became of the line: the id of its event if it is in the
// chat, [ErrUnconfirmed] if it may be, or come later, with [ErrAbsent] if it was
// looked for and not there, and any other error if it is not. When an answer is lost,
// it looks for the line in the chat's events for 30 s, and sends it again only if the
// service itself had turned it away with a 5xx and the events plainly show no line that
// could be the agent's.
//
// Stopping has an order, all within [WithGrace]: the agent is Away, nothing more is
// accepted, handlers go on for a while, their context ends, their chats are handed
// over, ended or left open, and Run logs out.
//
// What goes wrong is reported: by the log ([WithLogger]), as [Trouble] and
// [ChatClosed] to Watch and [WithOnUpdate], and the errors of handlers to
// [WithOnError].
package chatagent
