//! The target `replay`: any way through a log against the straight one. What it checks is in the body, which the tests share.
#![no_main]

#[path = "../bodies/replay.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
