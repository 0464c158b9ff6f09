//! Turns the bytes that rustls wants signed into a structured input, so that
//! the service never signs "anything".

use crate::{
    key::Role,
    proto::v1::{
        sign_request::Input, Tls12CertificateVerify, Tls12ServerKeyExchange, Tls13CertificateVerify,
    },
};

// RFC 8446 §4.4.3: 64 spaces, the context, and a zero byte.
const PADDING: [u8; 64] = [b' '; 64];
const SERVER_CONTEXT: &[u8] = b"TLS 1.3, server CertificateVerify\0";
const CLIENT_CONTEXT: &[u8] = b"TLS 1.3, client CertificateVerify\0";

const NAMED_CURVE: u8 = 3;
const CLIENT_HELLO: u8 = 1;

/// `None`: `message` is nothing that a TLS 1.2 or 1.3 peer in this role signs.
pub(crate) fn recognise(role: Role, message: &[u8]) -> Option<Input> {
    tls13(role, message).or_else(|| match role {
        Role::Server => tls12_server(message),
        Role::Client => tls12_client(message),
    })
}

fn tls13(role: Role, message: &[u8]) -> Option<Input> {
    let context = match role {
        Role::Server => SERVER_CONTEXT,
        Role::Client => CLIENT_CONTEXT,
    };
    let hash = message.strip_prefix(&PADDING)?.strip_prefix(context)?;
    matches!(hash.len(), 32 | 48).then(|| {
        Input::Tls13CertificateVerify(Tls13CertificateVerify {
            role: role.to_proto().into(),
            transcript_hash: hash.to_vec(),
        })
    })
}

/// RFC 8422 §5.4.
fn tls12_server(message: &[u8]) -> Option<Input> {
    let (client_random, rest) = message.split_at_checked(32)?;
    let (server_random, rest) = rest.split_at_checked(32)?;
    let &[NAMED_CURVE, high, low, length, ref point @ ..] = rest else {
        return None;
    };
    let curve = u32::from(u16::from_be_bytes([high, low]));
    let expected = match curve {
        23 => 65,
        24 => 97,
        25 => 133,
        29 => 32,
        30 => 56,
        _ => return None,
    };
    (point.len() == expected && usize::from(length) == expected).then(|| {
        Input::Tls12ServerKeyExchange(Tls12ServerKeyExchange {
            client_random: client_random.to_vec(),
            server_random: server_random.to_vec(),
            curve,
            public_point: point.to_vec(),
        })
    })
}

/// RFC 5246 §7.4.8: handshake messages, ClientHello first, filling it exactly.
/// The service reads what is in them.
fn tls12_client(message: &[u8]) -> Option<Input> {
    let mut rest = message;
    while let &[_, a, b, c, ref after @ ..] = rest {
        rest = after.get(u32::from_be_bytes([0, a, b, c]) as usize..)?;
    }
    (rest.is_empty() && message.first() == Some(&CLIENT_HELLO)).then(|| {
        Input::Tls12CertificateVerify(Tls12CertificateVerify {
            handshake_messages: message.to_vec(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls13_content(context: &[u8], hash: usize) -> Vec<u8> {
        [&PADDING, context, &vec![7; hash]].concat()
    }

    fn server_key_exchange(curve: u16, length: u8, point: usize) -> Vec<u8> {
        let [high, low] = curve.to_be_bytes();
        let header = [NAMED_CURVE, high, low, length];
        [&[1; 32][..], &[2; 32], &header, &vec![4; point]].concat()
    }

    #[test]
    fn of_tls13_only_the_hash_is_sent() {
        for (role, context) in [
            (Role::Server, SERVER_CONTEXT),
            (Role::Client, CLIENT_CONTEXT),
        ] {
            for size in [32, 48] {
                let Some(Input::Tls13CertificateVerify(input)) =
                    recognise(role, &tls13_content(context, size))
                else {
                    panic!("{role:?} {size}");
                };
                assert_eq!(input.role(), role.to_proto());
                assert_eq!(input.transcript_hash, vec![7; size]);
            }
        }
    }

    #[test]
    fn another_role_or_size_is_not_tls13() {
        assert!(recognise(Role::Client, &tls13_content(SERVER_CONTEXT, 32)).is_none());
        assert!(recognise(Role::Server, &tls13_content(CLIENT_CONTEXT, 32)).is_none());
        assert!(recognise(Role::Server, &tls13_content(SERVER_CONTEXT, 31)).is_none());
        assert!(recognise(Role::Server, &tls13_content(SERVER_CONTEXT, 64)).is_none());
        let mut bent = tls13_content(SERVER_CONTEXT, 32);
        bent[63] = b'!';
        assert!(recognise(Role::Server, &bent).is_none());
    }

    #[test]
    fn a_server_key_exchange_goes_as_its_fields() {
        for (curve, size) in [(23, 65), (24, 97), (25, 133), (29, 32), (30, 56)] {
            let message = server_key_exchange(curve, size, size.into());
            let Some(Input::Tls12ServerKeyExchange(input)) = recognise(Role::Server, &message)
            else {
                panic!("curve {curve}");
            };
            assert_eq!(input.client_random, [1; 32]);
            assert_eq!(input.server_random, [2; 32]);
            assert_eq!(input.curve, u32::from(curve));
            assert_eq!(input.public_point, vec![4; size.into()]);
            assert!(recognise(Role::Client, &message).is_none());
        }
    }

    #[test]
    fn another_curve_or_length_is_no_server_key_exchange() {
        for message in [
            server_key_exchange(26, 65, 65),
            server_key_exchange(23, 64, 64),
            server_key_exchange(23, 65, 66),
            server_key_exchange(29, 32, 31),
            vec![1; 67],
            vec![],
        ] {
            assert!(recognise(Role::Server, &message).is_none());
        }
    }

    #[test]
    fn a_client_transcript_is_handshake_messages_to_the_last_byte() {
        let transcript = [1, 0, 0, 2, 9, 9, 2, 0, 0, 0];
        let Some(Input::Tls12CertificateVerify(input)) = recognise(Role::Client, &transcript)
        else {
            panic!("not recognised");
        };
        assert_eq!(input.handshake_messages, transcript);
        assert!(recognise(Role::Server, &transcript).is_none());
        assert!(recognise(Role::Client, &transcript[..9]).is_none());
        assert!(recognise(Role::Client, &transcript[6..]).is_none());
        assert!(recognise(Role::Client, &[]).is_none());
    }
}
