//! A signer in this process that does as it is told, on a UNIX socket. It
//! answers as the real one, with one P-256 key.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use keyhold::{
    proto::{
        rpc,
        v1::{
            self,
            sign_request::Input,
            signer_server::{Signer, SignerServer},
        },
    },
    Client, ClientOptions,
};
use prost::Message;
use rcgen::SigningKey;
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;
use tokio::{net::UnixListener, runtime::Runtime, sync::watch};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::{transport::Server, Code, Request, Response, Status, Streaming};

pub const P256: u32 = 0x0403;

/// What a service says when it refuses.
pub fn refusal(code: Code, reason: &str) -> Status {
    let info = rpc::ErrorInfo {
        reason: reason.to_owned(),
        domain: "keyhold".to_owned(),
        metadata: HashMap::from([("policy_version".to_owned(), "0a0b".to_owned())]),
    };
    let details = rpc::Status {
        code: code as i32,
        message: String::new(),
        details: vec![prost_types::Any {
            type_url: "type.googleapis.com/google.rpc.ErrorInfo".to_owned(),
            value: info.encode_to_vec(),
        }],
    };
    Status::with_details(code, "as told", details.encode_to_vec().into())
}

/// Of one signer or of several: clones are the same.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    key: rcgen::KeyPair,
    certificate: CertificateDer<'static>,
    asked: Mutex<Asked>,
    /// What the next calls fail with, before they are looked at.
    failures: Mutex<VecDeque<Status>>,
    policy_version: Mutex<Vec<u8>>,
    wrong_scheme: Mutex<bool>,
    open: watch::Sender<bool>,
    signing: watch::Sender<usize>,
}

#[derive(Clone, Default)]
pub struct Asked {
    pub sign: Vec<v1::SignRequest>,
    pub choose: Vec<v1::ChooseSchemeRequest>,
}

impl State {
    pub fn new() -> Self {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["www.example.test".into()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap().der().clone();
        Self(Arc::new(Inner {
            key,
            certificate,
            asked: Mutex::default(),
            failures: Mutex::default(),
            policy_version: Mutex::new(vec![1]),
            wrong_scheme: Mutex::default(),
            open: watch::Sender::new(true),
            signing: watch::Sender::new(0),
        }))
    }

    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.0.certificate.clone()]
    }

    pub fn asked(&self) -> Asked {
        self.0.asked.lock().unwrap().clone()
    }

    pub fn fail_next(&self, failures: impl IntoIterator<Item = Status>) {
        self.0.failures.lock().unwrap().extend(failures);
    }

    pub fn set_policy_version(&self, version: &[u8]) {
        *self.0.policy_version.lock().unwrap() = version.to_vec();
    }

    pub fn answer_with_wrong_scheme(&self) {
        *self.0.wrong_scheme.lock().unwrap() = true;
    }

    /// Signatures wait until `release`.
    pub fn hold(&self) {
        self.0.open.send_replace(false);
    }

    pub fn release(&self) {
        self.0.open.send_replace(true);
    }

    /// Until so many Sign calls are being held.
    pub async fn wait_until_signing(&self, count: usize) {
        let mut signing = self.0.signing.subscribe();
        signing.wait_for(|now| *now == count).await.unwrap();
    }

    fn policy_version(&self) -> Vec<u8> {
        self.0.policy_version.lock().unwrap().clone()
    }

    fn fail_if_told(&self) -> Result<(), Status> {
        match self.0.failures.lock().unwrap().pop_front() {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }
}

/// Counts a call while it is held, also if it is cancelled.
struct Held<'a>(&'a watch::Sender<usize>);

