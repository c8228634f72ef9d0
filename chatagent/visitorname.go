package chatagent

import (
	"context"

	"github.com/liveperson-community/liveperson-go/internal/rest"
)

type visitorNameDoc struct {
	Name string `json:"visitorName"`
}

// VisitorName asks for the name that the visitor gave; it is "visitor" if there
// is none.
//
// https://developers.liveperson.com/chat-agent-api-methods-retrieve-visitor-s-name.html
func (c *Chat) VisitorName(ctx context.Context) (string, error) {
	at, url := c.at()
	out, err := rest.Get[visitorNameDoc](ctx, at.rest, "chatagent.VisitorName", url.Join("/info/visitorName"), query)
	return out.Name, err
}
