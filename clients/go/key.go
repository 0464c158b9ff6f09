package keyhold

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io"

	"google.golang.org/grpc/codes"

	"keyhold.example/keyhold/signerpb"
)

// A Key is a private key that the service holds. It is a [crypto.Signer] and a
// [crypto.MessageSigner]; crypto/tls uses the second.
//
// Safe for concurrent use. The With methods return changed copies.
type Key struct {
	client     *Client
	public     crypto.PublicKey
	spkiSHA256 [sha256.Size]byte
	serverName string
	ctx        context.Context
	// refused hears which scheme the service does not sign with after all.
	refused func(scheme uint32)
}

var (
	_ crypto.Signer        = (*Key)(nil)
	_ crypto.MessageSigner = (*Key)(nil)
)

// KeyFor returns the private key that belongs to the certificate's public key.
// It asks no service: an application starts while the signer is down.
//
// InvalidArgument: a key that Keyhold does not serve, or crypto/tls not use
// (Ed448, and RSA keys that are restricted to PSS).
func (c *Client) KeyFor(certificate *x509.Certificate) (*Key, error) {
	if schemesOf(certificate.PublicKey, 0) == nil {
		return nil, localError(codes.InvalidArgument,
			"the certificate's key (%v) is none that crypto/tls can use", certificate.PublicKeyAlgorithm)
	}
	return &Key{
		client:     c,
		public:     certificate.PublicKey,
		spkiSHA256: sha256.Sum256(certificate.RawSubjectPublicKeyInfo),
		ctx:        context.Background(),
	}, nil
}

// WithContext returns the key with signatures that end with ctx.
func (k *Key) WithContext(ctx context.Context) *Key {
	key := *k
	key.ctx = ctx
	return &key
}

// WithServerName returns the key, stating to the service that handshakes are for
// this name. A rule that lists server names refuses requests that state none.
func (k *Key) WithServerName(name string) *Key {
	key := *k
	key.serverName = name
	return &key
}

// Public is the certificate's public key.
func (k *Key) Public() crypto.PublicKey { return k.public }

// SignMessage signs message, which is not hashed. What TLS signs goes in
// structured form. Anything else goes as its digest (with Ed25519 as it is),
// which the service refuses unless its policy allows that usage.
func (k *Key) SignMessage(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	request, hash, err := k.request(opts)
	if err != nil {
		return nil, k.failed(err)
	}
	switch {
	case setStructured(request, message):
	case hash == signerpb.Hash_HASH_UNSPECIFIED:
		request.Input = &signerpb.SignRequest_Message{Message: message}
	default:
		digest := opts.HashFunc().New()
		digest.Write(message)
		setDigest(request, hash, digest.Sum(nil))
	}
	return k.sign(request)
}

// Sign signs a digest, which the service refuses unless its policy allows that
// usage; with Ed25519 a message, as SignMessage does.
func (k *Key) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	request, hash, err := k.request(opts)
	if err != nil {
		return nil, k.failed(err)
	}
	if hash == signerpb.Hash_HASH_UNSPECIFIED {
		return k.SignMessage(random, digest, opts)
	}
	setDigest(request, hash, digest)
	return k.sign(request)
}

func (k *Key) request(opts crypto.SignerOpts) (*signerpb.SignRequest, signerpb.Hash, error) {
	scheme, hash, err := schemeFor(k.public, opts)
	if err != nil {
		return nil, 0, err
	}
	return &signerpb.SignRequest{
		SpkiSha256: k.spkiSHA256[:],
		Scheme:     uint32(scheme),
		ServerName: k.serverName,
	}, hash, nil
}

func (k *Key) sign(request *signerpb.SignRequest) ([]byte, error) {
	answer, err := k.client.Sign(k.ctx, request)
	if err != nil {
		notMade := errors.Is(err, ReasonSchemeNotAllowed) || errors.Is(err, ReasonSchemeDoesNotFitKey)
		if notMade && k.refused != nil {
			k.refused(request.GetScheme())
		}
		return nil, k.failed(err)
	}
	return answer.GetSignature(), nil
}

// failed tells the application what crypto/tls will tell it as text only.
func (k *Key) failed(err error) error {
	if k.client.onError != nil {
		k.client.onError(err)
	}
	return err
}

func setDigest(request *signerpb.SignRequest, hash signerpb.Hash, value []byte) {
	request.Input = &signerpb.SignRequest_Digest{Digest: &signerpb.Digest{Hash: hash, Value: value}}
}
