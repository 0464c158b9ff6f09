//! A rustls client against a rustls server, without sockets.

use std::sync::Arc;

use rustls::{
    client::ResolvesClientCert,
    pki_types::CertificateDer,
    server::{ResolvesServerCert, WebPkiClientVerifier},
    ClientConfig, ClientConnection, ConnectionCommon, ProtocolVersion, RootCertStore, ServerConfig,
    ServerConnection, SideData, SupportedProtocolVersion,
};

use super::provider;

pub struct Handshake<'a> {
    pub version: &'static SupportedProtocolVersion,
    pub name: &'a str,
    /// Trusted by both sides.
    pub ca: CertificateDer<'static>,
    pub server: Arc<dyn ResolvesServerCert>,
    /// Asked for if it is there.
    pub client: Option<Arc<dyn ResolvesClientCert>>,
}

impl Handshake<'_> {
    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca.clone()).unwrap();
        Arc::new(roots)
    }

    pub fn server_config(&self) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[self.version])
            .unwrap();
        let builder = match self.client {
            None => builder.with_no_client_auth(),
            Some(_) => {
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(self.roots(), provider());
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        builder.with_cert_resolver(self.server.clone())
    }

    pub fn client_config(&self) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(self.roots());
        match &self.client {
            None => builder.with_no_client_auth(),
            Some(resolver) => builder.with_client_cert_resolver(resolver.clone()),
        }
    }

    /// The failure of the side that failed first.
    pub fn run(&self) -> Result<ProtocolVersion, rustls::Error> {
        let name = self.name.to_owned().try_into().unwrap();
        let mut client = ClientConnection::new(Arc::new(self.client_config()), name)?;
        let mut server = ServerConnection::new(Arc::new(self.server_config()))?;
        while client.is_handshaking() || server.is_handshaking() {
            carry(&mut client, &mut server)?;
            carry(&mut server, &mut client)?;
        }
        let peer = server.peer_certificates().map(<[_]>::len);
        assert_eq!(peer.is_some(), self.client.is_some());
        Ok(server.protocol_version().unwrap())
    }
}

fn carry<A: SideData, B: SideData>(
    from: &mut ConnectionCommon<A>,
    to: &mut ConnectionCommon<B>,
) -> Result<(), rustls::Error> {
    while from.wants_write() {
        let mut records = Vec::new();
        from.write_tls(&mut records).unwrap();
        let mut unread = records.as_slice();
        while !unread.is_empty() {
            to.read_tls(&mut unread).unwrap();
            to.process_new_packets()?;
        }
    }
    Ok(())
}
