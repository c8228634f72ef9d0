package chatagent

import (
	"context"
	"encoding/json"

	"github.com/liveperson-community/liveperson-go/internal/rest"
)

// statusQuery asks for the running chats too.
type statusQuery struct {
	common
	Chats int `url:"cs"`
}

// Status returns the agent session with its links and running chats, as JSON:
// the pages do not describe it (it is in LivePerson's Postman collection).
func (s *Agent) Status(ctx context.Context) (json.RawMessage, error) {
	at := s.at()
	out, err := rest.Get[json.RawMessage](ctx, at.rest, "chatagent.Status", at.url, statusQuery{v1, 1})
	return out, err
}
