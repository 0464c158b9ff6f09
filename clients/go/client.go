package keyhold

import (
	"context"
	"crypto/rand"
	"slices"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/proto"

	"keyhold.example/keyhold/signerpb"
)

// A Client of the signer service. It is safe for concurrent use.
//
// While the service is away or draining, a call is tried again on every endpoint
// until its time is up: signing is safe to repeat.
//
// Errors are of type [*Error]. Without a reason in them: Unavailable, no signer
// could be reached; DeadlineExceeded, none answered in time.
type Client struct {
	signers []*signer
	// preferred is the index of the signer that answered last.
	preferred atomic.Int64
	timeout   time.Duration
	onError   func(error)
}

// signer is one endpoint.
type signer struct {
	endpoint      string
	conn          *grpc.ClientConn
	stub          signerpb.SignerClient
	policyVersion atomic.Pointer[string]
}

// NewClient checks the options and the TLS files; it makes no connection, so it
// works while the service is down.
//
// InvalidArgument: an endpoint that is none, or no TLS files where they are
// needed. FailedPrecondition: a file, which is named, is unusable.
func NewClient(options Options) (*Client, error) {
	if len(options.Endpoints) == 0 {
		return nil, localError(codes.InvalidArgument, "no endpoint is given")
	}
	transport := credentials.TransportCredentials(insecure.NewCredentials())
	if options.TLS != nil {
		reloading, err := newReloading(*options.TLS)
		if err != nil {
			return nil, err
		}
		transport = reloading
	}
	client := &Client{timeout: options.Timeout, onError: options.OnError}
	if client.timeout <= 0 {
		client.timeout = defaultTimeout
	}
	for _, endpoint := range options.Endpoints {
		signer, err := newSigner(endpoint, options.TLS, transport)
		if err != nil {
			client.Close()
			return nil, err
		}
		client.signers = append(client.signers, signer)
	}
	return client, nil
}

func newSigner(endpoint string, files *TLSFiles, transport credentials.TransportCredentials) (*signer, error) {
	target, err := target(endpoint, files)
	if err != nil {
		return nil, err
	}
	if target == endpoint { // a UNIX socket
		transport = insecure.NewCredentials()
	}
	conn, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(transport),
		grpc.WithNoProxy(),
		grpc.WithDisableServiceConfig(),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: 50 * time.Millisecond, Multiplier: 1.5, Jitter: 0.2, MaxDelay: time.Second,
			},
			MinConnectTimeout: 3 * time.Second,
		}),
		// The service accepts pings every 15 s and rarer.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: 30 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true,
		}))
	if err != nil {
		return nil, localError(codes.InvalidArgument, "endpoint %q: %v", endpoint, err)
	}
	return &signer{endpoint: endpoint, conn: conn, stub: signerpb.NewSignerClient(conn)}, nil
}

// Close ends the connections; calls under way fail with Canceled.
func (c *Client) Close() error {
	for _, signer := range c.signers {
		if err := signer.conn.Close(); err != nil {
			return err
		}
	}
	return nil
}

// ListKeys returns all keys that the request asks for, page by page; nil asks
// for all that this client may know of.
func (c *Client) ListKeys(ctx context.Context, request *signerpb.ListKeysRequest) ([]*signerpb.Key, error) {
	if request = proto.CloneOf(request); request == nil {
		request = &signerpb.ListKeysRequest{}
	}
	var keys []*signerpb.Key
	for {
		page, err := call(ctx, c, request, signerpb.SignerClient.ListKeys)
		if err != nil {
			return nil, err
		}
		keys = append(keys, page.GetKeys()...)
		if page.GetNextPageToken() == "" {
			return keys, nil
		}
		request.PageToken = page.GetNextPageToken()
	}
}

// GetKey returns the keys that the selector names: at least one, else NotFound.
func (c *Client) GetKey(ctx context.Context, selector *signerpb.KeySelector) ([]*signerpb.Key, error) {
	answer, err := call(ctx, c, &signerpb.GetKeyRequest{Selector: selector}, signerpb.SignerClient.GetKey)
	return answer.GetKeys(), err
}

// ChooseScheme asks which of the offered schemes the service would sign with.
// The answer is not kept: [Certificate] does that.
func (c *Client) ChooseScheme(ctx context.Context, request *signerpb.ChooseSchemeRequest) (*signerpb.ChooseSchemeResponse, error) {
	answer, err := call(ctx, c, request, signerpb.SignerClient.ChooseScheme)
	if err == nil && !slices.Contains(request.GetOffered(), answer.GetScheme()) {
		return nil, c.badAnswer("a scheme that was not offered")
	}
	return answer, err
}

// Sign makes one signature over whatever input the request has, for what
// crypto/tls does not do. It fills in TimeLeftUs, and RequestId if that is empty.
func (c *Client) Sign(ctx context.Context, request *signerpb.SignRequest) (*signerpb.SignResponse, error) {
	request = proto.CloneOf(request)
	if len(request.GetRequestId()) == 0 {
		request.RequestId = make([]byte, 16)
		rand.Read(request.RequestId)
	}
	answer, err := call(ctx, c, request, sign)
	if err != nil {
		return nil, err
	}
	if len(answer.GetSignature()) == 0 && len(answer.GetSignedObject()) == 0 {
		return nil, c.badAnswer("no signature")
	}
	if answer.GetScheme() != request.GetScheme() && !slices.Contains(request.GetOfferedSchemes(), answer.GetScheme()) {
		return nil, c.badAnswer("another scheme than the one asked for")
	}
	return answer, nil
}

func sign(stub signerpb.SignerClient, ctx context.Context, request *signerpb.SignRequest, options ...grpc.CallOption) (*signerpb.SignResponse, error) {
	deadline, _ := ctx.Deadline() // each try has one
	request.TimeLeftUs = proto.Uint64(uint64(max(time.Until(deadline).Microseconds(), 0)))
	return stub.Sign(ctx, request, options...)
}

func (c *Client) badAnswer(what string) *Error {
	return &Error{
		Code: codes.Internal, Message: "the service answered with " + what, Endpoint: c.last().endpoint,
	}
}

func (c *Client) last() *signer { return c.signers[c.preferred.Load()] }

// policyVersion is what the service stated last; empty before its first answer.
func (c *Client) policyVersion() string {
	if version := c.last().policyVersion.Load(); version != nil {
		return *version
	}
	return ""
}

func (s *signer) heard(policyVersion []byte) {
	last := s.policyVersion.Load()
	if len(policyVersion) > 0 && (last == nil || *last != string(policyVersion)) {
		version := string(policyVersion)
		s.policyVersion.Store(&version)
	}
}
