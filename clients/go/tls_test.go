package keyhold

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"

	"keyhold.example/keyhold/signerpb"
)

// handshake is one between two configurations, without sockets: the server's
// and the client's failure.
func handshake(t *testing.T, server, client *tls.Config) (error, error) {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	done := make(chan error, 1)
	go func() {
		defer far.Close()
		done <- tls.Server(far, server).HandshakeContext(t.Context())
	}()
	connection := tls.Client(near, client)
	err := connection.HandshakeContext(t.Context())
	if err == nil {
		// In TLS 1.3 the server may refuse the client's certificate later.
		go connection.Read(make([]byte, 1))
	} else {
		near.Close()
	}
	return <-done, err
}

func (f *fakeSigner) clientConfig(version uint16) *tls.Config {
	return &tls.Config{RootCAs: f.pool, ServerName: "www.example.test", MinVersion: version, MaxVersion: version}
}

func mustShake(t *testing.T, server, client *tls.Config) {
	t.Helper()
	serverErr, clientErr := handshake(t, server, client)
	if serverErr != nil || clientErr != nil {
		t.Fatalf("server: %v, client: %v", serverErr, clientErr)
	}
}

func TestAServerSignsInStructuredFormAndStatesItsName(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		fake := newFakeSigner(t)
		certificate := fake.certificate(t, fake.client(t))
		mustShake(t, &tls.Config{GetCertificate: certificate.GetCertificate}, fake.clientConfig(version))
		signs, chooses := fake.asked()
		tls13 := signs[0].GetTls13CertificateVerify() != nil
		tls12 := signs[0].GetTls12ServerKeyExchange() != nil
		if len(signs) != 1 || tls13 == tls12 || tls13 != (version == tls.VersionTLS13) {
			t.Errorf("%s: signed %v", tls.VersionName(version), signs)
		}
		if signs[0].GetServerName() != "www.example.test" || chooses[0].GetServerName() != "www.example.test" {
			t.Errorf("stated %q and %q", signs[0].GetServerName(), chooses[0].GetServerName())
		}
		if len(chooses) != 1 || uint16(chooses[0].GetTlsVersion()) != version {
			t.Errorf("asked for %v", chooses)
		}
	}
}

func TestAClientCertificateSignsInStructuredForm(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		fake := newFakeSigner(t)
		certificate := fake.certificate(t, fake.client(t))
		server := &tls.Config{
			GetCertificate: certificate.GetCertificate, ClientAuth: tls.RequireAnyClientCert,
		}
		client := fake.clientConfig(version)
		client.GetClientCertificate = certificate.GetClientCertificate
		mustShake(t, server, client)
		signs, _ := fake.asked()
		tls13 := signs[1].GetTls13CertificateVerify().GetRole() == signerpb.Role_ROLE_CLIENT
		tls12 := signs[1].GetTls12CertificateVerify() != nil
		if tls13 == tls12 || tls13 != (version == tls.VersionTLS13) {
			t.Errorf("%s: signed %v", tls.VersionName(version), signs[1])
		}
	}
}

func TestTheSchemeIsAskedForOnceAPolicy(t *testing.T) {
	fake := newFakeSigner(t)
	server := &tls.Config{GetCertificate: fake.certificate(t, fake.client(t)).GetCertificate}
	client := fake.clientConfig(tls.VersionTLS13)
	for range 3 {
		mustShake(t, server, client)
	}
	if _, chooses := fake.asked(); len(chooses) != 1 {
		t.Errorf("asked %d times, want once", len(chooses))
	}
	fake.mu.Lock()
	fake.policyVersion = "v2"
	fake.mu.Unlock()
	// The first signature tells of the change, the next handshake asks.
	for range 3 {
		mustShake(t, server, client)
	}
	if _, chooses := fake.asked(); len(chooses) != 2 {
		t.Errorf("asked %d times, want twice", len(chooses))
	}
}

