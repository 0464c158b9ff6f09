use std::sync::Arc;

use rustls::{sign, SignatureScheme};
use tonic::Code;

use crate::{
    error::Error,
    input::recognise,
    key::{Key, Role},
    proto::v1,
};

/// The [`rustls::sign::Signer`] of a [`RemoteSigningKey`](crate::RemoteSigningKey).
#[derive(Debug)]
pub struct RemoteSigner {
    pub(crate) key: Arc<Key>,
    pub(crate) scheme: u16,
    /// What is known already to be said when asked to sign.
    pub(crate) failure: Option<Error>,
}

impl RemoteSigner {
    fn request(&self, message: &[u8]) -> Result<v1::SignRequest, Error> {
        let input = recognise(self.key.role, message).ok_or_else(|| not_tls(self.key.role))?;
        Ok(v1::SignRequest {
            spki_sha256: self.key.public_key.spki_sha256.to_vec(),
            scheme: self.scheme.into(),
            server_name: self.key.server_name.clone(),
            input: Some(input),
            ..Default::default()
        })
    }

    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let answer = self.key.client.sign_blocking(self.request(message)?);
        if let Err(error) = &answer {
            if matches!(
                error.reason(),
                "SCHEME_NOT_ALLOWED" | "SCHEME_DOES_NOT_FIT_KEY"
            ) {
                self.key.choices.forget(self.scheme);
            }
        }
        Ok(answer?.signature)
    }
}

impl sign::Signer for RemoteSigner {
    /// Waits for the service. The error has an [`Error`] in it ([`Error::find`]).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(self.try_sign(message)?)
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme.into()
    }
}

fn not_tls(role: Role) -> Error {
    Error::new(
        Code::InvalidArgument,
        format!("this is nothing that a TLS {role:?} signs; only handshakes are signed")
            .to_lowercase()
            .replace("tls", "TLS"),
    )
}
