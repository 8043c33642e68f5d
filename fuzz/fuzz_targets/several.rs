//! The target `several`: lines of several events, and paths into lists. What it checks is in the body, which the tests share.
#![no_main]

#[path = "../bodies/several.rs"]
mod body;
#[path = "../bodies/reading.rs"]
mod reading;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
