//! The key index: per scope, the slot of every row's key. A slot is a key's number within its
//! scope, by first appearance, so that a state is an array access.
//!
//! Keys are found in stages, 4,096 rows at a time, and without touching texts after the first:
//!
//! 1. `dictionary` numbers the texts of an attribute's values once per distinct value: a row's
//!    value id becomes a *name*.
//! 2. `slot_assignment` picks the rows that some input counts under the scope's keys (a selection vector
//!    per scope), so that only these get slots. Used by a streaming replay; a held tape gives every
//!    counted row a key.
//! 3. `lookup` maps names to a slot: an array for one attribute; for several a chain of pairs, each
//!    numbered by `pair_interner`, whose numbers form the next pair.
//! 4. `scope` stores the slots: a paged column of one slot per row, or, for exploded lists, of
//!    several.
//!
//! Beside the keys are the texts of values that are listed (`payload_texts`).
//!
//! `pair_interner` keeps five pairs per cache line in segments of 16 KiB that split when full
//! (extendible hashing), and prefetches 32 lines at a time; nothing grows as a whole, so no
//! insertion stalls. `hash_index` and `string_arena` are the text side of the same idea.
//!
//! An index grows with its tape, while versions of it are held. A clone shares all full segments,
//! and copies tails and a pointer per segment. Hash tables are shared segment by segment, once
//! they are [frozen](KeyIndex::freeze): an insertion copies the segment that it goes to if a
//! version holds it, so that a lookup in a version finds exactly its keys, without a lock.
//!
//! A scope is shared by all features with the same key. A new plan reuses the scopes of the index
//! before it ([`KeyIndex::new`]).
//!
//! `postings` and `key_rows` are the inverse: the rows of a key (posting lists), built on first
//! use, for histories and for stepping to a key's next event. `row_slots` is the read side for `apply`.
//! `by_key` finds slots by their keys. `codec` reads and writes an index for the column cache.

mod by_key;
pub(super) mod codec;
pub(super) mod dictionary;
mod hash_index;
mod key_rows;
mod lookup;
mod pair_interner;
pub(super) mod payload_texts;
pub(super) mod postings;
pub(super) mod row_slots;
mod scope;
mod slot_assignment;
mod string_arena;

use std::ops::Range;
use std::sync::Mutex;

use crate::base::Key;
use crate::plan::{AttributeId, Plan, ScopeId};
use crate::tape::{Column, PageGuard, RowKind, Storage, Tape};

use dictionary::KeyDictionary;
use payload_texts::PayloadTexts;
use postings::RowSearches;
use row_slots::{RowSlots, SlotsOf};
use scope::Scope;
use slot_assignment::RowSelector;

/// The rows that are indexed at a time.
const BLOCK: usize = 4096;

/// The keys of all scopes of a plan.
#[derive(Debug, Default)]
pub struct KeyIndex {
    /// The tape's column of each attribute of the plan.
    columns: Vec<usize>,
    attributes: Vec<(String, KeyDictionary)>,
    /// The texts of the attributes whose values are listed.
    listed: Vec<(String, PayloadTexts)>,
    scopes: Vec<Scope>,
    rows: usize,
    /// Behind a lock of its own: who applies rows shares the index and never touches it.
    searches: Mutex<RowSearches>,
    /// The storage of slot columns.
    storage: Storage,
    /// The rows that [`extend_selected`](Self::extend_selected) indexes.
    selector: RowSelector,
}

/// Another version of the index; a search under way stays with the first one.
impl Clone for KeyIndex {
    fn clone(&self) -> Self {
        Self {
            columns: self.columns.clone(),
            attributes: self.attributes.clone(),
            listed: self.listed.clone(),
            scopes: self.scopes.clone(),
            rows: self.rows,
            searches: Mutex::default(),
            storage: self.storage.clone(),
            selector: self.selector.clone(),
        }
    }
}

impl KeyIndex {
    /// The index of a plan's scopes on a tape. Takes over what `old`, an index of the same tape for
    /// another plan, knows.
    #[must_use]
    pub fn new(plan: &Plan, tape: &Tape, old: Option<Self>) -> Self {
        let mut index = Self::without_rows(plan, tape, old);
        index.extend(tape);
        index
    }

