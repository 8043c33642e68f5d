//! The target `config`: any text as a config. What it checks is in the body, which the tests share.
#![no_main]

#[path = "../bodies/config.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
