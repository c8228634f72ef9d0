package retry

import "time"

// Stats is what an observer learns of one finished call (see [WithObserver]).
// It holds no URL and no credential.
type Stats struct {
	// Op is the operation, empty if the request's context named none.
	Op string
	// Method and Host are those of the last request.
	Method, Host string
	// Status is the last status, 0 if no answer arrived.
	Status int
	// Attempts is how often a request was sent.
	Attempts int
	// Start is when the call began, Duration how long it took, waits included.
	Start    time.Time
	Duration time.Duration
	// Sent and Received count the bytes of all bodies.
	Sent, Received int64
	// Err is the error that the call ended with, nil if it got an answer.
	Err error
}
