package chatagent

// OpenChats is how many chats the session keeps, for tests of what it forgets.
func OpenChats(s *Session) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.chats)
}
