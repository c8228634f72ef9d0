package domain_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	liveperson "github.com/liveperson-community/liveperson-go"
	"github.com/liveperson-community/liveperson-go/domain"
)

// hostile are base URIs that credentials must not follow.
var hostile = []string{
	// Schemes, users, paths, queries, fragments.
	"https://va.agentvep.liveperson.net", "http://va.agentvep.liveperson.net", "//va.agentvep.liveperson.net",
	"ftp://va.liveperson.net", "javascript:alert(1)", "file:///etc/passwd", "data:text/plain,x", "https:va.liveperson.net",
	"user@va.liveperson.net", "user:pass@va.liveperson.net", "@va.liveperson.net", "va.liveperson.net@evil.example",
	"va.liveperson.net:443@evil.example", "evil.example@va.liveperson.net", "a:b@c@va.liveperson.net",
	"va.liveperson.net/", "va.liveperson.net/path", "va.liveperson.net/../x", "va.liveperson.net//evil.example",
	"evil.example/va.liveperson.net", "evil.example/.liveperson.net", "evil.example//x.liveperson.net",
	"va.liveperson.net?", "va.liveperson.net?x=1", "evil.example?.liveperson.net", "evil.example?x=.liveperson.net",
	"va.liveperson.net#", "va.liveperson.net#x", "evil.example#.liveperson.net", "evil.example#@va.liveperson.net",
	`va.liveperson.net\`, `evil.example\.liveperson.net`, `evil.example\@va.liveperson.net`, `\\evil.example\x.liveperson.net`,
	"va.liveperson.net;x", "evil.example;.liveperson.net", "evil.example,.liveperson.net", "evil.example&.liveperson.net",
	// Names that only look like it.
	"evilliveperson.net", "evil-liveperson.net", "liveperson.net.evil.example", "va.liveperson.net.evil.example",
	"liveperson.net.", "va.liveperson.net.", "va.liveperson.net..", ".liveperson.net", "..liveperson.net",
	"va..liveperson.net", "liveperson.net", "lpsnmedia.net", "net", "liveperson", "liveperson.com", "liveperson.ne",
	"liveperson.nett", "liveperson.net-evil.example", "xliveperson.net", "va.xliveperson.net", "lpsnmedia.net.evil.example",
	"evillpsnmedia.net", "va.lpsnmedia.net.", "liveperson-net.evil.example", "va.liveperson.network", "va.liveperson.net.co",
	"evil.example", "EVIL.EXAMPLE", "va.LIVEPERSON.NET.evil.example", "va.liveperson.example",
	// Ports.
	"va.liveperson.net:", "va.liveperson.net:0", "va.liveperson.net:00", "va.liveperson.net:65536", "va.liveperson.net:99999",
	"va.liveperson.net:-1", "va.liveperson.net:+443", "va.liveperson.net:https", "va.liveperson.net:44 3", "va.liveperson.net:0x1bb",
	"va.liveperson.net:443:443", "va.liveperson.net::443", ":443", ":", "va.liveperson.net:443/", "va.liveperson.net:４４３",
	"va.liveperson.net:18446744073709551617", "evil.example:443", "evil.example:.liveperson.net",
	// Characters that are not what they seem.
	"va.livepersοn.net", "vа.liveperson.net", "ｖａ.liveperson.net", "va.ｌiveperson.net", "va。liveperson.net",
	"va․liveperson.net", "va．liveperson.net", "va.liveperson。net", "ta\u212ae.liveperson.net", "İ.liveperson.net", "ſ.liveperson.net",
	"va\u200b.liveperson.net", "va\u00ad.liveperson.net", "\u202eten.nosrepevil.av", "bücher.liveperson.net", "va.liveperson.net\u2044x",
	"evil.example\u2044.liveperson.net", "evil.example／.liveperson.net", "evil.example＠va.liveperson.net", "evil.example？.liveperson.net",
	"💣.liveperson.net", "\ufeffva.liveperson.net", "va.liveperson.net\ufeff",
	// Escapes, white space, control characters.
	"va%2eliveperson.net", "%65vil.liveperson.net", "evil.example%2f.liveperson.net", "evil.example%00.liveperson.net",
	"evil.example%23.liveperson.net", "evil.example%40va.liveperson.net", "va.liveperson.net%", "va.liveperson.net%zz", "%",
	" va.liveperson.net", "va.liveperson.net ", "va .liveperson.net", "\tva.liveperson.net", "va.liveperson.net\n", " ",
	"va.liveperson.net\r\nHost: evil.example", "va.liveperson.net\r\n\r\nGET / HTTP/1.1", "evil.example\r\n.liveperson.net",
	"evil.example\x00.liveperson.net", "va\x7f.liveperson.net", "va\x1b[31m.liveperson.net", "va\b.liveperson.net",
	// Brackets and addresses.
	"[::1]", "[::1]:443", "::1", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[va.liveperson.net]", "[::1", "::1]", "[]",
	"[::1].liveperson.net", "[::1]va.liveperson.net", "127.0.0.1", "127.0.0.1:443", "0", "0.0.0.0", "2130706433", "0x7f000001",
	"0177.0.0.1", "127.1", "169.254.169.254", "10.0.0.1:80", "localhost", "localhost:8080",
	// Other forms.
	"-va.liveperson.net", "va-.liveperson.net", "va.-.liveperson.net", "*.liveperson.net", "va|x.liveperson.net", "va<x>.liveperson.net",
	"va'x.liveperson.net", `va"x.liveperson.net`, "va`x.liveperson.net", "${x}.liveperson.net", "{account}.liveperson.net", "va!.liveperson.net",
	"va~.liveperson.net", "va+x.liveperson.net", "va=x.liveperson.net", "(va).liveperson.net", "va$.liveperson.net", "va^.liveperson.net",
	strings.Repeat("a", 64) + ".liveperson.net", strings.Repeat("a.", 200) + "liveperson.net",
}

// good are hosts of LivePerson's.
var good = []string{
	"va.agentvep.liveperson.net", "VA.AgentVEP.LivePerson.NET", "z1.agentvep.liveperson.net:443", "a.liveperson.net:1",
	"a.liveperson.net:65535", "lp-x_1.liveperson.net", "accdn.lpsnmedia.net", "1.2.3.4.liveperson.net", "xn--bcher-kva.liveperson.net",
	"a--b.liveperson.net", strings.Repeat("a", 63) + ".liveperson.net",
}

func TestGuardBaseURIsAreLivePersons(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(hostile), 150)
	plain, err := domain.New()
	require.NoError(t, err)
	for _, base := range hostile {
		assert.False(t, plain.Allowed(base), "%q", base)
		if len(base) == len([]rune(base)) { // else upper case may be another name
			assert.False(t, plain.Allowed(strings.ToUpper(base)), "%q", base)
		}

		_, allowable := domain.New(domain.AllowHosts(base))
		quoted, err := json.Marshal(base)
		require.NoError(t, err)
		for _, body := range []string{
			`{"service":"agentVep","baseURI":` + string(quoted) + `}`,
			`{"baseURIs":[{"service":"agentVep","baseURI":` + string(quoted) + `},{"service":"x","baseURI":""}]}`,
		} {
			s := answers(text(200, body))
			c := newClient(t, s.client())
			host, err := c.BaseURI(t.Context(), account, domain.AgentVEP)
			require.ErrorIs(t, err, liveperson.ErrForeignOrigin, "%q", base)
			assert.Empty(t, host)
			switch {
			case allowable == nil:
				assert.ErrorContains(t, err, "agentVep is at "+base+", which credentials may not go to; see domain.AllowHosts")
			case len(base) > len("agentVep"):
				assert.NotContains(t, err.Error(), base, "a log is no place for it")
			}
			assert.Equal(t, []string{allRequest}, s.requests())

			// The same when the service is asked for alone.
			s = answers(text(200, noList), text(200, body))
			c = newClient(t, s.client())
			host, err = c.BaseURI(t.Context(), account, domain.AgentVEP)
			require.ErrorIs(t, err, liveperson.ErrForeignOrigin, "%q", base)
			assert.Empty(t, host)
			all, err := c.All(t.Context(), account)
			require.NoError(t, err)
			assert.NotContains(t, all, domain.AgentVEP)

			c.Seed(account, map[domain.Service]string{domain.AgentVEP: base})
			all, err = c.All(t.Context(), account)
			require.NoError(t, err)
			assert.NotContains(t, all, domain.AgentVEP)
		}
	}
	assert.False(t, plain.Allowed(""))
	for _, base := range good {
		assert.True(t, plain.Allowed(base), "%q", base)
	}
}

func TestAllowHosts(t *testing.T) {
	t.Parallel()
	c, err := domain.New(domain.AllowHosts("127.0.0.1", "Localhost:8443", "[::1]", "[::2]:99", "proxy.example", "kelvin.example"))
	require.NoError(t, err)
	for _, base := range []string{
		"127.0.0.1", "127.0.0.1:8443", "localhost:8443", "LOCALHOST:8443", "[::1]", "[::1]:8443", "[::2]:99", "proxy.example", "Proxy.Example:1",
		"va.liveperson.net",
	} {
		assert.True(t, c.Allowed(base), "%q", base)
	}
	for _, base := range []string{
		"127.0.0.2", "localhost", "localhost:443", "[::2]", "[::2]:100", "x.proxy.example", "proxy.example.evil.example", "xproxy.example",
		"\u212aelvin.example", "https://proxy.example", "proxy.example/", "u@proxy.example", "proxy.example:0", "proxy.example.",
	} {
		assert.False(t, c.Allowed(base), "%q", base)
	}
	for _, host := range []string{"", "https://proxy.example", "proxy.example/", "a b", "*.example", "proxy.example:", "u@h", "\u212aelvin.example"} {
		_, err := domain.New(domain.AllowHosts("good.example", host))
		assert.ErrorIs(t, err, liveperson.ErrInvalidInput, "%q", host)
	}
}

// With a test server, that server is allowed and nothing else.
func TestGuardTestServer(t *testing.T) {
	t.Parallel()
	for endpoint, tt := range map[string]struct{ allowed, refused []string }{
		"https://127.0.0.1:8443": {
			[]string{"127.0.0.1:8443", "localhost:8443", "LOCALHOST:8443", "[::1]:8443", "127.0.0.2:8443"},
			[]string{"127.0.0.1", "127.0.0.1:8444", "localhost", "[::1]", "x.localhost:8443", "localhost.evil.example:8443", "10.0.0.1:8443", "0.0.0.0:8443"},
		},
		"http://localhost": {[]string{"localhost", "127.0.0.1", "127.0.0.1:80"}, []string{"127.0.0.1:443", "localhost:8080"}},
		"https://lpsim.example": {
			[]string{"lpsim.example", "LPSIM.example:443"},
			[]string{"lpsim.example:8443", "x.lpsim.example", "lpsim.example.", "evil.example", "localhost", "127.0.0.1:443"},
		},
	} {
		c, err := domain.New(domain.WithTestServer(endpoint))
		require.NoError(t, err)
		for _, base := range tt.allowed {
			assert.True(t, c.Allowed(base), "%s: %q", endpoint, base)
		}
		for _, base := range append(tt.refused, good...) {
			assert.False(t, c.Allowed(base), "%s: %q", endpoint, base)
		}
	}
	for _, opts := range [][]domain.Option{
		{domain.WithTestServer("https://127.0.0.1:8443"), domain.AllowHosts("va.liveperson.net")},
		{domain.AllowHosts("va.liveperson.net"), domain.WithTestServer("https://127.0.0.1:8443")},
	} {
		c, err := domain.New(opts...)
		require.NoError(t, err)
		assert.True(t, c.Allowed("va.liveperson.net"), "named on purpose")
		assert.False(t, c.Allowed("lo.liveperson.net"))
	}
}

func TestHostileAccountsAndServices(t *testing.T) {
	t.Parallel()
	s := answers(text(200, noList))
	c := newClient(t, s.client())
	for _, bad := range []string{
		"", ".", "..", "a/..", "../a", "a/../b", "a/./b", `a\..\b`, "..;x", "a/..;x/b", "a\x00", "a\r\nX: y", "a\n", "\x7f", "\xff", "a\u0085",
		strings.Repeat("a", 513),
	} {
		_, err := c.BaseURI(t.Context(), bad, domain.AgentVEP)
		require.ErrorIs(t, err, liveperson.ErrInvalidInput, "%q", bad)
		var in *liveperson.InputError
		require.ErrorAs(t, err, &in)
		assert.Equal(t, "domain.BaseURI", in.Op)
		assert.Equal(t, "account", in.Field)
		_, err = c.All(t.Context(), bad)
		require.ErrorAs(t, err, &in, "%q", bad)
		assert.Equal(t, "domain.All", in.Op)
		_, err = c.BaseURI(t.Context(), account, domain.Service(bad))
		require.ErrorAs(t, err, &in, "%q", bad)
		assert.Equal(t, "service", in.Field)
	}
	assert.Empty(t, s.requests(), "nothing was sent")
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]domain.Option{
		"negative TTL": domain.WithTTL(-1), "test server": domain.WithTestServer("127.0.0.1:8443"), "no scheme": domain.WithEndpoint("api.liveperson.net"), "empty": domain.WithEndpoint(""),
		"ftp": domain.WithEndpoint("ftp://api.liveperson.net"), "path": domain.WithEndpoint("https://api.liveperson.net/x"),
		"query": domain.WithEndpoint("https://api.liveperson.net?x"), "fragment": domain.WithEndpoint("https://api.liveperson.net#x"),
		"user": domain.WithEndpoint("https://u:p@api.liveperson.net"), "space": domain.WithEndpoint("https://api liveperson.net"),
		"not ASCII": domain.WithEndpoint("https://äpi.liveperson.net"), "no host": domain.WithEndpoint("https://"),
		"port": domain.WithEndpoint("https://api.liveperson.net:0"), "line break": domain.WithEndpoint("https://api.liveperson.net\r\n"),
	} {
		c, err := domain.New(domain.WithTTL(0), opt)
		assert.Nil(t, c, name)
		assert.ErrorIs(t, err, liveperson.ErrInvalidInput, name)
	}
	c, err := domain.New(nil, domain.WithHTTPClient(nil))
	require.NoError(t, err)
	assert.NotNil(t, c)
}