impl<'a> Held<'a> {
    fn new(counter: &'a watch::Sender<usize>) -> Self {
        counter.send_modify(|count| *count += 1);
        Self(counter)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

fn to_be_signed(input: Option<Input>) -> Result<Vec<u8>, Status> {
    match input {
        Some(Input::Tls13CertificateVerify(input)) => {
            let context: &[u8] = match input.role() {
                v1::Role::Server => b"TLS 1.3, server CertificateVerify\0",
                _ => b"TLS 1.3, client CertificateVerify\0",
            };
            Ok([&[b' '; 64][..], context, &input.transcript_hash].concat())
        }
        Some(Input::Tls12ServerKeyExchange(input)) => {
            let [_, _, high, low] = input.curve.to_be_bytes();
            let header = [3, high, low, input.public_point.len() as u8];
            let randoms = [input.client_random, input.server_random].concat();
            Ok([&randoms[..], &header, &input.public_point].concat())
        }
        Some(Input::Tls12CertificateVerify(input)) => Ok(input.handshake_messages),
        _ => Err(refusal(Code::PermissionDenied, "USAGE_NOT_ALLOWED")),
    }
}

#[tonic::async_trait]
impl Signer for State {
    async fn list_keys(
        &self,
        request: Request<v1::ListKeysRequest>,
    ) -> Result<Response<v1::ListKeysResponse>, Status> {
        self.fail_if_told()?;
        // Two pages of one key each.
        let (id, next) = match request.into_inner().page_token.as_str() {
            "" => ("first", "more"),
            _ => ("second", ""),
        };
        Ok(Response::new(v1::ListKeysResponse {
            keys: vec![v1::Key {
                id: id.to_owned(),
                ..Default::default()
            }],
            next_page_token: next.to_owned(),
            policy_version: self.policy_version(),
        }))
    }

    async fn get_key(
        &self,
        _: Request<v1::GetKeyRequest>,
    ) -> Result<Response<v1::GetKeyResponse>, Status> {
        self.fail_if_told()?;
        Err(refusal(Code::NotFound, "KEY_NOT_FOUND"))
    }

    async fn choose_scheme(
        &self,
        request: Request<v1::ChooseSchemeRequest>,
    ) -> Result<Response<v1::ChooseSchemeResponse>, Status> {
        let request = request.into_inner();
        self.0.asked.lock().unwrap().choose.push(request.clone());
        self.fail_if_told()?;
        if !request.offered.contains(&P256) {
            return Err(refusal(Code::FailedPrecondition, "NO_COMMON_SCHEME"));
        }
        Ok(Response::new(v1::ChooseSchemeResponse {
            scheme: P256,
            policy_version: self.policy_version(),
        }))
    }

    async fn sign(
        &self,
        request: Request<v1::SignRequest>,
    ) -> Result<Response<v1::SignResponse>, Status> {
        let request = request.into_inner();
        self.0.asked.lock().unwrap().sign.push(request.clone());
        self.fail_if_told()?;
        let held = Held::new(&self.0.signing);
        let mut open = self.0.open.subscribe();
        open.wait_for(|open| *open).await.unwrap();
        drop(held);
        let message = to_be_signed(request.input)?;
        Ok(Response::new(v1::SignResponse {
            id: request.id,
            scheme: match *self.0.wrong_scheme.lock().unwrap() {
                true => request.scheme + 1,
                false => request.scheme,
            },
            signature: self.0.key.sign(&message).unwrap(),
            policy_version: self.policy_version(),
            ..Default::default()
        }))
    }

    type SignStreamStream = tokio_stream::Empty<Result<v1::SignBatchResponse, Status>>;

    async fn sign_stream(
        &self,
        _: Request<Streaming<v1::SignBatchRequest>>,
    ) -> Result<Response<Self::SignStreamStream>, Status> {
        Err(Status::unimplemented("this client does not use it"))
    }
}

/// A running signer; dropped, it is gone.
pub struct FakeSigner {
    pub state: State,
    folder: TempDir,
    runtime: Option<Runtime>,
}

impl FakeSigner {
    pub fn start() -> Self {
        Self::with_state(State::new())
    }

    pub fn with_state(state: State) -> Self {
        let mut signer = Self {
            state,
            folder: tempfile::tempdir().unwrap(),
            runtime: None,
        };
        signer.restart();
        signer
    }

    pub fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        let _ = std::fs::remove_file(self.path());
    }

    pub fn restart(&mut self) {
        self.stop();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = {
            let _inside = runtime.enter();
            UnixListener::bind(self.path()).unwrap()
        };
        let service = SignerServer::new(self.state.clone());
        runtime.spawn(async move {
            let incoming = UnixListenerStream::new(listener);
            let served = Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming);
            served.await.unwrap();
        });
        self.runtime = Some(runtime);
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    pub fn endpoint(&self) -> String {
        format!("unix:{}", self.path().display())
    }

    pub fn options(&self) -> ClientOptions {
        options([self.endpoint()])
    }

    pub fn client(&self) -> Client {
        Client::new(self.options()).unwrap()
    }
}

impl Drop for FakeSigner {
    fn drop(&mut self) {
        self.stop();
    }
}

pub fn options(endpoints: impl IntoIterator<Item = String>) -> ClientOptions {
    let mut options = ClientOptions::new(endpoints);
    options.crypto_provider = Some(super::provider());
    // Long enough for a slow machine: nothing here is to run into it.
    options.timeout = std::time::Duration::from_secs(30);
    options
}
