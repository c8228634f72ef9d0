package domain_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
)

const (
	allRequest = "GET /api/account/12345678/service/baseURI.json?version=1.0 HTTP/1.1\r\n" +
		"Host: api.liveperson.net\r\n" +
		"User-Agent: " + liveperson.UserAgent + "\r\n" +
		"Accept: application/json\r\n\r\n"
	oneRequest = "GET /api/account/12345678/service/agentVep/baseURI.json?version=1.0 HTTP/1.1\r\n" +
		"Host: api.liveperson.net\r\n" +
		"User-Agent: " + liveperson.UserAgent + "\r\n" +
		"Accept: application/json\r\n\r\n"
)

const noList = `{"baseURIs":[{"service":"smt","account":"12345678","baseURI":"z2.smt.liveperson.net"}]}`

func TestRequests(t *testing.T) {
	t.Parallel()
	s := answers(text(200, noList), text(200, `{"service":"agentVep","account":"12345678","baseURI":"va.agentvep.liveperson.net"}`))
	c := newClient(t, s.client())
	assert.Equal(t, "https", c.Scheme())
	host, err := c.BaseURI(t.Context(), account, domain.AgentVEP)
	require.NoError(t, err)
	assert.Equal(t, "va.agentvep.liveperson.net", host)
	assert.Equal(t, []string{allRequest, oneRequest}, s.requests())

	all, err := c.All(t.Context(), account)
	require.NoError(t, err)
	assert.Equal(t, map[domain.Service]string{"smt": "z2.smt.liveperson.net", "agentVep": "va.agentvep.liveperson.net"}, all)
	assert.Len(t, s.requests(), 2, "both answers are remembered")
	clear(all)
	again, err := c.All(t.Context(), account)
	require.NoError(t, err)
	assert.Len(t, again, 2, "what was handed out may be changed")
}

func TestRequestToAnotherEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://adminlogin.liveperson.net":  "Host: adminlogin.liveperson.net\r\n",
		"https://adminlogin.liveperson.net/": "Host: adminlogin.liveperson.net\r\n",
		"http://127.0.0.1:8080":              "Host: 127.0.0.1:8080\r\n",
	} {
		s := answers(text(200, noList))
		c := newClient(t, s.client(), domain.WithEndpoint(endpoint))
		_, err := c.All(t.Context(), account)
		require.NoError(t, err)
		assert.Equal(t, strings.Replace(allRequest, "Host: api.liveperson.net\r\n", want, 1), s.requests()[0])
		assert.Equal(t, strings.HasPrefix(endpoint, "https"), c.Scheme() == "https")
	}
}

func TestPathElementsAreEscaped(t *testing.T) {
	t.Parallel()
	s := answers(text(200, noList), text(404, ""))
	c := newClient(t, s.client())
	_, err := c.BaseURI(t.Context(), "a/b?c#d e", "x/../y@z")
	require.ErrorIs(t, err, liveperson.ErrInvalidInput)
	_, err = c.BaseURI(t.Context(), "a/b?c#d e", "x/y@ü%2e")
	require.ErrorIs(t, err, domain.ErrNoService)
	require.Len(t, s.requests(), 2)
	assert.Contains(t, s.requests()[0], "GET /api/account/a%2Fb%3Fc%23d%20e/service/baseURI.json?version=1.0 HTTP/1.1\r\n")
	assert.Contains(t, s.requests()[1], "GET /api/account/a%2Fb%3Fc%23d%20e/service/x%2Fy%40%C3%BC%252e/baseURI.json?version=1.0 HTTP/1.1\r\n")
}

