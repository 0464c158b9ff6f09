package keyhold

import (
	"context"
	"encoding/hex"
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A Reason is what the service says about a refusal, beside its gRPC code;
// docs/errors.md says what to do about each. It is an error so that
//
//	errors.Is(err, keyhold.ReasonKeyNotFound)
//
// works; the errors themselves are of type [*Error].
type Reason string

// The service's reasons.
const (
	ReasonNoClientIdentity     Reason = "NO_CLIENT_IDENTITY"
	ReasonUsageNotAllowed      Reason = "USAGE_NOT_ALLOWED"
	ReasonSchemeNotAllowed     Reason = "SCHEME_NOT_ALLOWED"
	ReasonServerNameNotAllowed Reason = "SERVER_NAME_NOT_ALLOWED"
	ReasonKeyNotFound          Reason = "KEY_NOT_FOUND"
	ReasonNoCommonScheme       Reason = "NO_COMMON_SCHEME"
	ReasonInvalidRequest       Reason = "INVALID_REQUEST"
	ReasonSchemeDoesNotFitKey  Reason = "SCHEME_DOES_NOT_FIT_KEY"
	ReasonInputNotAccepted     Reason = "INPUT_NOT_ACCEPTED"
	ReasonTooManyInFlight      Reason = "TOO_MANY_IN_FLIGHT"
	ReasonFrameTooLarge        Reason = "FRAME_TOO_LARGE"
	ReasonRateLimited          Reason = "RATE_LIMITED"
	ReasonDeadlinePassed       Reason = "DEADLINE_PASSED"
	ReasonDraining             Reason = "DRAINING"
	ReasonSignatureCheckFailed Reason = "SIGNATURE_CHECK_FAILED"
	ReasonSigningFailed        Reason = "SIGNING_FAILED"
)

func (r Reason) Error() string { return string(r) }

// An Error is a failure of the service, or a failure to reach it.
type Error struct {
	// Code is the gRPC code.
	Code codes.Code
	// Reason is the service's own. Empty if no service gave one: no signer
	// answered, or the fault is on this side.
	Reason Reason
	// Message is for people.
	Message string
	// Endpoint is the signer that was asked; empty for a fault on this side.
	Endpoint string
	// PolicyVersion is what the service was running under; nil if unknown.
	PolicyVersion []byte
}

func (e *Error) Error() string {
	text := "keyhold: "
	if e.Endpoint != "" {
		text += "signer " + e.Endpoint + ": "
	}
	text += e.Message
	if e.Reason != "" {
		text += " (" + string(e.Reason) + ")"
	}
	return text
}

// Is reports whether target is the error's Reason, or the context package's
// error for its code.
func (e *Error) Is(target error) bool {
	switch target {
	case context.DeadlineExceeded:
		return e.Code == codes.DeadlineExceeded
	case context.Canceled:
		return e.Code == codes.Canceled
	}
	reason, ok := target.(Reason)
	return ok && reason == e.Reason && reason != ""
}

// GRPCStatus lets [status.Code] see the code.
func (e *Error) GRPCStatus() *status.Status { return status.New(e.Code, e.Error()) }

func localError(code codes.Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// fromGRPC is what endpoint answered.
func fromGRPC(endpoint string, err error) *Error {
	answer := status.Convert(err)
	e := &Error{Code: answer.Code(), Message: answer.Message(), Endpoint: endpoint}
	for _, detail := range answer.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == "keyhold" {
			e.Reason = Reason(info.GetReason())
			// What is no hexadecimal number is no version.
			e.PolicyVersion, _ = hex.DecodeString(info.GetMetadata()["policy_version"])
			break
		}
	}
	return e
}
