package keyhold

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"keyhold.example/keyhold/signerpb"
)

// hexBytes are written as hexadecimal digits.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	value, err := hex.DecodeString(string(text))
	*h = value
	return err
}

// vectors are the golden ones of tests/vectors, which all clients share.
type vectors struct {
	Keys []struct {
		Name string
		SPKI hexBytes
	}
	Sign []struct {
		Name, Key, Form string
		Request         map[string]any
		RequestBytes    hexBytes `json:"request_bytes"`
		ToBeSigned      hexBytes `json:"to_be_signed"`
		Scheme          tls.SignatureScheme
		Signature       hexBytes
		Verifies        bool
	}
	Choose []struct {
		Name         string
		Request      map[string]any
		RequestBytes hexBytes `json:"request_bytes"`
	}
	NotStructured []struct {
		Name  string
		Bytes hexBytes
	} `json:"not_structured"`
	Errors []struct {
		Name          string
		Code          int32
		Details       hexBytes
		Reason        Reason
		PolicyVersion hexBytes `json:"policy_version"`
	}
}

func readVectors(t *testing.T) *vectors {
	t.Helper()
	text, err := os.ReadFile("../../tests/vectors/vectors.json")
	must(t, err)
	var vectors vectors
	must(t, json.Unmarshal(text, &vectors))
	if len(vectors.Sign) < 50 || len(vectors.Choose) == 0 || len(vectors.NotStructured) == 0 || len(vectors.Errors) == 0 {
		t.Fatal("there are vectors missing")
	}
	return &vectors
}

// asProtoJSON has bytes in base64 and enums by their whole names.
func asProtoJSON(t *testing.T, fields map[string]any) map[string]any {
	t.Helper()
	words := map[string]string{"role": "ROLE_", "hash": "HASH_"}
	plain := []string{"traceparent", "server_name", "common_name"}
	translated := map[string]any{}
	for name, value := range fields {
		switch value := value.(type) {
		case map[string]any:
			translated[name] = asProtoJSON(t, value)
		case string:
			switch {
			case words[name] != "":
				translated[name] = words[name] + strings.ToUpper(value)
			case name == "tls_version":
				translated[name] = "TLS_VERSION_" + strings.ReplaceAll(value, ".", "_")
			case slices.Contains(plain, name):
				translated[name] = value
			default:
				decoded, err := hex.DecodeString(value)
				must(t, err)
				translated[name] = decoded // base64
			}
		default:
			translated[name] = value
		}
	}
	return translated
}

func fill(t *testing.T, fields map[string]any, message proto.Message) []byte {
	t.Helper()
	text, err := json.Marshal(asProtoJSON(t, fields))
	must(t, err)
	must(t, protojson.Unmarshal(text, message))
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	must(t, err)
	return encoded
}

func TestRequestsHaveExactlyTheseBytes(t *testing.T) {
	vectors := readVectors(t)
	for _, vector := range vectors.Sign {
		if got := fill(t, vector.Request, &signerpb.SignRequest{}); !bytes.Equal(got, vector.RequestBytes) {
			t.Errorf("%s: got %x, want %x", vector.Name, got, []byte(vector.RequestBytes))
		}
	}
	for _, vector := range vectors.Choose {
		if got := fill(t, vector.Request, &signerpb.ChooseSchemeRequest{}); !bytes.Equal(got, vector.RequestBytes) {
			t.Errorf("%s: got %x, want %x", vector.Name, got, []byte(vector.RequestBytes))
		}
	}
}

func TestWhatTLSSignsIsRecognised(t *testing.T) {
	recognised := 0
	for _, vector := range readVectors(t).Sign {
		if !strings.HasPrefix(vector.Form, "tls1") {
			continue
		}
		var want signerpb.SignRequest
		must(t, proto.Unmarshal(vector.RequestBytes, &want))
		got := proto.CloneOf(&want)
		got.Input = nil
		if !setStructured(got, vector.ToBeSigned) || !proto.Equal(got, &want) {
			t.Errorf("%s: got %v", vector.Name, got)
		}
		recognised++
	}
	if recognised < 50 {
		t.Errorf("only %d", recognised)
	}
}

func TestWhatOnlyLooksLikeItIsNot(t *testing.T) {
	for _, vector := range readVectors(t).NotStructured {
		var request signerpb.SignRequest
		if setStructured(&request, vector.Bytes) {
			t.Errorf("%s: taken for %v", vector.Name, &request)
		}
	}
}

// verifies is false in known for a key that crypto/x509 does not read.
func verifies(spki []byte, scheme tls.SignatureScheme, message, signature []byte) (verified, known bool) {
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return false, false
	}
	hash := map[uint16]crypto.Hash{4: crypto.SHA256, 5: crypto.SHA384, 6: crypto.SHA512}[uint16(scheme)>>8]
	pss := map[tls.SignatureScheme]crypto.Hash{
		tls.PSSWithSHA256: crypto.SHA256, tls.PSSWithSHA384: crypto.SHA384, tls.PSSWithSHA512: crypto.SHA512,
	}[scheme]
	digest := func(hash crypto.Hash) []byte {
		state := hash.New()
		state.Write(message)
		return state.Sum(nil)
	}
	switch key := public.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature), true
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, digest(hash), signature), true
	case *rsa.PublicKey:
		if pss != 0 {
			options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(key, pss, digest(pss), signature, options) == nil, true
		}
		return rsa.VerifyPKCS1v15(key, hash, digest(hash), signature) == nil, true
	}
	return false, false
}

func TestSignaturesVerifyOrNotAsStated(t *testing.T) {
	vectors := readVectors(t)
	spki := map[string][]byte{}
	for _, key := range vectors.Keys {
		spki[key.Name] = key.SPKI
	}
	checked, unknown := 0, map[string]int{}
	for _, vector := range vectors.Sign {
		if vector.ToBeSigned == nil {
			continue
		}
		verified, known := verifies(spki[vector.Key], vector.Scheme, vector.ToBeSigned, vector.Signature)
		if !known {
			unknown[vector.Key]++
			continue
		}
		checked++
		if verified != vector.Verifies {
			t.Errorf("%s: verifies: %v", vector.Name, verified)
		}
	}
	t.Logf("%d checked; not verified here, as crypto/x509 reads no such keys: %v", checked, unknown)
	if delete(unknown, "rsapss"); checked < 50 || len(unknown) > 1 || unknown["ed448"] == 0 {
		t.Errorf("%d checked, unknown: %v", checked, unknown)
	}
}

func TestErrorsKeepReasonAndPolicyVersion(t *testing.T) {
	for _, vector := range readVectors(t).Errors {
		var details rpcstatus.Status
		must(t, proto.Unmarshal(vector.Details, &details))
		details.Code = vector.Code
		got := fromGRPC("there", status.FromProto(&details).Err())
		if got.Reason != vector.Reason || !bytes.Equal(got.PolicyVersion, vector.PolicyVersion) {
			t.Errorf("%s: got %v, policy version %x", vector.Name, got, got.PolicyVersion)
		}
	}
}
