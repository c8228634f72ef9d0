package liveperson

import (
	"fmt"
	"strconv"
	"strings"
)

// Ids are texts: the services write the same id as a number here and as a text
// there. The empty id is none.
type (
	// SkillID is the id of a skill of an account, a whole number as text, not
	// its name. Where a conversation has no skill the services write [NoSkill].
	SkillID string
	// UserID names a user of an account, an agent or a bot (userId, agentId).
	UserID string
	// ConversationID names a messaging conversation.
	ConversationID string
	// VisitorID names a visitor of a site.
	VisitorID string
	// CampaignID and EngagementID name what a visitor was engaged by.
	CampaignID string
	// EngagementID names an engagement; see CampaignID.
	EngagementID string
)

// NoSkill is the skill of what is not assigned to any.
const NoSkill SkillID = "-1"

// Int64 returns the id as a number, as some systems store it. It fails for an id
// that is none (*[InputError]).
func (id SkillID) Int64() (int64, error) { return number("skill id", string(id)) }

// Int64 returns the id as a number; see [SkillID.Int64]. Of the form with the
// account, "12345678.3705342610", it is what stands behind the dot.
func (id UserID) Int64() (int64, error) {
	text := string(id)
	return number("user id", text[strings.LastIndexByte(text, '.')+1:])
}

// Int64 returns the id as a number; see [SkillID.Int64].
func (id CampaignID) Int64() (int64, error) { return number("campaign id", string(id)) }

// Int64 returns the id as a number; see [SkillID.Int64].
func (id EngagementID) Int64() (int64, error) { return number("engagement id", string(id)) }

// SkillIDOf is the id with that number.
func SkillIDOf(n int64) SkillID { return SkillID(strconv.FormatInt(n, 10)) }

// UserIDOf is the id with that number.
func UserIDOf(n int64) UserID { return UserID(strconv.FormatInt(n, 10)) }

func number(field, id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %q", &InputError{Field: field, Rule: "must be a whole number"}, id)
	}
	return n, nil
}
