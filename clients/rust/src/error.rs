//! What went wrong, in the service's own words.

use std::{error, fmt, io, sync::Arc};

use prost::Message;
use tonic::Code;

use crate::proto::rpc;

const DOMAIN: &str = "keyhold";
const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";

/// A failure of the service, or a failure to reach it.
///
/// Programs look at [`code`](Error::code) and [`reason`](Error::reason);
/// `docs/errors.md` lists them and says what to do. The message is for people.
#[derive(Clone, Debug)]
pub struct Error {
    code: Code,
    reason: String,
    message: String,
    policy_version: Vec<u8>,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: String::new(),
            message: message.into(),
            policy_version: Vec::new(),
        }
    }

    pub(crate) fn with_reason(mut self, reason: &str) -> Self {
        self.reason = reason.to_owned();
        self
    }

    /// `endpoint`: who was asked.
    pub(crate) fn from_status(endpoint: &str, status: &tonic::Status) -> Self {
        // Only what this side made has a source: not the service's answers.
        let (code, text) = match error::Error::source(status).map(innermost) {
            Some(cause) if cause.is::<tonic::TimeoutExpired>() => return Self::no_answer(endpoint),
            Some(cause) => (Code::Unavailable, cause.to_string()),
            None => (status.code(), status.message().to_owned()),
        };
        let (reason, policy_version) = error_info(status.details());
        Self {
            code,
            reason,
            message: format!("signer {endpoint}: {text}"),
            policy_version,
        }
    }

    pub(crate) fn no_answer(endpoint: &str) -> Self {
        Self::new(
            Code::DeadlineExceeded,
            format!("signer {endpoint}: no answer in time"),
        )
    }

    /// The gRPC status.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The service's reason, such as `KEY_NOT_FOUND`. Empty if no service gave
    /// one: no signer answered, or the fault is on this side.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What the service was running under when it refused; empty if unknown.
    pub fn policy_version(&self) -> &[u8] {
        &self.policy_version
    }

    /// The `Error` inside what a TLS stack reports: finds it in a
    /// [`rustls::Error`], and in the [`io::Error`] around one.
    pub fn find<'a>(error: &'a (dyn error::Error + 'static)) -> Option<&'a Error> {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        if let Some(rustls::Error::Other(other)) = error.downcast_ref() {
            return Self::find(other.0.as_ref());
        }
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(|e| e.get_ref()) {
            return Self::find(inner);
        }
        Self::find(error.source()?)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match self.reason.as_str() {
            "" => Ok(()),
            reason => write!(f, " ({reason})"),
        }
    }
}

impl error::Error for Error {}

impl From<Error> for rustls::Error {
    fn from(error: Error) -> Self {
        rustls::Error::Other(rustls::OtherError(Arc::new(error)))
    }
}

/// Reason and policy version in the bytes of a `google.rpc.Status`.
fn error_info(details: &[u8]) -> (String, Vec<u8>) {
    let status = rpc::Status::decode(details).unwrap_or_default();
    let infos = status
        .details
        .iter()
        .filter(|any| any.type_url == ERROR_INFO)
        .filter_map(|any| rpc::ErrorInfo::decode(any.value.as_slice()).ok());
    for info in infos {
        if info.domain == DOMAIN {
            let version = info.metadata.get("policy_version");
            return (
                info.reason,
                version.map(|hex| from_hex(hex)).unwrap_or_default(),
            );
        }
    }
    Default::default()
}

pub(crate) fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map_while(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok())
        .collect()
}

fn innermost<'a>(cause: &'a (dyn error::Error + 'static)) -> &'a (dyn error::Error + 'static) {
    cause.source().map_or(cause, innermost)
}
