//! Generates the messages and the client of the service from the project's
//! `proto/` with the system's protoc, and cuts the example out of README.md so
//! that a test runs it as it stands there.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let proto = proto
        .to_str()
        .ok_or("the path of this folder is not UTF-8")?;
    println!("cargo:rerun-if-changed={proto}");
    let files = [
        "keyhold/signer/v1/errors.proto",
        "keyhold/signer/v1/service.proto",
        "google/rpc/error_details.proto",
    ]
    .map(|name| format!("{proto}/{name}"));
    tonic_prost_build::configure()
        .build_server(env::var_os("CARGO_FEATURE_SERVER").is_some())
        .build_transport(false)
        .compile_protos(&files, &[proto.to_owned()])?;

    println!("cargo:rerun-if-changed=README.md");
    let readme = fs::read_to_string("README.md")?;
    let example = readme
        .split("```rust,no_run\n")
        .nth(1)
        .and_then(|rest| rest.split("```\n").next())
        .ok_or("README.md has no example")?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("readme.rs"), example)?;
    Ok(())
}
