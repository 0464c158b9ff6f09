//! The client's calls, against fake signers with faults.

mod common;

use std::time::Duration;

use common::fake::{options, refusal, FakeSigner};
use keyhold::{
    proto::v1::{self, sign_request::Input},
    Client, ClientOptions, Error, TlsFiles,
};
use tonic::{Code, Status};

fn request() -> v1::SignRequest {
    v1::SignRequest {
        scheme: common::fake::P256,
        input: Some(Input::Tls13CertificateVerify(v1::Tls13CertificateVerify {
            role: v1::Role::Server.into(),
            transcript_hash: vec![0; 32],
        })),
        ..Default::default()
    }
}

fn away() -> Status {
    refusal(Code::Unavailable, "DRAINING")
}

#[tokio::test]
async fn unavailable_is_tried_again_with_the_same_request_id() {
    let signer = FakeSigner::start();
    signer.state.fail_next([away(), away()]);
    signer.client().sign(request()).await.unwrap();
    let asked = signer.state.asked().sign;
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].request_id, asked[2].request_id);
    assert!(asked[0].time_left_us > asked[2].time_left_us);
}

#[tokio::test]
async fn other_refusals_are_final() {
    let signer = FakeSigner::start();
    for (code, reason) in [
        (Code::NotFound, "KEY_NOT_FOUND"),
        (Code::InvalidArgument, "INVALID_REQUEST"),
        (Code::ResourceExhausted, "TOO_MANY_IN_FLIGHT"),
        (Code::DataLoss, "SIGNATURE_CHECK_FAILED"),
        (Code::Internal, "SIGNING_FAILED"),
    ] {
        signer.state.fail_next([refusal(code, reason)]);
        let before = signer.state.asked().sign.len();
        let error = signer.client().sign(request()).await.unwrap_err();
        assert_eq!((error.code(), error.reason()), (code, reason));
        assert_eq!(error.policy_version(), [0x0a, 0x0b]);
        assert_eq!(signer.state.asked().sign.len(), before + 1);
    }
}

#[tokio::test]
async fn a_signer_that_is_away_is_passed_over_and_not_asked_first_again() {
    let (mut first, second) = (FakeSigner::start(), FakeSigner::start());
    let client = Client::new(options([first.endpoint(), second.endpoint()])).unwrap();
    client.sign(request()).await.unwrap();
    first.stop();
    client.sign(request()).await.unwrap();
    first.restart();
    client.sign(request()).await.unwrap();
    assert_eq!(first.state.asked().sign.len(), 1);
    assert_eq!(second.state.asked().sign.len(), 2);
}

#[tokio::test]
async fn data_loss_is_tried_elsewhere() {
    let (first, second) = (FakeSigner::start(), FakeSigner::start());
    first
        .state
        .fail_next([refusal(Code::DataLoss, "SIGNATURE_CHECK_FAILED")]);
    let client = Client::new(options([first.endpoint(), second.endpoint()])).unwrap();
    client.sign(request()).await.unwrap();
    assert_eq!(second.state.asked().sign.len(), 1);
}

#[tokio::test]
async fn a_signer_that_hangs_leaves_time_for_the_other() {
    let (first, second) = (FakeSigner::start(), FakeSigner::start());
    first.state.hold();
    let options = options([first.endpoint(), second.endpoint()]).timeout(Duration::from_secs(2));
    let client = Client::new(options).unwrap();
    client.sign(request()).await.unwrap();
    let left = first.state.asked().sign[0].time_left_us.unwrap();
    assert!(left <= 1_000_000, "half of the call's time, not {left}");
}

#[tokio::test]
async fn a_signer_that_restarts_fails_no_call() {
    let mut signer = FakeSigner::start();
    let client = signer.client();
    signer.stop();
    let call = tokio::spawn(async move { client.sign(request()).await });
    tokio::task::yield_now().await;
    signer.restart();
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn without_an_answer_the_call_ends_at_its_deadline() {
    let signer = FakeSigner::start();
    signer.state.hold();
    let client = signer.client().with_timeout(Duration::from_millis(50));
    let error = client.sign(request()).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert_eq!(error.reason(), "");
    let expected = format!("signer {}: no answer in time", signer.endpoint());
    assert_eq!(error.to_string(), expected);
    // The service is told: it does not go on with it.
    signer.state.wait_until_signing(0).await;
}

#[tokio::test]
async fn nobody_there_is_unavailable_and_names_the_signer() {
    let mut signer = FakeSigner::start();
    signer.stop();
    let client = signer.client().with_timeout(Duration::from_millis(50));
    let error = client.sign(request()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error
        .to_string()
        .starts_with(&format!("signer {}: ", signer.endpoint())));
    assert!(error.to_string().contains("No such file"), "{error}");
}

#[tokio::test]
async fn a_dropped_future_cancels_its_call() {
    let signer = FakeSigner::start();
    signer.state.hold();
    let client = signer.client();
    let call = tokio::spawn(async move { client.sign(request()).await });
    signer.state.wait_until_signing(1).await;
    call.abort();
    signer.state.wait_until_signing(0).await;
}

#[tokio::test]
async fn calls_beyond_the_bound_fail_at_once() {
    let signer = FakeSigner::start();
    signer.state.hold();
    let mut options = signer.options();
    options.max_in_flight = 1;
    let client = Client::new(options).unwrap();
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.sign(request()).await }
    });
    signer.state.wait_until_signing(1).await;
    let error = client.sign(request()).await.unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    assert_eq!(
        error.to_string(),
        "too many calls are under way (ClientOptions::max_in_flight)"
    );
    signer.state.release();
    first.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_answer_with_another_scheme_is_an_error() {
    let signer = FakeSigner::start();
    signer.state.answer_with_wrong_scheme();
    let error = signer.client().sign(request()).await.unwrap_err();
    assert_eq!(error.code(), Code::Internal);
    assert!(error
        .to_string()
        .ends_with("the service answered with another scheme than the one asked for"));
}

#[tokio::test]
async fn keys_are_listed_page_by_page() {
    let signer = FakeSigner::start();
    let keys = signer.client().list_keys(Default::default()).await.unwrap();
    let ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
    assert_eq!(ids, ["first", "second"]);
    let error = signer
        .client()
        .get_key(Default::default())
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "KEY_NOT_FOUND");
}

fn fails(options: ClientOptions) -> Error {
    Client::new(options).unwrap_err()
}

#[test]
fn unusable_options_are_refused_with_what_to_do() {
    let error = fails(options([]));
    assert_eq!(error.to_string(), "no endpoint is given");
    let error = fails(options(["localhost:7443".into()]));
    assert_eq!(
        error.to_string(),
        "endpoint \"localhost:7443\" is reached over TLS: set ClientOptions::tls"
    );
    let mut without = options(["unix:s".into()]);
    without.crypto_provider = None;
    assert!(fails(without)
        .to_string()
        .starts_with("no crypto provider: set "));
    let files = TlsFiles::new("/none.crt", "/none.key", "/none-ca.crt");
    let error = fails(options(["localhost:7443".into()]).tls(files));
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert!(
        error.to_string().starts_with("cannot use /none.crt: "),
        "{error}"
    );
}
