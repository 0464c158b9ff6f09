//! The golden vectors of tests/vectors, which all clients share.

#[path = "../examples/conformance/json.rs"]
mod json;

use std::collections::{BTreeSet, HashMap};

use json::{bytes, from_hex, number, numbers, text};
use keyhold::proto::v1::{self, sign_request::Input};
use prost::Message;
use rustls::{crypto::ring, SignatureScheme};
use serde_json::Value;

fn vectors() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/vectors.json"
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn entries<'a>(vectors: &'a Value, name: &str) -> &'a Vec<Value> {
    let entries = vectors[name].as_array().unwrap();
    assert!(!entries.is_empty());
    entries
}

fn sign_request(form: &str, fields: &Value) -> v1::SignRequest {
    let fixed = [
        "id",
        "request_id",
        "time_left_us",
        "traceparent",
        "spki_sha256",
        "scheme",
        "offered_schemes",
        "server_name",
        form,
    ];
    for name in fields.as_object().unwrap().keys() {
        assert!(
            fixed.contains(&name.as_str()),
            "a field that this test does not know: {name}"
        );
    }
    v1::SignRequest {
        id: number(fields, "id"),
        request_id: bytes(fields, "request_id"),
        time_left_us: fields["time_left_us"].as_u64(),
        traceparent: text(fields, "traceparent"),
        spki_sha256: bytes(fields, "spki_sha256"),
        scheme: number(fields, "scheme") as u32,
        offered_schemes: numbers(fields, "offered_schemes"),
        server_name: text(fields, "server_name"),
        input: match &fields[form] {
            Value::String(text) => Some(Input::Message(from_hex(text))),
            fields => Some(json::input(form, fields).expect("a form that this test knows")),
        },
        ..Default::default()
    }
}

#[test]
fn requests_have_exactly_these_bytes() {
    let vectors = vectors();
    for vector in entries(&vectors, "sign") {
        let request = sign_request(&text(vector, "form"), &vector["request"]);
        assert_eq!(
            request.encode_to_vec(),
            bytes(vector, "request_bytes"),
            "{}",
            vector["name"]
        );
    }
    for vector in entries(&vectors, "choose") {
        let fields = &vector["request"];
        let version = match text(fields, "tls_version").as_str() {
            "1.2" => v1::TlsVersion::TlsVersion12,
            "1.3" => v1::TlsVersion::TlsVersion13,
            other => panic!("a version that this test does not know: {other}"),
        };
        let request = v1::ChooseSchemeRequest {
            spki_sha256: bytes(fields, "spki_sha256"),
            role: json::role(fields).into(),
            tls_version: version.into(),
            server_name: text(fields, "server_name"),
            offered: numbers(fields, "offered"),
        };
        assert_eq!(
            request.encode_to_vec(),
            bytes(vector, "request_bytes"),
            "{}",
            vector["name"]
        );
    }
}

/// The algorithm identifier of a SubjectPublicKeyInfo, and the key itself.
fn parts(spki: &[u8]) -> (&[u8], &[u8]) {
    let (_, content, _) = tlv(spki);
    let (_, algorithm, rest) = tlv(content);
    let (tag, bits, _) = tlv(rest);
    assert_eq!(
        (tag, bits[0]),
        (0x03, 0),
        "a BIT STRING without unused bits"
    );
    (algorithm, &bits[1..])
}

fn tlv(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (header, length) = match der[1] {
        0x82 => (4, usize::from(u16::from_be_bytes([der[2], der[3]]))),
        0x81 => (3, der[2].into()),
        length => (2, length.into()),
    };
    (
        der[0],
        &der[header..header + length],
        &der[header + length..],
    )
}

/// `None`: ring has no such algorithm.
fn verifies(spki: &[u8], scheme: u16, message: &[u8], signature: &[u8]) -> Option<bool> {
    let (algorithm, key) = parts(spki);
    let known = ring::default_provider().signature_verification_algorithms;
    let (_, candidates) = known
        .mapping
        .iter()
        .find(|(s, _)| *s == SignatureScheme::from(scheme))?;
    let found = candidates
        .iter()
        .find(|c| c.public_key_alg_id().as_ref() == algorithm)?;
    Some(found.verify_signature(key, message, signature).is_ok())
}

#[test]
fn signatures_verify_or_not_as_stated() {
    let vectors = vectors();
    let spki: HashMap<_, _> = entries(&vectors, "keys")
        .iter()
        .map(|key| (text(key, "name"), bytes(key, "spki")))
        .collect();
    let (mut checked, mut unknown) = (0, BTreeSet::new());
    for vector in entries(&vectors, "sign") {
        if vector["to_be_signed"].is_null() {
            continue;
        }
        let (key, scheme) = (text(vector, "key"), number(vector, "scheme") as u16);
        let message = bytes(vector, "to_be_signed");
        match verifies(&spki[&key], scheme, &message, &bytes(vector, "signature")) {
            Some(verified) => {
                assert_eq!(
                    Some(verified),
                    vector["verifies"].as_bool(),
                    "{}",
                    vector["name"]
                );
                checked += 1;
            }
            None => {
                unknown.insert(format!("{key} {:?}", SignatureScheme::from(scheme)));
            }
        }
    }
    assert!(checked > 30);
    println!("not verified here, as ring has no such algorithm: {unknown:?}");
    for name in unknown {
        let expected = ["rsapss", "p521", "ed448"]
            .iter()
            .any(|key| name.starts_with(key));
        assert!(
            expected || name.contains("P521_SHA512") || name.contains("NISTP521"),
            "{name}"
        );
    }
}
