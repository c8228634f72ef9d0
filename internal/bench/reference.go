package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// reference is the least that anybody could write: it makes a call that was
// seen once again, with net/http and encoding/json, an exact struct, and no
// thought of failure.
type reference struct {
	http   *http.Client // with the cookies of the agent session in its jar
	method string
	url    string
	bearer string
}

// call sends body, if it is not nil, and decodes the answer into out.
func (r *reference) call(ctx context.Context, body, out any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, content)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+r.bearer)
	resp, err := r.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode > 299 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body) // so that the connection can be used again
	return err
}

// The documents, exactly as the fake services write them.
type (
	exactLink struct {
		Rel  string `json:"@rel"`
		Href string `json:"@href"`
	}
	exactLine struct {
		Event struct {
			Type     string `json:"@type"`
			Text     string `json:"text"`
			TextType string `json:"textType"`
		} `json:"event"`
	}
	exactLocation struct {
		Location struct {
			Link exactLink `json:"link"`
		} `json:"chatEventLocation"`
	}
	exactEvent struct {
		ID              string    `json:"@id"`
		Type            string    `json:"@type"`
		Time            time.Time `json:"time"`
		State           string    `json:"state"`
		Text            string    `json:"text"`
		TextType        string    `json:"textType"`
		By              string    `json:"by"`
		Source          string    `json:"source"`
		AgentID         string    `json:"agentId"`
		SubType         string    `json:"subType"`
		SystemMessageID int       `json:"systemMessageId"`
	}
	exactEvents struct {
		Events struct {
			Link  []exactLink  `json:"link"`
			Event []exactEvent `json:"event"`
		} `json:"events"`
	}
	exactChats struct {
		Chats struct {
			Chat []struct {
				Link []struct {
					Rel  string `json:"rel"`
					Href string `json:"href"`
				} `json:"link"`
				Events struct {
					Event []exactEvent `json:"event"`
				} `json:"events"`
				Info exactInfo `json:"info"`
			} `json:"chat"`
		} `json:"chats"`
	}
	exactInfo struct {
		State          string    `json:"state"`
		ChatSessionKey string    `json:"chatSessionKey"`
		VisitorID      int64     `json:"visitorId"`
		AgentName      string    `json:"agentName"`
		AgentID        int64     `json:"agentId"`
		StartTime      time.Time `json:"startTime"`
		Duration       int64     `json:"duration"`
		LastUpdate     time.Time `json:"lastUpdate"`
		ChatTimeout    int64     `json:"chatTimeout"`
		VisitorName    string    `json:"visitorName"`
		RTSessionID    int64     `json:"rtSessionId"`
		SharkVisitorID string    `json:"sharkVisitorId"`
		AgentTyping    string    `json:"agentTyping"`
		VisitorTyping  string    `json:"visitorTyping"`
	}
	exactSurvey struct {
		ID        int64           `json:"id"`
		Name      string          `json:"name"`
		Root      int64           `json:"root"`
		Timeout   int64           `json:"actualTimeoutInMinutes"`
		Questions []exactQuestion `json:"questions"`
		Revision  int64           `json:"stateRevision"`
		Status    string          `json:"status"`
	}
	exactQuestion struct {
		ID            int64  `json:"id"`
		Order         int64  `json:"orderId"`
		Text          string `json:"text"`
		Next          *int64 `json:"next"`
		NextInOrder   bool   `json:"nextInOrder"`
		Required      bool   `json:"required"`
		ContainsLogic bool   `json:"containsLogic"`
		Category      string `json:"category"`
		Definition    string `json:"questionDefinition"`
		MaxCharacters int    `json:"maxCharacters"`
		Replies       []struct {
			ID          int64  `json:"id"`
			Text        string `json:"text"`
			Next        *int64 `json:"next"`
			NextInOrder bool   `json:"nextInOrder"`
		} `json:"replies"`
		State *struct {
			Answers []string `json:"answers"`
		} `json:"questionState"`
	}
)
