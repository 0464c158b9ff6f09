use std::{path::PathBuf, sync::Arc, time::Duration};

use rustls::crypto::CryptoProvider;

/// The files of mutual TLS, all PEM. They are read again for each new
/// connection; one that stands keeps what it was made with (a signer ends
/// connections after an hour).
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// This client's certificate chain, leaf first: its identity.
    pub certificate: PathBuf,
    /// The private key of its leaf.
    pub private_key: PathBuf,
    /// The CAs that may have issued the service's certificate.
    pub ca: PathBuf,
    /// The name that the service's certificate must carry. `None`: the host of
    /// the endpoint.
    pub server_name: Option<String>,
}

impl TlsFiles {
    /// With the endpoint's host as the service's name.
    pub fn new(
        certificate: impl Into<PathBuf>,
        private_key: impl Into<PathBuf>,
        ca: impl Into<PathBuf>,
    ) -> Self {
        Self {
            certificate: certificate.into(),
            private_key: private_key.into(),
            ca: ca.into(),
            server_name: None,
        }
    }
}

/// How a [`Client`](crate::Client) reaches the service.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// At least one. `HOST:PORT` (mutual TLS; IPv6 in brackets), or `unix:PATH`
    /// (no TLS: the caller's uid is its identity). All must be signers that
    /// hold the same keys; the first that answers is used as long as it does.
    pub endpoints: Vec<String>,
    /// Required for `HOST:PORT`.
    pub tls: Option<TlsFiles>,
    /// Every call ends within this time, repeats included. Default: 2 s.
    pub timeout: Duration,
    /// Calls under way at one time; beyond, a call fails at once with
    /// `RESOURCE_EXHAUSTED`. Default: 8192.
    pub max_in_flight: usize,
    /// For the connection to the service. `None`: rustls's process default.
    pub crypto_provider: Option<Arc<CryptoProvider>>,
}

impl ClientOptions {
    /// Options with all defaults.
    pub fn new<T: Into<String>>(endpoints: impl IntoIterator<Item = T>) -> Self {
        Self {
            endpoints: endpoints.into_iter().map(Into::into).collect(),
            tls: None,
            timeout: Duration::from_secs(2),
            max_in_flight: 8192,
            crypto_provider: None,
        }
    }

    /// Sets [`tls`](ClientOptions::tls).
    pub fn tls(mut self, files: TlsFiles) -> Self {
        self.tls = Some(files);
        self
    }

    /// Sets [`timeout`](ClientOptions::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}
