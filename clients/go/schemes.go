package keyhold

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"slices"

	"google.golang.org/grpc/codes"

	"keyhold.example/keyhold/signerpb"
)

// What a key can make: RFC 8446 §4.2.3. TLS 1.3 has no PKCS#1, and there an
// ECDSA scheme fixes the curve; in TLS 1.2 it fixes only the hash.
var (
	rsaTLS13 = []tls.SignatureScheme{tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512}
	rsaTLS12 = slices.Concat(rsaTLS13,
		[]tls.SignatureScheme{tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512})
	ecdsaTLS12 = []tls.SignatureScheme{
		tls.ECDSAWithP256AndSHA256, tls.ECDSAWithP384AndSHA384, tls.ECDSAWithP521AndSHA512,
	}
)

// schemesOf is nil for a key that Keyhold does not serve, or crypto/tls not use.
func schemesOf(public crypto.PublicKey, version uint16) []tls.SignatureScheme {
	tls12 := version <= tls.VersionTLS12
	switch key := public.(type) {
	case *rsa.PublicKey:
		if tls12 {
			return rsaTLS12
		}
		return rsaTLS13
	case *ecdsa.PublicKey:
		curve := slices.Index([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, key.Curve)
		switch {
		case curve < 0:
			return nil
		case tls12:
			return ecdsaTLS12
		}
		return ecdsaTLS12[curve : curve+1]
	case ed25519.PublicKey:
		return []tls.SignatureScheme{tls.Ed25519}
	}
	return nil
}

// usable is what the key can make of the offered: sorted, each once, so that it
// is the same for every order, and whatever unknown points are in it.
func usable(public crypto.PublicKey, version uint16, offered []tls.SignatureScheme) []uint32 {
	canMake := schemesOf(public, version)
	var points []uint32
	for _, scheme := range offered {
		if slices.Contains(canMake, scheme) {
			points = append(points, uint32(scheme))
		}
	}
	slices.Sort(points)
	return slices.Compact(points)
}

// schemeFor is what opts ask for, and the hash in the service's words.
func schemeFor(public crypto.PublicKey, opts crypto.SignerOpts) (tls.SignatureScheme, signerpb.Hash, error) {
	hashes := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
	index := slices.Index(hashes, opts.HashFunc())
	pss, isPSS := opts.(*rsa.PSSOptions)
	switch public.(type) {
	case ed25519.PublicKey:
		if opts.HashFunc() == 0 {
			return tls.Ed25519, signerpb.Hash_HASH_UNSPECIFIED, nil
		}
	case *ecdsa.PublicKey:
		if index >= 0 {
			return ecdsaTLS12[index], signerpb.Hash(index + 1), nil
		}
	case *rsa.PublicKey:
		// TLS's salt is as long as the hash.
		standardSalt := isPSS && (pss.SaltLength == rsa.PSSSaltLengthEqualsHash ||
			pss.SaltLength == rsa.PSSSaltLengthAuto || pss.SaltLength == opts.HashFunc().Size())
		if index >= 0 && standardSalt {
			return rsaTLS13[index], signerpb.Hash(index + 1), nil
		}
		if index >= 0 && !isPSS {
			return rsaTLS12[len(rsaTLS13)+index], signerpb.Hash(index + 1), nil
		}
	}
	return 0, 0, localError(codes.InvalidArgument,
		"no signature scheme for a %T with %v: there are SHA-256, SHA-384 and SHA-512, "+
			"PSS with a salt as long as the hash, and Ed25519 over the message itself", public, opts)
}
