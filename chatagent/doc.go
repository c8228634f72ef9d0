// Package chatagent acts as a LivePerson chat agent: the Chat Agent API.
//
//	agent, err := chatagent.Start(ctx, session)
//	err = agent.SetAvailability(ctx, chatagent.Online)
//	err = agent.Serve(ctx, chatagent.HandlerFunc(func(ctx context.Context, chat *chatagent.Chat) error {
//		for line, err := range chat.Lines(ctx) {
//			if err != nil {
//				return err
//			}
//			if _, err := chat.Send(ctx, chatagent.Text("You said: "+line.Text)); err != nil {
//				return err
//			}
//		}
//		return nil
//	}))
//
// It is made from LivePerson's pages and public clients, and proven against
// package lptest; no live account has been reached with it yet. It is for chats:
// messaging conversations are another API, which this module does not have yet.
//
// # Policy
//
// One [Agent] is one agent session. It has a cookie jar of its own and shares
// its connections with all others of the process. Links that the server gave
// are followed, on the session's own origin only.
//
// [Agent.Serve] polls every 2 seconds with two requests, however many chats
// run: one for incoming requests, one for the new events of all chats. Polling
// is what keeps a chat alive, so a slow handler loses none. Each event reaches
// its handler once and in order.
//
// [Chat.Send] says what became of the line: the id of its event if it is in the
// chat, [ErrUnconfirmed] if it may be, or come later, and any other error if it is
// not. When an answer is lost, it looks for the line in the chat's events for
// 30 s, and sends it again only if the service itself had turned it away with a
// 5xx and the events plainly show no line that could be the agent's.
//
// A chat that comes by transfer brings its history. [Chat.Lines] leaves out what
// was said before the last line of another agent. So a bot that hands a chat to
// another bot first sees with [Chat.Unread] that nothing waits for an answer.
package chatagent
