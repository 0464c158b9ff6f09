// Package keyhold uses TLS private keys that live on another machine: for each
// handshake it asks a Keyhold signer for the signature. To crypto/tls a remote
// key is a [crypto.Signer] like any other.
//
//	client, err := keyhold.NewClient(keyhold.Options{
//		Endpoints: []string{"signer.example.org:7443"},
//		TLS:       &keyhold.TLSFiles{Certificate: "client.crt", PrivateKey: "client.key", CA: "ca.crt"},
//	})
//	site, err := client.LoadCertificate("www.example.org.crt")
//	server := &http.Server{TLSConfig: &tls.Config{GetCertificate: site.GetCertificate}}
//	err = server.ListenAndServeTLS("", "")
//
// crypto/tls hands over whole messages ([crypto.MessageSigner]), which the
// package recognises and sends in structured form: the signer needs no rule that
// allows digests. What else is signed with the key (a certificate request, say)
// goes as a digest, which the signer refuses unless its policy allows it.
package keyhold

//go:generate ./generate.sh
