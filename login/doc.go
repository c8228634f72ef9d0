// Package login says who is calling: it logs an agent in with LivePerson's
// Login Service, keeps the session alive and authorizes the calls of the other
// packages.
//
//	session, err := login.Login(ctx, "12345678", login.BotUser("bot", clientID, clientSecret))
//	if err != nil {
//		return err
//	}
//	defer session.Logout(context.WithoutCancel(ctx))
//
// One session belongs to one agent: log in once and use it for all calls.
//
// # Policy
//
// A goroutine of the session refreshes it every 3–5 minutes until Logout. When
// a call is answered 401, the session logs in again, once for however many
// calls failed together, and each of them is sent once more. Logins of one
// session are at least 5 seconds apart. A login that is refused (wrong
// credentials, 451) ends the session: see [Session.Done].
//
// The bearer goes only to hosts that the Domain API named for the account, over
// https. It, the csrf token, the cookie and the credentials never appear in a
// log, an error or a printed value.
package login
