package keyhold

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthgrpc "google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"keyhold.example/keyhold/signerpb"
)

// program is in $KEYHOLD_BIN, or where Bazel puts it.
func program(t *testing.T, path string) string {
	t.Helper()
	folder := os.Getenv("KEYHOLD_BIN")
	if folder == "" {
		folder = "../../bazel-bin"
	}
	file, err := filepath.Abs(filepath.Join(folder, path))
	must(t, err)
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("%v: bazel build //signer_service:keyhold-signer //cli:keyhold, "+
			"or set KEYHOLD_BIN to a folder like bazel-bin", err)
	}
	return file
}

// realSigner is keyhold-signer, with what `keyhold init` makes.
type realSigner struct {
	folder  string // with the folder dev in it
	port    string
	process *exec.Cmd
}

// startRealSigner: sites as of `keyhold init --site`; none: its three.
func startRealSigner(t *testing.T, sites ...string) *realSigner {
	t.Helper()
	signer := &realSigner{folder: t.TempDir(), port: "0"}
	signer.init(t, sites...)
	signer.start(t)
	t.Cleanup(func() { signer.stop(t) })
	return signer
}

// init makes keys, certificates and CAs anew, at the same paths.
func (s *realSigner) init(t *testing.T, sites ...string) {
	t.Helper()
	arguments := []string{"init", s.file("."), "--force"}
	for _, site := range sites {
		arguments = append(arguments, "--site", site)
	}
	if output, err := exec.Command(program(t, "cli/keyhold"), arguments...).CombinedOutput(); err != nil {
		t.Fatalf("keyhold init: %v\n%s", err, output)
	}
}

// start takes the port of the time before, as a service would.
func (s *realSigner) start(t *testing.T) {
	t.Helper()
	config := s.file("signer/signer.yaml")
	text, err := os.ReadFile(config)
	must(t, err)
	text = bytes.ReplaceAll(text, []byte(":7443"), []byte(":"+s.port))
	must(t, os.WriteFile(config, text, 0o600))
	s.process = exec.Command(program(t, "signer_service/keyhold-signer"), "--config", config)
	log, err := s.process.StderrPipe()
	must(t, err)
	must(t, s.process.Start())
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var event struct {
			Event     string
			Listeners []struct{ Address string }
		}
		if json.Unmarshal(lines.Bytes(), &event) == nil && event.Event == "ready" {
			_, s.port, err = net.SplitHostPort(event.Listeners[0].Address)
			must(t, err)
			// What it logs from here on must not fill the pipe.
			go io.Copy(io.Discard, log)
			return
		}
	}
	t.Fatal("the signer did not start")
}

func (s *realSigner) stop(t *testing.T) {
	t.Helper()
	must(t, s.process.Process.Kill())
	s.process.Wait() // it ends with the signal
}

func (s *realSigner) file(name string) string { return filepath.Join(s.folder, "dev", name) }

func (s *realSigner) endpoint() string { return "localhost:" + s.port }

func (s *realSigner) options() Options {
	return Options{Endpoints: []string{s.endpoint()}, Timeout: long, TLS: &TLSFiles{
		Certificate: s.file("app/transport.crt"),
		PrivateKey:  s.file("app/transport.key"),
		CA:          s.file("app/signer-ca.crt"),
	}}
}

func (s *realSigner) certificate(t *testing.T, client *Client, file string) *Certificate {
	t.Helper()
	certificate, err := client.LoadCertificate(s.file("app/" + file))
	must(t, err)
	return certificate
}

func (s *realSigner) siteCA(t *testing.T) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(s.file("app/site-ca.crt"))
	must(t, err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}

func TestServersOfEachKeyTypeInBothVersions(t *testing.T) {
	types := []string{"rsa", "p256", "p384", "p521", "ed25519"}
	var sites []string
	for _, kind := range types {
		sites = append(sites, kind+".example.test:"+kind)
	}
	signer := startRealSigner(t, sites...)
	client := newClient(t, signer.options())
	for _, kind := range types {
		name := kind + ".example.test"
		server := &tls.Config{GetCertificate: signer.certificate(t, client, "sites/"+name+".crt").GetCertificate}
		for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
			mustShake(t, server, &tls.Config{
				RootCAs: signer.siteCA(t), ServerName: name, MinVersion: version, MaxVersion: version,
			})
		}
	}
}

