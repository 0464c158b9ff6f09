//! One endpoint.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::timeout;
use tonic::{transport::Channel, Code, Request};

use crate::{
    call::Call,
    endpoint::Endpoint,
    error::Error,
    proto::v1::signer_client::SignerClient,
    transport::{channel, Tls},
};

/// A signer, the connection to it, and what it stated last.
pub(crate) struct Signer {
    pub(crate) name: String,
    stub: SignerClient<Channel>,
    policy_version: Mutex<Vec<u8>>,
}

impl Signer {
    pub(crate) fn new(name: &str, tls: Option<&Arc<Tls>>) -> Result<Self, Error> {
        let endpoint = Endpoint::parse(name)?;
        let tls = match (&endpoint, tls) {
            (Endpoint::Unix(_), _) => None,
            (Endpoint::Tcp { host, .. }, Some(tls)) => Some((tls.clone(), tls.server_name(host)?)),
            (Endpoint::Tcp { .. }, None) => return Err(no_tls_files(name)),
        };
        Ok(Self {
            name: name.to_owned(),
            stub: SignerClient::new(channel(endpoint, tls)),
            policy_version: Mutex::default(),
        })
    }

    pub(crate) async fn ask<C: Call>(
        &self,
        mut call: C,
        time: Duration,
    ) -> Result<C::Answer, Error> {
        call.set_time_left(time);
        let mut request = Request::new(call.clone());
        request.set_timeout(time);
        let answer = match timeout(time, C::send(request, self.stub.clone())).await {
            Ok(Ok(answer)) => answer.into_inner(),
            Ok(Err(status)) => {
                let error = Error::from_status(&self.name, &status);
                self.heard(error.policy_version());
                return Err(error);
            }
            Err(_) => return Err(Error::no_answer(&self.name)),
        };
        self.heard(C::policy_version(&answer));
        match call.fault(&answer) {
            None => Ok(answer),
            Some(fault) => Err(Error::new(
                Code::Internal,
                format!("signer {}: the service answered with {fault}", self.name),
            )),
        }
    }

    fn heard(&self, policy_version: &[u8]) {
        if !policy_version.is_empty() {
            let mut last = self
                .policy_version
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if *last != policy_version {
                *last = policy_version.to_vec();
            }
        }
    }

    pub(crate) fn policy_version(&self) -> Vec<u8> {
        let last = self.policy_version.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn no_tls_files(endpoint: &str) -> Error {
    Error::new(
        Code::InvalidArgument,
        format!("endpoint \"{endpoint}\" is reached over TLS: set ClientOptions::tls"),
    )
}
