//! The keys of a plan's scopes on a tape: for each row, the slot of its key. A slot is a key's
//! number within its scope, by first appearance, so that a state is an array access.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::base::Key;
use crate::plan::{AttributeId, Plan, ScopeId};
use crate::tape::{RowKind, Tape};

use super::names::{NONE, Names};
use super::postings::Postings;

/// The keys of all scopes of a plan.
#[derive(Debug, Default)]
pub struct Index {
    /// The tape's column of each attribute of the plan.
    columns: Vec<usize>,
    pub(super) attributes: Vec<(String, Names)>,
    pub(super) scopes: Vec<Scope>,
    rows: usize,
}

/// The keys of one scope.
#[derive(Debug)]
pub(super) struct Scope {
    /// The names of the attributes, and their places in [`Index::attributes`].
    pub(super) attributes: Vec<usize>,
    explode: bool,
    pub(super) slots: Slots,
    /// The keys' names, one run of `attributes.len()` a slot.
    pub(super) names: Vec<u32>,
    pub(super) keys: usize,
    pub(super) lookup: Lookup,
    pub(super) rows: usize,
    postings: Option<Arc<Postings>>,
    /// The hash of each run of keys as the store has it, where that is known.
    pub(super) hashes: Vec<u64>,
}

/// The slots of each row.
#[derive(Debug)]
pub(super) enum Slots {
    /// All rows have slot 0: the global scope.
    Global,
    /// At most one a row; [`NONE`] where the row lacks an attribute of the key.
    One(Vec<u32>),
    /// Several a row: row `r` has `slots[ends[r − 1]..ends[r]]`.
    Many { ends: Vec<u32>, slots: Vec<u32> },
}

/// From names to slots.
#[derive(Debug)]
pub(super) enum Lookup {
    Global,
    /// The slot of each name.
    Single(Vec<u32>),
    /// All slots, in the order of their names: for keys that are complete, ready at once.
    Sorted(Vec<u32>),
    /// The slot of a tuple, found one name at a time: each level maps what was found so far and
    /// the next name to a number, and the last level's numbers are slots.
    Tuple(Vec<HashMap<u64, u32, FixedState>>),
}

