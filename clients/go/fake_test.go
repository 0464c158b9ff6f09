package keyhold

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"keyhold.example/keyhold/signerpb"
)

// Long enough for a slow machine: nothing is to run into it.
const long = 30 * time.Second

// fakeSigner is a signer in this process that does as it is told, on a UNIX
// socket. It answers as the real one, with one P-256 key.
type fakeSigner struct {
	signerpb.UnimplementedSignerServer

	key  *ecdsa.PrivateKey
	pem  []byte
	pool *x509.CertPool
	path string
	stop func()

	mu            sync.Mutex
	signs         []*signerpb.SignRequest
	chooses       []*signerpb.ChooseSchemeRequest
	failures      []error // of the next calls, before they are looked at
	policyVersion string
	wrongScheme   bool
	gate          chan struct{} // signatures wait while it is open; nil: they do not

	signing chan struct{} // gets one for each that begins to wait
	ended   chan struct{} // and one for each whose caller has gone
}

func newFakeSigner(t *testing.T, names ...string) *fakeSigner {
	t.Helper()
	if names == nil {
		names = []string{"www.example.test", "*.sites.example.test"}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fake"}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	fake := &fakeSigner{
		key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pool: x509.NewCertPool(),
		path: filepath.Join(t.TempDir(), "s"), policyVersion: "v1",
		signing: make(chan struct{}, 16), ended: make(chan struct{}, 16),
	}
	fake.pool.AddCert(certificate)
	fake.start(t)
	t.Cleanup(func() { fake.stop() })
	return fake
}

func (f *fakeSigner) start(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("unix", f.path)
	must(t, err)
	server := grpc.NewServer()
	signerpb.RegisterSignerServer(server, f)
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.Serve(listener)
	}()
	f.stop = func() {
		server.Stop()
		<-served // the socket is gone
	}
}

func (f *fakeSigner) endpoint() string { return "unix:" + f.path }

func (f *fakeSigner) client(t *testing.T) *Client {
	t.Helper()
	return newClient(t, Options{Endpoints: []string{f.endpoint()}, Timeout: long})
}

func newClient(t *testing.T, options Options) *Client {
	t.Helper()
	client, err := NewClient(options)
	must(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}

func (f *fakeSigner) certificate(t *testing.T, client *Client) *Certificate {
	t.Helper()
	certificate, err := client.ParseCertificate(f.pem)
	must(t, err)
	return certificate
}

// hold makes signatures wait until the returned function is called.
func (f *fakeSigner) hold() (release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	gate := make(chan struct{})
	f.gate = gate
	return func() { close(gate) }
}

func (f *fakeSigner) failNext(failures ...error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failures = append(f.failures, failures...)
}

func (f *fakeSigner) asked() ([]*signerpb.SignRequest, []*signerpb.ChooseSchemeRequest) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.signs), slices.Clone(f.chooses)
}

// begin returns what the call fails with, and what it waits for.
func (f *fakeSigner) begin(note func()) (chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	note()
	if len(f.failures) > 0 {
		failure := f.failures[0]
		f.failures = f.failures[1:]
		return nil, failure
	}
	return f.gate, nil
}

// refusal is what a service says when it refuses.
func refusal(t *testing.T, code codes.Code, reason Reason) error {
	t.Helper()
	answer, err := status.New(code, "as told").WithDetails(&errdetails.ErrorInfo{
		Reason: string(reason), Domain: "keyhold", Metadata: map[string]string{"policy_version": "0a0b"},
	})
	must(t, err)
	return answer.Err()
}

func (f *fakeSigner) ListKeys(_ context.Context, request *signerpb.ListKeysRequest) (*signerpb.ListKeysResponse, error) {
	// Two pages of one key each.
	if request.GetPageToken() == "" {
		return &signerpb.ListKeysResponse{Keys: []*signerpb.Key{{Id: "first"}}, NextPageToken: "more"}, nil
	}
	return &signerpb.ListKeysResponse{Keys: []*signerpb.Key{{Id: "second"}}}, nil
}

func (f *fakeSigner) GetKey(context.Context, *signerpb.GetKeyRequest) (*signerpb.GetKeyResponse, error) {
	if _, err := f.begin(func() {}); err != nil {
		return nil, err
	}
	key := &signerpb.Key{Id: "first", Schemes: []uint32{uint32(tls.ECDSAWithP256AndSHA256)}}
	return &signerpb.GetKeyResponse{Keys: []*signerpb.Key{key}}, nil
}

func (f *fakeSigner) ChooseScheme(_ context.Context, request *signerpb.ChooseSchemeRequest) (*signerpb.ChooseSchemeResponse, error) {
	if _, err := f.begin(func() { f.chooses = append(f.chooses, request) }); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return &signerpb.ChooseSchemeResponse{
		Scheme: uint32(tls.ECDSAWithP256AndSHA256), PolicyVersion: []byte(f.policyVersion),
	}, nil
}

func (f *fakeSigner) Sign(ctx context.Context, request *signerpb.SignRequest) (*signerpb.SignResponse, error) {
	gate, err := f.begin(func() { f.signs = append(f.signs, request) })
	if err != nil {
		return nil, err
	}
	if gate != nil {
		f.signing <- struct{}{}
		select {
		case <-gate:
		case <-ctx.Done():
			f.ended <- struct{}{}
			return nil, ctx.Err()
		}
	}
	message := toBeSigned(request)
	if message == nil {
		return nil, status.Error(codes.InvalidArgument, "no structured form")
	}
	digest := sha256.Sum256(message)
	signature, err := f.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	scheme := request.GetScheme()
	if f.wrongScheme {
		scheme++
	}
	return &signerpb.SignResponse{Scheme: scheme, Signature: signature, PolicyVersion: []byte(f.policyVersion)}, nil
}

func toBeSigned(request *signerpb.SignRequest) []byte {
	switch input := request.GetInput().(type) {
	case *signerpb.SignRequest_Tls13CertificateVerify:
		form := input.Tls13CertificateVerify
		if form.GetRole() == signerpb.Role_ROLE_SERVER {
			return slices.Concat(padding, serverContext, form.GetTranscriptHash())
		}
		return slices.Concat(padding, clientContext, form.GetTranscriptHash())
	case *signerpb.SignRequest_Tls12ServerKeyExchange:
		form := input.Tls12ServerKeyExchange
		curve := binary.BigEndian.AppendUint16([]byte{namedCurve}, uint16(form.GetCurve()))
		return slices.Concat(form.GetClientRandom(), form.GetServerRandom(), curve,
			[]byte{byte(len(form.GetPublicPoint()))}, form.GetPublicPoint())
	case *signerpb.SignRequest_Tls12CertificateVerify:
		return input.Tls12CertificateVerify.GetHandshakeMessages()
	}
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
