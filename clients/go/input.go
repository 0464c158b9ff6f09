package keyhold

import (
	"bytes"
	"encoding/binary"

	"keyhold.example/keyhold/signerpb"
)

// RFC 8446 §4.4.3: 64 spaces, the context, and a zero byte.
var (
	padding       = bytes.Repeat([]byte{' '}, 64)
	serverContext = []byte("TLS 1.3, server CertificateVerify\x00")
	clientContext = []byte("TLS 1.3, client CertificateVerify\x00")
)

const (
	namedCurve  = 3
	clientHello = 1
	randomSize  = 32
)

// pointSize has the listed curves (RFC 8422 §5.4).
var pointSize = map[uint16]int{23: 65, 24: 97, 25: 133, 29: 32, 30: 56}

// setStructured sets the request's input so that the service signs message. It
// returns false if message is nothing that a TLS 1.2 or 1.3 peer signs.
func setStructured(request *signerpb.SignRequest, message []byte) bool {
	return setTLS13(request, message) || setTLS12Server(request, message) || setTLS12Client(request, message)
}

func setTLS13(request *signerpb.SignRequest, message []byte) bool {
	rest, ok := bytes.CutPrefix(message, padding)
	if !ok {
		return false
	}
	role := signerpb.Role_ROLE_SERVER
	hash, ok := bytes.CutPrefix(rest, serverContext)
	if !ok {
		role = signerpb.Role_ROLE_CLIENT
		hash, ok = bytes.CutPrefix(rest, clientContext)
	}
	if !ok || (len(hash) != 32 && len(hash) != 48) {
		return false
	}
	request.Input = &signerpb.SignRequest_Tls13CertificateVerify{
		Tls13CertificateVerify: &signerpb.Tls13CertificateVerify{Role: role, TranscriptHash: hash},
	}
	return true
}

// RFC 8422 §5.4.
func setTLS12Server(request *signerpb.SignRequest, message []byte) bool {
	const header = 2*randomSize + 4
	if len(message) < header || message[2*randomSize] != namedCurve {
		return false
	}
	curve := binary.BigEndian.Uint16(message[2*randomSize+1:])
	point := message[header:]
	size, listed := pointSize[curve]
	if !listed || len(point) != size || int(message[header-1]) != size {
		return false
	}
	request.Input = &signerpb.SignRequest_Tls12ServerKeyExchange{
		Tls12ServerKeyExchange: &signerpb.Tls12ServerKeyExchange{
			ClientRandom: message[:randomSize],
			ServerRandom: message[randomSize : 2*randomSize],
			Curve:        uint32(curve),
			PublicPoint:  point,
		},
	}
	return true
}

// RFC 5246 §7.4.8: handshake messages, ClientHello first, filling it exactly.
// The service reads what is in them.
func setTLS12Client(request *signerpb.SignRequest, message []byte) bool {
	if len(message) == 0 || message[0] != clientHello {
		return false
	}
	for rest := message; len(rest) > 0; {
		if len(rest) < 4 {
			return false
		}
		end := 4 + int(binary.BigEndian.Uint32(rest)&0xffffff)
		if len(rest) < end {
			return false
		}
		rest = rest[end:]
	}
	request.Input = &signerpb.SignRequest_Tls12CertificateVerify{
		Tls12CertificateVerify: &signerpb.Tls12CertificateVerify{HandshakeMessages: message},
	}
	return true
}
