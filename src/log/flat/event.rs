//! Flat events: the members that make an object one, the required values, and those found.

use std::ops::Range;

use crate::base::events::EventSettings;
use crate::tape::{Datum, Layout};

use super::line_types::{LineTypes, Row};
use super::members::{List, Node};
use super::metadata::MetadataRules;
use super::path::within_each;

/// Common names of the member with the time, in order of preference.
const TIMESTAMPS: [&str; 5] = ["timestamp", "ts", "time", "event_time", "created_at"];
/// Common names of the member with the type, in order of preference.
const TYPES: [&str; 4] = ["type", "event", "event_type", "action"];

/// The type of events where no member holds one and no feature asks for one.
const UNTYPED: &str = "event";

/// The members that make an object an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::log) struct Members {
    /// `None` if no member holds the time, of a file of metadata.
    pub(in crate::log) timestamp: Option<String>,
    /// `None` if no member holds the type.
    pub(in crate::log) kind: Option<String>,
}

impl Members {
    /// The members that the settings name, or else the first common ones that a log has; `None` if
    /// it lacks one that it needs.
    pub(in crate::log) fn of(settings: &EventSettings, has: impl Fn(&str) -> bool) -> Option<Self> {
        let [timestamp, kind] = Self::each(settings, &has);
        if let Some(key) = key_of_file(settings) {
            return has(key).then_some(Self { timestamp, kind: None });
        }
        let is_event = kind.is_some() || !needs_type(settings);
        // Beside flags, a line may lack its type, and the next one have it.
        let kind = kind.or_else(|| settings.kind.clone());
        Some(Self { timestamp: Some(timestamp.filter(|_| is_event)?), kind })
    }

    /// The members with the time and with the type, each `None` if a log lacks it.
    pub(in crate::log) fn each(
        settings: &EventSettings,
        has: impl Fn(&str) -> bool,
    ) -> [Option<String>; 2] {
        let names = Self::names(settings);
        let parts = settings.times.parts.iter().all(|part| has(part));
        let [time, kind] =
            names.map(|names| names.into_iter().find(|name| has(name)).map(str::to_owned));
        [time.filter(|_| parts), kind]
    }

    /// The candidate names of the members with the time and with the type: the one that the
    /// settings name, or the common ones; none for a type that no member is to hold.
    pub(in crate::log) fn names<'s>(settings: &'s EventSettings) -> [Vec<&'s str>; 2] {
        let or = |named: Option<&'s str>, usual: &[&'static str]| -> Vec<&'s str> {
            named.map_or_else(|| usual.to_vec(), |name| vec![name])
        };
        let kinds = if has_type(settings) { &TYPES[..] } else { &[] };
        [or(settings.timestamp.as_deref(), &TIMESTAMPS), or(settings.kind.as_deref(), kinds)]
    }

    /// The default members, for a log in which no line has them.
    pub(in crate::log) fn usual(settings: &EventSettings) -> Self {
        if key_of_file(settings).is_some() {
            return Self { timestamp: None, kind: None };
        }
        let kind = || TYPES[0].to_owned();
        let timestamp = || TIMESTAMPS[0].to_owned();
        Self {
            timestamp: settings.timestamp.clone().or_else(|| Some(timestamp())),
            kind: settings.kind.clone().or_else(|| needs_type(settings).then(kind)),
        }
    }
}

/// True if a member may hold the type: the config names one, or leaves it to the log.
pub(in crate::log) fn has_type(settings: &EventSettings) -> bool {
    settings.kind.is_some() || !settings.yields.says_types()
}

/// The member that names an entity, if the log is a file of metadata.
pub(in crate::log) fn key_of_file(settings: &EventSettings) -> Option<&str> {
    let metadata = &settings.metadata;
    Some(metadata.sources.get(metadata.of_file?)?.key.as_str())
}

/// True if a line without a type is no event.
pub(in crate::log) fn needs_type(settings: &EventSettings) -> bool {
    has_type(settings) && !settings.yields.untyped && settings.yields.flags.is_empty()
}

/// The required values of a flat event, in this order: the attributes, then time, type and id, then
/// the flags, then what follows the time, then the time of arrival ([`OwnValues`]).
#[derive(Clone, Debug)]
pub(in crate::log) struct Wanted {
    pub(super) paths: Vec<Option<String>>,
    pub(super) attributes: usize,
    pub(super) types: LineTypes,
    /// The list of which each element is an event.
    pub(super) each: Option<String>,
    /// The lines that are no events.
    pub(super) metadata: MetadataRules,
    /// The values behind the attributes.
    pub(super) own: OwnValues,
}

/// Time, type and id.
pub(super) const OWN: usize = 3;

