package retry

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// FuzzRetryAfter: whatever the header says, the wait is neither negative nor
// over the limit, and a plain number is taken at its word.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "007", "61", " 7 ", "99999999999999999999", "-1", "1e3", "Sat, 01 Jan 2000 00:00:09 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		const limit = time.Minute
		wait := After(http.Header{"Retry-After": {value}}, limit)
		assert.GreaterOrEqual(t, wait, time.Duration(0))
		assert.LessOrEqual(t, wait, limit)
		if len(value) == 1 && '0' <= value[0] && value[0] <= '9' {
			assert.Equal(t, time.Duration(value[0]-'0')*time.Second, wait)
		}
		assert.Zero(t, After(http.Header{"Retry-After": {value}}, 0))
	})
}