impl Index {
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
        let columns = plan.attributes.iter().map(|name| column_of(tape, name)).collect();
        let mut index = Self { columns, attributes: old.attributes, scopes: Vec::new(), rows: 0 };
        for scope in &plan.scopes {
            let names: Vec<&str> =
                scope.attributes.iter().map(|a| plan.attributes[a.0].as_str()).collect();
            let attributes: Vec<usize> = names.iter().map(|name| index.attribute(name)).collect();
            let same =
                |known: &Scope| known.attributes == attributes && known.explode == scope.explode;
            index.scopes.push(match old.scopes.iter().position(same) {
                Some(place) => old.scopes.swap_remove(place),
                None => Scope::new(attributes, scope.explode),
            });
        }
        index
    }

    fn attribute(&mut self, name: &str) -> usize {
        if let Some(place) = self.attributes.iter().position(|(known, _)| known == name) {
            return place;
        }
        self.attributes.push((name.to_owned(), Names::default()));
        self.attributes.len() - 1
    }

    /// Takes in the rows that the tape has gained.
    pub fn extend(&mut self, tape: &Tape) {
        let columns: Vec<usize> =
            self.attributes.iter().map(|(name, _)| column_of(tape, name)).collect();
        for ((_, names), column) in self.attributes.iter_mut().zip(&columns) {
            names.extend(tape.column(*column));
        }
        for scope in &mut self.scopes {
            scope.extend(tape, &self.attributes, &columns);
        }
        self.rows = tape.rows();
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

    /// How many keys of a scope the tape holds.
    #[must_use]
    pub fn keys(&self, scope: ScopeId) -> usize {
        self.scopes[scope.0].keys
    }

    /// The key of a slot.
    #[must_use]
    pub fn key(&self, scope: ScopeId, slot: u32) -> Key {
        let mut texts = Vec::new();
        self.key_texts(scope, slot, |text| texts.push(text.to_owned()));
        Key(texts)
    }

    /// Calls `visit` with each text of a slot's key.
    pub fn key_texts(&self, scope: ScopeId, slot: u32, mut visit: impl FnMut(&str)) {
        let scope = &self.scopes[scope.0];
        for (attribute, name) in scope.attributes.iter().zip(scope.tuple(slot)) {
            visit(self.attributes[*attribute].1.text(*name));
        }
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
        scope.lookup.find(&scope.names, &names?)
    }

    /// The slot that a key of one scope has in another, whose attributes are among the first's.
    #[must_use]
    pub fn project(&self, from: ScopeId, slot: u32, to: ScopeId) -> Option<u32> {
        if from == to {
            return Some(slot);
        }
        let (from, to) = (&self.scopes[from.0], &self.scopes[to.0]);
        if slot as usize >= from.keys {
            return None;
        }
        let tuple = from.tuple(slot);
        let names: Option<Vec<u32>> = to
            .attributes
            .iter()
            .map(|wanted| Some(tuple[from.attributes.iter().position(|has| has == wanted)?]))
            .collect();
        to.lookup.find(&to.names, &names?)
    }

    /// The slots of a row's keys: one, none, or for an exploded list several.
    #[must_use]
    pub fn slots(&self, scope: ScopeId, row: usize) -> &[u32] {
        match &self.scopes[scope.0].slots {
            Slots::Global => &[0],
            Slots::One(slots) if slots[row] == NONE => &[],
            Slots::One(slots) => std::slice::from_ref(&slots[row]),
            Slots::Many { ends, slots } => {
                let from = if row == 0 { 0 } else { ends[row - 1] };
                &slots[from as usize..ends[row] as usize]
            }
        }
    }

    /// The slot by which a data set reads a row: a list's first element's.
    #[must_use]
    pub fn slot(&self, scope: ScopeId, row: usize) -> Option<u32> {
        self.slots(scope, row).first().copied()
    }

    /// The rows of each key of a scope; made on the first call.
    pub fn postings(&mut self, scope: ScopeId) -> Arc<Postings> {
        let rows = self.rows;
        let keys = self.keys(scope);
        if let Some(known) =
            self.scopes[scope.0].postings.as_ref().filter(|p| p.tape_rows() == rows)
        {
            return Arc::clone(known);
        }
        let postings = Arc::new(Postings::new(keys, rows, |row| self.slots(scope, row)));
        self.scopes[scope.0].postings = Some(Arc::clone(&postings));
        postings
    }
}

/// The tape's column of an attribute by name. A tape is always loaded with the attributes of
/// the plan that is replayed over it.
pub(super) fn column_of(tape: &Tape, name: &str) -> usize {
    let attributes = &tape.demand().attributes;
    attributes.iter().position(|known| known == name).unwrap_or(attributes.len())
}

impl Scope {
    fn new(attributes: Vec<usize>, explode: bool) -> Self {
        let (slots, lookup) = match (attributes.len(), explode) {
            (0, _) => (Slots::Global, Lookup::Global),
            (arity, explode) => (
                if explode {
                    Slots::Many { ends: Vec::new(), slots: Vec::new() }
                } else {
                    Slots::One(Vec::new())
                },
                if arity == 1 {
                    Lookup::Single(Vec::new())
                } else {
                    Lookup::Tuple(vec![HashMap::default(); arity - 1])
                },
            ),
        };
        let keys = usize::from(attributes.is_empty());
        Self {
            attributes,
            explode,
            slots,
            names: Vec::new(),
            keys,
            lookup,
            rows: 0,
            postings: None,
            hashes: Vec::new(),
        }
    }

    /// The names of a slot's key.
    pub(super) fn tuple(&self, slot: u32) -> &[u32] {
        let arity = self.attributes.len();
        &self.names[slot as usize * arity..][..arity]
    }

