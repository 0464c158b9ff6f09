//! Answers the commands of tests/clients (its README says which), one JSON
//! object a line: `conformance ENV.json`.

mod json;
mod tls;

use std::{
    collections::HashMap,
    error::Error,
    fs,
    io::{self, BufRead, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use keyhold::{
    proto::v1::{self, sign_request::Input},
    Client, ClientOptions, TlsFiles,
};
use serde_json::{json, Value};
use tokio::{runtime::Runtime, task::JoinSet};

use json::{bytes, code_name, hex, number, numbers, strings, text};

type Answer = Result<Value, Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    // Without a process default nothing would be verified: say which.
    let provider = rustls::crypto::ring::default_provider();
    provider.install_default().expect("it is the first");
    let path = std::env::args()
        .nth(1)
        .ok_or("usage: conformance ENV.json")?;
    let mut program = Program {
        environment: serde_json::from_slice(&fs::read(path)?)?,
        clients: HashMap::new(),
        servers: HashMap::new(),
        runtime: Runtime::new()?,
    };
    say(&json!({"client": "rust"}))?;
    for line in io::stdin().lock().lines() {
        let command: Value = serde_json::from_str(&line?)?;
        let mut answer = program
            .run(&command)
            .unwrap_or_else(|error| refused(&*error));
        answer["n"] = command["n"].clone();
        say(&answer)?;
    }
    Ok(())
}

fn say(answer: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}")?;
    out.flush()
}

