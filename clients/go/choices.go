package keyhold

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"keyhold.example/keyhold/signerpb"
)

const (
	maxChoices = 4096
	// A key that is only ever refused brings no signature by which a change of
	// policy would show.
	refusalLifetime = time.Second
)

// choices remembers which scheme the service chose for one key, so that a
// handshake costs one remote call (the signature) and not two. Full, it begins
// anew: the questions of one policy are few.
type choices struct {
	client *Client
	// asking is held while the service is asked, so that handshakes that begin
	// together ask once.
	asking chan struct{}

	mu    sync.Mutex
	known map[question]choice
}

// question has nothing in it raw from a stranger: a peer that permutes its list
// or adds GREASE asks the same question again.
type question struct {
	policyVersion string
	request       string
}

type choice struct {
	scheme uint32
	err    error
	since  time.Time
}

func newChoices(client *Client) *choices {
	return &choices{client: client, asking: make(chan struct{}, 1), known: map[question]choice{}}
}

// choose asks the service, if its answer is not known.
func (c *choices) choose(ctx context.Context, request *signerpb.ChooseSchemeRequest) (uint32, error) {
	if known, ok := c.get(request); ok {
		return known.scheme, known.err
	}
	ctx, cancel := context.WithTimeout(ctx, c.client.timeout)
	defer cancel()
	select {
	case c.asking <- struct{}{}:
		defer func() { <-c.asking }()
	case <-ctx.Done():
		return 0, localError(codes.DeadlineExceeded, "the service has not said in time which scheme to sign with")
	}
	if known, ok := c.get(request); ok {
		return known.scheme, known.err
	}
	answer, err := c.client.ChooseScheme(ctx, request)
	if err == nil || isRefusal(err) {
		c.keep(request, choice{answer.GetScheme(), err, time.Now()})
	}
	return answer.GetScheme(), err
}

func (c *choices) question(request *signerpb.ChooseSchemeRequest) question {
	return question{c.client.policyVersion(), fmt.Sprint(request.GetRole(), request.GetTlsVersion(),
		request.GetOffered(), request.GetServerName())}
}

func (c *choices) get(request *signerpb.ChooseSchemeRequest) (choice, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.known[c.question(request)]
	return known, ok && (known.err == nil || time.Since(known.since) < refusalLifetime)
}

func (c *choices) keep(request *signerpb.ChooseSchemeRequest, choice choice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxChoices {
		clear(c.known)
	}
	c.known[c.question(request)] = choice
}

// forget: the service refused a scheme that it had chosen.
func (c *choices) forget(scheme uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for question, choice := range c.known {
		if choice.scheme == scheme {
			delete(c.known, question)
		}
	}
}

func isRefusal(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Code == codes.FailedPrecondition || e.Code == codes.PermissionDenied)
}