func TestAServerAndAClientCertificateBothRemote(t *testing.T) {
	signer := startRealSigner(t)
	client := newClient(t, signer.options())
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		server := &tls.Config{
			GetCertificate: signer.certificate(t, client, "sites/ecdsa.example.test.crt").GetCertificate,
			ClientAuth:     tls.RequireAndVerifyClientCert, ClientCAs: signer.siteCA(t),
		}
		mustShake(t, server, &tls.Config{
			RootCAs: signer.siteCA(t), ServerName: "ecdsa.example.test", MinVersion: version, MaxVersion: version,
			GetClientCertificate: signer.certificate(t, client, "client.crt").GetClientCertificate,
		})
	}
}

func TestHTTPServerAndClient(t *testing.T) {
	signer := startRealSigner(t)
	client := newClient(t, signer.options())
	// Static certificates, both of them.
	site, err := signer.certificate(t, client, "sites/rsa.example.test.crt").TLS(t.Context())
	must(t, err)
	identity, err := signer.certificate(t, client, "client.crt").TLS(t.Context())
	must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{site}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: signer.siteCA(t),
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, r.Proto+" "+r.TLS.PeerCertificates[0].Subject.CommonName)
		}),
	}
	go server.ServeTLS(listener, "", "")
	defer server.Close()
	transport := &http.Transport{
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", listener.Addr().String())
		},
		TLSClientConfig: &tls.Config{RootCAs: signer.siteCA(t), Certificates: []tls.Certificate{identity}},
	}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get("https://rsa.example.test/")
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	if !strings.HasPrefix(string(body), "HTTP/2.0 ") {
		t.Errorf("got %q", body)
	}
}

func TestGRPCServerCredentials(t *testing.T) {
	signer := startRealSigner(t)
	client := newClient(t, signer.options())
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		GetCertificate: signer.certificate(t, client, "sites/ecdsa.example.test.crt").GetCertificate,
	})))
	grpc_health_v1.RegisterHealthServer(server, healthgrpc.NewServer())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go server.Serve(listener)
	defer server.Stop()
	conn, err := grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(
		credentials.NewTLS(&tls.Config{RootCAs: signer.siteCA(t), ServerName: "ecdsa.example.test"})))
	must(t, err)
	defer conn.Close()
	answer, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	must(t, err)
	if answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("got %v", answer)
	}
}

func TestRefusalsOfTheRealSignerKeepTheirReason(t *testing.T) {
	signer := startRealSigner(t)
	client := newClient(t, signer.options())
	key := signer.certificate(t, client, "sites/ecdsa.example.test.crt").Key()
	digest := &signerpb.SignRequest{SpkiSha256: key.spkiSHA256[:], Scheme: 0x0403}
	setDigest(digest, signerpb.Hash_HASH_SHA256, make([]byte, 32))
	_, err := client.Sign(t.Context(), digest)
	var refusal *Error
	if !errors.Is(err, ReasonUsageNotAllowed) || !errors.As(err, &refusal) || len(refusal.PolicyVersion) != 16 {
		t.Errorf("got %v", err)
	}
	digest.SpkiSha256 = make([]byte, 32)
	if _, err = client.Sign(t.Context(), digest); !errors.Is(err, ReasonKeyNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestRenewedTransportFilesAreUsedForTheNextConnection(t *testing.T) {
	signer := startRealSigner(t)
	client := newClient(t, signer.options())
	_, err := client.ListKeys(t.Context(), nil)
	must(t, err)
	signer.stop(t)
	// Other CAs and certificates, at the same paths.
	signer.init(t)
	signer.start(t)
	_, err = client.ListKeys(t.Context(), nil)
	must(t, err)
}