// forms are answers to either call, and what they say of agentVep.
var forms = map[string]string{
	"single":             `{"service":"agentVep","account":"12345678","baseURI":"va.agentvep.liveperson.net"}`,
	"single, attributes": `{"@service":"agentVep","@account":"12345678","@baseURI":"va.agentvep.liveperson.net"}`,
	"single, a number":   `{"service":"agentVep","account":12345678,"baseURI":"va.agentvep.liveperson.net","more":[1,{"x":null}]}`,
	"list":               `{"baseURIs":[{"service":"agentVep","account":"12345678","baseURI":"va.agentvep.liveperson.net"}]}`,
	"list, attributes":   `{"@baseURIs":[{"@service":"agentVep","@account":12345678,"@baseURI":"va.agentvep.liveperson.net"}]}`,
	"bare element":       `{"baseURIs":{"service":"agentVep","account":"12345678","baseURI":"va.agentvep.liveperson.net"}}`,
	"among others": `{"baseURIs":[{"service":"liveEngageUI","account":"EXAMPLE123","baseURI":"lo.le1.liveperson.net"},` +
		`{"service":"agentVep","account":"EXAMPLE123","baseURI":"va.agentvep.liveperson.net"},` +
		`{"service":"etool","account":"EXAMPLE123","baseURI":"z2.etool.liveperson.net"}]}`,
	"entries to skip": `{"baseURIs":[null,"",{},{"service":"etool"},{"baseURI":"x.liveperson.net"},` +
		`{"service":"other","baseURI":"evil.example"},{"service":"agentVep","baseURI":"va.agentvep.liveperson.net"}]}`,
	"byte order mark": "\xef\xbb\xbf" + `{"service":"agentVep","baseURI":"va.agentvep.liveperson.net"}`,
}

func TestBothFormsForBothCalls(t *testing.T) {
	t.Parallel()
	for name, body := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := answers(text(200, body))
			host, err := newClient(t, s.client()).BaseURI(t.Context(), account, domain.AgentVEP)
			require.NoError(t, err)
			assert.Equal(t, "va.agentvep.liveperson.net", host)
			assert.Equal(t, []string{allRequest}, s.requests(), "the call for all services suffices")

			s = answers(text(200, `{}`), text(200, body))
			host, err = newClient(t, s.client()).BaseURI(t.Context(), account, domain.AgentVEP)
			require.NoError(t, err)
			assert.Equal(t, "va.agentvep.liveperson.net", host)
			assert.Equal(t, []string{allRequest, oneRequest}, s.requests())
		})
	}
}

func TestSingleAnswerWithoutAServiceName(t *testing.T) {
	t.Parallel()
	s := answers(text(200, `{}`), text(200, `{"baseURI":"va.agentvep.liveperson.net"}`))
	host, err := newClient(t, s.client()).BaseURI(t.Context(), account, domain.AgentVEP)
	require.NoError(t, err)
	assert.Equal(t, "va.agentvep.liveperson.net", host)
}

// A test server that names hosts which are not allowed: what counts is the
// service that is asked for.
func TestServicesThatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	const list = `{"baseURIs":[{"service":"leDataReporting","baseURI":"reporting.example:8443"},` +
		`{"service":"agentVep","baseURI":"127.0.0.1:8443"},{"service":"sentinel","baseURI":"x@sentinel.example"}]}`
	s := answers(text(200, list))
	c := newClient(t, s.client(), domain.AllowHosts("127.0.0.1"))
	host, err := c.BaseURI(t.Context(), account, domain.AgentVEP)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:8443", host)
	all, err := c.All(t.Context(), account)
	require.NoError(t, err)
	assert.Equal(t, map[domain.Service]string{domain.AgentVEP: "127.0.0.1:8443"}, all)

	_, err = c.BaseURI(t.Context(), account, domain.LEDataReporting)
	require.ErrorIs(t, err, liveperson.ErrForeignOrigin)
	assert.EqualError(t, err, "domain.BaseURI: leDataReporting is at reporting.example:8443, which credentials may not go to; see domain.AllowHosts: address of a foreign origin")
	_, err = c.BaseURI(t.Context(), account, domain.Sentinel)
	require.ErrorIs(t, err, liveperson.ErrForeignOrigin)
	assert.EqualError(t, err, "domain.BaseURI: sentinel is at an address that is no bare host: address of a foreign origin")
	assert.Equal(t, []string{allRequest}, s.requests(), "the list says it all")

	// A seed that is whole, but for them, makes the list young.
	before, err := c.Lookup(t.Context(), account, domain.AgentVEP)
	require.NoError(t, err)
	c.Seed(account, map[domain.Service]string{domain.AgentVEP: "127.0.0.1:8443"})
	after, err := c.Lookup(t.Context(), account, domain.AgentVEP)
	require.NoError(t, err)
	assert.True(t, after.Fetched.After(before.Fetched))

	// None of them is allowed: the error is about the one that was asked for.
	s = answers(text(200, list))
	c = newClient(t, s.client())
	_, err = c.BaseURI(t.Context(), account, domain.AgentVEP)
	require.ErrorIs(t, err, liveperson.ErrForeignOrigin)
	assert.EqualError(t, err, "domain.BaseURI: agentVep is at 127.0.0.1:8443, which credentials may not go to; see domain.AllowHosts: address of a foreign origin")
	_, err = c.BaseURI(t.Context(), account, "unheardOf")
	require.ErrorIs(t, err, domain.ErrNoService)
	_, err = c.All(t.Context(), account)
	require.ErrorIs(t, err, liveperson.ErrForeignOrigin)
	assert.ErrorContains(t, err, "domain.All: ")
}

