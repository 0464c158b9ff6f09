//! The words of tests/clients and tests/vectors, as the service's messages.
#![allow(dead_code)] // Each program uses a part.

use keyhold::proto::v1::{self, sign_request::Input};
use serde_json::Value;
use tonic::Code;

/// Absent fields are empty, as in the messages.
pub fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap_or_default().to_owned()
}

pub fn number(object: &Value, name: &str) -> u64 {
    object[name].as_u64().unwrap_or_default()
}

fn list(object: &Value, name: &str) -> Vec<Value> {
    object[name].as_array().cloned().unwrap_or_default()
}

pub fn numbers(object: &Value, name: &str) -> Vec<u32> {
    list(object, name)
        .iter()
        .filter_map(|n| n.as_u64()?.try_into().ok())
        .collect()
}

pub fn strings(object: &Value, name: &str) -> Vec<String> {
    list(object, name)
        .iter()
        .filter_map(|s| s.as_str().map(str::to_owned))
        .collect()
}

pub fn bytes(object: &Value, name: &str) -> Vec<u8> {
    from_hex(&text(object, name))
}

pub fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hexadecimal digits"))
        .collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn role(object: &Value) -> v1::Role {
    match text(object, "role").as_str() {
        "server" => v1::Role::Server,
        "client" => v1::Role::Client,
        _ => v1::Role::Unspecified,
    }
}

fn hash(object: &Value) -> v1::Hash {
    match text(object, "hash").as_str() {
        "sha256" => v1::Hash::Sha256,
        "sha384" => v1::Hash::Sha384,
        "sha512" => v1::Hash::Sha512,
        _ => v1::Hash::Unspecified,
    }
}

/// `None`: no form that this program knows.
pub fn input(form: &str, fields: &Value) -> Option<Input> {
    Some(match form {
        "tls13_certificate_verify" => Input::Tls13CertificateVerify(v1::Tls13CertificateVerify {
            role: role(fields).into(),
            transcript_hash: bytes(fields, "transcript_hash"),
        }),
        "tls12_server_key_exchange" => Input::Tls12ServerKeyExchange(v1::Tls12ServerKeyExchange {
            client_random: bytes(fields, "client_random"),
            server_random: bytes(fields, "server_random"),
            curve: number(fields, "curve") as u32,
            public_point: bytes(fields, "public_point"),
        }),
        "tls12_certificate_verify" => Input::Tls12CertificateVerify(v1::Tls12CertificateVerify {
            handshake_messages: bytes(fields, "handshake_messages"),
        }),
        "digest" => Input::Digest(v1::Digest {
            hash: hash(fields).into(),
            value: bytes(fields, "value"),
        }),
        "message" => Input::Message(bytes(fields, "message")),
        "csr" => Input::Csr(v1::CertificateSigningRequest {
            common_name: text(fields, "common_name"),
            dns_names: strings(fields, "dns_names"),
        }),
        "self_signed_certificate" => Input::SelfSignedCertificate(v1::SelfSignedCertificate {
            dns_names: strings(fields, "dns_names"),
            valid_days: number(fields, "valid_days") as u32,
        }),
        "delegated_credential" => Input::DelegatedCredential(v1::DelegatedCredential {
            role: role(fields).into(),
            valid_time: number(fields, "valid_time") as u32,
            dc_cert_verify_algorithm: number(fields, "dc_cert_verify_algorithm") as u32,
            spki: bytes(fields, "spki"),
        }),
        _ => return None,
    })
}

/// gRPC's own spelling: `PERMISSION_DENIED`.
pub fn code_name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
