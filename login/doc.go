// Package login says who is calling: it logs an agent in with LivePerson's
// Login Service (https://developers.liveperson.com/login-service-api-overview.html),
// keeps the session alive and authorizes the calls of the other packages.
//
//	session, err := login.Login(ctx, "12345678", login.BotUser("bot", clientID, clientSecret))
//	if err != nil {
//		return err
//	}
//	defer session.Logout(context.WithoutCancel(ctx))
//
// One session belongs to one agent: log in once and use it for all calls. A
// program that works with a test server says so with [WithTestServer].
//
// # Policy
//
// The session is refreshed every 3–5 minutes until Logout or Close; between two
// refreshes it has no goroutine. When a call is answered 401, the session logs in
// again, once for however many calls failed together, and each of them is sent once
// more. Logins of one session are at least 5 seconds apart.
//
// A login that is refused (400, 401, 403 and other 4xx, 451) ends the session:
// see [Session.Done]. Any other failure does not. After one that outlasted the
// retries, the next login comes 2, 4, 8 and then every 16 minutes later; calls
// that need it fail with that reason meanwhile.
//
// Two things are not mended by a login, and are put off in the same way, with a
// warning in the log: a token that dies within 30 s, the second time in a row,
// was ended by another process that logs in with the same user
// ([ErrLoggedInElsewhere]; [Session.Trouble] tells a program); and an operation
// that is answered 401 with a new token as well costs no more logins, while those
// of others are made as ever.
//
//	answer            Login           Refresh       in the background   Logout        an authorized call
//	400, 403, 409     error           error         error               error         error
//	401               error           login         login               error         login, sent once more
//	429               4 tries, 5 s    4 tries, 1 s  error               4 tries, 1 s  4 tries, 1 s
//	451               error           session ends  session ends        error         error
//	5xx, HTML, none   4 tries         4 tries       error               4 tries       4 tries if idempotent
//	cut body          4 tries         4 tries       error               4 tries       4 tries if idempotent
//	200 without body  4 tries         good          good                good          as the call has it
//
// Four tries are 5, 10 and 15 s apart, after a 429 as far as the table says. A
// session ends with its Logout whatever the answer. The background does not
// try again because the next refresh comes soon enough and an outage is not to
// be amplified; its failures go to retry.Interval.OnFailure.
//
// The bearer goes only to hosts that the Domain API named for the account, over
// https. It, the csrf token, the cookie and the credentials never appear in a
// log, an error or a printed value.
package login
