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
	http   *http.Client // with the cookies of the agent session in its jar, if it has one
	method string
	url    string
	bearer string
	cookie string // the header, for a client without a jar
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
	if r.cookie != "" {
		req.Header.Set("Cookie", r.cookie)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode > 299 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return read(resp, out)
}

// read decodes an answer of known size. On both Go releases that is faster, and
// allocates less, than a Decoder or io.ReadAll.
func read(resp *http.Response, out any) error {
	text := make([]byte, resp.ContentLength)
	if _, err := io.ReadFull(resp.Body, text); err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// The documents, exactly as the fake services write them: all members that an
// answer of this benchmark has, and no others.
type (
	exactLink struct {
		Href string `json:"@href"`
		Rel  string `json:"@rel"`
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

	// A page of events has attributes where the answer for many chats has
	// plain members.
	exactEvents struct {
		Events struct {
			Link  []exactLink       `json:"link"`
			Event []exactPagedEvent `json:"event"`
		} `json:"events"`
	}
	exactPagedEvent struct {
		ID       string    `json:"@id"`
		Type     string    `json:"@type"`
		Time     time.Time `json:"time"`
		TextType string    `json:"textType"`
		Text     string    `json:"text"`
		By       string    `json:"by"`
		Source   string    `json:"source"`
		SubType  string    `json:"subType"`
	}

	exactChats struct {
		Chats struct {
			Chat []exactChat `json:"chat"`
		} `json:"chats"`
	}
	exactChat struct {
		Link   []exactPlainLink `json:"link"`
		Events struct {
			Link  []exactPlainLink `json:"link"`
			Event []exactEvent     `json:"event"`
		} `json:"events"`
		Info exactInfo `json:"info"`
	}
	exactPlainLink struct {
		Href string `json:"href"`
		Rel  string `json:"rel"`
	}
	exactEvent struct {
		ID       int64     `json:"id"`
		Type     string    `json:"type"`
		Time     time.Time `json:"time"`
		TextType string    `json:"textType"`
		Text     string    `json:"text"`
		By       string    `json:"by"`
		Source   string    `json:"source"`
		SubType  string    `json:"subType"`
	}
	exactInfo struct {
		Link           []exactPlainLink `json:"link"`
		State          string           `json:"state"`
		ChatSessionKey string           `json:"chatSessionKey"`
		AgentName      string           `json:"agentName"`
		AgentID        int64            `json:"agentId"`
		StartTime      time.Time        `json:"startTime"`
		Duration       int64            `json:"duration"`
		LastUpdate     time.Time        `json:"lastUpdate"`
		ChatTimeout    int64            `json:"chatTimeout"`
		VisitorID      int64            `json:"visitorId"`
		AgentTyping    string           `json:"agentTyping"`
		VisitorTyping  string           `json:"visitorTyping"`
		VisitorName    string           `json:"visitorName"`
		RTSessionID    int64            `json:"rtSessionId"`
		SharkVisitorID string           `json:"sharkVisitorId"`
		SharkSessionID string           `json:"sharkSessionId"`
		SharkContextID int64            `json:"sharkContextId"`
		EngagementID   int64            `json:"engagementId"`
		CampaignID     int64            `json:"campaignId"`
		Language       string           `json:"language"`
	}

	exactSurvey struct {
		ID        int64           `json:"id"`
		Name      string          `json:"name"`
		Root      int64           `json:"root"`
		Timeout   int64           `json:"actualTimeoutInMinutes"`
		Questions []exactQuestion `json:"questions"`
		Context   struct {
			Status     string `json:"agentSurveyStatus"`
			LastAction int64  `json:"lastActionTimeInMillis"`
			AutoClose  int64  `json:"autoCloseTimestamp"`
			Revision   int64  `json:"stateRevision"`
		} `json:"agentSurveyContext"`
	}
	exactQuestion struct {
		ID            int64        `json:"id"`
		Order         int64        `json:"orderId"`
		Text          string       `json:"text"`
		Next          *int64       `json:"next"`
		NextInOrder   bool         `json:"nextInOrder"`
		Required      bool         `json:"required"`
		Category      string       `json:"category"`
		Definition    string       `json:"questionDefinition"`
		Replies       []exactReply `json:"replies"`
		ContainsLogic bool         `json:"containsLogic"`
	}
	exactReply struct {
		ID          int64  `json:"id"`
		Text        string `json:"text"`
		NextInOrder bool   `json:"nextInOrder"`
	}
)
