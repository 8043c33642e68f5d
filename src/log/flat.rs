//! Flat logs: any objects with a time and a type, whose members are the attributes. It must not
//! know other formats, nor what becomes of an event.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use crate::base::events::EventSettings;
use crate::tape::{Datum, Layout, Reason, Recorder};

use super::json::{Compound, Plain, Value, Word, object};
use super::line::{LineReader, Origin, Refusal};

/// The usual names of the member with the time, the likeliest first.
const TIMESTAMPS: [&str; 5] = ["timestamp", "ts", "time", "event_time", "created_at"];
/// The usual names of the member with the type, the likeliest first.
const TYPES: [&str; 4] = ["type", "event", "event_type", "action"];

/// The members that make an event of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Members {
    pub(super) timestamp: String,
    pub(super) kind: String,
}

impl Members {
    /// The members that the settings name or, for those that they do not, the usual ones of
    /// which `object` has the first; `None` if it has none of them.
    pub(super) fn of(
        settings: &EventSettings,
        object: &serde_json::Map<String, Json>,
    ) -> Option<Self> {
        let find = |named: &Option<String>, usual: &[&str]| match named {
            Some(name) => has(object, name).then(|| name.clone()),
            None => usual.iter().find(|name| has(object, name)).map(|name| (*name).to_owned()),
        };
        Some(Self {
            timestamp: find(&settings.timestamp, &TIMESTAMPS)?,
            kind: find(&settings.kind, &TYPES)?,
        })
    }

    /// The members to look for in a log in which no line has them.
    pub(super) fn usual(settings: &EventSettings) -> Self {
        Self {
            timestamp: settings.timestamp.clone().unwrap_or_else(|| TIMESTAMPS[0].to_owned()),
            kind: settings.kind.clone().unwrap_or_else(|| TYPES[0].to_owned()),
        }
    }
}

/// Whether an object has something at a dotted path.
fn has(object: &serde_json::Map<String, Json>, path: &str) -> bool {
    let nested = || {
        let (first, rest) = path.split_once('.')?;
        object.get(first)?.as_object().filter(|inner| has(inner, rest))
    };
    object.get(path).is_some_and(|value| !value.is_null()) || nested().is_some()
}

/// Reads flat events.
pub(super) struct Reader {
    root: Node,
    /// How many attributes are wanted; behind them come the time, the type and the id.
    attributes: usize,
}

/// The wanted members of an object.
#[derive(Debug, Default)]
struct Node {
    /// For each, its name, what it gives a value to, and what is wanted of it if it is an object.
    members: Vec<(String, Vec<usize>, Self)>,
    /// How many dots have been followed to get here.
    depth: u8,
}

impl Node {
    /// Wants what is at a path, which is either a member of that very name or one in nested
    /// objects.
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

impl Reader {
    pub(super) fn new(settings: &EventSettings, members: &Members, layout: &Layout) -> Self {
        let mut root = Node::default();
        let attributes = layout.names().len();
        let names = layout.names().iter().map(String::as_str);
        let own = [Some(members.timestamp.as_str()), Some(&members.kind), settings.id.as_deref()];
        for (target, path) in names.map(Some).chain(own).enumerate() {
            if let Some(path) = path {
                root.want(path, target);
            }
        }
        Self { root, attributes }
    }
}

impl LineReader for Reader {
    fn read(&mut self, text: &str, line: Origin, recorder: &mut Recorder) -> Result<(), Refusal> {
        let mut found = Found { values: Vec::with_capacity(self.attributes + 3), deepest: 0 };
        object(text, ObjectVisitor { node: &self.root, found: &mut found })?;
        if found.deepest > 0 {
            // The last of several values holds: the one that was found under the fewest dots.
            found.values.sort_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
        }
        let mut own = [None, None, None];
        let mut values = Vec::with_capacity(found.values.len());
        for (_, target, value) in found.values {
            match target.checked_sub(self.attributes) {
                Some(member) => own[member] = Some(value),
                None => values.push((target, value)),
            }
        }
        let [time, kind, id] = own;
        let mark = line.mark(time.as_ref(), id.as_ref())?;
        let kind = kind.ok_or(Reason::NoType)?;
        if let Datum::Text(kind) = &kind {
            recorder.event(mark, kind, &values)?;
        } else {
            let kind = kind.to_value().key_text().ok_or(Reason::NoType)?;
            recorder.event(mark, &kind, &values)?;
        }
        Ok(())
    }
}

/// The values that a line has: how many dots were followed, for what, and the value.
struct Found<'de> {
    values: Vec<(u8, usize, Datum<'de>)>,
    deepest: u8,
}

struct ObjectVisitor<'n, 'f, 'de> {
    node: &'n Node,
    found: &'f mut Found<'de>,
}

impl<'de> Visitor<'de> for ObjectVisitor<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let wanted = &self.node.members;
        let place = |name: &str| wanted.iter().position(|(known, ..)| known == name);
        while let Some(place) = members.next_key_seed(Word(place))? {
            let Some((_, targets, inner)) = place.and_then(|place| wanted.get(place)) else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = if inner.members.is_empty() {
                members.next_value_seed(Value(Plain))?
            } else {
                members.next_value_seed(Value(Nested { node: inner, found: self.found }))?
            };
            if let Some((value, (last, others))) = value.zip(targets.split_last()) {
                let depth = self.node.depth;
                self.found.deepest = self.found.deepest.max(depth);
                for target in others {
                    self.found.values.push((depth, *target, value.clone()));
                }
                self.found.values.push((depth, *last, value));
            }
        }
        Ok(())
    }
}

/// What is made of a member in which something is wanted.
struct Nested<'n, 'f, 'de> {
    node: &'n Node,
    found: &'f mut Found<'de>,
}

impl<'de> Compound<'de> for Nested<'_, '_, 'de> {
    fn list<A: SeqAccess<'de>>(self, elements: A) -> Result<Option<Datum<'de>>, A::Error> {
        Plain.list(elements)
    }

    fn object<A: MapAccess<'de>>(self, members: A) -> Result<Option<Datum<'de>>, A::Error> {
        ObjectVisitor { node: self.node, found: self.found }.visit_map(members).map(|()| None)
    }
}
