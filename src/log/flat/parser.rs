//! The parser of flat events, by `serde_json`: decides on every line.

use std::fmt;
use std::ops::Range;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::tape::{BatchEncoder, Datum};

use super::event::Wanted;
use super::members::{ElementValues, List, Member, Node};
use crate::log::json::value::{Compound, Nothing, Plain, Value, Word, object};
use crate::log::line::{LineError, Origin};

/// Parses flat events of any shape.
pub(super) struct Parser {
    root: Node,
    wanted: Wanted,
}

impl Parser {
    pub(super) fn new(wanted: Wanted) -> Self {
        Self { root: wanted.root(), wanted }
    }
}

impl crate::log::reading::Parser for Parser {
    fn read(&self, text: &str, line: Origin, encoder: &mut BatchEncoder) -> Result<(), LineError> {
        let mut members = Scattered::new(self.wanted.paths.len(), false);
        object(text, ObjectVisitor { node: &self.root, found: &mut members })?;
        if members.has_repeats {
            // A rare line: it is read again, with the ranges of values that are not recorded
            // otherwise.
            members = Scattered::new(self.wanted.paths.len(), true);
            object(text, ObjectVisitor { node: &self.root, found: &mut members })?;
        }
        let elements = members.elements.take().map(|(_, elements)| elements);
        let mut found = self.wanted.nothing();
        members.each(|number, value| found.set(number, value));
        Ok(found.record(&self.wanted, elements.as_deref(), (line, text.as_bytes()), encoder)?)
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
    /// The depth of the list of which each element is an event, and its elements.
    elements: Option<(u8, Vec<ElementValues<'de>>)>,
}

impl<'de> Scattered<'de> {
    fn new(values: usize, brings: bool) -> Self {
        Self {
            values: Vec::with_capacity(values),
            deepest: 0,
            brought: brings.then(Vec::new),
            has_repeats: false,
            elements: None,
        }
    }

    /// What is found in an object within this one, so many values mostly.
    fn within(&self, values: usize) -> Self {
        Self::new(values, self.brought.is_some())
    }

    /// Takes each value out, and calls `set` with it; of those of a target, the last one is to be taken.
    fn each(&mut self, mut set: impl FnMut(usize, Datum<'de>)) {
        if std::mem::take(&mut self.deepest) > 0 {
            // The last value wins among those under the fewest dots.
            self.values.sort_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
        }
        for (_, number, value) in self.values.drain(..) {
            value.into_iter().for_each(|value| set(number, value));
        }
    }

    /// The values by number, in the place of nothing.
    fn by_number(&mut self, mut values: Vec<Option<Datum<'de>>>) -> Vec<Option<Datum<'de>>> {
        self.each(|number, value| {
            if let Some(place) = values.get_mut(number) {
                *place = Some(value);
            }
        });
        values
    }

    /// Records a value.
    fn push(&mut self, depth: u8, target: usize, value: Datum<'de>) {
        self.deepest = self.deepest.max(depth);
        self.values.push((depth, target, Some(value)));
    }
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
        let place = |name: &str| wanted.iter().position(|known| known.name == name);
        // The members read so far: a bit each, the last one shared by those beyond it.
        let mut seen = 0_u64;
        let outer = self.found.brought.as_ref().map_or(0, Vec::len);
        while let Some(place) = members.next_key_seed(Word(place))? {
            let Some(member) = place.and_then(|place| wanted.get(place)) else {
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
            let depth = self.node.depth;
            if member.list.as_ref().is_some_and(List::has_events) {
                self.found.elements.take_if(|(known, _)| *known >= depth);
            }
            let from = self.found.values.len();
            let value = if member.is_leaf() {
                members.next_value_seed(Value(Plain))?
            } else {
                members.next_value_seed(Value(Nested { member, depth, found: self.found }))?
            };
            if let Some((value, (last, others))) = value.zip(member.targets.split_last()) {
                for target in others {
                    self.found.push(depth, *target, value.clone());
                }
                self.found.push(depth, *last, value);
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
    member: &'n Member,
    /// The depth of the member.
    depth: u8,
    found: &'f mut Scattered<'de>,
}

impl<'de> Compound<'de> for Nested<'_, '_, 'de> {
    fn list<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Option<Datum<'de>>, A::Error> {
        let Self { member, depth, found } = self;
        let Some(list) = &member.list else { return Plain.list(elements) };
        let mut scalars = Vec::new();
        let mut picked = list.pick();
        let mut values = found.within(list.len());
        loop {
            let mut is_object = false;
            let element =
                Inner { node: &list.element, found: &mut values, is_object: &mut is_object };
            let Some(scalar) = elements.next_element_seed(Value(element))? else { break };
            found.has_repeats |= values.has_repeats;
            picked.take(scalar.as_ref(), values.by_number(list.nothing()), is_object);
            scalars.extend(scalar);
        }
        let events = picked.take_events();
        for (target, value) in picked.values() {
            value.into_iter().for_each(|value| found.push(depth.saturating_add(1), target, value));
        }
        if let Some(events) = events
            && found.elements.as_ref().is_none_or(|(known, _)| *known >= depth)
        {
            found.elements = Some((depth, events));
        }
        Ok(Some(Datum::List(scalars)))
    }

    fn object<A: MapAccess<'de>>(self, members: A) -> Result<Option<Datum<'de>>, A::Error> {
        ObjectVisitor { node: &self.member.inner, found: self.found }
            .visit_map(members)
            .map(|()| None)
    }
}

/// The visitor of an element of a list.
struct Inner<'n, 'f, 'de> {
    node: &'n Node,
    found: &'f mut Scattered<'de>,
    is_object: &'f mut bool,
}

impl<'de> Compound<'de> for Inner<'_, '_, 'de> {
    fn list<A: SeqAccess<'de>>(self, elements: A) -> Result<Option<Datum<'de>>, A::Error> {
        Nothing.list(elements)
    }

    fn object<A: MapAccess<'de>>(self, members: A) -> Result<Option<Datum<'de>>, A::Error> {
        *self.is_object = true;
        ObjectVisitor { node: self.node, found: self.found }.visit_map(members).map(|()| None)
    }
}
