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
// # Policy
//
// One [Session] is one agent session. It has a cookie jar of its own and shares
// its connections with all others of the process. Links that the server gave
// are followed, on the session's own origin only.
//
// [Session.Serve] polls every 2 seconds with two requests, however many chats
// run: one for incoming requests, one for the new events of all chats. Polling
// is what keeps a chat alive, so a slow handler loses none. Each event reaches
// its handler once and in order.
//
// [Chat.Send] returns only when it knows what became of the line: sent, not
// sent, or [ErrUnconfirmed]. It never sends a line twice: when an answer is
// lost, the chat's events tell whether the line is there.
//
// A chat that comes by transfer brings its history. [Chat.Lines] leaves out what
// was said before the last line of another agent. So a bot that hands a chat to
// another bot first sees with [Chat.Unread] that nothing waits for an answer.
package chatagent
