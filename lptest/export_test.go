package lptest

// Held is how many things the server keeps.
func Held(s *Server) int {
	s.enter()
	defer s.mu.Unlock()
	return len(s.chats) + len(s.order) + len(s.visits) + len(s.people) + len(s.surveys) + len(s.sessions) +
		len(s.jars) + len(s.logins) + len(s.byCookie) + len(s.draws)
}
