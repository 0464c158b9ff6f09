//! Handshakes whose signatures come from the real keyhold-signer.

mod common;

use std::sync::Arc;

use common::{handshake::Handshake, real::RealSigner};
use keyhold::{
    proto::v1::{self, sign_request::Input},
    Client, ClientCertResolver, Error, SniResolver,
};
use rustls::{
    version::{TLS12, TLS13},
    SupportedProtocolVersion,
};
use tonic::Code;

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];

fn site(signer: &RealSigner, client: &Client, name: &str) -> Arc<SniResolver> {
    let chain = signer.chain(&format!("sites/{name}.crt"));
    Arc::new(SniResolver::new().with_site(client, name, chain).unwrap())
}

/// What rustls's own provider can verify; the others meet openssl in
/// tests/openssl.rs.
const SITES: [&str; 4] = [
    "rsa.example.test:rsa",
    "p256.example.test:p256",
    "p384.example.test:p384",
    "ed25519.example.test:ed25519",
];

#[test]
fn servers_of_each_key_type_in_both_versions() {
    let signer = RealSigner::start(&SITES);
    let client = signer.client();
    for name in SITES.map(|site| site.split_once(':').unwrap().0) {
        for version in VERSIONS {
            let handshake = Handshake {
                version,
                name,
                ca: signer.site_ca(),
                server: site(&signer, &client, name),
                client: None,
            };
            let done = handshake.run();
            assert_eq!(done, Ok(version.version), "{name}");
        }
    }
}

#[test]
fn a_server_and_a_client_certificate_both_remote() {
    let signer = RealSigner::start(&[]);
    let client = signer.client();
    for version in VERSIONS {
        let certificates =
            ClientCertResolver::new().with_certificate(&client, signer.chain("client.crt"));
        let handshake = Handshake {
            version,
            name: "ecdsa.example.test",
            ca: signer.site_ca(),
            server: site(&signer, &client, "ecdsa.example.test"),
            client: Some(Arc::new(certificates.unwrap())),
        };
        assert_eq!(handshake.run(), Ok(version.version));
    }
}

/// The certificate is a server's; policy says so of its key.
#[test]
fn a_servers_key_signs_for_no_client() {
    let signer = RealSigner::start(&[]);
    let client = signer.client();
    let certificates = ClientCertResolver::new()
        .with_certificate(&client, signer.chain("sites/ecdsa.example.test.crt"));
    let handshake = Handshake {
        version: &TLS13,
        name: "ecdsa.example.test",
        ca: signer.site_ca(),
        server: site(&signer, &client, "ecdsa.example.test"),
        client: Some(Arc::new(certificates.unwrap())),
    };
    let error = handshake.run().unwrap_err();
    let refusal = Error::find(&error).expect("the service's reason");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    assert_eq!(refusal.reason(), "USAGE_NOT_ALLOWED");
}

fn digest(spki_sha256: Vec<u8>) -> v1::SignRequest {
    v1::SignRequest {
        spki_sha256,
        scheme: 0x0403,
        input: Some(Input::Digest(v1::Digest {
            hash: v1::Hash::Sha256.into(),
            value: vec![0; 32],
        })),
        ..Default::default()
    }
}

#[tokio::test]
async fn refusals_keep_their_reason() {
    let signer = RealSigner::start(&[]);
    let client = signer.client();
    let by_id = v1::KeySelector {
        by: Some(v1::key_selector::By::Id("ecdsa.example.test".into())),
    };
    let key = client.get_key(by_id).await.unwrap().remove(0);
    let error = client.sign(digest(key.spki_sha256)).await.unwrap_err();
    assert_eq!(
        (error.code(), error.reason()),
        (Code::PermissionDenied, "USAGE_NOT_ALLOWED")
    );
    assert_eq!(error.policy_version().len(), 16);
    let error = client.sign(digest(vec![0; 32])).await.unwrap_err();
    assert_eq!(
        (error.code(), error.reason()),
        (Code::NotFound, "KEY_NOT_FOUND")
    );
}

#[tokio::test]
async fn renewed_transport_files_are_used_for_the_next_connection() {
    let mut signer = RealSigner::start(&[]);
    let client = signer.client();
    assert_eq!(client.list_keys(Default::default()).await.unwrap().len(), 4);
    signer.stop();
    // Other CAs and certificates, at the same paths.
    signer.init(&[]);
    signer.run();
    assert_eq!(client.list_keys(Default::default()).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_refused_client_certificate_says_so() {
    let signer = RealSigner::start(&[]);
    let stranger = RealSigner::start(&[]);
    let mut options = stranger
        .options()
        .timeout(std::time::Duration::from_millis(500));
    options.endpoints = vec![signer.endpoint()];
    options.tls.as_mut().unwrap().ca = signer.path("app/signer-ca.crt");
    let error = Client::new(options)
        .unwrap()
        .list_keys(Default::default())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(error.reason(), "");
    let asked = format!("signer {}: ", signer.endpoint());
    assert!(error.to_string().starts_with(&asked), "{error}");
}
