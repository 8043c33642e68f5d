//! The integration tests: one binary, so that they link once. Every file beside this one is
//! listed here; `architecture` fails if one is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there, in its helpers too")]

mod architecture;
mod config;
mod diagnostics;
mod store;
