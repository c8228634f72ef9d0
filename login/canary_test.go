package login_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dghubble/oauth1"
	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/liveperson-community/liveperson-go/domain"
	"github.com/liveperson-community/liveperson-go/internal/rest"
	"github.com/liveperson-community/liveperson-go/login"
	"github.com/liveperson-community/liveperson-go/retry"
)

// mark is in every secret; the rest of them is what escapes badly.
const mark = "CANARY"

func canary(name string) string { return mark + "-" + name + `/+=&<é>"\` }

// paper collects whatever is written.
type paper struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// print writes v in every way there is.
func (p *paper) print(values ...any) {
	text := slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{Level: slog.LevelDebug}))
	doc := slog.New(slog.NewJSONHandler(p, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
			fmt.Fprintf(p, verb+"\n", v)
			fmt.Fprintf(p, verb+"\n", struct{ open, hidden any }{v, &v})
			fmt.Fprintf(p, verb+"\n", []any{v})
			fmt.Fprintf(p, verb+"\n", map[string]any{"v": v})
		}
		text.Debug("text", "v", v, slog.Group("g", "v", v))
		doc.Debug("doc", "v", v, slog.Group("g", "v", v))
		if b, err := json.Marshal(v); err == nil {
			fmt.Fprintln(p, string(b))
		} else {
			fmt.Fprintln(p, err)
		}
	}
}

// holder has what a user's own struct may have, out of fmt's reach.
type holder struct {
	creds   login.Credentials
	session *login.Session
	saved   login.Saved
	pointer *login.Credentials
	list    []login.Credentials
}

func clean(t *testing.T, p *paper) {
	t.Helper()
	out := p.String()
	for _, form := range []string{mark, fmt.Sprintf("%x", mark), fmt.Sprintf("%X", mark), strings.Trim(fmt.Sprintf("%d", []byte(mark)), "[]")} {
		if i := strings.Index(out, form); i >= 0 {
			assert.Fail(t, "a secret got out", "%q", out[max(0, i-200):min(len(out), i+200)])
		}
	}
}

var kinds = map[string]login.Credentials{
	"password": login.Password("bot", canary("password")),
	"bot user": login.BotUser("bot", canary("client-id"), canary("client-secret")),
	"keys":     login.AppKey("bot", canary("key"), canary("secret"), canary("token"), canary("token-secret")),
	"SAML":     login.SAML(canary("assertion")),
	"bearer":   login.Bearer(mark+"-bearer", "7"),
	"signed":   login.Signed(canary("key"), canary("secret"), canary("token"), canary("token-secret")),
}

// echo answers with what it was sent, in many spellings.
func echo(status int, form string) httpmock.Responder {
	return func(r *http.Request) (*http.Response, error) {
		var body bytes.Buffer
		if r.Body != nil {
			if _, err := body.ReadFrom(r.Body); err != nil {
				return nil, err
			}
		}
		parts := []string{body.String(), r.Header.Get("Cookie"), r.Header.Get("Authorization"), r.URL.String()}
		var fields map[string]string
		if json.Unmarshal(body.Bytes(), &fields) == nil {
			for _, v := range fields {
				parts = append(parts, v, url.QueryEscape(v), url.PathEscape(v))
			}
		}
		all := strings.Join(parts, " ")
		quoted, err := json.Marshal(all)
		if err != nil {
			return nil, err
		}
		switch form {
		case "message":
			all = `{"error":{"message":` + string(quoted) + `,"internalCode":10,"responseStatus":` + string(quoted) + `}}`
		case "error":
			all = `{"error":` + string(quoted) + `}`
		case "unknown":
			all = `{"x":` + string(quoted) + `}`
		case "page":
			all = "<html><title>" + all + "</title></html>"
		case "oauth":
			quote := "GET&https%3A%2F%2Fx&oauth_consumer_key%3D" + twice(canary("key")) + "%26oauth_token%3D" + twice(canary("token"))
			all = "oauth_problem=signature_invalid&oauth_problem_advice=" + oauth1.PercentEncode(quote)
		}
		resp := httpmock.NewStringResponse(status, all)
		resp.Request = r
		resp.Header.Set("Location", "https://evil.example/?"+url.QueryEscape(all))
		resp.Header.Set("X-Echo", mark)
		return resp, nil
	}
}

func twice(s string) string { return oauth1.PercentEncode(oauth1.PercentEncode(s)) }

func TestSecretsDoNotGetOut(t *testing.T) {
	t.Parallel()
	answer := `{"csrf":"` + mark + `-csrf","sessionTTl":"28800000","config":{"loginName":"bot"},"bearer":"` + mark + `-bearer/+="}`
	cookie := "Session_id=" + mark + "-cookie; Path=/"
	for name, creds := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var p paper
				log := slog.New(slog.NewTextHandler(&p, &slog.HandlerOptions{Level: slog.LevelDebug}))
				p.print(creds, &creds, []login.Credentials{creds})
				s := scripted(map[string][]httpmock.Responder{"login": {text(200, answer, cookie)}})
				hc := must(retry.NewClient(retry.WithTransport(s.client().Transport), retry.WithLogger(log), retry.WithObserver(func(st retry.Stats) { p.print(st) })))
				opts := []login.Option{login.WithHTTPClient(hc), login.WithLogger(log), login.WithoutRefresh()}

				session, err := login.Login(t.Context(), "12345678", creds, opts...)
				require.NoError(t, err)
				saved := session.Save()
				p.print(session, saved, &saved, session.User(), session.Client(), holder{creds, session, saved, &creds, []login.Credentials{creds}})
				p.print(session.Err(), session.Account(), session.Done() != nil)

				set := func(path string, r httpmock.Responder) {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.next[path] = []httpmock.Responder{r}
				}
				refused := httpmock.NewErrorResponder(errors.New(`dial "` + mark + `": refused`))
				forms := []string{"plain", "message", "error", "unknown", "page"}
				if name == "signed" {
					forms = append(forms, "oauth")
				}
				for _, form := range forms {
					for _, status := range []int{200, 302, 400, 401, 403, 408, 429, 500, 503} {
						if form == "oauth" && status == 200 {
							continue // what a success says is data, not an error
						}
						time.Sleep(time.Hour)
						if status != 401 {
							set("refresh", echo(status, form))
							p.print(session.Refresh(t.Context()))
						}
						set("login", echo(status, form))
						_, err := login.Login(t.Context(), "12345678", creds, opts...)
						p.print(err)
						set("login", text(200, answer, cookie))

						if name == "bearer" && status == 401 {
							continue // it would end
						}
						set("x", echo(status, form))
						_, _, err = rest.Do[startDoc](t.Context(), &rest.Client{Via: rest.Over(session.Client())}, rest.Request{
							Op: "test.X", Method: http.MethodGet, URL: rest.Host("https", "va.agentvep.liveperson.net", "/x"),
						})
						p.print(err)
					}
				}
				set("refresh", refused)
				p.print(session.Refresh(t.Context()))
				set("baseURI.json", echo(200, "unknown"))
				_, err = session.BaseURI(t.Context(), domain.Sentinel)
				p.print(err)
				set("logout", echo(500, "message"))
				p.print(session.Logout(t.Context()), session.Err(), session)

				// A session that cannot be saved says why, without them.
				set("baseURI.json", text(200, domainsAnswer))
				session, err = login.Login(t.Context(), "12345678", creds, opts...)
				require.NoError(t, err)
				time.Sleep(time.Hour)
				set("refresh", echo(401, "message"))
				set("login", echo(401, "message"))
				set("x", echo(401, "message"))
				p.print(session.Refresh(t.Context()))
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://va.agentvep.liveperson.net/x", http.NoBody)
				require.NoError(t, err)
				resp, err := session.Client().Do(req)
				if err == nil {
					require.NoError(t, resp.Body.Close())
				}
				p.print(err, session.Err(), session)
				session.Logout(context.WithoutCancel(t.Context()))

				assert.NotZero(t, strings.Count(p.String(), "test.X: GET"), "something was written")
				clean(t, &p)
			})
		})
	}
}

func TestCredentialsDoNotMarshal(t *testing.T) {
	t.Parallel()
	for _, creds := range kinds {
		_, err := json.Marshal(creds)
		assert.Error(t, err)
	}
	var p paper
	p.print(login.Provider(func(context.Context) (login.Credentials, error) { return kinds["password"], nil }))
	clean(t, &p)
}

// Whatever the verb, a session prints its name and nothing of its insides.
func TestGuardTheSessionPrintsItsNameOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := scripted(map[string][]httpmock.Responder{})
		session := s.login(t, login.Password("name", "password"))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
			assert.Equal(t, "session of name on account 12345678", fmt.Sprintf(verb, session), verb)
		}
	})
}
