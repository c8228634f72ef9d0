package messagingagent

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// conversationChange is a conversation as it is now, or one that the subscription does
// not show any more; of that little may be known but its id.
type conversationChange struct {
	gone bool
	sure bool // it was asked for, and not before the conversation was closed here
	info ConversationInfo
}

// decodeConversations decodes an ExConversationChangeNotification. odd is how many
// changes could not be read: while there are some, a conversation that is not listed
// may be there all the same.
func decodeConversations(body json.RawMessage) (subscription string, changes []conversationChange, odd int, err error) {
	var doc changesDoc
	if err := wire.Unmarshal(body, &doc); err != nil {
		return "", nil, 0, err
	}
	for _, raw := range doc.Changes {
		var c conversationDoc
		gone, ok := decodeChange(raw, &c)
		id := firstOf(c.ID, c.Details.ID)
		if !ok || id == "" || !gone && c.Details.State == "" && c.Details.Stage == "" {
			odd++
			continue
		}
		changes = append(changes, conversationChange{gone: gone, info: c.info(id)})
	}
	return doc.SubscriptionID, changes, odd, nil
}

type conversationDoc struct {
	ID          string          `json:"convId"`
	RespondBy   time.Time       `json:"effectiveTTR"`
	Details     detailsDoc      `json:"conversationDetails"`
	LastContent json.RawMessage `json:"lastContentEventNotification"`
	Unread      map[string]int  `json:"numberOfunreadMessages"`
	Raw         json.RawMessage `json:"-" wire:"raw"`
}

type detailsDoc struct {
	ID                string          `json:"convId"`
	SkillID           string          `json:"skillId"`
	BrandID           string          `json:"brandId"`
	State             string          `json:"state"`
	Stage             string          `json:"stage"`
	CloseReason       string          `json:"closeReason"`
	Start             time.Time       `json:"startTs"`
	End               time.Time       `json:"endTs"`
	Updated           time.Time       `json:"metaDataLastUpdateTs"`
	ManualETTR        time.Time       `json:"manualETTR"`
	Participants      roster          `json:"participants"`
	ParticipantsPID   roster          `json:"participantsPId"`
	Dialogs           []dialogDoc     `json:"dialogs"`
	TTR               ttrDoc          `json:"ttr"`
	Delay             delayDoc        `json:"delay"`
	FirstConversation bool            `json:"firstConversation"`
	CSAT              *csatDoc        `json:"csat"`
	CSATRate          int             `json:"csatRate"`
	Note              string          `json:"note"`
	GroupID           string          `json:"groupId"`
	Campaign          campaignDoc     `json:"campaignInfo"`
	Context           json.RawMessage `json:"context"`
	Handler           handlerDoc      `json:"conversationHandlerDetails"`
}

type dialogDoc struct {
	ID           string          `json:"dialogId"`
	Type         string          `json:"dialogType"`
	Channel      string          `json:"channelType"`
	State        string          `json:"state"`
	Created      time.Time       `json:"creationTs"`
	End          time.Time       `json:"endTs"`
	Updated      time.Time       `json:"metaDataLastUpdateTs"`
	Participants roster          `json:"participantsDetails"`
	ClosedBy     string          `json:"closedBy"`
	ClosedCause  string          `json:"closedCause"`
	MetaData     json.RawMessage `json:"metaData"`
}

type dialogMetaDoc struct {
	AppInstallID string `json:"appInstallId"`
}

type ttrDoc struct {
	Type  string `json:"ttrType"`
	Value int64  `json:"value"`
}

type delayDoc struct {
	Type string    `json:"type"`
	Till time.Time `json:"tillWhen"`
}

type csatDoc struct {
	Rate      int    `json:"csatRate"`
	Confirmed *bool  `json:"csatResolutionConfirmation"`
	Status    string `json:"status"`
}

type campaignDoc struct {
	CampaignID   string `json:"campaignId"`
	EngagementID string `json:"engagementId"`
}

