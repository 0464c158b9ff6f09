package keyhold

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
)

// reloading reads the TLS files for each connection, so that a renewed
// certificate needs no restart. While they cannot be used, it goes on with the
// last that could.
type reloading struct {
	credentials.TransportCredentials
	files TLSFiles

	mu       sync.Mutex
	lastGood credentials.TransportCredentials
}

func newReloading(files TLSFiles) (*reloading, error) {
	initial, err := readTLSFiles(files)
	if err != nil {
		return nil, err
	}
	return &reloading{TransportCredentials: initial, files: files, lastGood: initial}, nil
}

func (r *reloading) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return r.current().ClientHandshake(ctx, authority, conn)
}

// Clone shares what was read last.
func (r *reloading) Clone() credentials.TransportCredentials {
	return &reloading{TransportCredentials: r.TransportCredentials.Clone(), files: r.files, lastGood: r.current()}
}

func (r *reloading) current() credentials.TransportCredentials {
	r.mu.Lock()
	defer r.mu.Unlock()
	if fresh, err := readTLSFiles(r.files); err == nil {
		r.lastGood = fresh
	}
	return r.lastGood
}

func readTLSFiles(files TLSFiles) (credentials.TransportCredentials, error) {
	identity, err := tls.LoadX509KeyPair(files.Certificate, files.PrivateKey)
	if err != nil {
		return nil, localError(codes.FailedPrecondition, "cannot use %s and %s: %v",
			files.Certificate, files.PrivateKey, err)
	}
	authorities, err := os.ReadFile(files.CA)
	if err != nil {
		return nil, localError(codes.FailedPrecondition, "cannot use %s: %v", files.CA, err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authorities) {
		return nil, localError(codes.FailedPrecondition, "cannot use %s: no certificate in it", files.CA)
	}
	return credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{identity},
		RootCAs:      roots,
		ServerName:   files.ServerName,
		MinVersion:   tls.VersionTLS13,
	}), nil
}
