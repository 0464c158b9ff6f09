//! The golden vectors of tests/vectors, for what is private to this crate;
//! tests/vectors.rs has the rest.

use prost::Message;
use serde_json::Value;
use tonic::{Code, Status};

use crate::{
    error::{from_hex, Error},
    input::recognise,
    key::Role,
    proto::v1::{self, sign_request::Input},
};

fn vectors(name: &str) -> Vec<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/vectors.json"
    );
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let entries = vectors[name].as_array().unwrap().clone();
    assert!(!entries.is_empty());
    entries
}

fn bytes(vector: &Value, name: &str) -> Vec<u8> {
    from_hex(vector[name].as_str().unwrap())
}

fn role_of(input: &Input) -> Option<Role> {
    match input {
        Input::Tls13CertificateVerify(input) if input.role() == v1::Role::Server => {
            Some(Role::Server)
        }
        Input::Tls12ServerKeyExchange(_) => Some(Role::Server),
        Input::Tls13CertificateVerify(_) | Input::Tls12CertificateVerify(_) => Some(Role::Client),
        _ => None,
    }
}

#[test]
fn what_tls_signs_is_recognised() {
    let mut recognised = 0;
    for vector in vectors("sign") {
        let request = v1::SignRequest::decode(bytes(&vector, "request_bytes").as_slice()).unwrap();
        let input = request.input.unwrap();
        if let Some(role) = role_of(&input) {
            let found = recognise(role, &bytes(&vector, "to_be_signed"));
            assert_eq!(found, Some(input), "{}", vector["name"]);
            recognised += 1;
        }
    }
    assert!(recognised > 50);
}

#[test]
fn what_only_looks_like_it_is_not() {
    for vector in vectors("not_structured") {
        for role in [Role::Server, Role::Client] {
            assert_eq!(
                recognise(role, &bytes(&vector, "bytes")),
                None,
                "{}",
                vector["name"]
            );
        }
    }
}

#[test]
fn errors_keep_reason_and_policy_version() {
    for vector in vectors("errors") {
        let code = Code::from_i32(vector["code"].as_i64().unwrap() as i32);
        let status = Status::with_details(code, "told", bytes(&vector, "details").into());
        let error = Error::from_status("there", &status);
        assert_eq!(error.code(), code);
        assert_eq!(error.reason(), vector["reason"], "{}", vector["name"]);
        assert_eq!(
            error.policy_version(),
            bytes(&vector, "policy_version"),
            "{}",
            vector["name"]
        );
    }
}
