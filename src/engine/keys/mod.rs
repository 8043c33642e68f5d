//! The keys of a plan's scopes on a tape: for each row, the slot of its key. A slot is a key's
//! number within its scope, by first appearance, so that a state is an array access.

pub(in crate::engine) mod codec;
pub(in crate::engine) mod dictionary;
pub(in crate::engine) mod hash_index;
pub(in crate::engine) mod lookup;
pub(in crate::engine) mod pair_interner;
pub(in crate::engine) mod postings;
pub(in crate::engine) mod scope;
pub(in crate::engine) mod selection;
pub(in crate::engine) mod slots;
pub(in crate::engine) mod string_arena;

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::Key;
use crate::plan::{AttributeId, Plan, ScopeId};
use crate::tape::{BufferPool, Column, PageGuard, RowKind, Tape};

use dictionary::KeyDictionary;
use postings::{GatherRows, KnownRows, Postings, RowsOf, SeekRows};
use scope::Scope;
use selection::RowSelector;
use slots::{RowSlots, SlotsOf};

/// How many rows are taken in at a time.
const BLOCK: usize = 4096;

/// Rows of keys on the way to being found.
#[derive(Debug, Default)]
struct Finding {
    /// Those of each key of a scope.
    gathering: Option<(ScopeId, GatherRows)>,
    /// Those of one key of a scope.
    seeking: Option<(ScopeId, SeekRows)>,
}

/// The keys of all scopes of a plan.
#[derive(Debug, Default)]
pub struct KeyIndex {
    /// The tape's column of each attribute of the plan.
    columns: Vec<usize>,
    pub(super) attributes: Vec<(String, KeyDictionary)>,
    pub(super) scopes: Vec<Scope>,
    rows: usize,
    /// What is being found of the rows of keys. Only who asks for them takes it: the index is
    /// shared with those who apply rows, and does not change for them.
    finding: Mutex<Finding>,
    /// Where slots may be that find no room in memory.
    pager: Option<Arc<BufferPool>>,
    /// What [`follow`](Self::follow) takes in.
    takers: RowSelector,
}

impl KeyIndex {
    /// The keys of a plan's scopes on a tape. What `old`, an index of the same tape for another
    /// plan, already knows is taken over.
    #[must_use]
    pub fn new(plan: &Plan, tape: &Tape, old: Option<Self>) -> Self {
        let mut index = Self::over(plan, tape, old);
        index.extend(tape);
        index
    }