type handlerDoc struct {
	AccountID string `json:"accountId"`
	SkillID   string `json:"skillId"`
}

type contextDoc struct {
	Type                 string          `json:"type"`
	Name                 string          `json:"name"`
	Lang                 string          `json:"lang"`
	VisitorID            string          `json:"visitorId"`
	SessionID            string          `json:"sessionId"`
	InteractionContextID string          `json:"interactionContextId"`
	Origin               string          `json:"originConversationId"`
	Client               clientDoc       `json:"clientProperties"`
	Raw                  json.RawMessage `json:"-" wire:"raw"`
}

// roster is the participants of a conversation or of a dialog: an object of lists of
// ids by role, or a list of participants.
type roster []rosterEntry

type rosterEntry struct {
	ID    string `json:"id"`
	Role  string `json:"role"`
	State string `json:"state"`
}

// UnmarshalJSON takes either form, and a bare element for a list.
func (r *roster) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := wire.Unmarshal(data, &list); err != nil {
		return err
	}
	for _, raw := range list {
		var e rosterEntry
		if err := wire.Unmarshal(raw, &e); err == nil && e.ID != "" {
			*r = append(*r, e)
			continue
		}
		var byRole map[string][]string
		if wire.Unmarshal(raw, &byRole) != nil {
			continue // it says nothing
		}
		for _, role := range slices.Sorted(maps.Keys(byRole)) {
			for _, id := range byRole[role] {
				if id != "" {
					*r = append(*r, rosterEntry{ID: id, Role: role})
				}
			}
		}
	}
	return nil
}

func (c *conversationDoc) info(id string) ConversationInfo {
	d := &c.Details
	list := d.participants(id)
	info := ConversationInfo{
		ID: liveperson.ConversationID(id), Account: firstOf(d.BrandID, d.Handler.AccountID),
		Skill: liveperson.SkillID(firstOf(d.SkillID, d.Handler.SkillID)),
		State: State(d.State), Stage: Stage(d.Stage), CloseReason: CloseReason(d.CloseReason),
		StartedAt: d.Start, EndedAt: d.End, UpdatedAt: d.Updated, RespondBy: c.RespondBy, ManualRespondBy: d.ManualETTR,
		TTR: TTR{Type: TTRType(d.TTR.Type), Value: seconds(d.TTR.Value)}, Delay: Delay{Type: DelayType(d.Delay.Type), Till: d.Delay.Till},
		Participants: list, Dialogs: make([]Dialog, 0, len(d.Dialogs)),
		FirstConversation: d.FirstConversation, CSAT: d.csat(), Note: d.Note, GroupID: d.GroupID,
		Campaign: Campaign{CampaignID: liveperson.CampaignID(d.Campaign.CampaignID), EngagementID: liveperson.EngagementID(d.Campaign.EngagementID)},
		Unread:   c.Unread, Raw: c.Raw,
	}
	for i := range d.Dialogs {
		if dialog := d.Dialogs[i].dialog(list); dialog.ID != "" {
			info.Dialogs = append(info.Dialogs, dialog)
		}
	}
	var x contextDoc
	if wire.Unmarshal(d.Context, &x) == nil {
		info.Context = x.context()
	}
	if e, ok := decodeEvent(c.LastContent, &eventDoc{ConversationID: id}); ok {
		info.LastMessage = &e
	}
	return info
}

// csat is nil if there is no rating.
func (d *detailsDoc) csat() *CSAT {
	switch {
	case d.CSAT != nil:
		return &CSAT{Rate: d.CSAT.Rate, ResolutionConfirmed: d.CSAT.Confirmed, Status: CSATStatus(d.CSAT.Status)}
	case d.CSATRate > 0:
		return &CSAT{Rate: d.CSATRate}
	}
	return nil
}

