// Package retry makes calls the way LivePerson asks for: it is the transport
// that the other packages share, and a plain [*http.Client] for code of your
// own.
//
//	client, err := retry.NewClient()
//	…
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
//	409                        returned; see [OnConflict]
//	429                        not taken: sent again after at least 1 s
//	5xx                        sent again after 5, 10 and 15 s, if the call is idempotent
//	no answer, cut or no JSON  the same
//	after the last try         the last answer or error as it was
//
// A Retry-After header lengthens a wait, up to [Policy.MaxRetryAfter]. A wait
// that cannot end before the context's deadline is not begun. Every wait is
// spread at random, upwards. For outages longer than that there is the slower
// loop [Recover].
//
// # Writes
//
// Only an idempotent call ([Call.Idempotent]; a plain GET, HEAD or OPTIONS) is
// sent again after a 5xx or a lost answer. Any call is, if it was never written
// or if a 429 turned it away. What became of a call that is not sent again says
// [Answer.Effect]; [Confirm] finds it out where that leaves it open.
//
// Each answer is read whole, up to a limit, within its try, so that a cut body
// counts as a failed try.
package retry