    /// An index that has not yet taken in any rows of its own.
    pub(super) fn over(plan: &Plan, tape: &Tape, old: Option<Self>) -> Self {
        let mut old = old.unwrap_or_default();
        // Of attributes that the tape has no longer, nothing holds that was known.
        for (_, names) in old.attributes.iter_mut().filter(|(name, _)| !has(tape, name)) {
            *names = KeyDictionary::default();
        }
        let columns = plan.attributes.iter().map(|name| column_of(tape, name)).collect();
        let pager = tape.pager();
        let mut index =
            Self { columns, attributes: old.attributes, pager: pager.cloned(), ..Self::default() };
        for scope in &plan.scopes {
            let names: Vec<&str> =
                scope.attributes.iter().map(|a| plan.attributes[a.0].as_str()).collect();
            let attributes: Vec<usize> = names.iter().map(|name| index.attribute(name)).collect();
            let same =
                |known: &Scope| known.attributes == attributes && known.explode == scope.explode;
            index.scopes.push(match old.scopes.iter().position(same) {
                Some(place) => old.scopes.swap_remove(place),
                None => Scope::new(attributes, scope.explode, pager),
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

    /// The keys of a plan's scopes on a tape that was not yet read, for one replay of this plan
    /// and no other: only what the plan counts gets a key. Made to follow a
    /// [passing](Tape::passing) tape by [`follow`](Self::follow), it takes as little memory as the
    /// states need.
    #[must_use]
    pub fn following(plan: &Plan, tape: &Tape) -> Self {
        let index = Self::new(plan, tape, None);
        Self { takers: RowSelector::new(plan), ..index }
    }

    /// Takes in the rows that the tape has gained: those that the plan counts get keys, and of
    /// the rows that `reads` lists, ascending, the keys are looked up. Every other row has none.
    pub fn follow(&mut self, plan: &Plan, tape: &Tape, reads: &[usize]) {
        self.takers.extend(plan, tape);
        self.learn(tape, false);
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
                    self.takers.rows(plan, ScopeId(number), &self.columns, tape, rows.clone())
                };
                scope.extend(rows, &parts(&columns, &ids), taken, now);
            }
        }
        self.rows = tape.rows();
    }

    /// Forgets the rows, as the tape did that it follows; keys keep their slots.
    pub fn pass(&mut self) {
        self.scopes.iter_mut().for_each(Scope::pass);
        self.rows = 0;
    }

    /// Takes in the rows that the tape has gained.
    pub fn extend(&mut self, tape: &Tape) {
        self.learn(tape, true);
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

    /// Gets to know the names of the values that the tape has gained; `findable` where keys will be
    /// looked for by their texts.
    fn learn(&mut self, tape: &Tape, findable: bool) {
        for (name, names) in self.attributes.iter_mut().filter(|(name, _)| has(tape, name)) {
            names.extend(tape.column(column_of(tape, name)), findable);
        }
    }

    /// The bytes of memory that it holds, besides those of pages and postings.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let names: usize = self.attributes.iter().map(|(_, names)| names.bytes()).sum();
        names + self.scopes.iter().map(Scope::bytes).sum::<usize>()
    }

    /// How many rows of the tape it has taken in.
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

    /// How many keys of a scope the tape holds.
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
    pub fn key_texts<'s>(&'s self, scope: ScopeId, slot: u32, mut visit: impl FnMut(&'s str)) {
        let scope = &self.scopes[scope.0];
        for (attribute, name) in scope.attributes.iter().zip(scope.tuple(slot)) {
            visit(self.attributes[*attribute].1.text(*name));
        }
    }

    /// Loads the texts of many keys, so that these loads need not wait for one another, as those of
    /// one key after the other would.
    pub fn fetch_texts(&self, scope: ScopeId, slots: &[u32]) {
        let mut fetched = 0;
        for slot in slots {
            self.key_texts(scope, *slot, |text| {
                fetched ^= text.as_bytes().first().copied().unwrap_or_default();
            });
        }
        std::hint::black_box(fetched);
    }

    /// The slot of a key, if the tape holds it.
    #[must_use]
    pub fn find<'t>(
        &self,
        scope: ScopeId,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Option<u32> {
        let scope = &self.scopes[scope.0];
        let names: Option<Vec<u32>> = scope
            .attributes
            .iter()
            .zip(texts)
            .map(|(attribute, text)| self.attributes[*attribute].1.find(text))
            .collect();
        scope.find(&names?)
    }

    /// The slot that a key of one scope has in another, whose attributes are among the first's.
    #[must_use]
    pub fn project(&self, from: ScopeId, slot: u32, to: ScopeId) -> Option<u32> {
        if from == to {
            return Some(slot);
        }
        let (from, to) = (&self.scopes[from.0], &self.scopes[to.0]);
        if slot as usize >= from.keys() {
            return None;
        }
        let tuple = from.tuple(slot);
        let names: Option<Vec<u32>> = to
            .attributes
            .iter()
            .map(|wanted| Some(tuple[from.attributes.iter().position(|has| has == wanted)?]))
            .collect();
        to.find(&names?)
    }

    /// The slots of a row's keys: one, none, or for an exploded list several.
    #[must_use]
    pub fn slots(&self, scope: ScopeId, row: usize) -> RowSlots<'_> {
        self.scopes[scope.0].slots(row)
    }

