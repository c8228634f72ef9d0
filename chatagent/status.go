package chatagent

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

// statusQuery asks for the running chats too.
type statusQuery struct {
	common
	Chats int `url:"cs"`
}

// Status returns the agent session with its links and running chats, as JSON:
// the pages do not describe it (it is in LivePerson's Postman collection).
func (s *Session) Status(ctx context.Context) (json.RawMessage, error) {
	at := s.at()
	out, _, err := rest.Do[json.RawMessage](ctx, at.rest, rest.Request{
		Op: "chatagent.Status", Method: http.MethodGet, Class: retry.Idempotent,
		URL: at.url, Query: statusQuery{v1, 1},
	})
	return out, err
}
