// Package liveperson is the front page of an SDK for programs that act as
// LivePerson agents: bots, custom agent workspaces, CRM integrations.
//
// A bot is a handler and one call, which logs in, serves chats until ctx ends, and
// logs out:
//
//	err := chatagent.Run(ctx, "12345678", login.Password("bot@brand", password), chatagent.HandlerFunc(echo))
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
// No live LivePerson account has been reached with it yet: all it does is taken
// from LivePerson's documentation and from public clients, and proven against
// the fake services of package lptest. It takes part in chats only: messaging
// conversations are not handled yet, but for the survey about them.
//
// # Packages
//
//   - login logs an agent in, keeps the session alive and authorizes calls.
//   - chatagent is the Chat Agent API: Run is a bot, Watch a workspace; availability,
//     chats, lines.
//   - agentsurvey is the Agent Survey for Messaging runtime API: the survey that
//     an agent fills in about a conversation.
//   - domain finds the host of a service; login does it for you.
//   - retry is the transport beneath them all, and usable by itself.
//   - surveyevent receives the events of post-conversation surveys.
//   - lptest is a fake of all these services, for your tests.
//
// # Errors
//
// A call that failed returns an [*Error], at times wrapped. Decide with
// [errors.Is] on the sentinels of this package, such as [ErrUnauthorized] or
// [ErrUnavailable], and of the package that was called. An argument that breaks
// a rule is an [*InputError]: nothing was sent. A write that may have taken
// effect is [ErrUnconfirmed].
//
// # Safety
//
// A call is sent again only if that cannot do harm, and a write that must not be
// made twice is looked for first: see package retry. Credentials go only to the
// hosts that the Domain API named, over https, and never into a log, an error or a
// printed value.
package liveperson
