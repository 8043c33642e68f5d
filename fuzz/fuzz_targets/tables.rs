//! The target `tables`: tables in CSV of any dialect. What it checks is in the body, which the tests share.
#![no_main]

#[path = "../bodies/tables.rs"]
mod body;
#[path = "../bodies/reading.rs"]
mod reading;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
