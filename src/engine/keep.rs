//! The keys of rows as bytes, and back: which slot each row has in the scopes where finding it
//! takes the longest, those of several attributes. What is read back is checked against the tape.
//! It must not know files.

use std::io::{self, Write};

use crate::base::packed::{Input, put_numbers};
use crate::plan::{Plan, ScopeId};
use crate::tape::Tape;

use super::Index;
use super::names::NONE;
use super::persist::scope_identity;

/// Writes the keys that the rows of a finished tape have under a plan.
pub fn write_index(plan: &Plan, tape: &Tape, out: &mut dyn Write) -> io::Result<()> {
    let scopes: Vec<ScopeId> = (0..plan.scopes.len())
        .map(ScopeId)
        .filter(|scope| {
            let scope = &plan.scopes[scope.0];
            scope.attributes.len() > 1 && !scope.explode
        })
        .collect();
    out.write_all(&(scopes.len() as u64).to_le_bytes())?;
    if scopes.is_empty() {
        return Ok(());
    }
    // The session's own index cannot be lent: it grows with what is asked of it.
    let index = Index::new(plan, tape, None);
    for scope in scopes {
        out.write_all(&scope_identity(plan, scope).0.to_le_bytes())?;
        let slots = (0..tape.rows()).map(|row| index.slot(scope, row).unwrap_or(NONE));
        put_numbers(out, slots, u32::to_le_bytes)?;
    }
    Ok(())
}

/// The index of a plan on a tape, with the keys that were written under this plan or another one.
/// Bytes that are none are [`io::ErrorKind::InvalidData`].
pub fn read_index(plan: &Plan, tape: &Tape, input: &mut Input<'_>) -> io::Result<Index> {
    let mut known = Vec::new();
    for _ in 0..input.numbers(1, u64::from_le_bytes)?[0] {
        let scope = input.numbers(1, u128::from_le_bytes)?[0];
        known.push((scope, input.numbers(tape.rows(), u32::from_le_bytes)?));
    }
    let slots = |scope: ScopeId| {
        let identity = scope_identity(plan, scope).0;
        let place = known.iter().position(|(scope, _)| *scope == identity)?;
        Some(known.swap_remove(place).1)
    };
    Index::with_slots(plan, tape, slots).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
