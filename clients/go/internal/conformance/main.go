// Conformance answers the commands of tests/clients (its README says which), one
// JSON object a line: conformance ENV.json.
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"

	"keyhold.example/keyhold"
	"keyhold.example/keyhold/signerpb"
)

type command struct {
	N          int      `json:"n"`
	Op         string   `json:"op"`
	Identity   string   `json:"identity"`
	Endpoints  []string `json:"endpoints"`
	TimeoutMS  int      `json:"timeout_ms"`
	SPKISHA256 string   `json:"spki_sha256"`
	Role       string   `json:"role"`
	TLSVersion string   `json:"tls_version"`
	ServerName string   `json:"server_name"`
	Scheme     uint32   `json:"scheme"`
	Offered    []uint32 `json:"offered"`
	// Of sign.
	OfferedSchemes []uint32 `json:"offered_schemes"`
	Input          input    `json:"input"`
	// Of tls_server and tls_client.
	Port        int      `json:"port"`
	Certificate string   `json:"certificate"`
	Versions    []string `json:"versions"`
	CA          string   `json:"ca"`
	ClientCA    string   `json:"client_ca"`
	// Of bench.
	InFlight int     `json:"in_flight"`
	Seconds  float64 `json:"seconds"`
}

type answer map[string]any

// unsupported is what this language cannot do, in the words of
// tests/clients/cases.json.
type unsupported string

func (u unsupported) Error() string { return string(u) }

