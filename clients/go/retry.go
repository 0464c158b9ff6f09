package keyhold

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"
)

const (
	firstPause   = 10 * time.Millisecond
	longestPause = 200 * time.Millisecond
)

// worthAnotherSigner: signing is safe to repeat. DataLoss: that signer's host is
// faulty, another may not be. The time of one try (not of the call) may have
// been spent on a signer that hangs.
func worthAnotherSigner(err *Error) bool {
	switch err.Code {
	case codes.Unavailable, codes.DataLoss, codes.DeadlineExceeded:
		return true
	}
	return false
}

// pauses grow by half from 10 ms to 200 ms, each pause spread by a fifth
// either way so that many callers do not come back in step.
type pauses struct{ base time.Duration }

func (b *pauses) next() time.Duration {
	if b.base == 0 {
		b.base = firstPause
	}
	pause := time.Duration(float64(b.base) * (0.8 + 0.4*rand.Float64()))
	b.base = min(b.base+b.base/2, longestPause)
	return pause
}

// sleep returns false if ctx ends first.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
