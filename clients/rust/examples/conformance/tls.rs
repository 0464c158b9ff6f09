//! rustls with remote keys, over TCP.

use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use keyhold::{Client, ClientCertResolver, SniResolver};
use rustls::{
    pki_types::{pem::PemObject, CertificateDer},
    server::{ParsedCertificate, WebPkiClientVerifier},
    version::{TLS12, TLS13},
    ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion,
};
use serde_json::{json, Value};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::json::{code_name, number, strings, text};

// Object identifiers, DER.
const RSASSA_PSS: [u8; 11] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a,
];
const ED448: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x71];
const P521: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];

type Outcome<T> = Result<T, Box<dyn Error>>;

fn certificates(path: &str) -> Outcome<Vec<CertificateDer<'static>>> {
    Ok(CertificateDer::pem_file_iter(path)?.collect::<Result<_, _>>()?)
}

fn roots(path: &str) -> Outcome<Arc<RootCertStore>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate)?;
    }
    Ok(Arc::new(roots))
}

fn versions(command: &Value) -> Vec<&'static SupportedProtocolVersion> {
    let known = |name: &String| match name.as_str() {
        "1.2" => Some(&TLS12),
        "1.3" => Some(&TLS13),
        _ => None,
    };
    strings(command, "versions")
        .iter()
        .filter_map(known)
        .collect()
}

/// What rustls cannot do with this certificate, in the words of
/// tests/clients/cases.json.
pub fn limit(command: &Value) -> Option<&'static str> {
    let chain = certificates(command["certificate"].as_str()?).ok()?;
    let leaf = ParsedCertificate::try_from(chain.first()?).ok()?;
    let spki = leaf.subject_public_key_info();
    let has = |oid: &[u8]| spki.windows(oid.len()).any(|window| window == oid);
    let tls12_only = versions(command) == [&TLS12];
    let is_client = text(command, "op") == "tls_client";
    match () {
        _ if tls12_only && has(&RSASSA_PSS) => Some("no-rsa-pss-key"),
        _ if tls12_only && has(&ED448) && !is_client => Some("no-ed448"),
        _ if tls12_only && has(&P521) && is_client => Some("no-p521"),
        _ => None,
    }
}

pub struct Server {
    pub port: u64,
    accepting: JoinHandle<()>,
    refusals: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    pub async fn start(client: Client, command: &Value) -> Outcome<Self> {
        let chain = certificates(&text(command, "certificate"))?;
        let sites = SniResolver::new().with_site(&client, "", chain)?;
        let builder = ServerConfig::builder_with_protocol_versions(&versions(command));
        let builder = match command["client_ca"].as_str() {
            None => builder.with_no_client_auth(),
            Some(ca) => {
                let verifier = WebPkiClientVerifier::builder(roots(ca)?).build()?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let acceptor = TlsAcceptor::from(Arc::new(builder.with_cert_resolver(Arc::new(sites))));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port().into();
        let refusals = Arc::<Mutex<Vec<Value>>>::default();
        let seen = refusals.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), seen.clone());
                tokio::spawn(async move {
                    if let Err(error) = serve(acceptor, tcp).await {
                        if let Some(refusal) = keyhold::Error::find(&error) {
                            let refusal = json!({
                                "status": code_name(refusal.code()),
                                "reason": refusal.reason(),
                            });
                            seen.lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .push(refusal);
                        }
                    }
                });
            }
        });
        Ok(Self {
            port,
            accepting,
            refusals,
        })
    }

    /// What the remote key refused.
    pub fn stop(self) -> Vec<Value> {
        self.accepting.abort();
        self.refusals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn serve(acceptor: TlsAcceptor, tcp: TcpStream) -> std::io::Result<()> {
    let mut tls = BufReader::new(acceptor.accept(tcp).await?);
    tls.read_line(&mut String::new()).await?;
    tls.write_all(b"HTTP/1.0 200 OK\r\n\r\nhello from rust\n")
        .await?;
    tls.shutdown().await
}

/// What the server of `command` answers to one request.
pub async fn fetch(client: Client, command: &Value) -> Outcome<String> {
    let builder = ClientConfig::builder_with_protocol_versions(&versions(command))
        .with_root_certificates(roots(&text(command, "ca"))?);
    let config = match command["certificate"].as_str() {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let resolver =
                ClientCertResolver::new().with_certificate(&client, certificates(path)?)?;
            builder.with_client_cert_resolver(Arc::new(resolver))
        }
    };
    let tcp = TcpStream::connect(("127.0.0.1", number(command, "port") as u16)).await?;
    let name = text(command, "server_name").try_into()?;
    let mut tls = TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await?;
    tls.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
    let mut received = String::new();
    tls.read_to_string(&mut received).await?;
    Ok(received)
}
