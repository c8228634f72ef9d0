package lptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"
)

// The certificates are valid from 1990 to 2100, because a testing/synctest
// bubble starts its clock at 2000-01-01.
var (
	certFrom = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	certTo   = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// authority signs the certificates of the fake: one for the usual names, and
// one more for every other name that a client asks for.
type authority struct {
	cert *x509.Certificate
	der  []byte
	key  *ecdsa.PrivateKey
	main *tls.Certificate

	mu     sync.Mutex
	others map[string]*tls.Certificate
}

// sharedAuthority is made once per process: it holds no secret worth more than
// a test, and making a key for each of a thousand servers would be a waste.
var sharedAuthority = sync.OnceValues(newAuthority)

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "lptest authority", Organization: []string{"liveperson-go fake services"}},
		NotBefore:             certFrom,
		NotAfter:              certTo,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a := &authority{cert: cert, der: der, key: key, others: map[string]*tls.Certificate{}}
	a.main, err = a.issue(
		"localhost", "liveperson.net", "*.liveperson.net", "*.agentvep.liveperson.net",
		"127.0.0.1", "::1",
	)
	return a, err
}

func (a *authority) issue(names ...string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 62))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(2)),
		Subject:      pkix.Name{CommonName: "lptest"},
		NotBefore:    certFrom,
		NotAfter:     certTo,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.der}, PrivateKey: key, Leaf: leaf}, nil
}

// certificate answers a TLS client: any name is served, so that a client which
// wanders to a foreign host is seen in the journal instead of failing on TLS.
func (a *authority) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(hello.ServerName)
	if local, isTCP := hello.Conn.LocalAddr().(*net.TCPAddr); name == "" && isTCP {
		name = local.IP.String() // asked by address: clients send no name then
	}
	if name == "" || a.main.Leaf.VerifyHostname(name) == nil {
		return a.main, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if cert, ok := a.others[name]; ok {
		return cert, nil
	}
	cert, err := a.issue(name)
	if err == nil {
		a.others[name] = cert
	}
	return cert, err
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.der})
}
