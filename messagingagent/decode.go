package messagingagent

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// changesDoc is what notifications have in common.
type changesDoc struct {
	SubscriptionID string            `json:"subscriptionId" wire:"or=subScriptionId"`
	Changes        []json.RawMessage `json:"changes"`
}

// changeDoc is one change of a notification.
type changeDoc struct {
	Type   string          `json:"type"`
	Result json.RawMessage `json:"result"`
}

// decodeChange decodes what a change is about; gone is whether it is not there any more.
func decodeChange(raw json.RawMessage, result any) (gone, ok bool) {
	var c changeDoc
	if wire.Unmarshal(raw, &c) != nil || given(c.Result) == nil || wire.Unmarshal(c.Result, result) != nil {
		return false, false
	}
	return strings.EqualFold(strings.TrimSpace(c.Type), "DELETE"), true
}

// clientDoc are client properties.
type clientDoc struct {
	AppID              string   `json:"appId"`
	AppVersion         string   `json:"appVersion"`
	IPAddress          string   `json:"ipAddress"`
	DeviceFamily       string   `json:"deviceFamily"`
	DeviceManufacturer string   `json:"deviceManufacture"`
	DeviceModel        string   `json:"deviceModel"`
	OS                 string   `json:"os"`
	OSName             string   `json:"osName"`
	OSVersion          string   `json:"osVersion"`
	Integration        string   `json:"integration"`
	IntegrationVersion string   `json:"integrationVersion"`
	Browser            string   `json:"browser"`
	BrowserVersion     string   `json:"browserVersion"`
	TimeZone           string   `json:"timeZone"`
	Features           []string `json:"features"`
}

// given is raw, or nil for null, "" and nothing.
func given(raw json.RawMessage) json.RawMessage {
	switch string(raw) {
	case "", "null", `""`:
		return nil
	}
	return raw
}

// maxSequence is more than a dialog can hold.
const maxSequence = 100_000_000

// sequence reads a sequence number, which must not be what no dialog can come to.
func sequence(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil { // 3.0 and 3e0 are numbers too
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != math.Trunc(f) || math.Abs(f) > maxSequence {
			return 0, false
		}
		n = int64(f)
	}
	return n, n >= 0 && n <= maxSequence
}

// milliseconds and seconds are a number of them, held to what a Duration can be.
func milliseconds(n int64) time.Duration { return duration(n, time.Millisecond) }

func seconds(n int64) time.Duration { return duration(n, time.Second) }

func duration(n int64, unit time.Duration) time.Duration {
	most := math.MaxInt64 / int64(unit)
	return time.Duration(min(max(n, -most), most)) * unit
}
