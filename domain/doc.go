// Package domain finds out which host serves which LivePerson service for an
// account: the Domain API (https://developers.liveperson.com/domain-api.html).
//
//	domains, err := domain.New()
//	host, err := domains.BaseURI(ctx, "12345678", domain.AgentVEP) // "va.agentvep.liveperson.net"
//
// # Policy
//
// Hosts may change, so nothing is hard-coded and an answer is used for a
// limited time: 5 minutes. That is short enough to follow a move within one
// keep-alive, and long enough that a fleet that logs in together asks once.
// One request fetches all services of an account, whoever asks, and concurrent
// callers share it.
//
// While the Domain API cannot be reached, the last known answer is used;
// [Client.Lookup] tells how old it is. To find that out, one caller and those
// who come meanwhile wait 5 s at most; then nobody asks for 30 s.
//
//	answer                    nothing known yet                    with a known answer
//	5xx, HTML, no answer, cut asked again after 5, 10 and 15 s,    the known one, stale
//	                          then liveperson.ErrUnavailable
//	429                       asked again after 1 s, three times,  the same, then the known one
//	                          then liveperson.ErrRateLimited
//	other 4xx                 the error, at once                   the error, at once
//	200 without a body        as 5xx                               the known one, stale
//
// # Safety
//
// A base URI decides where credentials go, so it is taken only if it is a bare
// host, with a port at most, under liveperson.net or lpsnmedia.net, or on a
// host that [AllowHosts] names. Any other is liveperson.ErrForeignOrigin for
// whoever asks for its service, and disturbs nobody else.
package domain
