//! Connections to one signer. The TLS files are read for each, so a renewed
//! certificate needs no restart; where they cannot be used any more, the last
//! that could are.

use std::{
    fmt, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper_util::rt::TokioIo;
use rustls::{
    crypto::CryptoProvider,
    pki_types::{
        pem::{self, PemObject},
        CertificateDer, PrivateKeyDer, ServerName,
    },
    ClientConfig, RootCertStore,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tonic::{
    transport::{Channel, Uri},
    Code,
};
use tower::service_fn;

use crate::{endpoint::Endpoint, error::Error, options::TlsFiles};

/// For TCP and TLS together. A signer that has not answered by then is away.
const CONNECT: Duration = Duration::from_secs(3);
/// The service accepts pings every 15 s and rarer.
const PING: Duration = Duration::from_secs(30);
const PING_ANSWER: Duration = Duration::from_secs(10);

pub(crate) struct Tls {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    last_good: Mutex<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn load(files: TlsFiles, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let config = read(&files, &provider)?;
        Ok(Self {
            files,
            provider,
            last_good: Mutex::new(config),
        })
    }

    fn config(&self) -> Arc<ClientConfig> {
        let mut last_good = self
            .last_good
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Ok(config) = read(&self.files, &self.provider) {
            *last_good = config;
        }
        last_good.clone()
    }

    pub(crate) fn server_name(&self, host: &str) -> Result<ServerName<'static>, Error> {
        let name = self.files.server_name.as_deref().unwrap_or(host);
        ServerName::try_from(name.to_owned()).map_err(|_| {
            Error::new(
                Code::InvalidArgument,
                format!("\"{name}\" is neither a DNS name nor an IP address"),
            )
        })
    }
}

fn read(files: &TlsFiles, provider: &Arc<CryptoProvider>) -> Result<Arc<ClientConfig>, Error> {
    let chain = certificates(&files.certificate)?;
    let key = private_key(&files.private_key)?;
    let mut roots = RootCertStore::empty();
    for ca in certificates(&files.ca)? {
        roots.add(ca).map_err(|e| unusable(&files.ca, e))?;
    }
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|e| Error::new(Code::FailedPrecondition, e.to_string()))?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(|e| unusable(&files.private_key, e))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    // The parser's own words may have a line of the file in them.
    PrivateKeyDer::from_pem_file(path).map_err(|e| match e {
        pem::Error::Io(cause) => unusable(path, cause),
        pem::Error::NoItemsFound => unusable(path, "no private key in it"),
        _ => unusable(path, "it is not well-formed PEM"),
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|e| unusable(path, e))?;
    match found.is_empty() {
        true => Err(unusable(path, "no certificate in it")),
        false => Ok(found),
    }
}

fn unusable(path: &Path, cause: impl fmt::Display) -> Error {
    Error::new(
        Code::FailedPrecondition,
        format!("cannot use {}: {cause}", path.display()),
    )
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Makes no connection; call it inside the runtime that is to drive it.
pub(crate) fn channel(endpoint: Endpoint, tls: Option<(Arc<Tls>, ServerName<'static>)>) -> Channel {
    tonic::transport::Endpoint::from_static("http://signer")
        .http2_keep_alive_interval(PING)
        .keep_alive_timeout(PING_ANSWER)
        .keep_alive_while_idle(true)
        .connect_with_connector_lazy(service_fn(move |_: Uri| {
            let endpoint = endpoint.clone();
            let tls = tls.clone();
            async move {
                let stream = timeout(CONNECT, connect(endpoint, tls)).await;
                let stream = stream.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                Ok::<_, io::Error>(TokioIo::new(stream))
            }
        }))
}

async fn connect(
    endpoint: Endpoint,
    tls: Option<(Arc<Tls>, ServerName<'static>)>,
) -> io::Result<Box<dyn Stream>> {
    let (host, port) = match endpoint {
        Endpoint::Unix(path) => return Ok(Box::new(UnixStream::connect(path).await?)),
        Endpoint::Tcp { host, port } => (host, port),
    };
    let tcp = TcpStream::connect((host, port)).await?;
    tcp.set_nodelay(true)?;
    match tls {
        Some((tls, name)) => {
            let connector = TlsConnector::from(tls.config());
            Ok(Box::new(connector.connect(name, tcp).await?))
        }
        // Client::new lets no TCP endpoint in without TLS.
        None => Err(io::Error::other("a TCP endpoint needs TLS files")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_has_a_line_of_the_key_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transport.key");
        for (content, why) in [
            (
                "-----BEGIN PRIVATE KEY-----MC4CAQA\n",
                "it is not well-formed PEM",
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nMC4CAQA\n",
                "it is not well-formed PEM",
            ),
            ("MC4CAQA", "no private key in it"),
        ] {
            std::fs::write(&path, content).unwrap();
            let error = private_key(&path).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("cannot use {}: {why}", path.display())
            );
        }
    }
}