func TestHandshakesThatBeginTogetherAskOnce(t *testing.T) {
	fake := newFakeSigner(t)
	certificate := fake.certificate(t, fake.client(t))
	hello := &tls.ClientHelloInfo{
		ServerName:        "www.example.test",
		SupportedVersions: []uint16{tls.VersionTLS13},
		SignatureSchemes:  []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
	}
	// Its context is crypto/tls's own.
	ask := func() (*tls.Certificate, error) {
		return certificate.handshake(t.Context(), signerpb.Role_ROLE_SERVER, hello.ServerName,
			hello.SupportedVersions, hello.SignatureSchemes)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := ask(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	// The first stated no policy yet: a second may have asked before it did.
	if _, chooses := fake.asked(); len(chooses) != 1 {
		t.Errorf("asked %d times, want once", len(chooses))
	}
}

func TestARefusedSignatureEndsTheHandshakeAndTellsTheApplication(t *testing.T) {
	fake := newFakeSigner(t)
	told := make(chan error, 1)
	client := newClient(t, Options{
		Endpoints: []string{fake.endpoint()}, Timeout: long, OnError: func(err error) { told <- err },
	})
	server := &tls.Config{GetCertificate: fake.certificate(t, client).GetCertificate}
	mustShake(t, server, fake.clientConfig(tls.VersionTLS13))
	fake.failNext(refusal(t, codes.PermissionDenied, ReasonUsageNotAllowed))
	err, _ := handshake(t, server, fake.clientConfig(tls.VersionTLS13))
	if err == nil || !strings.Contains(err.Error(), "as told (USAGE_NOT_ALLOWED)") {
		t.Errorf("got %v", err)
	}
	if err := <-told; !errors.Is(err, ReasonUsageNotAllowed) {
		t.Errorf("told %v", err)
	}
}

func TestARefusedChoiceEndsTheHandshakeWithTheReason(t *testing.T) {
	fake := newFakeSigner(t)
	server := &tls.Config{GetCertificate: fake.certificate(t, fake.client(t)).GetCertificate}
	fake.failNext(refusal(t, codes.PermissionDenied, ReasonServerNameNotAllowed))
	err, _ := handshake(t, server, fake.clientConfig(tls.VersionTLS13))
	if !errors.Is(err, ReasonServerNameNotAllowed) {
		t.Errorf("got %v", err)
	}
}

func TestNothingInCommonAsksNobody(t *testing.T) {
	fake := newFakeSigner(t)
	certificate := fake.certificate(t, fake.client(t))
	_, err := certificate.handshake(t.Context(), signerpb.Role_ROLE_SERVER, "", []uint16{tls.VersionTLS13},
		[]tls.SignatureScheme{tls.PSSWithSHA256, tls.Ed25519})
	if !errors.Is(err, ReasonNoCommonScheme) {
		t.Errorf("got %v", err)
	}
	if _, chooses := fake.asked(); len(chooses) != 0 {
		t.Errorf("asked %v", chooses)
	}
}

// A handshake's context ends its signature.
func TestASignatureEndsWithTheHandshake(t *testing.T) {
	fake := newFakeSigner(t)
	fake.hold()
	server := &tls.Config{GetCertificate: fake.certificate(t, fake.client(t)).GetCertificate}
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tls.Server(far, server).HandshakeContext(ctx) }()
	go tls.Client(near, fake.clientConfig(tls.VersionTLS13)).HandshakeContext(t.Context())
	<-fake.signing
	cancel()
	<-fake.ended
	if err := <-done; err == nil {
		t.Error("the handshake went on")
	}
}

func TestSitesFindsTheCertificateOfTheName(t *testing.T) {
	first := newFakeSigner(t, "first.example.test")
	second := newFakeSigner(t, "Second.example.test", "*.sites.example.test")
	get := Sites(first.certificate(t, first.client(t)), second.certificate(t, second.client(t)))
	for name, want := range map[string]*fakeSigner{
		"first.example.test": first, "second.EXAMPLE.test": second, "a.sites.example.test": second,
		"sites.example.test": first, "a.b.sites.example.test": first,
	} {
		before, _ := want.asked()
		// Whether the client likes the name is another matter.
		client := &tls.Config{ServerName: name, InsecureSkipVerify: true}
		mustShake(t, &tls.Config{GetCertificate: get}, client)
		if after, _ := want.asked(); len(after) != len(before)+1 {
			t.Errorf("%s: served by another key", name)
		}
	}
	signs, _ := second.asked()
	stated := []string{signs[0].GetServerName(), signs[1].GetServerName()}
	slices.Sort(stated)
	if !slices.Equal(stated, []string{"*.sites.example.test", "second.example.test"}) {
		t.Errorf("stated %q: not the certificate's own names", stated)
	}
}

func TestTLSCertificateHasTheServicesSchemes(t *testing.T) {
	fake := newFakeSigner(t)
	certificate, err := fake.certificate(t, fake.client(t)).TLS(t.Context())
	must(t, err)
	if !slices.Equal(certificate.SupportedSignatureAlgorithms, []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}) {
		t.Errorf("got %v", certificate.SupportedSignatureAlgorithms)
	}
	mustShake(t, &tls.Config{Certificates: []tls.Certificate{certificate}}, fake.clientConfig(tls.VersionTLS13))
}

// What is not TLS's goes as a digest, which the service may refuse.
func TestACertificateRequestGoesAsDigest(t *testing.T) {
	fake := newFakeSigner(t)
	fake.failNext(refusal(t, codes.PermissionDenied, ReasonUsageNotAllowed))
	key := fake.certificate(t, fake.client(t)).Key()
	_, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if !errors.Is(err, ReasonUsageNotAllowed) {
		t.Errorf("got %v", err)
	}
	signs, _ := fake.asked()
	digest := signs[0].GetDigest()
	if digest.GetHash() != signerpb.Hash_HASH_SHA256 || len(digest.GetValue()) != sha256.Size {
		t.Errorf("asked for %v", signs[0])
	}
}

func TestWhatIsNoCertificateIsRefused(t *testing.T) {
	client := newFakeSigner(t).client(t)
	_, err := client.ParseCertificate([]byte("nothing"))
	if err == nil || err.Error() != "keyhold: there is no certificate in the PEM text" {
		t.Errorf("got %v", err)
	}
}
