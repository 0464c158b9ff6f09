package keyhold

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"keyhold.example/keyhold/signerpb"
)

func tls13Request() *signerpb.SignRequest {
	return &signerpb.SignRequest{Scheme: 0x0403, Input: &signerpb.SignRequest_Tls13CertificateVerify{
		Tls13CertificateVerify: &signerpb.Tls13CertificateVerify{
			Role: signerpb.Role_ROLE_SERVER, TranscriptHash: make([]byte, 32),
		},
	}}
}

func TestUnavailableIsTriedAgainWithTheSameRequestID(t *testing.T) {
	fake := newFakeSigner(t)
	away := refusal(t, codes.Unavailable, ReasonDraining)
	fake.failNext(away, away)
	_, err := fake.client(t).Sign(t.Context(), tls13Request())
	must(t, err)
	signs, _ := fake.asked()
	if len(signs) != 3 {
		t.Fatalf("%d tries, want 3", len(signs))
	}
	if !bytes.Equal(signs[0].GetRequestId(), signs[2].GetRequestId()) || len(signs[0].GetRequestId()) != 16 {
		t.Errorf("request ids %x and %x", signs[0].GetRequestId(), signs[2].GetRequestId())
	}
	if signs[0].GetTimeLeftUs() <= signs[2].GetTimeLeftUs() {
		t.Errorf("time left grows: %d, then %d", signs[0].GetTimeLeftUs(), signs[2].GetTimeLeftUs())
	}
}

func TestOtherRefusalsAreFinal(t *testing.T) {
	fake := newFakeSigner(t)
	for reason, code := range map[Reason]codes.Code{
		ReasonKeyNotFound:          codes.NotFound,
		ReasonUsageNotAllowed:      codes.PermissionDenied,
		ReasonInvalidRequest:       codes.InvalidArgument,
		ReasonTooManyInFlight:      codes.ResourceExhausted,
		ReasonSignatureCheckFailed: codes.DataLoss,
		ReasonSigningFailed:        codes.Internal,
	} {
		before, _ := fake.asked()
		fake.failNext(refusal(t, code, reason))
		_, err := fake.client(t).Sign(t.Context(), tls13Request())
		if !errors.Is(err, reason) || status.Code(err) != code {
			t.Errorf("got %v, want %v with %s", err, code, reason)
		}
		var failure *Error
		if !errors.As(err, &failure) || !bytes.Equal(failure.PolicyVersion, []byte{10, 11}) {
			t.Errorf("%v: no policy version", err)
		}
		want := "keyhold: signer " + fake.endpoint() + ": as told (" + string(reason) + ")"
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
		if after, _ := fake.asked(); len(after) != len(before)+1 {
			t.Errorf("%s was tried %d times", reason, len(after)-len(before))
		}
	}
}

func TestASignerThatIsAwayIsPassedOverAndNotAskedFirstAgain(t *testing.T) {
	first, second := newFakeSigner(t), newFakeSigner(t)
	client := newClient(t, Options{Endpoints: []string{first.endpoint(), second.endpoint()}, Timeout: long})
	for _, between := range []func(){func() {}, first.stop, func() { first.start(t) }} {
		between()
		_, err := client.Sign(t.Context(), tls13Request())
		must(t, err)
	}
	toFirst, _ := first.asked()
	toSecond, _ := second.asked()
	if len(toFirst) != 1 || len(toSecond) != 2 {
		t.Errorf("%d and %d signatures, want 1 and 2", len(toFirst), len(toSecond))
	}
}

func TestDataLossIsTriedElsewhere(t *testing.T) {
	first, second := newFakeSigner(t), newFakeSigner(t)
	first.failNext(refusal(t, codes.DataLoss, ReasonSignatureCheckFailed))
	client := newClient(t, Options{Endpoints: []string{first.endpoint(), second.endpoint()}, Timeout: long})
	_, err := client.Sign(t.Context(), tls13Request())
	must(t, err)
}

func TestASignerThatHangsLeavesTimeForTheOther(t *testing.T) {
	first, second := newFakeSigner(t), newFakeSigner(t)
	first.hold()
	client := newClient(t, Options{Endpoints: []string{first.endpoint(), second.endpoint()}})
	_, err := client.Sign(t.Context(), tls13Request())
	must(t, err)
	signs, _ := first.asked()
	if left := signs[0].GetTimeLeftUs(); left > 1e6 {
		t.Errorf("the first had %d us of the call's 2 s", left)
	}
}

func TestASignerThatRestartsFailsNoCall(t *testing.T) {
	fake := newFakeSigner(t)
	client := fake.client(t)
	fake.stop()
	done := make(chan error, 1)
	go func() {
		_, err := client.Sign(t.Context(), tls13Request())
		done <- err
	}()
	fake.start(t)
	must(t, <-done)
}

func TestWithoutAnAnswerTheCallEndsAtItsDeadline(t *testing.T) {
	fake := newFakeSigner(t)
	fake.hold()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := fake.client(t).Sign(ctx, tls13Request())
	if !errors.Is(err, context.DeadlineExceeded) || status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v, want DeadlineExceeded", err)
	}
	<-fake.ended // the service is told: it does not go on with it
}

func TestACancelledContextCancelsTheCall(t *testing.T) {
	fake := newFakeSigner(t)
	fake.hold()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := fake.client(t).Sign(ctx, tls13Request())
		done <- err
	}()
	<-fake.signing
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	<-fake.ended
}

func TestNobodyThereIsUnavailableAndNamesTheSigner(t *testing.T) {
	fake := newFakeSigner(t)
	fake.stop()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := fake.client(t).Sign(ctx, tls13Request())
	if status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), fake.endpoint()) {
		t.Errorf("got %v, want Unavailable with the endpoint", err)
	}
}

func TestAnAnswerWithAnotherSchemeIsAnError(t *testing.T) {
	fake := newFakeSigner(t)
	fake.wrongScheme = true
	_, err := fake.client(t).Sign(t.Context(), tls13Request())
	want := "keyhold: signer " + fake.endpoint() + ": the service answered with another scheme than the one asked for"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestKeysAreListedPageByPage(t *testing.T) {
	keys, err := newFakeSigner(t).client(t).ListKeys(t.Context(), nil)
	must(t, err)
	if len(keys) != 2 || keys[1].GetId() != "second" {
		t.Errorf("got %v", keys)
	}
}

func TestUnusableOptionsAreRefusedWithWhatToDo(t *testing.T) {
	files := &TLSFiles{Certificate: "/none.crt", PrivateKey: "/none.key", CA: "/none-ca.crt"}
	for want, options := range map[string]Options{
		"keyhold: no endpoint is given": {},
		`keyhold: endpoint "localhost:7443" is reached over TLS: set Options.TLS`: {
			Endpoints: []string{"localhost:7443"}},
		"keyhold: cannot use /none.crt and /none.key: open /none.crt: no such file or directory": {
			Endpoints: []string{"localhost:7443"}, TLS: files},
		`keyhold: endpoint "localhost": expected HOST:PORT, an IPv6 address in brackets, or unix:PATH`: {
			Endpoints: []string{"localhost"}},
	} {
		if _, err := NewClient(options); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
