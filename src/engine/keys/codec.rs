//! Codec of a key index, for the column cache: per scope the hashes of its keys as the store has
//! them, and for scopes of several attributes, where interning is slow, the slot of each row. What
//! is read is checked against the tape.

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

/// The encoded keys of one scope.
struct StoredKeys {
    /// The hash of each segment of keys, as the store has it.
    hashes: Vec<u64>,
    /// The slot of each row, or [`NONE`], and all slots sorted by their names; `None` if interning
    /// anew is as fast.
    slots: Option<(PagedColumn<u32>, Vec<u32>)>,
}

/// Writes the key index of a plan on a finished tape.
pub fn write_index(plan: &Plan, tape: &Tape, out: &mut dyn Write) -> io::Result<()> {
    // A fresh index, since the session's own one is mutable (posting lists).
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

/// Reads an index that was written under this plan or another one. Invalid bytes are
/// [`io::ErrorKind::InvalidData`].
pub fn read_index(plan: &Plan, tape: &Tape, input: &mut Input<'_>) -> io::Result<KeyIndex> {
    let mut found = Vec::new();
    for _ in 0..number(input)? {
        let scope = input.numbers(1, u128::from_le_bytes)?[0];
        let runs = number(input)?;
        let hashes = input.numbers(runs, u64::from_le_bytes)?;
        let slots = if number(input)? == 0 {
            None
        } else {
            let mut slots = PagedColumn::new(tape.storage(), NONE);
            while slots.len() < tape.rows() {
                let piece = slots.piece_cells().min(tape.rows() - slots.len());
                slots.append(input.numbers(piece, u32::from_le_bytes)?);
            }
            let keys = number(input)?;
            Some((slots, input.numbers(keys, u32::from_le_bytes)?))
        };
        found.push((scope, StoredKeys { hashes, slots }));
    }
    let known = |scope: ScopeId| {
        let identity = scope_identity(plan, scope).0;
        let place = found.iter().position(|(scope, _)| *scope == identity)?;
        Some(found.swap_remove(place).1)
    };
    KeyIndex::with_stored_keys(plan, tape, known).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn put_number(out: &mut dyn Write, number: usize) -> io::Result<()> {
    out.write_all(&(number as u64).to_le_bytes())
}

fn number(input: &mut Input<'_>) -> io::Result<usize> {
    let number = input.numbers(1, u64::from_le_bytes)?[0];
    usize::try_from(number).map_err(|_| io::ErrorKind::InvalidData.into())
}

impl KeyIndex {
    /// [`new`](Self::new) from the `known` keys of scopes. `None` if they cannot be those of the
    /// tape.
    fn with_stored_keys(
        plan: &Plan,
        tape: &Tape,
        mut known: impl FnMut(ScopeId) -> Option<StoredKeys>,
    ) -> Option<Self> {
        let mut index = Self::without_rows(plan, tape, None);
        for (name, names) in &mut index.attributes {
            names.extend(tape.column(column_of(tape, name)), true);
        }
        for (number, scope) in index.scopes.iter_mut().enumerate() {
            let Some(known) = known(ScopeId(number)) else { continue };
            if let Some((slots, sorted)) = known.slots {
                let parts = columns(&index.attributes, scope, tape);
                scope.install(tape.rows(), &parts, slots, sorted)?;
            }
            scope.hashes = known.hashes.into();
        }
        index.extend(tape);
        Some(index)
    }

    /// The slots of a scope, sorted by their names.
    fn sorted(&self, scope: ScopeId) -> Vec<u32> {
        let scope = &self.scopes[scope.0];
        let mut sorted: Vec<u32> = (0..scope.keys() as u32).collect();
        sorted.sort_unstable_by_key(|slot| scope.tuple(*slot));
        sorted
    }

    /// The hash of a segment of keys as the store has it, if known.
    pub(in crate::engine) fn keys_hash(&self, scope: ScopeId, run: usize) -> Option<u64> {
        self.scopes[scope.0].hashes.get(run).copied()
    }
}
