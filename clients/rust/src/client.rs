use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc, Arc,
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use rustls::{
    crypto::{CryptoProvider, SecureRandom},
    pki_types::CertificateDer,
    sign::CertifiedKey,
};
use tokio::{
    runtime::{Builder, Handle, Runtime, RuntimeFlavor},
    sync::Semaphore,
    task::{block_in_place, JoinHandle},
    time::{sleep, timeout_at},
};
use tonic::Code;

use crate::{
    call::Call,
    error::Error,
    key::{RemoteSigningKey, Role},
    options::ClientOptions,
    proto::v1,
    retry::{worth_another_signer, Backoff},
    signer::Signer,
    transport::Tls,
};

/// A client of the signer service. Cheap to clone; clones share connections.
///
/// All network work runs on one thread of its own, so the methods may be
/// awaited on any executor, and a synchronous caller (rustls) may wait without
/// stopping what it waits for. A future that is dropped cancels its call.
///
/// While the service is away or draining, a call is tried again on every
/// endpoint until its time is up: signing is safe to repeat.
///
/// Errors have the service's [reason](Error::reason). Without one:
/// `UNAVAILABLE` no signer could be reached, `DEADLINE_EXCEEDED` none answered
/// in time, `RESOURCE_EXHAUSTED` too many calls under way here.
///
/// Does not survive `fork()`: make it in the child.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    timeout: Duration,
}

