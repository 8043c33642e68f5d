//! The target `log`: any bytes as a log. What it checks is in the body, which the tests share.
#![no_main]

#[path = "../bodies/log.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