    fn extend(&mut self, tape: &Tape, attributes: &[(String, Names)], columns: &[usize]) {
        let parts: Vec<(&Names, &[u32])> = self
            .attributes
            .iter()
            .map(|place| (&attributes[*place].1, tape.column(columns[*place]).ids()))
            .collect();
        let mut tuple = vec![NONE; parts.len()];
        for row in self.rows..tape.rows() {
            let has_key = tape.kind(row).is_counted() || tape.kind(row) == RowKind::Listed;
            match &mut self.slots {
                Slots::Global => break,
                Slots::One(slots) => {
                    let mut whole = has_key;
                    for (name, (names, ids)) in tuple.iter_mut().zip(&parts) {
                        *name = if whole { names.first(ids[row]) } else { NONE };
                        whole &= *name != NONE;
                    }
                    slots.push(if whole {
                        intern(&mut self.lookup, &mut self.keys, &mut self.names, &tuple)
                    } else {
                        NONE
                    });
                }
                Slots::Many { ends, slots } => {
                    if has_key {
                        let mut found = |tuple: &[u32]| {
                            slots.push(intern(
                                &mut self.lookup,
                                &mut self.keys,
                                &mut self.names,
                                tuple,
                            ));
                        };
                        combinations(&parts, row, &mut tuple, 0, &mut found);
                    }
                    ends.push(slots.len() as u32);
                }
            }
        }
        self.rows = tape.rows();
    }
}

/// Calls `found` with every tuple of names that a row has, lists taken apart.
fn combinations(
    parts: &[(&Names, &[u32])],
    row: usize,
    tuple: &mut Vec<u32>,
    depth: usize,
    found: &mut impl FnMut(&[u32]),
) {
    let Some((names, ids)) = parts.get(depth) else { return found(tuple) };
    let mut one = [NONE];
    for name in names.each(ids[row], &mut one) {
        tuple[depth] = *name;
        combinations(parts, row, tuple, depth + 1, found);
    }
}

/// The slot of a tuple, a new one where it was not known.
fn intern(lookup: &mut Lookup, keys: &mut usize, names: &mut Vec<u32>, tuple: &[u32]) -> u32 {
    let next = *keys as u32;
    if let Lookup::Sorted(_) = lookup {
        // Keys that were complete are to grow.
        let mut grown = Lookup::Tuple(vec![HashMap::default(); tuple.len() - 1]);
        let (mut known, mut again) = (0, Vec::new());
        for tuple in names.chunks_exact(tuple.len()) {
            intern(&mut grown, &mut known, &mut again, tuple);
        }
        *lookup = grown;
    }
    let slot = match lookup {
        // Sorted slots have given way to a map.
        Lookup::Global | Lookup::Sorted(_) => 0,
        Lookup::Single(slots) => {
            let name = tuple[0] as usize;
            if name >= slots.len() {
                slots.resize(name + 1, NONE);
            }
            if slots[name] == NONE {
                slots[name] = next;
            }
            slots[name]
        }
        Lookup::Tuple(levels) => {
            let mut found = tuple[0];
            let last = levels.len() - 1;
            for (depth, level) in levels.iter_mut().enumerate() {
                let number = if depth == last { next } else { level.len() as u32 };
                found = *level.entry(pair(found, tuple[depth + 1])).or_insert(number);
            }
            found
        }
    };
    if slot == next {
        names.extend_from_slice(tuple);
        *keys += 1;
    }
    slot
}

fn pair(a: u32, b: u32) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

impl Lookup {
    /// The slot of a tuple; `names` are those of all slots.
    fn find(&self, names: &[u32], tuple: &[u32]) -> Option<u32> {
        match self {
            Self::Global => Some(0),
            Self::Single(slots) => {
                slots.get(*tuple.first()? as usize).copied().filter(|slot| *slot != NONE)
            }
            Self::Sorted(slots) => {
                let of = |slot: &u32| &names[*slot as usize * tuple.len()..][..tuple.len()];
                let place = slots.binary_search_by(|slot| of(slot).cmp(tuple)).ok()?;
                Some(slots[place])
            }
            Self::Tuple(levels) => {
                let (first, rest) = tuple.split_first()?;
                let mut found = *first;
                for (level, name) in levels.iter().zip(rest) {
                    found = *level.get(&pair(found, *name))?;
                }
                Some(found)
            }
        }
    }
}