    /// An index of no rows.
    pub(super) fn without_rows(plan: &Plan, tape: &Tape, old: Option<Self>) -> Self {
        let mut old = old.unwrap_or_default();
        // The dictionary of an attribute that the tape has dropped is stale.
        for (_, names) in old.attributes.iter_mut().filter(|(name, _)| !has(tape, name)) {
            *names = KeyDictionary::default();
        }
        let columns = plan.attributes.iter().map(|name| column_of(tape, name)).collect();
        let storage = tape.storage().clone();
        let listed = listed_attributes(plan).map(|name| {
            let known = old.listed.iter().position(|(known, _)| known == name);
            let known =
                known.filter(|_| has(tape, name)).map(|place| old.listed.swap_remove(place));
            known.unwrap_or_else(|| (name.to_owned(), PayloadTexts::default()))
        });
        let listed = listed.collect();
        let attributes = old.attributes;
        let mut index = Self { columns, attributes, listed, storage, ..Self::default() };
        for scope in &plan.scopes {
            let names: Vec<&str> =
                scope.attributes.iter().map(|a| plan.attributes[a.0].as_str()).collect();
            let attributes: Vec<usize> = names.iter().map(|name| index.attribute(name)).collect();
            let same =
                |known: &Scope| known.attributes == attributes && known.explode == scope.explode;
            index.scopes.push(match old.scopes.iter().position(same) {
                Some(place) => old.scopes.swap_remove(place),
                None => Scope::new(attributes, scope.explode, tape.storage()),
            });
        }
        index
    }

    fn attribute(&mut self, name: &str) -> usize {
        if let Some(place) = self.attributes.iter().position(|(known, _)| known == name) {
            return place;
        }
        self.attributes.push((name.to_owned(), KeyDictionary::default()));
        self.attributes.len() - 1
    }

    /// An index for one streaming replay of a plan: only rows that the plan counts get keys, and
    /// [`extend_selected`](Self::extend_selected) drops the rest, so that it takes no more memory
    /// than the states need. The tape is a [streaming](crate::tape::TapeWriter::streaming) one.
    #[must_use]
    pub fn streaming(plan: &Plan, tape: &Tape) -> Self {
        let index = Self::new(plan, tape, None);
        Self { selector: RowSelector::new(plan), ..index }
    }

    /// Indexes the rows that the tape has gained: assigns slots to those that the plan counts, and
    /// looks up the keys of the rows in `reads` (ascending). All other rows have no key.
    pub fn extend_selected(&mut self, plan: &Plan, tape: &Tape, reads: &[usize]) {
        self.selector.extend(plan, tape);
        self.extend_dictionaries(tape, false);
        for (number, scope) in self.scopes.iter_mut().enumerate() {
            let columns = columns(&self.attributes, scope, tape);
            let mut reads = reads;
            while let Some(rows) = block(scope, tape) {
                let ids = ids(&columns, rows.clone());
                let (now, later) = reads.split_at(reads.partition_point(|row| *row < rows.end));
                reads = later;
                let taken: &[u32] = if scope.attributes.is_empty() {
                    &[]
                } else {
                    self.selector.rows(plan, ScopeId(number), &self.columns, tape, rows.clone())
                };
                scope.extend(rows, &parts(&columns, &ids), taken, now);
            }
        }
        self.rows = tape.rows();
    }

    /// Freezes the hash tables, so that clones share them. A clone of an index that was not frozen
    /// copies them.
    pub fn freeze(&mut self) {
        self.attributes.iter_mut().for_each(|(_, names)| names.freeze());
        self.listed.iter_mut().for_each(|(_, texts)| texts.freeze());
        self.scopes.iter_mut().for_each(Scope::freeze);
    }

    /// Clears the rows after the tape was drained; keys keep their slots.
    pub fn clear_rows(&mut self) {
        self.scopes.iter_mut().for_each(Scope::clear_rows);
        self.rows = 0;
    }

    /// Indexes the rows that the tape has gained.
    pub fn extend(&mut self, tape: &Tape) {
        self.extend_dictionaries(tape, true);
        let mut taken = Vec::with_capacity(BLOCK);
        for scope in &mut self.scopes {
            let columns = columns(&self.attributes, scope, tape);
            while let Some(rows) = block(scope, tape) {
                let (kinds, ids) = (tape.kinds(rows.clone()), ids(&columns, rows.clone()));
                let kinds = kinds.iter().zip(0..);
                let has_key = |kind: RowKind| kind.is_counted() || kind == RowKind::Listed;
                taken.clear();
                taken.extend(kinds.filter(|(kind, _)| has_key(**kind)).map(|(_, row)| row));
                scope.extend(rows, &parts(&columns, &ids), &taken, &[]);
            }
        }
        self.rows = tape.rows();
    }

    /// Extends the dictionaries to the values that the tape has gained; `findable` if keys will be
    /// looked up by text.
    fn extend_dictionaries(&mut self, tape: &Tape, findable: bool) {
        for (name, names) in self.attributes.iter_mut().filter(|(name, _)| has(tape, name)) {
            names.extend(tape.column(column_of(tape, name)), findable);
        }
        for (name, texts) in self.listed.iter_mut().filter(|(name, _)| has(tape, name)) {
            texts.extend(tape.column(column_of(tape, name)));
        }
    }

