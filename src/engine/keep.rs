//! The keys of a plan's scopes on a finished tape as bytes, and back: for each scope the hashes of
//! its keys as the store has them, and, where finding the keys takes long since they are of
//! several attributes, the slot of each row. What is read back is checked against the tape. It
//! must not know files.

use std::io::{self, Write};

use xxhash_rust::xxh3::xxh3_64;

use crate::aggregate::SEGMENT;
use crate::base::packed::{Input, put_numbers};
use crate::plan::{Plan, ScopeId};
use crate::tape::Tape;

use super::Index;
use super::index::Known;
use super::names::NONE;
use super::persist::{put_keys, scope_identity};

/// Writes the keys that the rows of a finished tape have under a plan.
pub fn write_index(plan: &Plan, tape: &Tape, out: &mut dyn Write) -> io::Result<()> {
    // The session's own index cannot be lent: it grows with what is asked of it.
    let index = Index::new(plan, tape, None);
    put_number(out, plan.scopes.len())?;
    for (number, scope) in plan.scopes.iter().enumerate() {
        let id = ScopeId(number);
        out.write_all(&scope_identity(plan, id).0.to_le_bytes())?;
        let keys = index.keys(id);
        put_number(out, keys.div_ceil(SEGMENT))?;
        let mut texts = Vec::new();
        let hashes = (0..keys).step_by(SEGMENT).map(|slot| {
            texts.clear();
            put_keys(&mut texts, &index, id, slot..keys.min(slot + SEGMENT));
            xxh3_64(&texts)
        });
        put_numbers(out, hashes, u64::to_le_bytes)?;
        let is_slow = scope.attributes.len() > 1 && !scope.explode;
        put_number(out, usize::from(is_slow))?;
        if is_slow {
            let slots = (0..tape.rows()).map(|row| index.slot(id, row).unwrap_or(NONE));
            put_numbers(out, slots, u32::to_le_bytes)?;
            put_number(out, keys)?;
            put_numbers(out, index.sorted(id), u32::to_le_bytes)?;
        }
    }
    Ok(())
}

/// The index of a plan on a tape, with the keys that were written under this plan or another one.
/// Bytes that are none are [`io::ErrorKind::InvalidData`].
pub fn read_index(plan: &Plan, tape: &Tape, input: &mut Input<'_>) -> io::Result<Index> {
    let mut found = Vec::new();
    for _ in 0..number(input)? {
        let scope = input.numbers(1, u128::from_le_bytes)?[0];
        let runs = number(input)?;
        let hashes = input.numbers(runs, u64::from_le_bytes)?;
        let slots = if number(input)? == 0 {
            None
        } else {
            let slots = input.numbers(tape.rows(), u32::from_le_bytes)?;
            let keys = number(input)?;
            Some((slots, input.numbers(keys, u32::from_le_bytes)?))
        };
        found.push((scope, Known { hashes, slots }));
    }
    let known = |scope: ScopeId| {
        let identity = scope_identity(plan, scope).0;
        let place = found.iter().position(|(scope, _)| *scope == identity)?;
        Some(found.swap_remove(place).1)
    };
    Index::with_known(plan, tape, known).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn put_number(out: &mut dyn Write, number: usize) -> io::Result<()> {
    out.write_all(&(number as u64).to_le_bytes())
}

fn number(input: &mut Input<'_>) -> io::Result<usize> {
    let number = input.numbers(1, u64::from_le_bytes)?[0];
    usize::try_from(number).map_err(|_| io::ErrorKind::InvalidData.into())
}
