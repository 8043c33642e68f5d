//! The target `times`: times by any format, in any zone. What it checks is in the body, which the tests share.
#![no_main]

#[path = "../bodies/times.rs"]
mod body;
#[path = "../bodies/reading.rs"]
mod reading;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
