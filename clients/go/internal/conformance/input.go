package main

import (
	"encoding/hex"

	"keyhold.example/keyhold/signerpb"
)

// input is what is to be signed, in the words of tests/clients.
type input struct {
	Form              string   `json:"form"`
	Role              string   `json:"role"`
	TranscriptHash    string   `json:"transcript_hash"`
	ClientRandom      string   `json:"client_random"`
	ServerRandom      string   `json:"server_random"`
	Curve             uint32   `json:"curve"`
	PublicPoint       string   `json:"public_point"`
	HandshakeMessages string   `json:"handshake_messages"`
	Hash              string   `json:"hash"`
	Value             string   `json:"value"`
	Message           string   `json:"message"`
	CommonName        string   `json:"common_name"`
	DNSNames          []string `json:"dns_names"`
}

func (i *input) set(request *signerpb.SignRequest) {
	switch i.Form {
	case "tls13_certificate_verify":
		request.Input = &signerpb.SignRequest_Tls13CertificateVerify{
			Tls13CertificateVerify: &signerpb.Tls13CertificateVerify{
				Role: role(i.Role), TranscriptHash: unhex(i.TranscriptHash),
			},
		}
	case "tls12_server_key_exchange":
		request.Input = &signerpb.SignRequest_Tls12ServerKeyExchange{
			Tls12ServerKeyExchange: &signerpb.Tls12ServerKeyExchange{
				ClientRandom: unhex(i.ClientRandom), ServerRandom: unhex(i.ServerRandom),
				Curve: i.Curve, PublicPoint: unhex(i.PublicPoint),
			},
		}
	case "tls12_certificate_verify":
		request.Input = &signerpb.SignRequest_Tls12CertificateVerify{
			Tls12CertificateVerify: &signerpb.Tls12CertificateVerify{HandshakeMessages: unhex(i.HandshakeMessages)},
		}
	case "digest":
		hashes := map[string]signerpb.Hash{
			"sha256": signerpb.Hash_HASH_SHA256, "sha384": signerpb.Hash_HASH_SHA384, "sha512": signerpb.Hash_HASH_SHA512,
		}
		request.Input = &signerpb.SignRequest_Digest{
			Digest: &signerpb.Digest{Hash: hashes[i.Hash], Value: unhex(i.Value)},
		}
	case "message":
		request.Input = &signerpb.SignRequest_Message{Message: unhex(i.Message)}
	case "csr":
		request.Input = &signerpb.SignRequest_Csr{
			Csr: &signerpb.CertificateSigningRequest{CommonName: i.CommonName, DnsNames: i.DNSNames},
		}
	}
}

func role(name string) signerpb.Role {
	switch name {
	case "server":
		return signerpb.Role_ROLE_SERVER
	case "client":
		return signerpb.Role_ROLE_CLIENT
	}
	return signerpb.Role_ROLE_UNSPECIFIED
}

// unhex is for digits that the harness wrote.
func unhex(digits string) []byte {
	value, err := hex.DecodeString(digits)
	if err != nil {
		panic(err)
	}
	return value
}
