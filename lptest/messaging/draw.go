package messaging

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
)

// What looks random is drawn from the seed, the kind of draw and how often that
// kind was drawn before, never from one shared stream: then the order in which
// concurrent agents happen to arrive does not matter.

// draw returns the next value of a kind. The lock must be held.
func (s *Service) draw(kind string) uint64 {
	n := s.draws[kind]
	s.draws[kind] = n + 1
	return s.hash(kind, n)
}

func (s *Service) hash(key string, n uint64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	return mix(mix(h.Sum64()^uint64(s.host.Seed())*0x9e3779b97f4a7c15) + n)
}

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance reports whether an event of probability p happens for draw x.
func chance(x uint64, p float64) bool { return float64(x>>11)/(1<<53) < p }

// uuid draws an id of the form of a UUID, version 4.
func (s *Service) uuid(kind string) string {
	a, b := s.draw(kind), s.draw(kind)
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

// token is a hexadecimal string of n characters.
func (s *Service) token(kind string, n int) string {
	b := make([]byte, 0, n+16)
	for len(b) < n {
		x := s.draw(kind)
		var word [8]byte
		for i := range word {
			word[i] = byte(x >> (8 * i))
		}
		b = hex.AppendEncode(b, word[:])
	}
	return string(b[:n])
}
