//! Where a signer listens.

use std::path::PathBuf;

use tonic::Code;

use crate::error::Error;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Endpoint {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

impl Endpoint {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = match path.strip_prefix("//") {
                Some(absolute) => absolute,
                None => path,
            };
            return match path {
                "" => Err(not_an_endpoint(text)),
                _ => Ok(Self::Unix(path.into())),
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| not_an_endpoint(text))?;
        let port = port.parse().map_err(|_| not_an_endpoint(text))?;
        let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let host = bracketed.unwrap_or(host);
        if host.is_empty() || port == 0 || (bracketed.is_none() && host.contains(':')) {
            return Err(not_an_endpoint(text));
        }
        Ok(Self::Tcp {
            host: host.to_owned(),
            port,
        })
    }
}

fn not_an_endpoint(text: &str) -> Error {
    Error::new(
        Code::InvalidArgument,
        format!(
            "endpoint \"{text}\": expected HOST:PORT, an IPv6 address in brackets, or unix:PATH"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_form() {
        let tcp = |host: &str, port| Endpoint::Tcp {
            host: host.to_owned(),
            port,
        };
        for (text, endpoint) in [
            ("signer.example.test:7443", tcp("signer.example.test", 7443)),
            ("127.0.0.1:1", tcp("127.0.0.1", 1)),
            ("[::1]:7443", tcp("::1", 7443)),
            (
                "unix:run/signer.sock",
                Endpoint::Unix("run/signer.sock".into()),
            ),
            (
                "unix:/run/signer.sock",
                Endpoint::Unix("/run/signer.sock".into()),
            ),
            (
                "unix:///run/signer.sock",
                Endpoint::Unix("/run/signer.sock".into()),
            ),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap(), endpoint, "{text}");
        }
    }

    #[test]
    fn says_what_it_expected() {
        for text in [
            "",
            "host",
            ":1",
            "host:",
            "host:0",
            "host:65536",
            "::1:7443",
            "unix:",
        ] {
            let error = Endpoint::parse(text).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument);
            assert_eq!(
                error.to_string(),
                format!("endpoint \"{text}\": expected HOST:PORT, an IPv6 address in brackets, or unix:PATH")
            );
        }
    }
}
