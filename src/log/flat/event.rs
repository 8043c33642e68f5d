//! Flat events: the members that make an object one, the required values, and those found.

use std::ops::Range;

use crate::base::events::EventSettings;
use crate::log::line::Origin;
use crate::tape::{BatchEncoder, Datum, Layout, Reason};

use super::line_types::{LineTypes, Row};
use super::members::{ElementValues, List, Node};
use super::metadata::MetadataRules;
use super::path::{leads_into_list, within_each};

/// The most events of a line.
const MOST_EVENTS: u32 = 1 << 20;

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
#[derive(Debug)]
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
        is_one && self.metadata.is_empty()
    }

    /// True if no member holds the time: the log is a file of metadata that are known from the
    /// beginning.
    pub(super) fn is_timeless(&self) -> bool {
        self.paths.get(self.attributes).is_some_and(Option::is_none)
    }

    /// True if a path leads into a list, or a list holds the events: only the parser reads these.
    pub(super) fn leads_into_lists(&self) -> bool {
        self.each.is_some() || self.paths().any(|(_, path)| leads_into_list(path))
    }

    /// The list of which each element is an event.
    #[cfg(feature = "parquet")]
    pub(in crate::log) fn each(&self) -> Option<&str> {
        self.each.as_deref()
    }

    /// What is required of that list: the members of an event, by the path within the element or by
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
    const fn id(&self) -> usize {
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
    values: Vec<Option<Datum<'a>>>,
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

    /// Encodes the events of a line with these values; `text` is as much of it as is available.
    /// `elements` are those of the list of events, if the line has one.
    pub(in crate::log) fn record(
        &self,
        wanted: &Wanted,
        elements: Option<Vec<ElementValues<'a>>>,
        (line, text): (Origin, &[u8]),
        encoder: &mut BatchEncoder,
    ) -> Result<(), Reason> {
        if wanted.each.is_none() {
            return self.record_element(wanted, line, text, encoder);
        }
        self.note_arrival(wanted, line, encoder);
        if self.record_metadata(wanted, line, encoder)? {
            return Ok(());
        }
        let elements = elements.ok_or(Reason::NoList)?;
        if elements.is_empty() {
            return Err(Reason::EmptyList);
        }
        self.record_elements(wanted, elements, (line, text), encoder);
        Ok(())
    }

    /// Encodes an event of each element, or rejects it.
    fn record_elements(
        &self,
        wanted: &Wanted,
        elements: Vec<ElementValues<'a>>,
        (mut line, text): (Origin, &[u8]),
        encoder: &mut BatchEncoder,
    ) {
        let first = line.sub;
        for (number, element) in elements.into_iter().enumerate() {
            let Some(element) = element else {
                encoder.reject(Reason::ElementNotAnObject, line.number, text);
                continue;
            };
            if line.sub.saturating_sub(first) >= MOST_EVENTS {
                encoder.reject(Reason::TooManyEvents, line.number, text);
                break;
            }
            // No element has this number, nor one of another object on the line.
            line.shares = u32::MAX - first;
            if element.get(wanted.id()).is_some_and(Option::is_some) {
                // An id of its own.
                line.shares = line.sub;
            }
            let mut found = Self { attributes: self.attributes, values: element };
            for (own, outer) in found.values.iter_mut().zip(&self.values) {
                if own.is_none() {
                    own.clone_from(outer);
                }
            }
            let before = encoder.len();
            if let Err(reason) = found.record_element(wanted, line, text, encoder) {
                encoder.reject(reason, line.number, text);
            }
            encoder.note_element(number, before);
            line.sub += (encoder.len() - before) as u32;
        }
    }

    /// Encodes the events of a line, or of an element of its list.
    fn record_element(
        &self,
        wanted: &Wanted,
        line: Origin,
        text: &[u8],
        encoder: &mut BatchEncoder,
    ) -> Result<(), Reason> {
        self.note_arrival(wanted, line, encoder);
        if self.record_metadata(wanted, line, encoder)? {
            return Ok(());
        }
        let (attributes, rest) = self.values.split_at(self.attributes);
        let [time, kind, id] = [0, 1, 2].map(|own| rest.get(own)?.as_ref().map(Datum::borrowed));
        let of = |range: &Range<usize>| {
            let values = rest.get(range.clone()).unwrap_or_default();
            values.iter().map(|value| value.as_ref().map(Datum::borrowed))
        };
        let mark = line.mark_of(time, of(&wanted.own.parts), id)?;
        let values = attributes.iter().enumerate();
        let values = values.filter_map(|(number, value)| Some((number, value.as_ref()?)));
        if wanted.types.flags.is_empty() {
            return wanted.types.row.record(mark, kind, values, encoder);
        }
        wanted.types.record((mark, kind), values, of(&wanted.own.flags), text, encoder)
    }

    /// Tells the encoder when a line was there, if that is asked for.
    pub(super) fn note_arrival(&self, wanted: &Wanted, line: Origin, encoder: &mut BatchEncoder) {
        if let Some(arrival) = wanted.own.arrival {
            let value = self.values.get(self.attributes + arrival).and_then(Option::as_ref);
            encoder.note_arrival(line.arrival(value.map(Datum::borrowed)));
        }
    }

    /// Encodes a line as metadata, if it is any.
    pub(super) fn record_metadata(
        &self,
        wanted: &Wanted,
        line: Origin,
        encoder: &mut BatchEncoder,
    ) -> Result<bool, Reason> {
        if wanted.metadata.is_empty() {
            return Ok(false);
        }
        let (attributes, rest) = self.values.split_at(self.attributes);
        let mark = || {
            if wanted.is_timeless() {
                return Ok(line.timeless());
            }
            let [time, id] = [0, 2].map(|own| rest.get(own)?.as_ref().map(Datum::borrowed));
            let parts = rest.get(wanted.own.parts.clone()).unwrap_or_default().iter();
            line.mark_of(time, parts.map(|part| part.as_ref().map(Datum::borrowed)), id)
        };
        let value = |number: usize| attributes.get(number)?.as_ref().map(Datum::borrowed);
        let fields = attributes.iter().enumerate();
        let fields = fields.filter_map(|(number, value)| Some((number, value.as_ref()?)));
        wanted.metadata.record(mark, &value, &fields, encoder)
    }
}
