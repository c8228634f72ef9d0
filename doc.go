// Package liveperson is the front page of an SDK for programs that act as
// LivePerson agents: bots, custom agent workspaces, CRM integrations.
//
// A bot is a handler and one call, which logs in, serves conversations until ctx ends,
// and logs out:
//
//	err := messagingagent.Run(ctx, "12345678", login.Password("bot@brand", password), messagingagent.HandlerFunc(echo))
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
// LivePerson has two channels, and the account decides which: messaging, package
// messagingagent, and the older chat, package chatagent, with the same verbs.
//
// No live LivePerson account has been reached with it yet: all it does is taken
// from LivePerson's documentation and from public clients, and proven against
// the fake services of package lptest.
//
// # Packages
//
//   - login logs an agent in, keeps the session alive and authorizes calls.
//   - messagingagent is messaging: Run is a bot, Watch a workspace; rings,
//     conversations, messages, files, profiles.
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
// effect is [ErrUnconfirmed]; if it was looked for and not there, [ErrAbsent] besides.
//
// # Safety
//
// A call is sent again only if that cannot do harm, and a write that must not be
// made twice is looked for first: see package retry, and messagingagent for requests
// over its socket. Credentials go only to the
// hosts that the Domain API named, over https, and never into a log, an error or a
// printed value.
package liveperson