type identity struct {
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"private_key"`
	CA          string `json:"ca"`
}

type program struct {
	identities map[string]identity
	// One for each identity and list of endpoints, for the program's life.
	clients map[string]*client
	servers map[int]*server
}

// client is a Keyhold client, and where its keys' errors go.
type client struct {
	*keyhold.Client
	mu      sync.Mutex
	refused []error
}

func (c *client) hear(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = append(c.refused, err)
}

// heard returns what was refused since it was called last.
func (c *client) heard() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	refused := c.refused
	c.refused = nil
	return refused
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return errors.New("usage: conformance ENV.json")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	var environment struct {
		Identities map[string]identity `json:"identities"`
	}
	if err := json.Unmarshal(text, &environment); err != nil {
		return err
	}
	p := &program{environment.Identities, map[string]*client{}, map[int]*server{}}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(answer{"client": "go"}); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var command command
		if err := json.Unmarshal(lines.Bytes(), &command); err != nil {
			return err
		}
		result, err := p.answer(&command)
		if err != nil {
			result = failure(err)
		} else {
			result["ok"] = true
		}
		result["n"] = command.N
		if err := out.Encode(result); err != nil {
			return err
		}
	}
	return lines.Err()
}

func failure(err error) answer {
	var word unsupported
	if errors.As(err, &word) {
		return answer{"unsupported": string(word), "message": "crypto/tls has none"}
	}
	var refusal *keyhold.Error
	if errors.As(err, &refusal) {
		return answer{"ok": false, "status": codeName(refusal.Code), "reason": refusal.Reason, "message": err.Error()}
	}
	return answer{"ok": false, "status": "TLS", "reason": "", "message": err.Error()}
}

// codeName is gRPC's own spelling: PERMISSION_DENIED.
func codeName(code codes.Code) string {
	name := code.String()
	if name == strings.ToUpper(name) {
		return name
	}
	var spelt strings.Builder
	for i, letter := range name {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			spelt.WriteByte('_')
		}
		spelt.WriteRune(letter)
	}
	if code == codes.Canceled {
		return "CANCELLED"
	}
	return strings.ToUpper(spelt.String())
}

func (p *program) answer(command *command) (answer, error) {
	if command.Op == "stop" {
		return p.stop(command)
	}
	client, err := p.client(command)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(command.TimeoutMS)*time.Millisecond)
	defer cancel()
	switch command.Op {
	case "list_keys":
		return listKeys(ctx, client)
	case "choose":
		return choose(ctx, client, command)
	case "sign":
		return sign(ctx, client, command)
	case "tls_server":
		return p.serve(client, command)
	case "tls_client":
		return fetch(ctx, client, command)
	case "bench":
		return bench(client, command)
	}
	return nil, unsupported("no-such-op")
}

func (p *program) client(command *command) (*client, error) {
	name := fmt.Sprint(command.Identity, command.Endpoints)
	if known, ok := p.clients[name]; ok {
		return known, nil
	}
	made := &client{}
	files := p.identities[command.Identity]
	var err error
	made.Client, err = keyhold.NewClient(keyhold.Options{
		Endpoints: command.Endpoints,
		TLS:       &keyhold.TLSFiles{Certificate: files.Certificate, PrivateKey: files.PrivateKey, CA: files.CA},
		// Contexts end the calls.
		Timeout: time.Minute,
		OnError: made.hear,
	})
	if err != nil {
		return nil, err
	}
	p.clients[name] = made
	return made, nil
}

func listKeys(ctx context.Context, client *client) (answer, error) {
	found, err := client.ListKeys(ctx, &signerpb.ListKeysRequest{PageSize: 3})
	if err != nil {
		return nil, err
	}
	keys := []answer{}
	for _, key := range found {
		keys = append(keys, answer{
			"id": key.GetId(), "label": key.GetLabel(),
			"type":        strings.TrimPrefix(key.GetType().String(), "KEY_TYPE_"),
			"spki_sha256": hex.EncodeToString(key.GetSpkiSha256()),
			"schemes":     key.GetSchemes(), "server_names": key.GetServerNames(),
		})
	}
	return answer{"keys": keys}, nil
}

func choose(ctx context.Context, client *client, command *command) (answer, error) {
	version := signerpb.TlsVersion_TLS_VERSION_1_3
	if command.TLSVersion == "1.2" {
		version = signerpb.TlsVersion_TLS_VERSION_1_2
	}
	chosen, err := client.ChooseScheme(ctx, &signerpb.ChooseSchemeRequest{
		SpkiSha256: unhex(command.SPKISHA256), Role: role(command.Role), TlsVersion: version,
		ServerName: command.ServerName, Offered: command.Offered,
	})
	return answer{"scheme": chosen.GetScheme()}, err
}

func sign(ctx context.Context, client *client, command *command) (answer, error) {
	request := &signerpb.SignRequest{
		SpkiSha256: unhex(command.SPKISHA256), Scheme: command.Scheme,
		OfferedSchemes: command.OfferedSchemes, ServerName: command.ServerName,
	}
	command.Input.set(request)
	made, err := client.Sign(ctx, request)
	return answer{
		"scheme": made.GetScheme(), "signature": hex.EncodeToString(made.GetSignature()),
		"signed_object": hex.EncodeToString(made.GetSignedObject()),
	}, err
}

func bench(client *client, command *command) (answer, error) {
	begin := time.Now()
	end := begin.Add(time.Duration(command.Seconds * float64(time.Second)))
	var count, serial atomic.Int64
	failures := make(chan error, command.InFlight)
	for range command.InFlight {
		go func() { failures <- signUntil(end, client, command, &count, &serial) }()
	}
	var err error
	for range command.InFlight {
		err = errors.Join(err, <-failures)
	}
	return answer{"count": count.Load(), "seconds": time.Since(begin).Seconds()}, err
}

func signUntil(end time.Time, client *client, command *command, count, serial *atomic.Int64) error {
	for time.Now().Before(end) {
		transcript := fmt.Appendf(nil, "%032d", serial.Add(1))
		_, err := client.Sign(context.Background(), &signerpb.SignRequest{
			SpkiSha256: unhex(command.SPKISHA256), Scheme: command.Scheme,
			Input: &signerpb.SignRequest_Tls13CertificateVerify{
				Tls13CertificateVerify: &signerpb.Tls13CertificateVerify{
					Role: signerpb.Role_ROLE_SERVER, TranscriptHash: transcript,
				},
			},
		})
		if err != nil {
			return err
		}
		count.Add(1)
	}
	return nil
}
