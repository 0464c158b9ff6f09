use std::{collections::HashMap, sync::Arc};

use rustls::{
    client::ResolvesClientCert,
    pki_types::CertificateDer,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    CipherSuite, SignatureScheme,
};

use crate::{
    client::Client,
    error::Error,
    key::{RemoteSigningKey, Role},
    public_key::{is_of_tls12, TlsVersion},
};

#[derive(Clone, Debug)]
struct Site {
    key: RemoteSigningKey,
    certified: Arc<CertifiedKey>,
}

impl Site {
    fn new(key: RemoteSigningKey, chain: Vec<CertificateDer<'static>>) -> Self {
        let certified = CertifiedKey::new(chain, Arc::new(key.clone()));
        Self {
            key,
            certified: Arc::new(certified),
        }
    }

    fn can_make_one_of(&self, offered: &[SignatureScheme]) -> bool {
        let public_key = self.key.public_key();
        let usable = |version| !public_key.usable(version, offered).is_empty();
        usable(TlsVersion::Tls12)
    }
}

/// Picks the certificate for a server name: exact match, then one-label
/// wildcard, then the one of the empty name. Names compare without case
/// (RFC 6066 §3). A name may have several certificates, say ECDSA beside RSA:
/// the first whose key has a scheme in common with the client is served.
#[derive(Clone, Debug, Default)]
pub struct SniResolver {
    sites: HashMap<String, Vec<Site>>,
}

impl SniResolver {
    /// With no certificates: handshakes end with `unrecognized_name`.
    pub fn new() -> Self {
        Self::default()
    }

    /// `name`: `www.example.test`, `*.example.test`, or the empty name for
    /// clients that ask for none of the others. `chain`: leaf first.
    ///
    /// `INVALID_ARGUMENT`: no certificate, or a key that Keyhold does not serve.
    pub fn with_site(
        mut self,
        client: &Client,
        name: &str,
        chain: Vec<CertificateDer<'static>>,
    ) -> Result<Self, Error> {
        let name = name.to_ascii_lowercase();
        let key = client
            .signing_key(Role::Server, &chain)?
            .with_server_name(&name);
        self.sites
            .entry(name)
            .or_default()
            .push(Site::new(key, chain));
        Ok(self)
    }

    fn find(&self, server_name: Option<&str>) -> Option<&[Site]> {
        let name = server_name.unwrap_or_default().to_ascii_lowercase();
        let wildcard = name
            .split_once('.')
            .map(|(_, parent)| format!("*.{parent}"));
        let found = self.sites.get(&name);
        let found = found.or_else(|| self.sites.get(&wildcard?));
        found.or_else(|| self.sites.get("")).map(Vec::as_slice)
    }
}

impl ResolvesServerCert for SniResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let sites = self.find(hello.server_name())?;
        if let [only] = sites {
            return Some(only.certified.clone());
        }
        let offered = likely_offer(&hello);
        let chosen = sites
            .iter()
            .find(|site| site.key.choose_blocking(&offered).is_ok());
        // None chosen, for instance because the service is away: the handshake
        // may go on with a key that fits, and fail with the service's reason.
        let fits = |site: &&Site| site.can_make_one_of(hello.signature_schemes());
        let site = chosen.or_else(|| sites.iter().find(fits))?;
        Some(site.certified.clone())
    }
}

/// The list that rustls will hand to `choose_scheme`. It takes TLS 1.2's schemes
/// out when it speaks TLS 1.3, which a client that offers such a suite can.
fn likely_offer(hello: &ClientHello<'_>) -> Vec<SignatureScheme> {
    let mut offered = hello.signature_schemes().to_vec();
    let is_tls13 = |suite: &CipherSuite| u16::from(*suite).to_be_bytes()[0] == 0x13;
    if hello.cipher_suites().iter().any(is_tls13) {
        offered.retain(|scheme| !is_of_tls12(&[*scheme]));
    }
    offered
}

/// Client certificates with remote keys: the first whose key can make one of
/// the schemes that the server accepts.
#[derive(Clone, Debug, Default)]
pub struct ClientCertResolver {
    certificates: Vec<Site>,
}

impl ClientCertResolver {
    /// With no certificates.
    pub fn new() -> Self {
        Self::default()
    }

    /// `chain`: leaf first. Errors as of [`SniResolver::with_site`].
    pub fn with_certificate(
        mut self,
        client: &Client,
        chain: Vec<CertificateDer<'static>>,
    ) -> Result<Self, Error> {
        let key = client.signing_key(Role::Client, &chain)?;
        self.certificates.push(Site::new(key, chain));
        Ok(self)
    }
}

impl ResolvesClientCert for ClientCertResolver {
    fn resolve(&self, _: &[&[u8]], offered: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let mut certificates = self.certificates.iter();
        let found = certificates.find(|site| site.can_make_one_of(offered))?;
        Some(found.certified.clone())
    }

    fn has_certs(&self) -> bool {
        !self.certificates.is_empty()
    }
}
