//! rustls with a remote key, against the fake signer.

mod common;

use std::sync::Arc;

use common::{
    fake::{refusal, FakeSigner, P256},
    handshake::Handshake,
};
use keyhold::{proto::v1::sign_request::Input, ClientCertResolver, Role, SniResolver};
use rustls::{
    server::ResolvesServerCert,
    sign::SingleCertAndKey,
    version::{TLS12, TLS13},
    ProtocolVersion, SignatureScheme,
};
use tokio::io::{duplex, AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tonic::Code;

fn resolver(signer: &FakeSigner) -> Arc<dyn ResolvesServerCert> {
    let sites =
        SniResolver::new().with_site(&signer.client(), "WWW.example.test", signer.state.chain());
    Arc::new(sites.unwrap())
}

fn handshake(signer: &FakeSigner) -> Handshake<'static> {
    Handshake {
        version: &TLS13,
        name: "www.example.test",
        ca: signer.state.chain().remove(0),
        server: resolver(signer),
        client: None,
    }
}

#[test]
fn a_server_signs_tls13_in_structured_form_and_states_its_name() {
    let signer = FakeSigner::start();
    assert_eq!(handshake(&signer).run().unwrap(), ProtocolVersion::TLSv1_3);
    let asked = signer.state.asked();
    assert_eq!(asked.sign.len(), 1);
    assert_eq!(asked.sign[0].server_name, "www.example.test");
    assert_eq!(asked.sign[0].scheme, P256);
    assert_eq!(asked.sign[0].request_id.len(), 16);
    assert!(asked.sign[0].time_left_us.unwrap() > 0);
    assert!(matches!(
        asked.sign[0].input,
        Some(Input::Tls13CertificateVerify(_))
    ));
    assert_eq!(asked.choose[0].server_name, "www.example.test");
    assert_eq!(asked.choose[0].tls_version, 0x0304);
    assert_eq!(
        asked.choose[0].offered,
        [P256],
        "only what the key can make"
    );
}

#[test]
fn a_server_signs_tls12_in_structured_form() {
    let signer = FakeSigner::start();
    let mut handshake = handshake(&signer);
    handshake.version = &TLS12;
    assert_eq!(handshake.run().unwrap(), ProtocolVersion::TLSv1_2);
    let asked = signer.state.asked();
    assert!(matches!(
        asked.sign[0].input,
        Some(Input::Tls12ServerKeyExchange(_))
    ));
}

#[test]
fn a_client_certificate_signs_in_both_versions() {
    let signer = FakeSigner::start();
    for version in [&TLS13, &TLS12] {
        let certificates =
            ClientCertResolver::new().with_certificate(&signer.client(), signer.state.chain());
        let mut handshake = handshake(&signer);
        handshake.version = version;
        handshake.client = Some(Arc::new(certificates.unwrap()));
        handshake.run().unwrap();
    }
    let inputs: Vec<_> = signer
        .state
        .asked()
        .sign
        .into_iter()
        .filter_map(|r| r.input)
        .collect();
    assert!(matches!(inputs[1], Input::Tls13CertificateVerify(ref i) if i.role == 2));
    assert!(matches!(inputs[3], Input::Tls12CertificateVerify(_)));
}

#[test]
fn the_scheme_is_asked_for_once_a_policy() {
    let signer = FakeSigner::start();
    let handshake = handshake(&signer);
    for _ in 0..3 {
        handshake.run().unwrap();
    }
    assert_eq!(signer.state.asked().choose.len(), 1);
    signer.state.set_policy_version(&[2]);
    // The first signature tells of the change, the next handshake asks.
    handshake.run().unwrap();
    handshake.run().unwrap();
    handshake.run().unwrap();
    assert_eq!(signer.state.asked().choose.len(), 2);
}

#[test]
fn a_refused_signature_ends_the_handshake_with_the_services_reason() {
    let signer = FakeSigner::start();
    let handshake = handshake(&signer);
    handshake.run().unwrap();
    signer
        .state
        .fail_next([refusal(Code::PermissionDenied, "USAGE_NOT_ALLOWED")]);
    let error = handshake.run().unwrap_err();
    let refusal = keyhold::Error::find(&error).expect("the service's error is in it");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    assert_eq!(refusal.reason(), "USAGE_NOT_ALLOWED");
    let expected = format!("signer {}: as told (USAGE_NOT_ALLOWED)", signer.endpoint());
    assert_eq!(refusal.to_string(), expected);
}

#[test]
fn a_refused_choice_is_reported_at_the_signature() {
    let signer = FakeSigner::start();
    let denied = || refusal(Code::PermissionDenied, "SERVER_NAME_NOT_ALLOWED");
    // For TLS 1.3, and as rustls did not say that it is that, for TLS 1.2.
    signer.state.fail_next([denied(), denied()]);
    let error = handshake(&signer).run().unwrap_err();
    assert_eq!(
        keyhold::Error::find(&error).unwrap().reason(),
        "SERVER_NAME_NOT_ALLOWED"
    );
    assert!(signer.state.asked().sign.is_empty());
}