// participants are those of the conversation, with what its main dialog says more:
// who is only suggested, and who is missing from the conversation's list.
func (d *detailsDoc) participants(id string) []Participant {
	var main roster
	for _, dialog := range d.Dialogs {
		if dialog.Type == string(DialogMain) || dialog.ID == id {
			main = dialog.Participants
			break
		}
	}
	list := d.Participants.participants(nil)
	for i := range list {
		p := &list[i]
		if slices.ContainsFunc(main, func(e rosterEntry) bool {
			return e.Role == string(p.Role) && e.State == string(ParticipantSuggested) && p.Is(e.ID)
		}) && !slices.ContainsFunc(main, func(e rosterEntry) bool {
			return e.Role == string(p.Role) && e.State != string(ParticipantSuggested) && p.Is(e.ID)
		}) {
			p.State = ParticipantSuggested
		}
	}
	pair(list, d.ParticipantsPID)
	for _, p := range main.participants(list) {
		if !slices.ContainsFunc(list, func(q Participant) bool { return q.Role == p.Role && q.Is(p.ID, p.PID) }) {
			list = append(list, p)
		}
	}
	return list
}

// pair gives the participants their other ids, which stand in the same order by role,
// but for those who are only suggested.
func pair(list []Participant, pids roster) {
	byRole := map[Role][]string{}
	for _, e := range pids {
		byRole[Role(e.Role)] = append(byRole[Role(e.Role)], e.ID)
	}
	for role, ids := range byRole {
		var active []*Participant
		for i := range list {
			if list[i].Role == role && list[i].State == ParticipantActive {
				active = append(active, &list[i])
			}
		}
		if len(active) != len(ids) {
			continue // nobody knows whose is whose
		}
		for i, p := range active {
			p.PID = ids[i]
		}
	}
}

// participants makes them of a roster, in the order of [roles]. known are some of
// which both ids are known.
func (r roster) participants(known []Participant) []Participant {
	list := make([]Participant, 0, len(r))
	for _, e := range r {
		p := Participant{ID: e.ID, Role: Role(e.Role), State: ParticipantState(e.State)}
		if p.State == "" {
			p.State = ParticipantActive
		}
		switch {
		case p.Role == RoleConsumer:
			p.PID = p.ID
		case !isOldID(p.ID):
			p.ID, p.PID = "", p.ID
		}
		for _, k := range known {
			if k.Is(e.ID) {
				p.ID, p.PID = firstOf(p.ID, k.ID), firstOf(p.PID, k.PID)
			}
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b Participant) int { return place(a.Role) - place(b.Role) })
	return list
}

// roles is the order in which participants are listed.
var roles = []Role{RoleConsumer, RoleAssignedAgent, RoleAgent, RoleManager, RoleReader, RoleBrandBot, RoleController}

func place(role Role) int {
	if i := slices.Index(roles, role); i >= 0 {
		return i
	}
	return len(roles)
}

func (d *dialogDoc) dialog(known []Participant) Dialog {
	var meta dialogMetaDoc
	_ = wire.Unmarshal(d.MetaData, &meta) // there may be none, or another
	return Dialog{
		ID: DialogID(d.ID), Type: DialogType(d.Type), Channel: DialogChannel(d.Channel), State: State(d.State),
		CreatedAt: d.Created, EndedAt: d.End, UpdatedAt: d.Updated, Participants: d.Participants.participants(known),
		ClosedBy: d.ClosedBy, ClosedCause: d.ClosedCause, AppInstallID: meta.AppInstallID, MetaData: given(d.MetaData),
	}
}

func (x *contextDoc) context() ConversationContext {
	return ConversationContext{
		Type: ContextType(x.Type), Name: x.Name, Lang: x.Lang, VisitorID: liveperson.VisitorID(x.VisitorID), SessionID: x.SessionID,
		InteractionContextID: x.InteractionContextID, Origin: liveperson.ConversationID(x.Origin), Client: ClientProperties(x.Client), Raw: x.Raw,
	}
}
