package retry

import "time"

// Stats is what an observer learns of one finished call (see [WithObserver]).
// It holds no URL and no credential.
type Stats struct {
	// Op is the operation, empty if the call has no name.
	Op string
	// Account is the account's id and Agent the login name of the user that the
	// call was made for; the user id of a session with a ready-made bearer, empty
	// for signed requests and for calls of no session.
	Account, Agent string
	// Method and Host are those of the last request; a request over a web socket has no
	// method.
	Method, Host string
	// Status is the last status, or code of a socket's answer, 0 if no answer arrived.
	Status int
	// Tries is how often the request was sent.
	Tries int
	// Start is when the call began, Duration how long it took, waits included.
	Start    time.Time
	Duration time.Duration
	// Sent and Received count the bytes of all bodies; over a web socket those of the
	// requests, without their numbers, and of the answers' bodies.
	Sent, Received int64
	// Err is the error of the call. A method may make another of it, or a success:
	// ending a chat that is over is refused, and done.
	Err error
}

// Stats are those of the call, which began at start and came to that answer.
func (c *Call) Stats(a Answer, start time.Time, err error) Stats {
	return Stats{
		Op: c.Op, Account: c.Account, Agent: c.Agent, Method: c.Method, Host: c.URL.Host,
		Status: a.Status, Tries: a.Tries, Start: start, Duration: time.Since(start), Sent: a.Sent, Received: a.Received, Err: err,
	}
}
