package messaging

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// profile is what GetUserProfile tells of a user or consumer.
type profile struct {
	FirstName   string          `json:"firstName"`
	LastName    string          `json:"lastName"`
	NickName    string          `json:"nickName"`
	AvatarURL   string          `json:"avatarUrl"`
	Role        string          `json:"role"`
	Background  string          `json:"backgndImgUri"`
	Description string          `json:"description"`
	Private     json.RawMessage `json:"privateData"`
	sdes        raw             // of a consumer
}

func (p *profile) tree(id string) object {
	private := raw(p.Private)
	if len(private) == 0 {
		private = raw(`{"mobileNum":"","mail":"","pushNotificationData":null}`)
	}
	out := object{
		{"userId", id},
		{"firstName", p.FirstName},
		{"lastName", p.LastName},
		{"nickName", p.NickName},
		{"avatarUrl", p.AvatarURL},
		{"role", p.Role},
		{"backgndImgUri", p.Background},
		{"description", p.Description},
		{"privateData", private},
	}
	if p.sdes != nil {
		out = append(out,
			member{"claims", object{{"lp_sdes", p.sdes}, {"iss", ""}}},
			member{"authenticatedData", object{{"lp_sdes", p.sdes}}},
			member{"acr", "loa1"})
	}
	return out
}

// attributes is the other form: a list of engagement attributes.
func (p *profile) attributes(id string) list {
	out := list{
		object{{"type", "personal"}, {"personal", object{{"firstname", p.FirstName}, {"lastname", p.LastName}}}},
		object{{"type", "ctmrinfo"}, {"info", object{{"customerId", id}, {"userName", p.NickName}}}},
	}
	var more []json.RawMessage
	_ = json.Unmarshal(p.sdes, &more)
	for _, sde := range more {
		out = append(out, raw(sde))
	}
	return out
}

// profileOf finds a profile by a consumer's id or a user's old id, nil if there
// is none. The lock must be held.
func (s *Service) profileOf(id string) *profile {
	if p := s.profiles[id]; p != nil {
		return p
	}
	u := s.byOldID[id]
	if u == nil {
		return nil
	}
	p := &profile{FirstName: u.Nickname, NickName: u.Nickname}
	s.profiles[id] = p
	return p
}

// wanted reads the id of a profile from an object, or from the bare id.
func (r *request) wanted() (string, bool) {
	var bare string
	if json.Unmarshal(r.body, &bare) == nil {
		return bare, true
	}
	var in struct {
		UserID *string `json:"userId"`
	}
	if json.Unmarshal(r.body, &in) != nil || in.UserID == nil {
		return "", false
	}
	return *in.UserID, true
}

func (r *request) getUserProfile() answer {
	id, given := r.wanted()
	if !given {
		return fail(http.StatusBadRequest, "userId is missing")
	}
	if id == "" {
		id = r.k.user.oldID
	}
	p := r.s.profileOf(id)
	if p == nil {
		return fail(http.StatusNotFound, "There is no user "+id)
	}
	if r.s.variants.has(VariantProfileList) {
		return ok(p.attributes(id))
	}
	return ok(p.tree(id))
}

func (r *request) setUserProfile() answer {
	id, given := r.wanted()
	if given && id != "" && id != r.k.user.oldID {
		return fail(http.StatusForbidden, "The profile is another user's")
	}
	p := *r.s.profileOf(r.k.user.oldID)
	if refusal := r.read(&p); refusal != nil {
		return *refusal
	}
	var more struct {
		Claims json.RawMessage `json:"claims"`
	}
	if json.Unmarshal(r.body, &more) == nil && len(more.Claims) > 0 {
		return fail(http.StatusBadRequest, "claims cannot be set")
	}
	p.Private = bytes.Clone(p.Private)
	r.s.profiles[r.k.user.oldID] = &p
	return done(http.StatusOK, "OK")
}
