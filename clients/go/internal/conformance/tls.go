package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"keyhold.example/keyhold"
)

type server struct {
	net.Listener
	client *client
}

var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// config has the versions of the command and the certificate, if it names one.
func config(client *client, command *command) (*tls.Config, *keyhold.Certificate, error) {
	config := &tls.Config{MinVersion: versions[command.Versions[0]]}
	config.MaxVersion = versions[command.Versions[len(command.Versions)-1]]
	if command.Certificate == "" {
		return config, nil, nil
	}
	certificate, err := client.LoadCertificate(command.Certificate)
	if err != nil {
		if word := limit(command.Certificate); word != "" {
			return nil, nil, word
		}
	}
	return config, certificate, err
}

// limit is what crypto/tls cannot do with this certificate.
func limit(file string) unsupported {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return ""
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return ""
	}
	// Object identifiers, DER.
	switch spki := leaf.RawSubjectPublicKeyInfo; {
	case bytes.Contains(spki, []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a}):
		return "no-rsa-pss-key"
	case bytes.Contains(spki, []byte{0x06, 0x03, 0x2b, 0x65, 0x71}):
		return "no-ed448"
	}
	return ""
}

func pool(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	return pool, nil
}

func (p *program) serve(client *client, command *command) (answer, error) {
	config, certificate, err := config(client, command)
	if err != nil {
		return nil, err
	}
	config.GetCertificate = certificate.GetCertificate
	if command.ClientCA != "" {
		if config.ClientCAs, err = pool(command.ClientCA); err != nil {
			return nil, err
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	client.heard()
	p.servers[port] = &server{listener, client}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go greet(tls.Server(conn, config))
		}
	}()
	return answer{"port": port}, nil
}

func greet(conn *tls.Conn) {
	defer conn.Close()
	// What the key refuses is heard by the client; other failures are the
	// peer's.
	if _, err := bufio.NewReader(conn).ReadString('\n'); err == nil {
		io.WriteString(conn, "HTTP/1.0 200 OK\r\n\r\nhello from go\n")
	}
}

func (p *program) stop(command *command) (answer, error) {
	server, ok := p.servers[command.Port]
	if !ok {
		return nil, errors.New("no such server")
	}
	delete(p.servers, command.Port)
	told := []answer{}
	for _, err := range server.client.heard() {
		told = append(told, failure(err))
	}
	return answer{"errors": told}, server.Close()
}

func fetch(ctx context.Context, client *client, command *command) (answer, error) {
	config, certificate, err := config(client, command)
	if err != nil {
		return nil, err
	}
	if certificate != nil {
		config.GetClientCertificate = certificate.GetClientCertificate
	}
	if config.RootCAs, err = pool(command.CA); err != nil {
		return nil, err
	}
	config.ServerName = command.ServerName
	client.heard()
	dialer := tls.Dialer{Config: config}
	conn, err := dialer.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", command.Port))
	if err != nil {
		return nil, errors.Join(append(client.heard(), err)...)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return nil, err
	}
	received, err := io.ReadAll(conn)
	return answer{"received": string(received)}, err
}