/// Where the values behind the attributes and behind time, type and id are, counted from the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnValues {
    pub(super) flags: Range<usize>,
    /// What follows the time.
    pub(super) parts: Range<usize>,
    /// The time of arrival, if it is asked for.
    pub(super) arrival: Option<usize>,
}

impl OwnValues {
    fn new(settings: &EventSettings) -> Self {
        let flags = OWN..OWN + settings.yields.flags.len();
        let parts = flags.end..flags.end + settings.times.parts.len();
        let arrival = settings.known.is_some().then_some(parts.end);
        Self { flags, parts, arrival }
    }
}

impl Wanted {
    pub(in crate::log) fn new(
        settings: &EventSettings,
        members: &Members,
        layout: &Layout,
    ) -> Self {
        let own = [members.timestamp.clone(), members.kind.clone(), settings.id.clone()];
        let attributes = layout.names().len();
        let flags = &settings.yields.flags;
        let row = match (&settings.yields.constant, &members.kind) {
            (Some(constant), _) => Row::Constant(constant.clone()),
            (None, Some(_)) => Row::Member,
            (None, None) if flags.is_empty() => Row::Constant(UNTYPED.to_owned()),
            (None, None) => Row::None,
        };
        let attributes_and_own = layout.names().iter().cloned().map(Some).chain(own);
        let members = flags.iter().map(|(_, member)| Some(member.clone()));
        let parts = settings.times.parts.iter().cloned().map(Some);
        let known = settings.known.iter().cloned().map(Some);
        Self {
            paths: attributes_and_own.chain(members).chain(parts).chain(known).collect(),
            attributes,
            types: LineTypes { row, flags: flags.iter().map(|(kind, _)| kind.clone()).collect() },
            each: settings.yields.each.clone(),
            metadata: MetadataRules::new(settings, layout),
            own: OwnValues::new(settings),
        }
    }

    /// True if each line is one event, of the type that a member holds, and its time is one member.
    pub(super) fn is_plain(&self) -> bool {
        let is_one = self.types.row == Row::Member && self.paths.len() == self.attributes + OWN;
        is_one && self.metadata.is_empty() && self.each.is_none()
    }

    /// True if the value with this number is a time, or a part of one.
    pub(in crate::log) fn is_time(&self, number: usize) -> bool {
        number.checked_sub(self.attributes).is_some_and(|own| {
            own == 0 || self.own.parts.contains(&own) || self.own.arrival == Some(own)
        })
    }

    /// True if no member holds the time: the log is a file of metadata that are known from the
    /// beginning.
    pub(super) fn is_timeless(&self) -> bool {
        self.paths.get(self.attributes).is_some_and(Option::is_none)
    }

    /// The list of which each element is an event.
    #[cfg(feature = "parquet")]
    pub(in crate::log) fn each(&self) -> Option<&str> {
        self.each.as_deref()
    }

    /// All that is required of a line.
    pub(super) fn root(&self) -> Node {
        let mut root = Node::default();
        if let Some(each) = &self.each {
            root.want_each(each, &|| self.list_of_events());
        }
        for (number, path) in self.paths() {
            root.want(path, number);
        }
        root
    }

    /// What is required of the list of events: the members of an event, by the path within the element or by
    /// that within the line.
    pub(in crate::log) fn list_of_events(&self) -> List {
        let mut element = Node::default();
        for (number, path) in self.paths() {
            element.want(path, number);
            if let Some(inner) = self.each.as_deref().and_then(|each| within_each(path, each)) {
                element.want(inner, number);
            }
        }
        List::of_events(element, self.paths.len())
    }

    /// The number of the id.
    pub(super) const fn id(&self) -> usize {
        self.attributes + 2
    }

    /// The required values by number, with their paths.
    pub(in crate::log) fn paths(&self) -> impl Iterator<Item = (usize, &str)> {
        self.paths.iter().enumerate().filter_map(|(number, path)| Some((number, path.as_deref()?)))
    }

    /// An event without values.
    pub(in crate::log) fn nothing<'a>(&self) -> Found<'a> {
        Found { attributes: self.attributes, values: vec![None; self.paths.len()] }
    }
}

/// The values of an event, as they are numbered in [`Wanted`].
#[derive(Clone)]
pub(in crate::log) struct Found<'a> {
    attributes: usize,
    pub(super) values: Vec<Option<Datum<'a>>>,
}

impl<'a> Found<'a> {
    /// Sets the value with this number.
    pub(in crate::log) fn set(&mut self, number: usize, value: Datum<'a>) {
        if let Some(place) = self.values.get_mut(number) {
            *place = Some(value);
        }
    }

    /// The time and the type.
    pub(in crate::log) fn time_and_type(&self) -> [Option<&Datum<'a>>; 2] {
        let own = |number| self.values.get(self.attributes + number).and_then(Option::as_ref);
        [own(0), own(1)]
    }
}
