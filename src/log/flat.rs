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
    /// The members that the settings name or, for those that they do not, the first of the usual
    /// ones that a log has; `None` if it lacks either.
    pub(super) fn of(settings: &EventSettings, has: impl Fn(&str) -> bool) -> Option<Self> {
        let find = |named: &Option<String>, usual: &[&str]| match named {
            Some(name) => has(name).then(|| name.clone()),
            None => usual.iter().find(|name| has(name)).map(|name| (*name).to_owned()),
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
pub(super) fn has(object: &serde_json::Map<String, Json>, path: &str) -> bool {
    let nested = || {
        let (first, rest) = path.split_once('.')?;
        object.get(first)?.as_object().filter(|inner| has(inner, rest))
    };
    object.get(path).is_some_and(|value| !value.is_null()) || nested().is_some()
}

/// What is wanted of a flat event, in this order: the attributes, then its time, type and id.
#[derive(Debug)]
pub(super) struct Wanted {
    paths: Vec<Option<String>>,
    attributes: usize,
}

impl Wanted {
    pub(super) fn new(settings: &EventSettings, members: &Members, layout: &Layout) -> Self {
        let own =
            [Some(members.timestamp.clone()), Some(members.kind.clone()), settings.id.clone()];
        let attributes = layout.names().len();
        Self { paths: layout.names().iter().cloned().map(Some).chain(own).collect(), attributes }
    }

    /// What is wanted, by its number, with the path at which it is.
    pub(super) fn paths(&self) -> impl Iterator<Item = (usize, &str)> {
        self.paths.iter().enumerate().filter_map(|(number, path)| Some((number, path.as_deref()?)))
    }

    /// Nothing found yet.
    pub(super) fn nothing<'a>(&self) -> Found<'a> {
        Found {
            attributes: self.attributes,
            own: [None, None, None],
            values: Vec::with_capacity(self.attributes),
        }
    }
}

/// The values that an event has.
pub(super) struct Found<'a> {
    attributes: usize,
    own: [Option<Datum<'a>>; 3],
    values: Vec<(usize, Datum<'a>)>,
}

impl<'a> Found<'a> {
    /// Gives a value to what is wanted under this number.
    pub(super) fn set(&mut self, number: usize, value: Datum<'a>) {
        match number.checked_sub(self.attributes).and_then(|own| self.own.get_mut(own)) {
            Some(own) => *own = Some(value),
            None => self.values.push((number, value)),
        }
    }

    /// Its time and its type.
    pub(super) const fn time_and_type(&self) -> [&Option<Datum<'a>>; 2] {
        [&self.own[0], &self.own[1]]
    }

    /// Records the event.
    pub(super) fn record(self, line: Origin, recorder: &mut Recorder) -> Result<(), Reason> {
        let [time, kind, id] = self.own;
        let mark = line.mark(time.as_ref(), id.as_ref())?;
        let kind = kind.ok_or(Reason::NoType)?;
        if let Datum::Text(kind) = &kind {
            recorder.event(mark, kind, &self.values)
        } else {
            let kind = kind.to_value().key_text().ok_or(Reason::NoType)?;
            recorder.event(mark, &kind, &self.values)
        }
    }
}

/// Reads flat events.
pub(super) struct Reader {
    root: Node,
    wanted: Wanted,
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
        let wanted = Wanted::new(settings, members, layout);
        let mut root = Node::default();
        for (number, path) in wanted.paths() {
            root.want(path, number);
        }
        Self { root, wanted }
    }
}

impl LineReader for Reader {
    fn read(&mut self, text: &str, line: Origin, recorder: &mut Recorder) -> Result<(), Refusal> {
        let mut members =
            Scattered { values: Vec::with_capacity(self.wanted.paths.len()), deepest: 0 };
        object(text, ObjectVisitor { node: &self.root, found: &mut members })?;
        if members.deepest > 0 {
            // The last of several values holds: the one that was found under the fewest dots.
            members.values.sort_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
        }
        let mut found = self.wanted.nothing();
        for (_, number, value) in members.values {
            found.set(number, value);
        }
        Ok(found.record(line, recorder)?)
    }
}

/// The values that a line has: how many dots were followed, for what, and the value.
struct Scattered<'de> {
    values: Vec<(u8, usize, Datum<'de>)>,
    deepest: u8,
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
