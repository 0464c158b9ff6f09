//! rustls with keys of the real signer, against OpenSSL and curl: what other
//! programs see. Also the example of README.md, as it stands there.

mod common;

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
};

use common::{handshake::Handshake, real::RealSigner};
use keyhold::{ClientCertResolver, SniResolver};
use rustls::{
    version::{TLS12, TLS13},
    ClientConnection, ServerConnection, Stream,
};

const TYPES: [&str; 7] = ["rsa", "rsa-pss", "p256", "p384", "p521", "ed25519", "ed448"];

/// Serves one connection with the site's certificate; returns its port.
fn serve_one(handshake: &Handshake<'_>) -> u16 {
    let config = Arc::new(handshake.server_config());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        let mut tls = ServerConnection::new(config).unwrap();
        let mut stream = Stream::new(&mut tls, &mut tcp);
        // The peer may refuse: then there is nothing to say.
        let _ = stream.write_all(b"hello over TLS\n");
        stream.conn.send_close_notify();
        let _ = stream.flush();
    });
    port
}

fn s_client(signer: &RealSigner, port: u16, name: &str, version: &str) -> String {
    let done = Command::new("openssl")
        .args([
            "s_client",
            "-ign_eof",
            "-verify_return_error",
            "-servername",
            name,
        ])
        .args(["-verify_hostname", name, version, "-connect"])
        .arg(format!("127.0.0.1:{port}"))
        .arg("-CAfile")
        .arg(signer.path("app/site-ca.crt"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned()
}

#[test]
fn openssl_accepts_servers_of_each_key_type() {
    let names = TYPES.map(|kind| format!("{kind}.example.test:{kind}"));
    let names = names.each_ref().map(String::as_str);
    let signer = RealSigner::start(&names);
    let client = signer.client();
    for kind in TYPES {
        let name = format!("{kind}.example.test");
        let chain = signer.chain(&format!("sites/{name}.crt"));
        let server = SniResolver::new().with_site(&client, &name, chain).unwrap();
        for (version, flag) in [(&TLS13, "-tls1_3"), (&TLS12, "-tls1_2")] {
            // rustls names neither in TLS 1.2.
            if flag == "-tls1_2" && ["rsa-pss", "ed448"].contains(&kind) {
                continue;
            }
            let port = serve_one(&Handshake {
                version,
                name: &name,
                ca: signer.site_ca(),
                server: Arc::new(server.clone()),
                client: None,
            });
            let seen = s_client(&signer, port, &name, flag);
            assert!(seen.contains("Verification: OK"), "{name} {flag}: {seen}");
            assert!(seen.contains("hello over TLS"), "{name} {flag}: {seen}");
        }
    }
}

struct SServer(Child);

impl Drop for SServer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn openssl_accepts_a_client_certificate() {
    let signer = RealSigner::start(&[]);
    let client = signer.client();
    for version in [&TLS13, &TLS12] {
        let mut server = Command::new("openssl")
            .args([
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-naccept",
                "1",
                "-Verify",
                "1",
            ])
            .args(["-verify_return_error", "-rev", "-CAfile"])
            .arg(signer.path("app/site-ca.crt"))
            .arg("-cert")
            .arg(signer.path("signer/keys/ecdsa.example.test.crt"))
            .arg("-key")
            .arg(signer.path("signer/keys/ecdsa.example.test.key"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let _server = SServer(server);
        let accept = lines.find(|line| line.starts_with("ACCEPT")).unwrap();
        let port: u16 = accept.rsplit(':').next().unwrap().parse().unwrap();

        let resolver =
            ClientCertResolver::new().with_certificate(&client, signer.chain("client.crt"));
        let handshake = Handshake {
            version,
            name: "ecdsa.example.test",
            ca: signer.site_ca(),
            server: Arc::new(SniResolver::new()),
            client: Some(Arc::new(resolver.unwrap())),
        };
        let name = handshake.name.try_into().unwrap();
        let mut tls = ClientConnection::new(Arc::new(handshake.client_config()), name).unwrap();
        let mut tcp = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let mut stream = Stream::new(&mut tls, &mut tcp);
        stream.write_all(b"olleh\n").unwrap();
        let mut answer = [0; 6];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"hello\n");
    }
}

/// Beside this test's program, where cargo puts examples.
fn example(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    profile.join("examples").join(name)
}

#[test]
fn the_example_of_the_readme_serves_curl() {
    let signer = RealSigner::start(&[]);
    let mut server = Command::new(example("readme"))
        .current_dir(signer.folder())
        .env("KEYHOLD_SIGNER", signer.endpoint())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let _server = SServer(server);
    let address = line.trim().strip_prefix("listening on ").unwrap();
    for name in ["ecdsa.example.test", "rsa.example.test"] {
        for version in ["1.2", "1.3"] {
            let page = Command::new("curl")
                .args([
                    "--silent",
                    "--show-error",
                    "--http0.9",
                    "--tls-max",
                    version,
                ])
                .args(["--connect-to", &format!("::{address}"), "--cacert"])
                .arg(signer.path("app/site-ca.crt"))
                .arg(format!("https://{name}/"))
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&page.stdout);
            let fault = String::from_utf8_lossy(&page.stderr);
            assert_eq!(
                text, "Hello. My key is somewhere else.\n",
                "{name} {version}: {fault}"
            );
        }
    }
}
