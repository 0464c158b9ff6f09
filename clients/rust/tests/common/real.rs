//! The real keyhold-signer, with what `keyhold init` makes.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use keyhold::{Client, ClientOptions, TlsFiles};
use rustls::pki_types::{pem::PemObject, CertificateDer};
use tempfile::TempDir;

/// The programs: `$KEYHOLD_BIN`, or where Bazel puts them.
fn program(path: &str) -> PathBuf {
    let folder = env::var_os("KEYHOLD_BIN").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bazel-bin"),
        PathBuf::from,
    );
    let program = folder.join(path);
    assert!(
        program.exists(),
        "{} is not there: bazel build //signer_service:keyhold-signer //cli:keyhold, \
         or set KEYHOLD_BIN to a folder like bazel-bin",
        program.display()
    );
    program
}

pub struct RealSigner {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl RealSigner {
    /// `sites`: as of `keyhold init --site`; none: its three.
    pub fn start(sites: &[&str]) -> Self {
        let mut signer = Self {
            folder: tempfile::tempdir().unwrap(),
            port: 0,
            child: None,
        };
        signer.init(sites);
        signer.run();
        signer
    }

    /// Keys, certificates and CAs anew, at the same paths.
    pub fn init(&self, sites: &[&str]) {
        let mut command = Command::new(program("cli/keyhold"));
        command
            .arg("init")
            .arg(self.folder.path().join("dev"))
            .arg("--force");
        for site in sites {
            command.args(["--site", site]);
        }
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
    }

    /// A restart takes the same port, as a service would.
    pub fn run(&mut self) {
        self.stop();
        let config = self.path("signer/signer.yaml");
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, text.replace(":7443", &format!(":{}", self.port))).unwrap();
        let mut child = Command::new(program("signer_service/keyhold-signer"))
            .arg("--config")
            .arg(&config)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        self.child = Some(child);
        let ready = lines
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line.contains("\"event\":\"ready\""))
            .expect("the signer did not start");
        let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
        let address = ready["listeners"][0]["address"].as_str().unwrap();
        self.port = address.rsplit(':').next().unwrap().parse().unwrap();
        // What it logs from here on must not fill the pipe.
        thread::spawn(move || lines.for_each(drop));
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// In the folder that init made.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("dev").join(name)
    }

    pub fn endpoint(&self) -> String {
        format!("localhost:{}", self.port)
    }

    pub fn options(&self) -> ClientOptions {
        super::fake::options([self.endpoint()]).tls(TlsFiles::new(
            self.path("app/transport.crt"),
            self.path("app/transport.key"),
            self.path("app/signer-ca.crt"),
        ))
    }

    pub fn client(&self) -> Client {
        Client::new(self.options()).unwrap()
    }

    /// The certificates in a file of the application's folder.
    pub fn chain(&self, name: &str) -> Vec<CertificateDer<'static>> {
        let file = self.path("app").join(name);
        CertificateDer::pem_file_iter(file)
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    pub fn site_ca(&self) -> CertificateDer<'static> {
        self.chain("site-ca.crt").remove(0)
    }
}

impl Drop for RealSigner {
    fn drop(&mut self) {
        self.stop();
    }
}
