package wire_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

func TestSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, "72.5": 72*time.Second + 500*time.Millisecond, "-1.25": -1250 * time.Millisecond, "-0.5": -500 * time.Millisecond,
		"0.000000001": 1, "9223372036.854775807": math.MaxInt64, "-9223372036.854775808": math.MinInt64, "28800": 8 * time.Hour,
	} {
		out, err := json.Marshal(wire.Seconds(want))
		require.NoError(t, err)
		assert.Equal(t, text, string(out))
		var back wire.Seconds
		require.NoError(t, json.Unmarshal([]byte(text), &back))
		assert.Equal(t, want, time.Duration(back))
	}
	for text, want := range map[string]time.Duration{
		`"8h0m0s"`: 8 * time.Hour, `"1.5s"`: 1500 * time.Millisecond, "1.5e3": 25 * time.Minute, "1E1": 10 * time.Second, "null": 3, "7.0": 7 * time.Second,
		"0.1234567891234": 123456789,
	} {
		got := wire.Seconds(3)
		require.NoError(t, json.Unmarshal([]byte(text), &got), text)
		assert.Equal(t, want, time.Duration(got), text)
	}
	for _, text := range []string{"9223372037", "28800000000000", "-1e300", `"8"`, `""`, `"x"`, "true", "[]", "{}"} {
		var got wire.Seconds
		require.Error(t, json.Unmarshal([]byte(text), &got), text)
	}
}