// A list that helps nobody does not replace one that is known.
func TestAListOfForeignHostsIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := answers(text(200, forms["list"]), text(200, `{"baseURIs":[{"service":"agentVep","baseURI":"evil.example"}]}`), text(200, forms["list"]))
	c := newClient(t, s.client())
	for _, want := range []error{nil, liveperson.ErrForeignOrigin, nil} {
		_, err := c.BaseURI(t.Context(), account, domain.AgentVEP)
		require.ErrorIs(t, err, want)
		c.Forget(account)
	}
	assert.Len(t, s.requests(), 3)
}

func TestServiceThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]string{
		"missing list": `{}`, "null": `{"baseURIs":null}`, "empty": `{"baseURIs":[]}`, "empty text": `{"baseURIs":""}`,
		"another service": noList, "another case": `{"service":"AgentVep","baseURI":"va.agentvep.liveperson.net"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := answers(text(200, one))
			_, err := newClient(t, s.client()).BaseURI(t.Context(), account, domain.AgentVEP)
			require.ErrorIs(t, err, domain.ErrNoService)
			assert.ErrorContains(t, err, "12345678")
			assert.ErrorContains(t, err, "agentVep")
		})
	}
	s := answers(text(200, noList), text(404, `{"error":{"message":"no such service","internalCode":12}}`))
	_, err := newClient(t, s.client()).BaseURI(t.Context(), account, domain.AgentVEP)
	require.ErrorIs(t, err, domain.ErrNoService)
	require.ErrorIs(t, err, liveperson.ErrNotFound)
	var e *liveperson.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "no such service", e.Message)
	assert.Equal(t, 12, e.Code)
}

func TestSingleCallThatFails(t *testing.T) {
	t.Parallel()
	s := answers(text(200, noList), text(403, `{"error":{"message":"no such account","internalCode":12}}`))
	host, err := newClient(t, s.client()).BaseURI(t.Context(), account, domain.AgentVEP)
	assert.Empty(t, host)
	require.ErrorIs(t, err, liveperson.ErrForbidden)
	require.NotErrorIs(t, err, domain.ErrNoService)
	assert.Equal(t, []string{allRequest, oneRequest}, s.requests())
}

func TestAllServices(t *testing.T) {
	t.Parallel()
	s := answers(text(200, forms["among others"]))
	all, err := newClient(t, s.client()).All(t.Context(), account)
	require.NoError(t, err)
	assert.Equal(t, map[domain.Service]string{
		"liveEngageUI": "lo.le1.liveperson.net", "agentVep": "va.agentvep.liveperson.net", "etool": "z2.etool.liveperson.net",
	}, all)

	s = answers(text(200, `{}`))
	c := newClient(t, s.client())
	for range 2 {
		all, err = c.All(t.Context(), account)
		require.NoError(t, err)
		assert.Empty(t, all)
	}
	assert.Len(t, s.requests(), 2, "an empty list is not remembered")
}

// The names are part of the wire: case counts.
func TestServiceNames(t *testing.T) {
	t.Parallel()
	names := map[domain.Service]string{
		domain.AgentVEP: "agentVep", domain.RuntimeFormLogic: "runtimeFormLogic",
		domain.AccountConfigReadOnly: "accountConfigReadOnly", domain.AccountConfigReadWrite: "accountConfigReadWrite",
		domain.Sentinel: "sentinel", domain.AsyncMessagingEnt: "asyncMessagingEnt",
		domain.MsgHist: "msgHist", domain.LEDataReporting: "leDataReporting",
	}
	for service, name := range names {
		assert.Equal(t, name, string(service))
	}
	assert.Len(t, slices.Collect(maps.Keys(names)), 8)
}
