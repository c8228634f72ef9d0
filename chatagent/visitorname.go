package chatagent

import (
	"context"
	"net/http"

	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/retry"
)

type visitorNameDoc struct {
	Name string `json:"visitorName"`
}

// VisitorName asks for the name that the visitor gave (Retrieve Visitor's Name
// page); it is "visitor" if there is none.
func (c *Chat) VisitorName(ctx context.Context) (string, error) {
	at, url := c.at()
	out, _, err := rest.Do[visitorNameDoc](ctx, at.rest, rest.Request{
		Op: "chatagent.VisitorName", Method: http.MethodGet, Class: retry.Idempotent,
		URL: url.Join("/info/visitorName"), Query: query,
	})
	return out.Name, err
}
