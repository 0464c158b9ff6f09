package keyhold

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"keyhold.example/keyhold/signerpb"
)

type answer interface {
	comparable
	GetPolicyVersion() []byte
}

type method[Q any, A answer] func(signerpb.SignerClient, context.Context, Q, ...grpc.CallOption) (A, error)

// call repeats the request until it is answered, or its time is up.
func call[Q any, A answer](ctx context.Context, c *Client, request Q, method method[Q, A]) (A, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var pauses pauses
	var away *Error
	var none A
	for {
		answer, err := round(ctx, c, request, method)
		switch {
		case err == nil:
			return answer, nil
		case err.Code == codes.Unavailable:
			away = err
		case err.Code == codes.DeadlineExceeded && away != nil:
			// The last try may have had next to no time: why there was so
			// little says more.
			return none, away
		default:
			return none, err
		}
		if !sleep(ctx, pauses.next()) {
			return none, away
		}
	}
}

// round tries each signer once, beginning with the one that answered last.
func round[Q any, A answer](ctx context.Context, c *Client, request Q, method method[Q, A]) (A, *Error) {
	var none A
	var failure *Error
	first := int(c.preferred.Load())
	for tried := range c.signers {
		index := (first + tried) % len(c.signers)
		answer, err := ask(ctx, c.signers[index], len(c.signers)-tried, request, method)
		if err == nil {
			if index != first {
				c.preferred.Store(int64(index))
			}
			return answer, nil
		}
		failure = err
		if !worthAnotherSigner(err) || ctx.Err() != nil {
			break
		}
	}
	return none, failure
}

// ask tries one signer, with its share of the time: one that hangs leaves time
// for the others.
func ask[Q any, A answer](ctx context.Context, s *signer, shares int, request Q, method method[Q, A]) (A, *Error) {
	if shares > 1 {
		deadline, _ := ctx.Deadline() // call set one
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/time.Duration(shares))
		defer cancel()
	}
	answer, err := method(s.stub, ctx, request)
	if err != nil {
		failure := fromGRPC(s.endpoint, err)
		s.heard(failure.PolicyVersion)
		var none A
		return none, failure
	}
	s.heard(answer.GetPolicyVersion())
	return answer, nil
}
