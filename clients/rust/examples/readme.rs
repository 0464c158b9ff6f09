//! The example of README.md, as it stands there (see build.rs).
include!(concat!(env!("OUT_DIR"), "/readme.rs"));
