package apart

import "encoding/json"

// environment is set in the child.
const environment = "LIVEPERSON_FAKE_APART"

// command goes to the child. The first one carries the setup.
type command struct {
	ID   int             `json:"id"`
	Name string          `json:"name,omitempty"`
	Args json.RawMessage `json:"args,omitempty"`
}

// reply comes from the child: an answer to a command, or without an ID the
// greeting (first) or the report (last).
type reply struct {
	ID     int             `json:"id,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"`
	Error  string          `json:"error,omitempty"`

	Greeting *greeting `json:"greeting,omitempty"`
	Usage    *Usage    `json:"usage,omitempty"`
}

type greeting struct {
	URL     string `json:"url"`
	Host    string `json:"host"`
	Account string `json:"account"`
	CA      string `json:"ca"`
	PID     int    `json:"pid"`
}
