package wire

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Seconds is a duration as users' JSON has all of them: a number of seconds, with a
// fraction if need be. It also reads "8h0m0s".
type Seconds time.Duration

// MarshalJSON writes the shortest exact number.
func (s Seconds) MarshalJSON() ([]byte, error) {
	whole, part := s/Seconds(time.Second), s%Seconds(time.Second)
	if part == 0 {
		return strconv.AppendInt(nil, int64(whole), 10), nil
	}
	sign := ""
	if s < 0 {
		sign, whole, part = "-", -whole, -part
	}
	return []byte(strings.TrimRight(fmt.Sprintf("%s%d.%09d", sign, whole, part), "0")), nil
}

// UnmarshalJSON reads a number of seconds, or the text of a time.Duration.
func (s *Seconds) UnmarshalJSON(data []byte) error {
	text := string(data)
	if text == "null" {
		return nil
	}
	if inner, isText := strings.CutPrefix(text, `"`); isText {
		text = strings.TrimSuffix(inner, `"`)
	} else {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err == nil {
		*s = Seconds(d)
		return nil
	}
	n, floatErr := strconv.ParseFloat(string(data), 64) // 1.5e3, or more digits than a Duration has
	if floatErr != nil || math.Abs(n) > float64(math.MaxInt64/int64(time.Second)) {
		return fmt.Errorf("wire: no duration: %w", err)
	}
	*s = Seconds(n * float64(time.Second))
	return nil
}