#[test]
fn a_key_that_may_only_sign_tls12_is_asked_for_that() {
    let signer = FakeSigner::start();
    signer
        .state
        .fail_next([refusal(Code::PermissionDenied, "USAGE_NOT_ALLOWED")]);
    let mut handshake = handshake(&signer);
    handshake.version = &TLS12;
    handshake.run().unwrap();
    let versions: Vec<_> = signer
        .state
        .asked()
        .choose
        .iter()
        .map(|c| c.tls_version)
        .collect();
    assert_eq!(versions, [0x0304, 0x0303]);
}

#[test]
fn nothing_in_common_is_no_signer_and_asks_nobody() {
    let signer = FakeSigner::start();
    let key = signer
        .client()
        .certified_key(Role::Server, signer.state.chain())
        .unwrap();
    let offered = [SignatureScheme::RSA_PSS_SHA256, SignatureScheme::ED25519];
    assert!(key.key.choose_scheme(&offered).is_none());
    assert!(signer.state.asked().choose.is_empty());
    key.keys_match().unwrap();
}

#[test]
fn a_message_that_is_not_tls_is_not_sent() {
    let signer = FakeSigner::start();
    let key = signer
        .client()
        .certified_key(Role::Server, signer.state.chain())
        .unwrap();
    let offered = [SignatureScheme::ECDSA_NISTP256_SHA256];
    let error = key
        .key
        .choose_scheme(&offered)
        .unwrap()
        .sign(b"a contract")
        .unwrap_err();
    let error = keyhold::Error::find(&error).unwrap();
    assert_eq!(
        error.to_string(),
        "this is nothing that a TLS server signs; only handshakes are signed"
    );
    assert!(signer.state.asked().sign.is_empty());
}

#[test]
fn the_resolver_finds_exact_names_wildcards_and_the_default() {
    let (www, wildcard, default) = (
        FakeSigner::start(),
        FakeSigner::start(),
        FakeSigner::start(),
    );
    let sites = SniResolver::new()
        .with_site(&www.client(), "www.example.test", www.state.chain())
        .and_then(|s| s.with_site(&wildcard.client(), "*.example.test", wildcard.state.chain()))
        .and_then(|s| s.with_site(&default.client(), "", default.state.chain()))
        .unwrap();
    let sites: Arc<dyn ResolvesServerCert> = Arc::new(sites);
    for (name, signer) in [
        ("www.example.test", &www),
        ("api.example.test", &wildcard),
        ("a.b.example.test", &default),
    ] {
        let handshake = Handshake {
            version: &TLS13,
            name,
            ca: signer.state.chain().remove(0),
            server: sites.clone(),
            client: None,
        };
        // The certificate's name need not be this one: it was signed by its key.
        let before = signer.state.asked().sign.len();
        let _ = handshake.run();
        assert_eq!(signer.state.asked().sign.len(), before + 1, "{name}");
    }
}

#[test]
fn of_two_keys_the_one_is_served_that_the_service_chooses() {
    let (refusing, good) = (FakeSigner::start(), FakeSigner::start());
    let no = || refusal(Code::FailedPrecondition, "NO_COMMON_SCHEME");
    refusing.state.fail_next([no(), no()]);
    let sites = SniResolver::new()
        .with_site(
            &refusing.client(),
            "www.example.test",
            refusing.state.chain(),
        )
        .and_then(|s| s.with_site(&good.client(), "www.example.test", good.state.chain()));
    let mut handshake = handshake(&good);
    handshake.server = Arc::new(sites.unwrap());
    handshake.run().unwrap();
}

/// A server and a client on the runtime that runs this.
async fn over_tokio(handshake: &Handshake<'_>) {
    let acceptor = TlsAcceptor::from(Arc::new(handshake.server_config()));
    let connector = TlsConnector::from(Arc::new(handshake.client_config()));
    let (near, far) = duplex(1 << 16);
    let server = tokio::spawn(async move {
        let mut tls = acceptor.accept(far).await.unwrap();
        tls.write_all(b"hello").await.unwrap();
        tls.shutdown().await.unwrap();
    });
    let name = handshake.name.to_owned().try_into().unwrap();
    let mut tls = connector.connect(name, near).await.unwrap();
    let mut text = String::new();
    tls.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "hello");
    server.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_handshake_that_waits_leaves_the_only_worker_to_others() {
    let signer = FakeSigner::start();
    signer.state.hold();
    let waiting = handshake(&signer);
    let handshake = tokio::spawn(async move { over_tokio(&waiting).await });
    signer.state.wait_until_signing(1).await;
    assert_eq!(tokio::spawn(async { 42 }).await.unwrap(), 42);
    assert!(!handshake.is_finished());
    signer.state.release();
    handshake.await.unwrap();
}

#[tokio::test]
async fn a_current_thread_runtime_waits_but_does_not_deadlock() {
    over_tokio(&handshake(&FakeSigner::start())).await;
}

#[tokio::test]
async fn a_scheme_that_was_prepared_is_not_asked_for_again() {
    let signer = FakeSigner::start();
    let key = signer
        .client()
        .signing_key(Role::Server, &signer.state.chain())
        .unwrap();
    let offered = [SignatureScheme::ECDSA_NISTP256_SHA256];
    assert_eq!(key.prepare(&offered).await.unwrap(), offered[0]);
    let server = rustls::sign::CertifiedKey::new(signer.state.chain(), Arc::new(key));
    let mut handshake = handshake(&signer);
    handshake.server = Arc::new(SingleCertAndKey::from(server));
    handshake.run().unwrap();
    assert_eq!(signer.state.asked().choose.len(), 1);
}
