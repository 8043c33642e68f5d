//! The target `objects`: JSON objects that do not stand one on a line. What it checks is in the body, which the tests share.
#![no_main]

#[path = "../bodies/objects.rs"]
mod body;
#[path = "../bodies/reading.rs"]
mod reading;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
