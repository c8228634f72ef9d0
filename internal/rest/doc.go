// Package rest is the one place where a request is built, sent, bounded,
// decoded and turned into an error. Every endpoint of the module is a
// [Request] given to [Do]:
//
//	out, _, err := rest.Do[availabilityDoc](ctx, s.rest, rest.Request{
//		Op:     "chatagent.Availability",
//		Method: http.MethodGet,
//		URL:    s.url.Join("/availability"),
//		Query:  common,
//	})
//
// What holds for all of them:
//
//   - path elements come in through a template; each is checked and escaped;
//   - a link that the server gave is followed only on the service's own
//     scheme, host and port;
//   - redirects are refused;
//   - a 2xx counts only if its body is the JSON that was asked for;
//   - every failure is a [*liveperson.Error] without a credential in it, and
//     bad input a [*liveperson.InputError] before anything is sent.
package rest