    /// The slots of the keys of some rows.
    pub(super) fn slots_of(&self, scope: ScopeId, rows: Range<usize>) -> SlotsOf<'_> {
        self.scopes[scope.0].slots_of(rows)
    }

    /// The slot by which a data set reads a row: a list's first element's.
    #[must_use]
    pub fn slot(&self, scope: ScopeId, row: usize) -> Option<u32> {
        self.slots(scope, row).first().copied()
    }

    /// The rows of a slot's key, in order; they are found on the first call.
    pub fn rows_of(&self, scope: ScopeId, slot: u32) -> RowsOf {
        loop {
            if let Some(known) = self.prepare_rows(scope, slot, &mut || false) {
                return known;
            }
        }
    }

    /// The same in slices: works until it is `late`, and gives them once they are found.
    pub fn prepare_rows(
        &self,
        scope: ScopeId,
        slot: u32,
        late: &mut dyn FnMut() -> bool,
    ) -> Option<RowsOf> {
        if self.pager.is_some() {
            // Those of all keys at once would take as much memory as some columns.
            return self.seek(scope, slot, late).map(RowsOf::Found);
        }
        Some(RowsOf::Of(self.prepare_postings(scope, late)?, slot))
    }

    fn prepare_postings(
        &self,
        scope: ScopeId,
        late: &mut dyn FnMut() -> bool,
    ) -> Option<Arc<Postings>> {
        let (rows, keys) = (self.rows, self.keys(scope));
        let (mut known, mut finding) = self.finding(scope);
        if let Some(known) = known.postings.as_ref().filter(|p| p.tape_rows() == rows) {
            return Some(Arc::clone(known));
        }
        let begun =
            finding.gathering.take().filter(|(of, it)| *of == scope && it.is_of(keys, rows));
        let mut gathering = begun.map_or_else(|| GatherRows::new(keys, rows), |(_, it)| it);
        if !gathering.go_on(|rows| self.slots_of(scope, rows), late) {
            finding.gathering = Some((scope, gathering));
            return None;
        }
        let made = Arc::new(gathering.finish());
        known.postings = Some(Arc::clone(&made));
        Some(made)
    }

    /// What is known of the rows of a scope's keys, and what is being found.
    fn finding(&self, scope: ScopeId) -> (MutexGuard<'_, KnownRows>, MutexGuard<'_, Finding>) {
        let known = self.scopes[scope.0].known.lock().unwrap_or_else(PoisonError::into_inner);
        (known, self.finding.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn seek(
        &self,
        scope: ScopeId,
        slot: u32,
        late: &mut dyn FnMut() -> bool,
    ) -> Option<Arc<[u32]>> {
        let rows = self.rows;
        let (mut known, mut finding) = self.finding(scope);
        let same = |(of, n, _): &&(u32, usize, Arc<[u32]>)| (*of, *n) == (slot, rows);
        if let Some((_, _, found)) = known.found.as_ref().filter(same) {
            return Some(Arc::clone(found));
        }
        let begun = finding.seeking.take().filter(|(of, it)| *of == scope && it.is_of(slot, rows));
        let mut seeking = begun.map_or_else(|| SeekRows::new(slot, rows), |(_, it)| it);
        if !seeking.go_on(|rows| self.slots_of(scope, rows), late) {
            finding.seeking = Some((scope, seeking));
            return None;
        }
        let found: Arc<[u32]> = seeking.finish().into();
        known.found = Some((slot, rows, Arc::clone(&found)));
        Some(found)
    }
}

/// The next rows that a scope takes in; `None` where it has all that the tape has.
fn block(scope: &Scope, tape: &Tape) -> Option<Range<usize>> {
    let rows = scope.rows()..tape.rows().min(scope.rows() + BLOCK);
    (!rows.is_empty()).then_some(rows)
}

/// The tape's column of an attribute by name. A tape is always loaded with the attributes of
/// the plan that is replayed over it.
pub(super) fn column_of(tape: &Tape, name: &str) -> usize {
    let attributes = &tape.demand().attributes;
    attributes.iter().position(|known| known == name).unwrap_or(attributes.len())
}

/// Whether a tape has an attribute: of one that the plan has gone without, it may not.
fn has(tape: &Tape, name: &str) -> bool {
    tape.demand().attributes.iter().any(|known| known == name)
}

/// A scope's attributes on a tape.
pub(super) fn columns<'a>(
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

/// The numbers of the values that some rows have in these columns.
fn ids<'a>(
    columns: &[(&KeyDictionary, &'a Column)],
    rows: Range<usize>,
) -> Vec<PageGuard<'a, u32>> {
    columns.iter().map(|(_, column)| column.ids(rows.clone())).collect()
}

/// The same beside the names that they stand for.
fn parts<'a>(
    columns: &[(&'a KeyDictionary, &Column)],
    ids: &'a [PageGuard<'_, u32>],
) -> Vec<(&'a KeyDictionary, &'a [u32])> {
    columns.iter().zip(ids).map(|((names, _), ids)| (*names, &**ids)).collect()
}
