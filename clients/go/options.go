package keyhold

import (
	"net"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

const defaultTimeout = 2 * time.Second

// Options say how a [Client] reaches the service.
type Options struct {
	// Endpoints: at least one. "HOST:PORT" (mutual TLS; IPv6 in brackets), or
	// "unix:PATH" (no TLS: the caller's uid is its identity). All must be
	// signers that hold the same keys; the one that answered last is asked.
	Endpoints []string
	// TLS is required for HOST:PORT.
	TLS *TLSFiles
	// Timeout ends every call, repeats included, if its context does not end
	// sooner. Default: 2 s.
	Timeout time.Duration
	// OnError, if set, gets each error that a key returns to crypto/tls, which
	// keeps only the text. It is called by many goroutines and must not block.
	OnError func(error)
}

// TLSFiles are the files of mutual TLS, all PEM. They are read again for each
// new connection; one that stands keeps what it was made with (a signer ends
// connections after an hour).
type TLSFiles struct {
	// Certificate is this client's chain, leaf first: its identity.
	Certificate string
	// PrivateKey is the key of its leaf.
	PrivateKey string
	// CA has the authorities that may have issued the service's certificate.
	CA string
	// ServerName is what the service's certificate must carry. Default: the
	// host of the endpoint.
	ServerName string
}

// target is the endpoint in gRPC's words.
func target(endpoint string, tls *TLSFiles) (string, error) {
	if path, ok := strings.CutPrefix(endpoint, "unix:"); ok && path != "" {
		return endpoint, nil
	}
	host, port, err := net.SplitHostPort(endpoint)
	if err != nil || host == "" || port == "" {
		return "", localError(codes.InvalidArgument,
			"endpoint %q: expected HOST:PORT, an IPv6 address in brackets, or unix:PATH", endpoint)
	}
	if tls == nil {
		return "", localError(codes.InvalidArgument, "endpoint %q is reached over TLS: set Options.TLS", endpoint)
	}
	// The dialer resolves the name, anew for each connection.
	return "passthrough:///" + endpoint, nil
}
