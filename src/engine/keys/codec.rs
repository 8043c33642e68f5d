//! The keys of a plan's scopes on a finished tape as bytes, and back: for each scope the hashes of
//! its keys as the store has them, and, where finding the keys takes long since they are of
//! several attributes, the slot of each row. What is read back is checked against the tape. It
//! must not know files.

use std::io::{self, Write};

use xxhash_rust::xxh3::xxh3_64;

use crate::aggregate::SEGMENT;
use crate::base::packed::{Input, put_numbers};
use crate::plan::{Plan, ScopeId};
use crate::tape::{PagedColumn, Tape};

use super::dictionary::NONE;
use crate::engine::KeyIndex;
use crate::engine::keys::{column_of, columns};
use crate::engine::persist::format::{put_keys, scope_identity};

/// The keys of one scope as they were kept.
struct Known {
    /// The hash of each run of keys as the store has it.
    hashes: Vec<u64>,
    /// For each row its slot, [`NONE`] for none, and all slots in the order of their names; `None`
    /// where finding the keys anew is as fast.
    slots: Option<(PagedColumn<u32>, Vec<u32>)>,
}

/// Writes the keys that the rows of a finished tape have under a plan.
pub fn write_index(plan: &Plan, tape: &Tape, out: &mut dyn Write) -> io::Result<()> {
    // The session's own index cannot be lent: it grows with what is asked of it.
    let index = KeyIndex::new(plan, tape, None);
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
pub fn read_index(plan: &Plan, tape: &Tape, input: &mut Input<'_>) -> io::Result<KeyIndex> {
    let mut found = Vec::new();
    for _ in 0..number(input)? {
        let scope = input.numbers(1, u128::from_le_bytes)?[0];
        let runs = number(input)?;
        let hashes = input.numbers(runs, u64::from_le_bytes)?;
        let slots = if number(input)? == 0 {
            None
        } else {
            let mut slots = PagedColumn::new(tape.pager().cloned(), NONE);
            while slots.len() < tape.rows() {
                let piece = slots.piece_cells().min(tape.rows() - slots.len());
                slots.append(input.numbers(piece, u32::from_le_bytes)?);
            }
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
    KeyIndex::with_known(plan, tape, known).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn put_number(out: &mut dyn Write, number: usize) -> io::Result<()> {
    out.write_all(&(number as u64).to_le_bytes())
}

fn number(input: &mut Input<'_>) -> io::Result<usize> {
    let number = input.numbers(1, u64::from_le_bytes)?[0];
    usize::try_from(number).map_err(|_| io::ErrorKind::InvalidData.into())
}

impl KeyIndex {
    /// The same as [`new`](Self::new), with what is `known` of its scopes. `None` where that cannot
    /// be of the tape.
    fn with_known(
        plan: &Plan,
        tape: &Tape,
        mut known: impl FnMut(ScopeId) -> Option<Known>,
    ) -> Option<Self> {
        let mut index = Self::over(plan, tape, None);
        for (name, names) in &mut index.attributes {
            names.extend(tape.column(column_of(tape, name)), true);
        }
        for (number, scope) in index.scopes.iter_mut().enumerate() {
            let Some(known) = known(ScopeId(number)) else { continue };
            if let Some((slots, sorted)) = known.slots {
                let parts = columns(&index.attributes, scope, tape);
                scope.adopt(tape.rows(), &parts, slots, sorted)?;
            }
            scope.hashes = known.hashes;
        }
        index.extend(tape);
        Some(index)
    }

    /// The slots of a scope in the order of their names.
    fn sorted(&self, scope: ScopeId) -> Vec<u32> {
        let scope = &self.scopes[scope.0];
        let mut sorted: Vec<u32> = (0..scope.keys() as u32).collect();
        sorted.sort_unstable_by_key(|slot| scope.tuple(*slot));
        sorted
    }

    /// The hash of a run of keys as the store has it, if it is known.
    pub(in crate::engine) fn keys_hash(&self, scope: ScopeId, run: usize) -> Option<u64> {
        self.scopes[scope.0].hashes.get(run).copied()
    }
}
