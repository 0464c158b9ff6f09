use std::sync::Arc;

use rustls::{
    pki_types::{CertificateDer, SubjectPublicKeyInfoDer},
    sign, SignatureAlgorithm, SignatureScheme,
};
use tonic::Code;

use crate::{
    choice::{is_refusal, Choices, Question},
    client::Client,
    error::Error,
    proto::v1,
    public_key::{is_of_tls12, PublicKey, TlsVersion},
    remote_signer::RemoteSigner,
};

/// Which side of a handshake signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// A server certificate's key.
    Server,
    /// A client certificate's key.
    Client,
}

impl Role {
    pub(crate) fn to_proto(self) -> v1::Role {
        match self {
            Self::Server => v1::Role::Server,
            Self::Client => v1::Role::Client,
        }
    }
}

/// A [`rustls::sign::SigningKey`] whose private half is held by the service.
///
/// The service chooses the scheme; its answers are kept until its policy
/// changes. Only what the structured forms need is sent, and a message that is
/// none of TLS's is refused here. Cheap to clone; clones share their answers.
///
/// rustls does not say for which version a scheme is to be chosen. A list with
/// PKCS#1 or SHA-1 in it is TLS 1.2's: rustls takes them out for TLS 1.3. For
/// any other list the service is asked for TLS 1.3's choice, which is good in
/// TLS 1.2 too, and for TLS 1.2's only if it refuses that. When it comes to
/// signing, the message itself says the version, and the service checks the
/// scheme against it.
#[derive(Clone, Debug)]
pub struct RemoteSigningKey(Arc<Key>);

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) client: Client,
    pub(crate) role: Role,
    pub(crate) server_name: String,
    pub(crate) public_key: Arc<PublicKey>,
    pub(crate) choices: Choices,
    /// Held while the service is asked, so that handshakes that begin together
    /// ask once.
    asking: tokio::sync::Mutex<()>,
}

impl RemoteSigningKey {
    pub(crate) fn new(
        client: Client,
        role: Role,
        chain: &[CertificateDer<'_>],
    ) -> Result<Self, Error> {
        let public_key = Arc::new(PublicKey::of_leaf(chain)?);
        Ok(Self::assemble(client, role, String::new(), public_key))
    }

    fn assemble(
        client: Client,
        role: Role,
        server_name: String,
        public_key: Arc<PublicKey>,
    ) -> Self {
        Self(Arc::new(Key {
            client,
            role,
            server_name,
            public_key,
            choices: Choices::default(),
            asking: tokio::sync::Mutex::new(()),
        }))
    }

    /// The same key, stating to the service that handshakes are for this name.
    /// A rule that lists server names refuses requests that state none.
    /// [`SniResolver`](crate::SniResolver) does this.
    pub fn with_server_name(&self, name: &str) -> Self {
        let key = &self.0;
        Self::assemble(
            key.client.clone(),
            key.role,
            name.to_owned(),
            key.public_key.clone(),
        )
    }

    /// Asks the service which scheme to sign with, if its answer is not known
    /// yet. A server that calls this before the handshake (with
    /// `LazyConfigAcceptor`) has the blocking `choose_scheme` find the answer.
    pub async fn prepare(&self, offered: &[SignatureScheme]) -> Result<SignatureScheme, Error> {
        let key = self.0.clone();
        let offered = offered.to_vec();
        key.choose(&offered).await.map(Into::into)
    }

    pub(crate) fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// As `prepare`, waiting. Never inside the client's own thread.
    pub(crate) fn choose_blocking(&self, offered: &[SignatureScheme]) -> Result<u16, Error> {
        let mut questions = self.0.questions(offered);
        if let Some(Ok(scheme)) = questions.next().and_then(|q| self.0.choices.get(&q)) {
            return Ok(scheme);
        }
        let key = self.0.clone();
        let offered = offered.to_vec();
        self.0
            .client
            .wait(async move { key.choose(&offered).await })
    }

    /// Some scheme for a signer that fails: rustls wants one.
    fn any_usable(&self, offered: &[SignatureScheme]) -> Option<u16> {
        self.0
            .questions(offered)
            .find_map(|q| q.usable.first().copied())
    }

    fn signer(&self, scheme: u16, failure: Option<Error>) -> Box<dyn sign::Signer> {
        Box::new(RemoteSigner {
            key: self.0.clone(),
            scheme,
            failure,
        })
    }
}

impl sign::SigningKey for RemoteSigningKey {
    /// `None` only if nothing is in common. If the service could not be asked,
    /// or refuses, the signer fails with that error, reason and all.
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn sign::Signer>> {
        match self.choose_blocking(offered) {
            Ok(scheme) => Some(self.signer(scheme, None)),
            Err(error) if error.code() == Code::FailedPrecondition => None,
            Err(error) => Some(self.signer(self.any_usable(offered)?, Some(error))),
        }
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(self.0.public_key.spki.clone())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.public_key.algorithm()
    }
}

impl Key {
    /// What to ask, in this order.
    fn questions(&self, offered: &[SignatureScheme]) -> impl Iterator<Item = Question> + use<'_> {
        let versions: &[TlsVersion] = match is_of_tls12(offered) {
            true => &[TlsVersion::Tls12],
            false => &[TlsVersion::Tls13, TlsVersion::Tls12],
        };
        let offered = offered.to_vec();
        let policy_version = self.client.policy_version();
        versions.iter().filter_map(move |version| {
            let usable = self.public_key.usable(*version, &offered);
            (!usable.is_empty()).then(|| Question {
                policy_version: policy_version.clone(),
                version: *version,
                usable,
            })
        })
    }

