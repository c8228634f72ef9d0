package agentsurvey

import liveperson "github.com/liveperson-community/liveperson-go"

// Unassigned is the skill of a conversation that has none.
const Unassigned int64 = -1

// Ref names the agent survey of one conversation (query parameters of all
// methods of the API).
type Ref struct {
	// Conversation is the id of the messaging conversation (conv).
	Conversation string `json:"conversation"`
	// Skill is the skill's id, or Unassigned.
	Skill int64 `json:"skill"`
}

func (r Ref) check(op string) error {
	switch {
	case r.Conversation == "":
		return &liveperson.InputError{Op: op, Field: "conv", Rule: "must not be empty"}
	case r.Skill < Unassigned || r.Skill == 0:
		return &liveperson.InputError{Op: op, Field: "skill", Rule: "must be a skill id, or Unassigned (-1)"}
	}
	return nil
}
