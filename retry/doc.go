// Package retry makes calls the way LivePerson asks for: it is the transport
// that the other packages share, and a plain [*http.Client] for code of your
// own.
//
//	client := retry.NewClient()
//	resp, err := client.Get("https://api.liveperson.net/api/account/12345678/service/baseURI.json?version=1.0")
//
// # Policy
//
// The numbers are those of LivePerson's "Retry Policy Recommendations" page
// and the zero value of [Policy].
//
//	answer                     what happens
//	2xx, 3xx                   returned
//	4xx                        returned at once: sending it again cannot help
//	401                        returned; the login package logs in again and replays once
//	409                        handed to [Call.Conflict], where the call has one
//	429                        not taken: sent again after at least 1 s
//	5xx                        sent again after 5, 10 and 15 s, if the class allows
//	no answer, cut or no JSON  the same
//	after the last try         the last answer or error as it was
//
// A Retry-After header lengthens a wait, up to [Policy.MaxRetryAfter]. A wait
// that cannot end before the context's deadline is not begun. Every wait is
// spread at random, upwards. For outages longer than that there is the slower
// loop [Recover].
//
// # Classes
//
// What may be sent again depends on the operation, so each request says in its
// context which [Class] it is (see [Call]):
//
//	class       5xx or no answer, after the request was written
//	Idempotent  sent again
//	Verified    Call.Verify tells whether the first try took effect; sent again only if it did not
//	Once        never sent again
//
// A request that was never written, or that a 429 turned away, is sent again
// in every class. Without a Call, GET, HEAD and OPTIONS are Idempotent and all
// other methods Once.
//
// Each answer is read whole, up to a limit, within its attempt, so that a cut
// body counts as a failed attempt.
package retry
