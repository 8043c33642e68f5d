//! Flat logs: any objects with a time and a type, whose members are the attributes. It must not
//! know other formats, nor what becomes of an event.

mod parser;
mod scanner;

use serde_json::Value as Json;

use crate::base::events::EventSettings;
use crate::tape::{BatchEncoder, Datum, Layout, Reason};

use super::line::{Origin, type_text};
use super::reading::{LineReader, Scanned};

use parser::Parser;
use scanner::Scanner;

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
        let [timestamp, kind] = Self::each(settings, has);
        Some(Self { timestamp: timestamp?, kind: kind? })
    }

    /// The members with the time and with the type, as far as a log has them.
    pub(super) fn each(
        settings: &EventSettings,
        has: impl Fn(&str) -> bool,
    ) -> [Option<String>; 2] {
        let names = Self::names(settings);
        names.map(|names| names.into_iter().find(|name| has(name)).map(str::to_owned))
    }

    /// The names that are looked for, of the time and of the type: the one that the settings say,
    /// or the usual ones.
    pub(super) fn names<'s>(settings: &'s EventSettings) -> [Vec<&'s str>; 2] {
        let or = |named: Option<&'s str>, usual: &[&'static str]| -> Vec<&'s str> {
            named.map_or_else(|| usual.to_vec(), |name| vec![name])
        };
        [or(settings.timestamp.as_deref(), &TIMESTAMPS), or(settings.kind.as_deref(), &TYPES)]
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
            values: vec![None; self.attributes],
        }
    }
}

/// The values that an event has.
pub(super) struct Found<'a> {
    attributes: usize,
    own: [Option<Datum<'a>>; 3],
    values: Vec<Option<Datum<'a>>>,
}

impl<'a> Found<'a> {
    /// Gives a value to what is wanted under this number.
    pub(super) fn set(&mut self, number: usize, value: Datum<'a>) {
        let own = number.checked_sub(self.attributes).and_then(|own| self.own.get_mut(own));
        if let Some(place) = own.or(self.values.get_mut(number)) {
            *place = Some(value);
        }
    }

    /// Its time and its type.
    pub(super) const fn time_and_type(&self) -> [&Option<Datum<'a>>; 2] {
        [&self.own[0], &self.own[1]]
    }

    /// Records the event.
    pub(super) fn record(self, line: Origin, recorder: &mut BatchEncoder) -> Result<(), Reason> {
        let [time, kind, id] = self.own;
        let [time, id] = [&time, &id].map(|datum| datum.as_ref().map(Datum::borrowed));
        let mark = line.mark(time, id)?;
        let kind = kind.ok_or(Reason::NoType)?;
        let values = self.values.iter().enumerate();
        let values = values.filter_map(|(number, value)| Some((number, value.as_ref()?)));
        if let Datum::Text(kind) = &kind {
            recorder.event(mark, kind, values)
        } else {
            let kind = type_text(kind.borrowed())?;
            recorder.event(mark, &kind, values)
        }
    }
}

/// What reads flat events, with a scanner or without.
pub(super) fn reader(
    settings: &EventSettings,
    members: &Members,
    layout: &Layout,
    scans: bool,
) -> Box<dyn LineReader> {
    let wanted = Wanted::new(settings, members, layout);
    let scanner = scans.then(|| Scanner::new(&wanted));
    Box::new(Scanned { scanner, parser: Parser::new(wanted) })
}
