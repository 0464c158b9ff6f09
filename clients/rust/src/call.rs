//! The service's methods, as far as trying one again is the same for all.

use std::{future::Future, time::Duration};

use tonic::{transport::Channel, Request, Response, Status};

use crate::proto::v1::{
    signer_client::SignerClient, ChooseSchemeRequest, ChooseSchemeResponse, GetKeyRequest,
    GetKeyResponse, ListKeysRequest, ListKeysResponse, SignRequest, SignResponse,
};

pub(crate) trait Call: Clone + Send + Sync + 'static {
    type Answer: Send + 'static;

    fn send(
        request: Request<Self>,
        signer: SignerClient<Channel>,
    ) -> impl Future<Output = Result<Response<Self::Answer>, Status>> + Send;

    fn policy_version(answer: &Self::Answer) -> &[u8];

    /// How long the caller waits for this try.
    fn set_time_left(&mut self, _time: Duration) {}

    /// What is wrong with the service's answer.
    fn fault(&self, _answer: &Self::Answer) -> Option<&'static str> {
        None
    }
}

impl Call for ListKeysRequest {
    type Answer = ListKeysResponse;

    async fn send(
        request: Request<Self>,
        mut signer: SignerClient<Channel>,
    ) -> Result<Response<ListKeysResponse>, Status> {
        signer.list_keys(request).await
    }

    fn policy_version(answer: &ListKeysResponse) -> &[u8] {
        &answer.policy_version
    }
}

impl Call for GetKeyRequest {
    type Answer = GetKeyResponse;

    async fn send(
        request: Request<Self>,
        mut signer: SignerClient<Channel>,
    ) -> Result<Response<GetKeyResponse>, Status> {
        signer.get_key(request).await
    }

    fn policy_version(answer: &GetKeyResponse) -> &[u8] {
        &answer.policy_version
    }
}

impl Call for ChooseSchemeRequest {
    type Answer = ChooseSchemeResponse;

    async fn send(
        request: Request<Self>,
        mut signer: SignerClient<Channel>,
    ) -> Result<Response<ChooseSchemeResponse>, Status> {
        signer.choose_scheme(request).await
    }

    fn policy_version(answer: &ChooseSchemeResponse) -> &[u8] {
        &answer.policy_version
    }

    fn fault(&self, answer: &ChooseSchemeResponse) -> Option<&'static str> {
        (!self.offered.contains(&answer.scheme)).then_some("a scheme that was not offered")
    }
}

impl Call for SignRequest {
    type Answer = SignResponse;

    async fn send(
        request: Request<Self>,
        mut signer: SignerClient<Channel>,
    ) -> Result<Response<SignResponse>, Status> {
        signer.sign(request).await
    }

    fn policy_version(answer: &SignResponse) -> &[u8] {
        &answer.policy_version
    }

    fn set_time_left(&mut self, time: Duration) {
        self.time_left_us = Some(time.as_micros().try_into().unwrap_or(u64::MAX));
    }

    fn fault(&self, answer: &SignResponse) -> Option<&'static str> {
        if answer.signature.is_empty() && answer.signed_object.is_empty() {
            return Some("no signature");
        }
        let expected = match self.scheme {
            0 => self.offered_schemes.contains(&answer.scheme),
            scheme => scheme == answer.scheme,
        };
        (!expected).then_some("another scheme than the one asked for")
    }
}
