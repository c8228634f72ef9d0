package login

import (
	"cmp"
	"encoding/json"
	"time"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/wire"
)

// loginDoc is the answer to a login.
type loginDoc struct {
	CSRF       string          `json:"csrf"`
	Bearer     string          `json:"bearer"`
	SessionID  string          `json:"sessionId"`
	SessionTTL json.RawMessage `json:"sessionTTl" wire:"or=sessionTTL"`
	Config     json.RawMessage `json:"config"`
	Domains    json.RawMessage `json:"csdsCollectionResponse"`
}

// configDoc says who was logged in.
type configDoc struct {
	LoginName         string            `json:"loginName"`
	UserID            liveperson.UserID `json:"userId"`
	UserPID           string            `json:"userPid"`
	Privileges        []int             `json:"userPrivileges"`
	IsLPA             bool              `json:"isLPA"`
	IsAdmin           bool              `json:"isAdmin"`
	AccountTimeZoneID string            `json:"accountTimeZoneId"`
	ServerTimeZone    string            `json:"serverTimeZoneName"`
	ServerTime        time.Time         `json:"serverCurrentTime"`
}

// domainsDoc is the account's domain list, which rides along.
type domainsDoc struct {
	BaseURIs []struct {
		Service string `json:"service"`
		BaseURI string `json:"baseURI"`
	} `json:"baseURIs"`
}

// rider decodes a member that a login does not depend on: one that cannot be
// understood counts as missing.
func rider[T any](raw json.RawMessage) T {
	var v, none T
	if wire.Unmarshal(raw, &v) != nil {
		return none
	}
	return v
}

// user returns what the answer says of the agent.
func (d *loginDoc) user(name string) User {
	c := rider[configDoc](d.Config)
	return User{
		ID: c.UserID, PID: c.UserPID, LoginName: cmp.Or(c.LoginName, name),
		Privileges: c.Privileges, IsLPA: c.IsLPA, IsAdmin: c.IsAdmin,
		AccountTimeZone: c.AccountTimeZoneID, ServerTimeZone: c.ServerTimeZone, ServerTime: c.ServerTime,
	}
}

// ttl is how long the session lives without a refresh, 0 if that is not known.
func (d *loginDoc) ttl() time.Duration {
	const most = 100 * 365 * 24 * time.Hour
	ms := rider[int64](d.SessionTTL)
	return time.Duration(min(max(ms, 0), most.Milliseconds())) * time.Millisecond
}

// hosts is the account's domain list.
func (d *loginDoc) hosts() map[domain.Service]string {
	hosts := map[domain.Service]string{}
	for _, e := range rider[domainsDoc](d.Domains).BaseURIs {
		hosts[domain.Service(e.Service)] = e.BaseURI
	}
	return hosts
}
