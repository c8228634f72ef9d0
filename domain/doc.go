// Package domain finds out which host serves which LivePerson service for an
// account: the Domain API.
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
// callers share it. While the Domain API cannot be reached, the last known
// answer is used; [Client.Lookup] tells how old it is.
//
// A base URI decides where credentials go, so it is taken only if it is a bare
// host, with a port at most, under liveperson.net or lpsnmedia.net, or on a
// host that [AllowHosts] names.
package domain