fn refused(error: &(dyn Error + 'static)) -> Value {
    let (status, reason) = match keyhold::Error::find(error) {
        Some(refusal) => (code_name(refusal.code()), refusal.reason()),
        None => ("TLS".to_owned(), ""),
    };
    json!({"ok": false, "status": status, "reason": reason, "message": error.to_string()})
}

struct Program {
    environment: Value,
    /// One for each identity and list of endpoints, for the program's life.
    clients: HashMap<String, Client>,
    servers: HashMap<u64, tls::Server>,
    runtime: Runtime,
}

impl Program {
    fn run(&mut self, command: &Value) -> Answer {
        if let Some(word) = tls::limit(command) {
            return Ok(json!({"unsupported": word, "message": "rustls has none"}));
        }
        match text(command, "op").as_str() {
            "list_keys" => self.list_keys(command),
            "choose" => self.choose(command),
            "sign" => self.sign(command),
            "bench" => self.bench(command),
            "tls_server" => {
                let client = self.client(command)?;
                let server = self.runtime.block_on(tls::Server::start(client, command))?;
                let port = server.port;
                self.servers.insert(port, server);
                Ok(json!({"ok": true, "port": port}))
            }
            "stop" => {
                let server = self.servers.remove(&number(command, "port"));
                // rustls sends no alert when a signer fails.
                let errors = server.ok_or("no such server")?.stop();
                Ok(json!({"ok": true, "alert": errors.is_empty(), "errors": errors}))
            }
            "tls_client" => {
                let client = self.client(command)?;
                let received = self.runtime.block_on(tls::fetch(client, command))?;
                Ok(json!({"ok": true, "received": received}))
            }
            op => Ok(json!({"unsupported": "no-such-op", "message": op})),
        }
    }

    fn client(&mut self, command: &Value) -> Result<Client, keyhold::Error> {
        let identity = text(command, "identity");
        let endpoints = strings(command, "endpoints");
        let name = format!("{identity} {endpoints:?}");
        let timeout = Duration::from_millis(number(command, "timeout_ms"));
        if let Some(client) = self.clients.get(&name) {
            return Ok(client.with_timeout(timeout));
        }
        let files = &self.environment["identities"][&identity];
        let files = ["certificate", "private_key", "ca"].map(|name| text(files, name));
        let [certificate, private_key, ca] = files;
        let options =
            ClientOptions::new(endpoints).tls(TlsFiles::new(certificate, private_key, ca));
        let client = Client::new(options)?;
        self.clients.insert(name, client.clone());
        Ok(client.with_timeout(timeout))
    }

    fn list_keys(&mut self, command: &Value) -> Answer {
        let request = v1::ListKeysRequest {
            page_size: 3,
            ..Default::default()
        };
        let client = self.client(command)?;
        let keys = self.runtime.block_on(client.list_keys(request))?;
        let keys = keys.into_iter().map(|key| {
            json!({
                "id": key.id, "label": key.label,
                "type": key.r#type().as_str_name().trim_start_matches("KEY_TYPE_"),
                "spki_sha256": hex(&key.spki_sha256), "schemes": key.schemes,
                "server_names": key.server_names,
            })
        });
        Ok(json!({"ok": true, "keys": keys.collect::<Vec<_>>()}))
    }

    fn choose(&mut self, command: &Value) -> Answer {
        let version = match text(command, "tls_version").as_str() {
            "1.2" => v1::TlsVersion::TlsVersion12,
            _ => v1::TlsVersion::TlsVersion13,
        };
        let request = v1::ChooseSchemeRequest {
            spki_sha256: bytes(command, "spki_sha256"),
            role: json::role(command).into(),
            tls_version: version.into(),
            server_name: text(command, "server_name"),
            offered: numbers(command, "offered"),
        };
        let client = self.client(command)?;
        let answer = self.runtime.block_on(client.choose_scheme(request))?;
        Ok(json!({"ok": true, "scheme": answer.scheme}))
    }

    fn sign(&mut self, command: &Value) -> Answer {
        let input = &command["input"];
        let request = v1::SignRequest {
            spki_sha256: bytes(command, "spki_sha256"),
            scheme: number(command, "scheme") as u32,
            offered_schemes: numbers(command, "offered_schemes"),
            server_name: text(command, "server_name"),
            input: json::input(&text(input, "form"), input),
            ..Default::default()
        };
        let client = self.client(command)?;
        let answer = self.runtime.block_on(client.sign(request))?;
        Ok(json!({
            "ok": true, "scheme": answer.scheme, "signature": hex(&answer.signature),
            "signed_object": hex(&answer.signed_object),
        }))
    }

    fn bench(&mut self, command: &Value) -> Answer {
        let client = Arc::new(self.client(command)?);
        let request = v1::SignRequest {
            spki_sha256: bytes(command, "spki_sha256"),
            scheme: number(command, "scheme") as u32,
            ..Default::default()
        };
        let time = Duration::from_secs_f64(command["seconds"].as_f64().unwrap_or(1.0));
        let in_flight = number(command, "in_flight");
        let begin = Instant::now();
        let count = self.runtime.block_on(async {
            let mut workers = JoinSet::new();
            for worker in 0..in_flight {
                let (client, request) = (client.clone(), request.clone());
                workers.spawn(sign_until(client, request, worker, begin + time));
            }
            let counts = workers.join_all().await;
            counts.into_iter().sum::<Result<u64, keyhold::Error>>()
        })?;
        Ok(json!({"ok": true, "count": count, "seconds": begin.elapsed().as_secs_f64()}))
    }
}

async fn sign_until(
    client: Arc<Client>,
    mut request: v1::SignRequest,
    worker: u64,
    end: Instant,
) -> Result<u64, keyhold::Error> {
    let mut count = 0;
    while Instant::now() < end {
        let mut transcript_hash = vec![0; 32];
        transcript_hash[..8].copy_from_slice(&worker.to_be_bytes());
        transcript_hash[8..16].copy_from_slice(&u64::to_be_bytes(count));
        request.input = Some(Input::Tls13CertificateVerify(v1::Tls13CertificateVerify {
            role: v1::Role::Server.into(),
            transcript_hash,
        }));
        client.sign(request.clone()).await?;
        count += 1;
    }
    Ok(count)
}
