package retry

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// Body is a request body in memory: a [Transport] sends it as often as it has
// to without copying it.
type Body struct {
	bytes.Reader
	content []byte
}

// NewBody returns a body of that content, which must not be changed any more.
func NewBody(content []byte) *Body {
	b := &Body{content: content}
	b.Reset(content)
	return b
}

// Close does nothing.
func (b *Body) Close() error { return nil }

// maxRequestBody is the size of a request body that can be sent again.
const maxRequestBody = 16 << 20

// ReadBody reads the body of req, up to 16 MiB, and closes it, as a RoundTripper
// has to that may send it twice. It returns nil if there is none.
func ReadBody(req *http.Request) (content []byte, err error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	if b, ok := req.Body.(*Body); ok {
		return b.content, nil
	}
	defer req.Body.Close()
	content, err = io.ReadAll(io.LimitReader(req.Body, maxRequestBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the request body: %w", err)
	}
	if len(content) > maxRequestBody {
		return nil, fmt.Errorf("request body over %d MiB", maxRequestBody>>20)
	}
	return content, nil
}
