//! What a public key says by itself: its name for the service, and the schemes
//! that it can make.

use rustls::{
    pki_types::{alg_id, CertificateDer, SubjectPublicKeyInfoDer},
    server::ParsedCertificate,
    SignatureAlgorithm, SignatureScheme,
};
use sha2::{Digest, Sha256};
use tonic::Code;

use crate::error::Error;

/// The object identifier of id-RSASSA-PSS (RFC 4055), DER.
const RSASSA_PSS: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a,
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum KeyType {
    Rsa,
    RsaPss,
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
    Ed25519,
    Ed448,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum TlsVersion {
    Tls12,
    Tls13,
}

#[derive(Debug)]
pub(crate) struct PublicKey {
    pub(crate) spki: SubjectPublicKeyInfoDer<'static>,
    pub(crate) spki_sha256: [u8; 32],
    key_type: KeyType,
}

impl PublicKey {
    pub(crate) fn of_leaf(chain: &[CertificateDer<'_>]) -> Result<Self, Error> {
        let invalid = |why: String| Error::new(Code::InvalidArgument, why);
        let leaf = chain
            .first()
            .ok_or_else(|| invalid("the certificate chain is empty".into()))?;
        let spki = ParsedCertificate::try_from(leaf)
            .map_err(|e| invalid(format!("cannot read the certificate: {e}")))?
            .subject_public_key_info()
            .into_owned();
        let key_type = key_type(&spki)
            .ok_or_else(|| invalid("the certificate's key is none that Keyhold serves".into()))?;
        let spki_sha256 = Sha256::digest(&spki).into();
        Ok(Self {
            spki,
            spki_sha256,
            key_type,
        })
    }

    pub(crate) fn algorithm(&self) -> SignatureAlgorithm {
        match self.key_type {
            KeyType::Rsa | KeyType::RsaPss => SignatureAlgorithm::RSA,
            KeyType::EcdsaP256 | KeyType::EcdsaP384 | KeyType::EcdsaP521 => {
                SignatureAlgorithm::ECDSA
            }
            KeyType::Ed25519 => SignatureAlgorithm::ED25519,
            KeyType::Ed448 => SignatureAlgorithm::ED448,
        }
    }

    /// Of `offered`, what this key can make: sorted, each once, so that it is
    /// the same for every order, and whatever unknown points are in it.
    pub(crate) fn usable(&self, version: TlsVersion, offered: &[SignatureScheme]) -> Vec<u16> {
        let can_make = schemes(self.key_type, version);
        let mut usable: Vec<u16> = offered.iter().map(|s| u16::from(*s)).collect();
        usable.retain(|point| can_make.contains(point));
        usable.sort_unstable();
        usable.dedup();
        usable
    }
}

fn key_type(spki: &[u8]) -> Option<KeyType> {
    let algorithm = content(content(spki)?)?;
    [
        (alg_id::RSA_ENCRYPTION.as_ref(), KeyType::Rsa),
        (RSASSA_PSS, KeyType::RsaPss),
        (alg_id::ECDSA_P256.as_ref(), KeyType::EcdsaP256),
        (alg_id::ECDSA_P384.as_ref(), KeyType::EcdsaP384),
        (alg_id::ECDSA_P521.as_ref(), KeyType::EcdsaP521),
        (alg_id::ED25519.as_ref(), KeyType::Ed25519),
        (alg_id::ED448.as_ref(), KeyType::Ed448),
    ]
    .into_iter()
    .find(|(id, _)| algorithm.starts_with(id))
    .map(|(_, key_type)| key_type)
}

/// What follows the header of a DER SEQUENCE.
fn content(der: &[u8]) -> Option<&[u8]> {
    match *der {
        [0x30, 0x82, _, _, ref rest @ ..]
        | [0x30, 0x81, _, ref rest @ ..]
        | [0x30, 0..=0x7f, ref rest @ ..] => Some(rest),
        _ => None,
    }
}

/// RFC 8446 §4.2.3: TLS 1.3 has no PKCS#1, and an ECDSA scheme fixes the curve;
/// in TLS 1.2 it fixes the hash only.
fn schemes(key_type: KeyType, version: TlsVersion) -> &'static [u16] {
    let tls12 = version == TlsVersion::Tls12;
    match key_type {
        KeyType::Rsa if tls12 => &[0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806],
        KeyType::Rsa => &[0x0804, 0x0805, 0x0806],
        KeyType::RsaPss => &[0x0809, 0x080a, 0x080b],
        KeyType::EcdsaP256 | KeyType::EcdsaP384 | KeyType::EcdsaP521 if tls12 => {
            &[0x0403, 0x0503, 0x0603]
        }
        KeyType::EcdsaP256 => &[0x0403],
        KeyType::EcdsaP384 => &[0x0503],
        KeyType::EcdsaP521 => &[0x0603],
        KeyType::Ed25519 => &[0x0807],
        KeyType::Ed448 => &[0x0808],
    }
}

/// rustls does not say which version a list of schemes is offered in. In TLS
/// 1.3 it hands over none with PKCS#1 or SHA-1: a list that has one is TLS
/// 1.2's. A list without may be either's.
pub(crate) fn is_of_tls12(offered: &[SignatureScheme]) -> bool {
    offered.iter().any(|scheme| {
        let [hash, signature] = u16::from(*scheme).to_be_bytes();
        hash == 0x02 || (hash < 0x08 && signature == 0x01)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(algorithm: &'static rcgen::SignatureAlgorithm) -> PublicKey {
        let pair = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["www.example.test".into()])
            .unwrap()
            .self_signed(&pair)
            .unwrap();
        PublicKey::of_leaf(&[certificate.der().clone()]).unwrap()
    }

    #[test]
    fn an_ecdsa_scheme_fixes_the_curve_only_in_tls13() {
        let key = key(&rcgen::PKCS_ECDSA_P384_SHA384);
        let offered = [
            SignatureScheme::Unknown(0x4a4a),
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
        ];
        assert_eq!(key.algorithm(), SignatureAlgorithm::ECDSA);
        assert_eq!(key.usable(TlsVersion::Tls13, &offered), [0x0503]);
        assert_eq!(key.usable(TlsVersion::Tls12, &offered), [0x0403, 0x0503]);
    }

    #[test]
    fn ed25519_has_one_scheme() {
        let key = key(&rcgen::PKCS_ED25519);
        let offered = [SignatureScheme::ED25519, SignatureScheme::ED448];
        assert_eq!(key.algorithm(), SignatureAlgorithm::ED25519);
        assert_eq!(key.usable(TlsVersion::Tls13, &offered), [0x0807]);
        assert!(key.usable(TlsVersion::Tls12, &offered[1..]).is_empty());
    }

    #[test]
    fn the_name_is_the_hash_of_the_public_key() {
        let key = key(&rcgen::PKCS_ECDSA_P256_SHA256);
        assert_eq!(key.spki_sha256[..], Sha256::digest(&key.spki)[..]);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let error = PublicKey::of_leaf(&[]).unwrap_err();
        assert_eq!(error.to_string(), "the certificate chain is empty");
        let error = PublicKey::of_leaf(&[vec![1, 2, 3].into()]).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error
            .to_string()
            .starts_with("cannot read the certificate: "));
    }

    #[test]
    fn pkcs1_and_sha1_give_tls12_away() {
        use SignatureScheme as S;
        assert!(is_of_tls12(&[S::RSA_PSS_SHA256, S::RSA_PKCS1_SHA256]));
        assert!(is_of_tls12(&[S::ECDSA_SHA1_Legacy]));
        let both = [S::ED25519, S::ECDSA_NISTP521_SHA512, S::RSA_PSS_SHA512];
        assert!(!is_of_tls12(&both));
        assert!(!is_of_tls12(&[S::Unknown(0x0904), S::Unknown(0x081a)]));
    }
}
