package messaging

import (
	"context"
	"slices"
)

// CloseSockets closes the sockets of a user, by the login name, with a close
// code and a reason, after what is yet to be written, and returns how many there
// were. 1005 is a close frame without a code, 1006 is none at all.
func (s *Service) CloseSockets(loginName string, code int, reason string) int {
	s.enter()
	defer s.mu.Unlock()
	sockets := slices.Clone(s.mustUser(loginName).sockets)
	for _, k := range sockets {
		s.end(k, code, reason)
	}
	return len(sockets)
}

// DropSockets ends the sockets of a user without a close frame and returns how
// many there were; what was not yet written is lost.
func (s *Service) DropSockets(loginName string) int {
	s.enter()
	defer s.mu.Unlock()
	sockets := slices.Clone(s.mustUser(loginName).sockets)
	for _, k := range sockets {
		s.drop(k)
	}
	return len(sockets)
}

// Sockets is how many sockets of a user are open.
func (s *Service) Sockets(loginName string) int {
	s.enter()
	defer s.mu.Unlock()
	return len(s.mustUser(loginName).sockets)
}

// Opened is how many sockets were ever opened.
func (s *Service) Opened() int {
	s.enter()
	defer s.mu.Unlock()
	return s.opened
}

// WaitSockets waits until a user has n open sockets.
func (s *Service) WaitSockets(ctx context.Context, loginName string, n int) error {
	return s.wait(ctx, "the sockets of "+loginName, &s.waiters, func() (bool, error) {
		return len(s.mustUser(loginName).sockets) == n, nil
	})
}

// Availability is the state of a user: ONLINE, OCCUPIED, AWAY, BACK_SOON or
// OFFLINE.
func (s *Service) Availability(loginName string) string {
	s.enter()
	defer s.mu.Unlock()
	return s.mustUser(loginName).availability
}

// SetAvailability changes a user's state as the service or a second client of
// his does. It panics on a state that there is not.
func (s *Service) SetAvailability(loginName, state string) {
	if !isAvailability(state) {
		panic("messaging: there is no state " + state)
	}
	s.enter()
	defer s.mu.Unlock()
	s.setAvailability(s.mustUser(loginName), state, "")
}

// WaitAvailability waits until a user is in a state.
func (s *Service) WaitAvailability(ctx context.Context, loginName, state string) error {
	return s.wait(ctx, loginName+" is "+state, &s.waiters, func() (bool, error) {
		return s.mustUser(loginName).availability == state, nil
	})
}

// Requeue takes a conversation from its agent, if it has one, and lets it wait
// for another in the queue of its skill. It does nothing once it is closed.
func (s *Service) Requeue(conversation string) {
	s.enter()
	defer s.mu.Unlock()
	if c := s.convs[conversation]; c != nil && c.state == open {
		s.release(c, c.skill, nil)
		s.settle(c)
	}
}
