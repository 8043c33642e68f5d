//! The parser of flat events, by `serde_json`: decides on every line.

use std::fmt;
use std::ops::Range;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::tape::{BatchEncoder, Datum};

use super::event::Wanted;
use crate::log::json::value::{Compound, Plain, Value, Word, object};
use crate::log::line::{LineError, Origin};

/// Parses flat events of any shape.
pub(super) struct Parser {
    root: Node,
    wanted: Wanted,
}

/// A tree of the required members of an object.
#[derive(Debug, Default)]
struct Node {
    /// Per member, its name, the values it sets, and its own required members if it is an object.
    members: Vec<(String, Vec<usize>, Self)>,
    /// The depth: dots followed so far.
    depth: u8,
}

impl Node {
    /// Requires the value at a path: a member of that very name, or one in nested objects.
    fn want(&mut self, path: &str, target: usize) {
        self.member(path).1.push(target);
        if let Some((first, rest)) = path.split_once('.') {
            self.member(first).2.want(rest, target);
        }
    }

    fn member(&mut self, name: &str) -> &mut (String, Vec<usize>, Self) {
        let place = self.members.iter().position(|(known, ..)| known == name);
        let place = place.unwrap_or_else(|| {
            let inner = Self { members: Vec::new(), depth: self.depth.saturating_add(1) };
            self.members.push((name.to_owned(), Vec::new(), inner));
            self.members.len() - 1
        });
        &mut self.members[place]
    }
}

impl Parser {
    pub(super) fn new(wanted: Wanted) -> Self {
        let mut root = Node::default();
        for (number, path) in wanted.paths() {
            root.want(path, number);
        }
        Self { root, wanted }
    }
}

impl crate::log::reading::Parser for Parser {
    fn read(&self, text: &str, line: Origin, encoder: &mut BatchEncoder) -> Result<(), LineError> {
        let values = Vec::with_capacity(self.wanted.paths.len());
        let mut members = Scattered { values, deepest: 0, brought: None, has_repeats: false };
        object(text, ObjectVisitor { node: &self.root, found: &mut members })?;
        if members.has_repeats {
            // A rare line: it is read again, with the ranges of values that are not recorded
            // otherwise.
            members.values.clear();
            members.brought = Some(Vec::new());
            object(text, ObjectVisitor { node: &self.root, found: &mut members })?;
        }
        if members.deepest > 0 {
            // The last value wins among those under the fewest dots.
            members.values.sort_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
        }
        let mut found = self.wanted.nothing();
        for (_, number, value) in members.values {
            value.into_iter().for_each(|value| found.set(number, value));
        }
        Ok(found.record(&self.wanted, line, text.as_bytes(), encoder)?)
    }
}

/// The values found in a line: depth, target, and the value, unless another member has replaced
/// it.
struct Scattered<'de> {
    values: Vec<(u8, usize, Option<Datum<'de>>)>,
    deepest: u8,
    /// Per member of the open objects, the range of its values; `None` unless a member is repeated.
    brought: Option<Vec<(usize, Range<usize>)>>,
    /// True if an object may have a member twice.
    has_repeats: bool,
}

struct ObjectVisitor<'n, 'f, 'de> {
    node: &'n Node,
    found: &'f mut Scattered<'de>,
}

impl<'de> Visitor<'de> for ObjectVisitor<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let wanted = &self.node.members;
        let place = |name: &str| wanted.iter().position(|(known, ..)| known == name);
        // The members read so far: a bit each, the last one shared by those beyond it.
        let mut seen = 0_u64;
        let outer = self.found.brought.as_ref().map_or(0, Vec::len);
        while let Some(place) = members.next_key_seed(Word(place))? {
            let Some((_, targets, inner)) = place.and_then(|place| wanted.get(place)) else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            let bit = 1 << place.unwrap_or(0).min(63);
            self.found.has_repeats |= seen & bit != 0;
            seen |= bit;
            if let Some(brought) = &mut self.found.brought {
                // Of members with equal names the last one wins, whatever its value.
                let is_same = |(member, _): &(usize, Range<usize>)| Some(*member) == place;
                if let Some(first) = brought[outer..].iter().position(is_same) {
                    let (_, values) = brought.swap_remove(outer + first);
                    self.found.values[values].iter_mut().for_each(|(.., value)| *value = None);
                }
            }
            let from = self.found.values.len();
            let value = if inner.members.is_empty() {
                members.next_value_seed(Value(Plain))?
            } else {
                members.next_value_seed(Value(Nested { node: inner, found: self.found }))?
            };
            if let Some((value, (last, others))) = value.zip(targets.split_last()) {
                let depth = self.node.depth;
                self.found.deepest = self.found.deepest.max(depth);
                for target in others {
                    self.found.values.push((depth, *target, Some(value.clone())));
                }
                self.found.values.push((depth, *last, Some(value)));
            }
            if let (Some(brought), Some(place)) = (&mut self.found.brought, place) {
                brought.push((place, from..self.found.values.len()));
            }
        }
        if let Some(brought) = &mut self.found.brought {
            brought.truncate(outer);
        }
        Ok(())
    }
}

/// The visitor of a member that contains required values.
struct Nested<'n, 'f, 'de> {
    node: &'n Node,
    found: &'f mut Scattered<'de>,
}

impl<'de> Compound<'de> for Nested<'_, '_, 'de> {
    fn list<A: SeqAccess<'de>>(self, elements: A) -> Result<Option<Datum<'de>>, A::Error> {
        Plain.list(elements)
    }

    fn object<A: MapAccess<'de>>(self, members: A) -> Result<Option<Datum<'de>>, A::Error> {
        ObjectVisitor { node: self.node, found: self.found }.visit_map(members).map(|()| None)
    }
}
