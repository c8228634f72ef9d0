package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// handset is the client that anybody would write by hand: coder/websocket and
// encoding/json, exact structs, a goroutine that reads, and no thought of failure but
// the time-out of a request.
type handset struct {
	conn     *websocket.Conn
	messages chan exactMessage // to the handler

	mu      sync.Mutex
	last    int
	waiting map[string]chan exactFrame
}

// answerWithin is the time-out of a request.
const answerWithin = 10 * time.Second

// dialHandset opens a socket.
func dialHandset(ctx context.Context, client *http.Client, url string) (*handset, error) {
	conn, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: client, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return nil, err
	}
	if resp.Body != nil {
		defer resp.Body.Close()
	}
	conn.SetReadLimit(16 << 20)
	return &handset{conn: conn, messages: make(chan exactMessage, 100), waiting: map[string]chan exactFrame{}}, nil
}

// read takes frames until the socket ends.
func (h *handset) read(ctx context.Context) error {
	for {
		_, data, err := h.conn.Read(ctx)
		if err != nil {
			return err
		}
		var f exactFrame
		if err := json.Unmarshal(data, &f); err != nil {
			return err
		}
		switch f.Kind {
		case "resp":
			h.mu.Lock()
			waits := h.waiting[f.ReqID]
			delete(h.waiting, f.ReqID)
			h.mu.Unlock()
			if waits != nil {
				waits <- f
			}
		case "notification":
			if f.Type != "ms.MessagingEventNotification" {
				continue
			}
			var n exactEventNotification
			if err := json.Unmarshal(f.Body, &n); err != nil {
				return err
			}
			for _, m := range n.Changes {
				h.messages <- m
			}
		}
	}
}

// ask makes a request and decodes its answer into out.
func (h *handset) ask(ctx context.Context, typ string, body, out any) error {
	waits := make(chan exactFrame, 1)
	h.mu.Lock()
	h.last++
	id := strconv.Itoa(h.last)
	h.waiting[id] = waits
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiting, id)
	}()
	frame, err := json.Marshal(exactRequest{Kind: "req", ID: id, Type: typ, Body: body})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if err := h.conn.Write(ctx, websocket.MessageText, frame); err != nil {
		return err
	}
	select {
	case f := <-waits:
		if f.Code > 299 {
			return fmt.Errorf("code %d", f.Code)
		}
		return json.Unmarshal(f.Body, out)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// publish says a text in a dialog, and returns its number.
func (h *handset) publish(ctx context.Context, dialog, text string) (int, error) {
	var out exactPublished
	err := h.ask(ctx, ".ams.ms.PublishEvent", exactPublish{dialog, exactText{"ContentEvent", "text/plain", text}}, &out)
	return out.Sequence, err
}

// The documents, exactly as the service of this benchmark has them.
type (
	exactRequest struct {
		Kind string `json:"kind"`
		ID   string `json:"id"`
		Type string `json:"type"`
		Body any    `json:"body"`
	}
	exactPublish struct {
		DialogID string    `json:"dialogId"`
		Event    exactText `json:"event"`
	}
	exactText struct {
		Type        string `json:"type"`
		ContentType string `json:"contentType"`
		Message     string `json:"message"`
	}

	exactFrame struct {
		Kind  string          `json:"kind"`
		ReqID string          `json:"reqId,omitempty"`
		Code  int             `json:"code,omitempty"`
		Type  string          `json:"type"`
		Body  json.RawMessage `json:"body"`
	}
	exactPublished struct {
		Sequence int `json:"sequence"`
	}
	exactEventNotification struct {
		DialogID string         `json:"dialogId"`
		Changes  []exactMessage `json:"changes"`
	}
	exactMessage struct {
		Sequence      int    `json:"sequence"`
		OriginatorID  string `json:"originatorId"`
		OriginatorPID string `json:"originatorPId"`
		Originator    struct {
			ID   string `json:"id"`
			Role string `json:"role"`
		} `json:"originatorMetadata"`
		ServerTimestamp int64     `json:"serverTimestamp"`
		Event           exactText `json:"event"`
		DialogID        string    `json:"dialogId"`
		ConversationID  string    `json:"conversationId"`
		Audience        string    `json:"messageAudience"`
	}
)