    async fn choose(&self, offered: &[SignatureScheme]) -> Result<u16, Error> {
        let mut first_refusal = None;
        for question in self.questions(offered).collect::<Vec<_>>() {
            match self.answer(question).await {
                Err(error) if is_refusal(&error) => {
                    first_refusal.get_or_insert(error);
                }
                end => return end,
            }
        }
        Err(first_refusal.unwrap_or_else(nothing_in_common))
    }

    async fn answer(&self, question: Question) -> Result<u16, Error> {
        if let Some(answer) = self.choices.get(&question) {
            return answer;
        }
        let turn = tokio::time::timeout(self.client.timeout(), self.asking.lock());
        let _turn = turn.await.map_err(|_| not_chosen_in_time())?;
        let policy_version = self.client.policy_version();
        let question = Question {
            policy_version,
            ..question
        };
        if let Some(answer) = self.choices.get(&question) {
            return answer;
        }
        let answer = self.client.run(self.request(&question)).await;
        let answer = answer.map(|response| response.scheme as u16);
        let policy_version = self.client.policy_version();
        self.choices.keep(
            Question {
                policy_version,
                ..question
            },
            &answer,
        );
        answer
    }

    fn request(&self, question: &Question) -> v1::ChooseSchemeRequest {
        let version = match question.version {
            TlsVersion::Tls12 => v1::TlsVersion::TlsVersion12,
            TlsVersion::Tls13 => v1::TlsVersion::TlsVersion13,
        };
        v1::ChooseSchemeRequest {
            spki_sha256: self.public_key.spki_sha256.to_vec(),
            role: self.role.to_proto().into(),
            tls_version: version.into(),
            server_name: self.server_name.clone(),
            offered: question.usable.iter().map(|s| (*s).into()).collect(),
        }
    }
}

fn not_chosen_in_time() -> Error {
    Error::new(
        Code::DeadlineExceeded,
        "the service has not said in time which scheme to sign with",
    )
}

fn nothing_in_common() -> Error {
    Error::new(
        Code::FailedPrecondition,
        "the peer offers no scheme that this key can make",
    )
    .with_reason("NO_COMMON_SCHEME")
}
