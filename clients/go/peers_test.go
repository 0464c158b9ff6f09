package keyhold

import (
	"bufio"
	"crypto/tls"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A process that a test started; it ends with the test.
func start(t *testing.T, command *exec.Cmd) *bufio.Reader {
	t.Helper()
	output, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	return bufio.NewReader(output)
}

func lineWith(t *testing.T, output *bufio.Reader, prefix string) string {
	t.Helper()
	for {
		line, err := output.ReadString('\n')
		must(t, err)
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return strings.TrimSpace(rest)
		}
	}
}

func TestOpenSSLAcceptsAClientCertificate(t *testing.T) {
	signer := startRealSigner(t)
	client := newClient(t, signer.options())
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		server := exec.Command("openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-Verify", "1",
			"-verify_return_error", "-rev", "-CAfile", signer.file("app/site-ca.crt"),
			"-cert", signer.file("signer/keys/ecdsa.example.test.crt"),
			"-key", signer.file("signer/keys/ecdsa.example.test.key"))
		address := lineWith(t, start(t, server), "ACCEPT ")
		conn, err := tls.Dial("tcp", address, &tls.Config{
			RootCAs: signer.siteCA(t), ServerName: "ecdsa.example.test", MinVersion: version, MaxVersion: version,
			GetClientCertificate: signer.certificate(t, client, "client.crt").GetClientCertificate,
		})
		must(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, "olleh\n")
		must(t, err)
		answer, err := bufio.NewReader(conn).ReadString('\n')
		must(t, err)
		if answer != "hello\n" {
			t.Errorf("got %q", answer)
		}
	}
}

// The example of README.md, as it stands there.
func TestTheExampleOfTheReadmeServesCurlAndOpenSSL(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	must(t, err)
	_, rest, _ := strings.Cut(string(readme), "```go\n")
	example, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("README.md has no example")
	}
	folder := t.TempDir()
	source, binary := filepath.Join(folder, "main.go"), filepath.Join(folder, "example")
	must(t, os.WriteFile(source, []byte(example), 0o600))
	// From here, so that the module is found.
	if output, err := exec.Command("go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}

	signer := startRealSigner(t)
	server := exec.Command(binary)
	server.Dir = signer.folder
	server.Env = append(os.Environ(), "KEYHOLD_SIGNER="+signer.endpoint())
	address := lineWith(t, start(t, server), "listening on ")
	ca := signer.file("app/site-ca.crt")
	for _, name := range []string{"ecdsa.example.test", "rsa.example.test"} {
		for _, version := range []string{"1.2", "1.3"} {
			page, err := exec.Command("curl", "--silent", "--show-error", "--tls-max", version, "--connect-to",
				"::"+address, "--cacert", ca, "https://"+name+"/").CombinedOutput()
			if err != nil || string(page) != "Hello. My key is somewhere else.\n" {
				t.Errorf("%s, TLS %s: %v, %q", name, version, err, page)
			}
		}
		seen, err := exec.Command("openssl", "s_client", "-connect", address, "-servername", name, "-CAfile", ca,
			"-verify_hostname", name, "-verify_return_error").CombinedOutput()
		if err != nil || !strings.Contains(string(seen), "Verification: OK") {
			t.Errorf("%s: %v\n%s", name, err, seen)
		}
	}
}