impl Client {
    /// Checks the options and the TLS files; makes no connection, so it works
    /// while the service is down.
    ///
    /// `INVALID_ARGUMENT`: an endpoint that is none, or no TLS files where they
    /// are needed. `FAILED_PRECONDITION`: a file, which is named, is unusable.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let timeout = options.timeout;
        Ok(Self {
            shared: Arc::new(Shared::new(options)?),
            timeout,
        })
    }

    /// The same client with another timeout for its calls.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// The key of the chain's leaf, for rustls. Asks no service.
    ///
    /// `INVALID_ARGUMENT`: no certificate, or a key that Keyhold does not serve.
    pub fn signing_key(
        &self,
        role: Role,
        chain: &[CertificateDer<'_>],
    ) -> Result<RemoteSigningKey, Error> {
        RemoteSigningKey::new(self.clone(), role, chain)
    }

    /// Chain and key together, for rustls's own resolvers such as
    /// [`rustls::sign::SingleCertAndKey`]. Errors as of `signing_key`.
    pub fn certified_key(
        &self,
        role: Role,
        chain: Vec<CertificateDer<'static>>,
    ) -> Result<Arc<CertifiedKey>, Error> {
        let key = Arc::new(self.signing_key(role, &chain)?);
        Ok(Arc::new(CertifiedKey::new(chain, key)))
    }

    /// All keys that `request` asks for, page by page.
    pub async fn list_keys(&self, mut request: v1::ListKeysRequest) -> Result<Vec<v1::Key>, Error> {
        let mut keys = Vec::new();
        loop {
            let page = self.start(request.clone()).await?;
            keys.extend(page.keys);
            if page.next_page_token.is_empty() {
                return Ok(keys);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// The keys that `selector` names: at least one, else `NOT_FOUND`.
    pub async fn get_key(&self, selector: v1::KeySelector) -> Result<Vec<v1::Key>, Error> {
        let request = v1::GetKeyRequest {
            selector: Some(selector),
        };
        Ok(self.start(request).await?.keys)
    }

    /// Which of the offered schemes the service would sign with. Not cached:
    /// [`RemoteSigningKey`] does that.
    pub async fn choose_scheme(
        &self,
        request: v1::ChooseSchemeRequest,
    ) -> Result<v1::ChooseSchemeResponse, Error> {
        self.start(request).await
    }

    /// One signature over whatever input the request has, for what rustls does
    /// not do. Fills in `time_left_us`, and `request_id` if it is empty.
    pub async fn sign(&self, request: v1::SignRequest) -> Result<v1::SignResponse, Error> {
        self.start(self.with_request_id(request)?).await
    }

    /// As `sign`, for a synchronous caller.
    pub(crate) fn sign_blocking(
        &self,
        request: v1::SignRequest,
    ) -> Result<v1::SignResponse, Error> {
        let request = self.with_request_id(request)?;
        let client = self.clone();
        self.wait(async move { client.run(request).await })
    }

    /// `future` runs on this client's thread. On a worker of a multi-threaded
    /// tokio runtime the worker's other tasks move to another thread meanwhile.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.shared.handle.spawn(async move {
            // Nobody waits if the caller's thread has ended.
            let _ = sender.send(future.await);
        });
        let receive = || receiver.recv().unwrap_or_else(|_| Err(ended()));
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => block_in_place(receive),
            _ => receive(),
        }
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// What the service stated last; empty before its first answer.
    pub(crate) fn policy_version(&self) -> Vec<u8> {
        self.shared.preferred().policy_version()
    }

    pub(crate) async fn run<C: Call>(&self, call: C) -> Result<C::Answer, Error> {
        let deadline = Instant::now() + self.timeout;
        let _permit = self.shared.permits.try_acquire().map_err(|_| full())?;
        let mut backoff = Backoff::new();
        let mut away = None;
        loop {
            match self.round(&call, deadline).await {
                Err(error) if error.code() == Code::Unavailable => away = Some(error),
                // The last try may have had next to no time: why there was so
                // little says more.
                Err(error) if error.code() == Code::DeadlineExceeded => {
                    return Err(away.unwrap_or(error));
                }
                end => return end,
            }
            let pause = sleep(backoff.next(self.shared.random_byte()));
            if timeout_at(deadline.into(), pause).await.is_err() {
                return Err(away.unwrap_or_else(ended));
            }
        }
    }

    /// Tries each signer once, beginning with the one that answered last.
    async fn round<C: Call>(&self, call: &C, deadline: Instant) -> Result<C::Answer, Error> {
        let signers = &self.shared.signers;
        let first = self.shared.preferred.load(Ordering::Relaxed);
        let mut failure = ended();
        for tried in 0..signers.len() {
            let index = (first + tried) % signers.len();
            let left = deadline.saturating_duration_since(Instant::now());
            // One that hangs leaves time for the others.
            let share = left / (signers.len() - tried) as u32;
            match signers[index].ask(call.clone(), share).await {
                Ok(answer) => {
                    self.shared.preferred.store(index, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) if worth_another_signer(&error) => failure = error,
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }

    fn start<C: Call>(&self, call: C) -> Task<C::Answer> {
        let client = self.clone();
        let task = async move { client.run(call).await };
        Task(self.shared.handle.spawn(task))
    }

    fn with_request_id(&self, mut request: v1::SignRequest) -> Result<v1::SignRequest, Error> {
        if request.request_id.is_empty() {
            request.request_id = vec![0; 16];
            let filled = self.shared.random.fill(&mut request.request_id);
            filled.map_err(|_| Error::new(Code::Internal, "no random bytes to be had"))?;
        }
        Ok(request)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.shared.signers.iter().map(|signer| &signer.name);
        f.debug_list().entries(names).finish()
    }
}

struct Shared {
    signers: Vec<Signer>,
    /// The index of the one that answered last.
    preferred: AtomicUsize,
    permits: Semaphore,
    random: &'static dyn SecureRandom,
    handle: Handle,
    /// Taken when dropped.
    runtime: Option<Runtime>,
}

impl Shared {
    fn new(options: ClientOptions) -> Result<Self, Error> {
        let provider = match options.crypto_provider {
            Some(provider) => provider,
            None => default_provider()?,
        };
        let random = provider.secure_random;
        let tls = match options.tls {
            Some(files) => Some(Arc::new(Tls::load(files, provider)?)),
            None => None,
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("keyhold")
            .enable_all()
            .build()
            .map_err(|e| Error::new(Code::ResourceExhausted, format!("no thread: {e}")))?;
        let inside = runtime.enter();
        let signers = options
            .endpoints
            .iter()
            .map(|name| Signer::new(name, tls.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        drop(inside);
        if signers.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "no endpoint is given"));
        }
        Ok(Self {
            signers,
            preferred: AtomicUsize::new(0),
            permits: Semaphore::new(options.max_in_flight.min(Semaphore::MAX_PERMITS)),
            random,
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    fn preferred(&self) -> &Signer {
        &self.signers[self.preferred.load(Ordering::Relaxed)]
    }

    fn random_byte(&self) -> u8 {
        let mut byte = [0];
        // Without randomness the pauses are only less spread.
        let _ = self.random.fill(&mut byte);
        byte[0]
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The last owner may be a task of an async runtime, which must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A call on the client's thread.
struct Task<T>(JoinHandle<Result<T, Error>>);

impl<T> Future for Task<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let joined = Pin::new(&mut self.0).poll(context);
        joined.map(|done| done.unwrap_or_else(|_| Err(ended())))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn default_provider() -> Result<Arc<CryptoProvider>, Error> {
    CryptoProvider::get_default().cloned().ok_or_else(|| {
        Error::new(
            Code::FailedPrecondition,
            "no crypto provider: set ClientOptions::crypto_provider, or install a process default \
             (rustls::crypto::CryptoProvider::install_default)",
        )
    })
}

fn full() -> Error {
    Error::new(
        Code::ResourceExhausted,
        "too many calls are under way (ClientOptions::max_in_flight)",
    )
}

fn ended() -> Error {
    Error::new(Code::Cancelled, "the client has ended")
}
