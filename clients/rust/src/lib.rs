#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod call;
mod choice;
mod client;
mod endpoint;
mod error;
mod input;
mod key;
mod options;
mod public_key;
mod remote_signer;
mod resolver;
mod retry;
mod signer;
mod transport;
#[cfg(test)]
mod vectors;

pub use client::Client;
pub use error::Error;
pub use key::{RemoteSigningKey, Role};
pub use options::{ClientOptions, TlsFiles};
pub use remote_signer::RemoteSigner;
pub use resolver::{ClientCertResolver, SniResolver};

/// The service's messages, generated from `proto/keyhold/signer/v1`.
#[allow(missing_docs, clippy::all)]
pub mod proto {
    pub mod google {
        pub mod rpc {
            tonic::include_proto!("google.rpc");
        }
    }
    pub mod keyhold {
        pub mod signer {
            pub mod v1 {
                tonic::include_proto!("keyhold.signer.v1");
            }
        }
    }
    pub use google::rpc;
    pub use keyhold::signer::v1;
}
