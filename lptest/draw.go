package lptest

import (
	"encoding/hex"
	"hash/fnv"
	"strconv"
)

// What looks random is drawn from the seed, the kind of draw and how often
// that kind was drawn before, never from one shared stream: then the order in
// which concurrent agents happen to arrive does not matter.

// draw returns the next value for kind and scope. The lock must be held.
func (s *Server) draw(kind, scope string) uint64 { return s.drawIn(s.draws, kind, scope) }

// drawFor is draw for a call: what is counted for one chat is kept with it.
func (s *Server) drawFor(c *call, kind, scope string) uint64 {
	counts := s.draws
	if ch := s.chats[c.params["chat"]]; ch != nil {
		counts = ch.draws
	}
	return s.drawIn(counts, kind, scope)
}

func (s *Server) drawIn(counts map[string]uint64, kind, scope string) uint64 {
	key := kind + "\x00" + scope
	n := counts[key]
	counts[key] = n + 1
	return s.hash(key, n)
}

// forgetDraws ends the draws for a new chat.
func (s *Server) forgetDraws(number string) {
	for _, kind := range [...]string{"id visitor", "id rt", "id engagement", "id campaign", "shark", "participant", "chat"} {
		delete(s.draws, kind+"\x00"+number)
	}
}

func (s *Server) hash(key string, n uint64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	return mix(mix(h.Sum64()^uint64(s.cfg.seed)*0x9e3779b97f4a7c15) + n)
}

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance reports whether an event of probability p happens for draw x.
func chance(x uint64, p float64) bool {
	return float64(x>>11)/(1<<53) < p
}

// token is a hexadecimal string of n characters.
func (s *Server) token(kind, scope string, n int) string {
	b := make([]byte, 0, n+16)
	for len(b) < n {
		x := s.draw(kind, scope)
		var word [8]byte
		for i := range word {
			word[i] = byte(x >> (8 * i))
		}
		b = hex.AppendEncode(b, word[:])
	}
	return string(b[:n])
}

// digits is a decimal string of n digits that does not start with 0.
func (s *Server) digits(kind, scope string, n int) string {
	b := strconv.AppendUint(nil, s.draw(kind, scope)|1<<63, 10)
	return string(b[:n])
}
