package keyhold

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"keyhold.example/keyhold/signerpb"
)

// A Certificate is a certificate chain whose private key the service holds. Its
// methods fit [tls.Config]. It is safe for concurrent use.
type Certificate struct {
	chain   [][]byte
	leaf    *x509.Certificate
	key     *Key
	choices *choices
}

// LoadCertificate reads a PEM chain, leaf first. It asks no service. Errors as
// of [Client.ParseCertificate], and those of reading the file.
func (c *Client) LoadCertificate(file string) (*Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return c.ParseCertificate(text)
}

// ParseCertificate is LoadCertificate for a chain that is at hand.
//
// InvalidArgument: no certificate, or a key as in [Client.KeyFor].
func (c *Client) ParseCertificate(chainPEM []byte) (*Certificate, error) {
	var chain [][]byte
	for block, rest := pem.Decode(chainPEM); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			chain = append(chain, block.Bytes)
		}
	}
	if len(chain) == 0 {
		return nil, localError(codes.InvalidArgument, "there is no certificate in the PEM text")
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return nil, localError(codes.InvalidArgument, "cannot read the certificate: %v", err)
	}
	key, err := c.KeyFor(leaf)
	if err != nil {
		return nil, err
	}
	choices := newChoices(c)
	key.refused = choices.forget
	return &Certificate{chain: chain, leaf: leaf, key: key, choices: choices}, nil
}

// Key is the certificate's private key.
func (c *Certificate) Key() *Key { return c.key }

// GetCertificate is for a server's [tls.Config.GetCertificate]: the service
// chooses the signature scheme, and the signature ends with the handshake's
// context.
//
// ClientHelloInfo does not say which version the server's configuration leads
// to. So the service is asked for each that the client can: crypto/tls takes of
// the answers the one that fits.
func (c *Certificate) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.handshake(hello.Context(), signerpb.Role_ROLE_SERVER, c.nameFor(hello.ServerName),
		hello.SupportedVersions, hello.SignatureSchemes)
}

// GetClientCertificate is for a client's [tls.Config.GetClientCertificate].
func (c *Certificate) GetClientCertificate(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return c.handshake(request.Context(), signerpb.Role_ROLE_CLIENT, "",
		[]uint16{request.Version}, request.SignatureSchemes)
}

// TLS is for [tls.Config.Certificates], where nothing can be asked for each
// handshake: the service says now which schemes it signs with, crypto/tls
// chooses among them by the peer's preference, and the client's timeout bounds
// signatures. NotFound: no such key, or none that this client may know of.
func (c *Certificate) TLS(ctx context.Context) (tls.Certificate, error) {
	selector := &signerpb.KeySelector{By: &signerpb.KeySelector_SpkiSha256{SpkiSha256: c.key.spkiSHA256[:]}}
	keys, err := c.key.client.GetKey(ctx, selector)
	if err != nil {
		return tls.Certificate{}, err
	}
	var schemes []tls.SignatureScheme
	for _, scheme := range keys[0].GetSchemes() {
		schemes = append(schemes, tls.SignatureScheme(scheme))
	}
	return c.with(c.key, schemes), nil
}

func (c *Certificate) with(key *Key, schemes []tls.SignatureScheme) tls.Certificate {
	return tls.Certificate{
		Certificate: c.chain, Leaf: c.leaf, PrivateKey: key, SupportedSignatureAlgorithms: schemes,
	}
}

func (c *Certificate) handshake(ctx context.Context, role signerpb.Role, name string, versions []uint16, offered []tls.SignatureScheme) (*tls.Certificate, error) {
	var chosen []tls.SignatureScheme
	var refusal error
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		points := usable(c.key.public, version, offered)
		if len(points) == 0 || !slices.Contains(versions, version) {
			continue
		}
		scheme, err := c.choices.choose(ctx, &signerpb.ChooseSchemeRequest{
			SpkiSha256: c.key.spkiSHA256[:],
			Role:       role,
			TlsVersion: signerpb.TlsVersion(version),
			ServerName: name,
			Offered:    points,
		})
		switch {
		case err == nil:
			chosen = append(chosen, tls.SignatureScheme(scheme))
		case isRefusal(err):
			refusal = errors.Join(refusal, err)
		default:
			return nil, c.key.failed(err)
		}
	}
	if chosen == nil && refusal != nil {
		return nil, c.key.failed(refusal)
	}
	if chosen == nil {
		return nil, c.key.failed(&Error{
			Code: codes.FailedPrecondition, Reason: ReasonNoCommonScheme,
			Message: "the peer offers no scheme that this key can make",
		})
	}
	certificate := c.with(c.key.WithContext(ctx).WithServerName(name), chosen)
	return &certificate, nil
}

// nameFor is the certificate's own name that the peer's name matches (RFC 6125
// §6.4.3), not the peer's: what a stranger chooses is neither stated nor kept.
func (c *Certificate) nameFor(serverName string) string {
	serverName = strings.ToLower(serverName)
	_, parent, _ := strings.Cut(serverName, ".")
	for _, own := range c.leaf.DNSNames {
		own = strings.ToLower(own)
		if own == serverName || own == "*."+parent {
			return own
		}
	}
	return ""
}

// Sites is for [tls.Config.GetCertificate] of a server with several names, or
// several keys a name: it serves the first certificate that carries the name and
// whose key has a scheme in common with the client, and the first of all to a
// client that asks for none of the names.
func Sites(certificates ...*Certificate) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		var refusal error
		for _, certificate := range certificates {
			if certificate.nameFor(hello.ServerName) == "" {
				continue
			}
			chosen, err := certificate.GetCertificate(hello)
			if err == nil || !isRefusal(err) {
				return chosen, err
			}
			refusal = errors.Join(refusal, err)
		}
		if refusal != nil || len(certificates) == 0 {
			return nil, refusal
		}
		return certificates[0].GetCertificate(hello)
	}
}
