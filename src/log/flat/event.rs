//! Flat events: the members that make an object one, the required values, and those found.

use serde_json::Value as Json;

use crate::base::events::EventSettings;
use crate::log::line::{Origin, type_text};
use crate::tape::{BatchEncoder, Datum, Layout, Reason};

/// Common names of the member with the time, in order of preference.
const TIMESTAMPS: [&str; 5] = ["timestamp", "ts", "time", "event_time", "created_at"];
/// Common names of the member with the type, in order of preference.
const TYPES: [&str; 4] = ["type", "event", "event_type", "action"];

/// The members that make an object an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::log) struct Members {
    pub(in crate::log) timestamp: String,
    pub(in crate::log) kind: String,
}

impl Members {
    /// The members that the settings name, or else the first common ones that a log has; `None` if
    /// it lacks either.
    pub(in crate::log) fn of(settings: &EventSettings, has: impl Fn(&str) -> bool) -> Option<Self> {
        let [timestamp, kind] = Self::each(settings, has);
        Some(Self { timestamp: timestamp?, kind: kind? })
    }

    /// The members with the time and with the type, each `None` if a log lacks it.
    pub(in crate::log) fn each(
        settings: &EventSettings,
        has: impl Fn(&str) -> bool,
    ) -> [Option<String>; 2] {
        let names = Self::names(settings);
        names.map(|names| names.into_iter().find(|name| has(name)).map(str::to_owned))
    }

    /// The candidate names of the members with the time and with the type: the one that the
    /// settings name, or the common ones.
    pub(in crate::log) fn names<'s>(settings: &'s EventSettings) -> [Vec<&'s str>; 2] {
        let or = |named: Option<&'s str>, usual: &[&'static str]| -> Vec<&'s str> {
            named.map_or_else(|| usual.to_vec(), |name| vec![name])
        };
        [or(settings.timestamp.as_deref(), &TIMESTAMPS), or(settings.kind.as_deref(), &TYPES)]
    }

    /// The default members, for a log in which no line has them.
    pub(in crate::log) fn usual(settings: &EventSettings) -> Self {
        Self {
            timestamp: settings.timestamp.clone().unwrap_or_else(|| TIMESTAMPS[0].to_owned()),
            kind: settings.kind.clone().unwrap_or_else(|| TYPES[0].to_owned()),
        }
    }
}

/// True if an object has a member at a dotted path.
pub(in crate::log) fn has(object: &serde_json::Map<String, Json>, path: &str) -> bool {
    let nested = || {
        let (first, rest) = path.split_once('.')?;
        object.get(first)?.as_object().filter(|inner| has(inner, rest))
    };
    object.get(path).is_some_and(|value| !value.is_null()) || nested().is_some()
}

/// The required values of a flat event, in this order: the attributes, then time, type and id.
#[derive(Debug)]
pub(in crate::log) struct Wanted {
    pub(super) paths: Vec<Option<String>>,
    pub(super) attributes: usize,
}

impl Wanted {
    pub(in crate::log) fn new(
        settings: &EventSettings,
        members: &Members,
        layout: &Layout,
    ) -> Self {
        let own =
            [Some(members.timestamp.clone()), Some(members.kind.clone()), settings.id.clone()];
        let attributes = layout.names().len();
        Self { paths: layout.names().iter().cloned().map(Some).chain(own).collect(), attributes }
    }

    /// The required values by number, with their paths.
    pub(in crate::log) fn paths(&self) -> impl Iterator<Item = (usize, &str)> {
        self.paths.iter().enumerate().filter_map(|(number, path)| Some((number, path.as_deref()?)))
    }

    /// An event without values.
    pub(in crate::log) fn nothing<'a>(&self) -> Found<'a> {
        Found {
            attributes: self.attributes,
            own: [None, None, None],
            values: vec![None; self.attributes],
        }
    }
}

/// The values of an event.
pub(in crate::log) struct Found<'a> {
    attributes: usize,
    own: [Option<Datum<'a>>; 3],
    values: Vec<Option<Datum<'a>>>,
}

impl<'a> Found<'a> {
    /// Sets the value with this number.
    pub(in crate::log) fn set(&mut self, number: usize, value: Datum<'a>) {
        let own = number.checked_sub(self.attributes).and_then(|own| self.own.get_mut(own));
        if let Some(place) = own.or(self.values.get_mut(number)) {
            *place = Some(value);
        }
    }

    /// The time and the type.
    pub(in crate::log) const fn time_and_type(&self) -> [&Option<Datum<'a>>; 2] {
        [&self.own[0], &self.own[1]]
    }

    /// Encodes the event.
    pub(in crate::log) fn record(
        self,
        line: Origin,
        encoder: &mut BatchEncoder,
    ) -> Result<(), Reason> {
        let [time, kind, id] = self.own;
        let [time, id] = [&time, &id].map(|datum| datum.as_ref().map(Datum::borrowed));
        let mark = line.mark(time, id)?;
        let kind = kind.ok_or(Reason::NoType)?;
        let values = self.values.iter().enumerate();
        let values = values.filter_map(|(number, value)| Some((number, value.as_ref()?)));
        if let Datum::Text(kind) = &kind {
            encoder.event(mark, kind, values)
        } else {
            let kind = type_text(kind.borrowed())?;
            encoder.event(mark, &kind, values)
        }
    }
}
