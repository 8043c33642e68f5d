//! `schema`: the language as a JSON Schema, for editors.

use std::io::Write as _;

use crate::aggregate;
use crate::config::schema::schema;

use super::failure::Failure;
use super::output::for_programs;

/// Prints the schema.
pub(super) fn run() -> Result<(), Failure> {
    let aggregates: Vec<_> = aggregate::words().collect();
    let mut out = for_programs();
    writeln!(out, "{:#}", schema(&aggregates))?;
    Ok(out.flush()?)
}
