//! What the tests share: a fake signer, the real one, and handshakes.
#![allow(dead_code)] // Each test program uses a part.

pub mod fake;
pub mod handshake;
pub mod real;

use std::sync::Arc;

use rustls::crypto::{ring, CryptoProvider};

pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
