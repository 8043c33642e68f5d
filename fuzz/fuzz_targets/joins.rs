//! The target `joins`: joins, and the order in which lines were there. What it checks is in the body, which the tests share.
#![no_main]

#[path = "../bodies/joins.rs"]
mod body;
#[path = "../bodies/reading.rs"]
mod reading;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