    /// The bytes of memory held, besides pages and posting lists.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let names: usize = self.attributes.iter().map(|(_, names)| names.bytes()).sum();
        let listed: usize = self.listed.iter().map(|(_, texts)| texts.bytes()).sum();
        names + listed + self.scopes.iter().map(Scope::bytes).sum::<usize>()
    }

    /// The rows of the tape that are indexed.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The tape's column of an attribute.
    #[must_use]
    pub fn column(&self, attribute: AttributeId) -> usize {
        self.columns[attribute.0]
    }

    /// The tape's column of each attribute of the plan.
    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The texts of a column by their payloads, of an attribute whose values are listed.
    pub(super) fn payload_texts(&self, name: &str) -> Option<&PayloadTexts> {
        self.listed.iter().find(|(known, _)| known == name).map(|(_, texts)| texts)
    }

    /// The number of keys of a scope.
    #[must_use]
    pub fn keys(&self, scope: ScopeId) -> usize {
        self.scopes[scope.0].keys()
    }

    /// The key of a slot.
    #[must_use]
    pub fn key(&self, scope: ScopeId, slot: u32) -> Key {
        let mut texts = Vec::new();
        self.key_texts(scope, slot, |text| texts.push(text.to_owned()));
        Key(texts)
    }

    /// Calls `visit` with each text of a slot's key.
    #[inline]
    pub fn key_texts<'s>(&'s self, scope: ScopeId, slot: u32, mut visit: impl FnMut(&'s str)) {
        let scope = &self.scopes[scope.0];
        for (attribute, name) in scope.attributes.iter().zip(scope.tuple(slot)) {
            visit(self.attributes[*attribute].1.text(*name));
        }
    }

    /// Fetches the texts of many keys, one after the other, into `texts`, which is cleared. At once,
    /// so that the cache misses overlap: cutting a text out of its block reads its first byte.
    pub fn fetch_texts<'s>(&'s self, scope: ScopeId, slots: &[u32], texts: &mut Vec<&'s str>) {
        texts.clear();
        for slot in slots {
            self.key_texts(scope, *slot, |text| texts.push(text));
        }
    }

    /// The slots of a row's keys: none, one, or several for an exploded list.
    #[must_use]
    pub fn slots(&self, scope: ScopeId, row: usize) -> RowSlots<'_> {
        self.scopes[scope.0].slots(row)
    }

    /// The slots of a range of rows.
    pub(super) fn slots_of(&self, scope: ScopeId, rows: Range<usize>) -> SlotsOf<'_> {
        self.scopes[scope.0].slots_of(rows)
    }

    /// The slot at which a data set reads a row: for a list, that of its first element.
    #[must_use]
    pub fn slot(&self, scope: ScopeId, row: usize) -> Option<u32> {
        self.slots(scope, row).first().copied()
    }
}

/// The attributes whose values are listed by some state.
fn listed_attributes(plan: &Plan) -> impl Iterator<Item = &str> {
    let is_listed = |attribute: &AttributeId| {
        plan.states
            .iter()
            .any(|state| plan.inputs[state.input.0].value == Some(*attribute) && state.is_list())
    };
    let attributes = (0..plan.attributes.len()).map(AttributeId).filter(move |it| is_listed(it));
    attributes.map(|attribute| plan.attributes[attribute.0].as_str())
}

/// The next block of rows of a scope; `None` at the end of the tape.
fn block(scope: &Scope, tape: &Tape) -> Option<Range<usize>> {
    let first = scope.rows();
    (first < tape.rows()).then(|| first..tape.page_end(first).min(first + BLOCK))
}

/// The tape's column of an attribute. A tape is always loaded with the attributes of its plan.
fn column_of(tape: &Tape, name: &str) -> usize {
    let attributes = &tape.demand().attributes;
    attributes.iter().position(|known| known == name).unwrap_or(attributes.len())
}

/// True if a tape has an attribute; it may lack one that the plan has dropped.
fn has(tape: &Tape, name: &str) -> bool {
    tape.demand().attributes.iter().any(|known| known == name)
}

/// The dictionaries and tape columns of a scope's attributes.
fn columns<'a>(
    attributes: &'a [(String, KeyDictionary)],
    scope: &Scope,
    tape: &'a Tape,
) -> Vec<(&'a KeyDictionary, &'a Column)> {
    let part = |place: &usize| {
        let (name, names) = &attributes[*place];
        (names, tape.column(column_of(tape, name)))
    };
    scope.attributes.iter().map(part).collect()
}

/// The value ids of a range of rows, per column.
fn ids<'a>(
    columns: &[(&KeyDictionary, &'a Column)],
    rows: Range<usize>,
) -> Vec<PageGuard<'a, u32>> {
    columns.iter().map(|(_, column)| column.ids(rows.clone())).collect()
}

/// The dictionaries, each with the value ids.
fn parts<'a>(
    columns: &[(&'a KeyDictionary, &Column)],
    ids: &'a [PageGuard<'_, u32>],
) -> Vec<(&'a KeyDictionary, &'a [u32])> {
    columns.iter().zip(ids).map(|((names, _), ids)| (*names, &**ids)).collect()
}
