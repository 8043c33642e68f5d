//! Events of tests as lines of the log that a config describes.
//!
//! How times are written is not what a test is about: they are milliseconds in the member that the
//! config names, and members of a table's text are not needed. All else is read as the config says.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::base::Timestamp;
use crate::base::events::{Dialect, EventSettings, Format};
use crate::base::time::TimeUnit;
use crate::base::time_rules::TimeRules;
use crate::config::{Document, Test, TestEvent};
use crate::plan::Plan;

/// The member with the time, if the config names none.
const TIME: &str = "timestamp";
/// The member with the type, likewise.
const TYPE: &str = "type";
/// The member with the id, likewise.
const ID: &str = "id";

/// The type of Metarank's rankings, items and users, which are no interactions.
pub(super) const RANKING: &str = "ranking";
pub(super) const ITEM: &str = "item";
pub(super) const USER: &str = "user";
/// The members that Metarank's events have beside their fields.
const PARTIES: [&str; 4] = [ITEM, USER, "session", RANKING];

/// How a config's log writes events.
pub(super) enum Form {
    Metarank,
    Flat(Flat),
}

/// The members of a flat log.
pub(super) struct Flat {
    time: String,
    kind: String,
    id: String,
    /// The types of flags, with their members.
    flags: Vec<(String, String)>,
    /// True if the type of a line is in a member.
    has_type: bool,
    /// The member with the time at which a line was there.
    known: Option<String>,
}

impl Form {
    /// The form of the log that a config is for; the plan is made to read it.
    pub(super) fn of(plan: &mut Plan, document: &Document) -> Self {
        let is_metarank = is_metarank(plan, document);
        let events = &mut plan.events;
        events.format = Some(if is_metarank { Format::Metarank } else { Format::Flat });
        events.times = TimeRules::in_unit(TimeUnit::Millis);
        events.dialect = Dialect::default();
        for (number, source) in events.metadata.sources.iter_mut().enumerate() {
            source.file = source.file.as_ref().map(|_| PathBuf::from(number.to_string()));
        }
        if is_metarank {
            return Self::Metarank;
        }
        let has_type = events.kind.is_some() || !events.yields.says_types();
        let time = events.timestamp.get_or_insert_with(|| TIME.to_owned()).clone();
        let kind = events.kind.clone().unwrap_or_else(|| TYPE.to_owned());
        events.kind = has_type.then(|| kind.clone());
        Self::Flat(Flat {
            time,
            kind,
            id: events.id.clone().unwrap_or_else(|| ID.to_owned()),
            flags: events.yields.flags.clone(),
            has_type,
            known: events.known.clone(),
        })
    }

    /// The events of a test as lines, with the line of the config that each is of.
    pub(super) fn log(&self, test: &Test) -> (Vec<u8>, Vec<usize>) {
        let (mut log, mut of) = (Vec::new(), Vec::new());
        for event in &test.events {
            let mut at = event.at;
            for _ in 0..event.repeat {
                write(&mut log, &self.line(event, at));
                of.push(event.line);
                at = at.plus(event.every);
            }
        }
        (log, of)
    }

    fn line(&self, event: &TestEvent, at: Timestamp) -> Json {
        match self {
            Self::Metarank => metarank(event, at),
            Self::Flat(flat) => flat.line(event, at),
        }
    }
}

impl Flat {
    fn line(&self, event: &TestEvent, at: Timestamp) -> Json {
        let mut line = event.attributes.clone();
        let kind = &event.kind.value;
        if let Some((_, member)) = self.flags.iter().find(|(flag, _)| flag == kind) {
            line.insert(member.clone(), true.into());
        } else if self.has_type {
            line.insert(self.kind.clone(), kind.clone().into());
        }
        line.insert(self.time.clone(), at.0.into());
        if let Some(id) = &event.id {
            line.insert(self.id.clone(), id.clone());
        }
        if let Some(known) = &self.known {
            line.entry(known.clone()).or_insert_with(|| at.0.into());
        }
        line.into()
    }
}

/// True if a config is for Metarank's events: it says so, has parts that only Metarank's configs
/// have, or names what only its events have.
fn is_metarank(plan: &Plan, document: &Document) -> bool {
    if let Some(format) = plan.events.format {
        return format == Format::Metarank;
    }
    let is_flat = plan.events.timestamp.is_some()
        || plan.events.kind.is_some()
        || plan.events.id.is_some()
        || plan.events.yields.says_types()
        || plan.events.yields.each.is_some()
        || !plan.events.metadata.is_empty();
    let is_joined = |attribute: &String| {
        let entity = attribute.split_once('.').map(|(entity, _)| entity);
        entity.is_some_and(|entity| [ITEM, USER, RANKING].contains(&entity))
    };
    let is_ranking =
        |event: &TestEvent| event.kind.value == RANKING && event.attributes.contains_key("items");
    !is_flat
        && (document.is_metarank
            || plan.attributes.iter().any(is_joined)
            || document.tests.iter().flat_map(|test| &test.events).any(is_ranking))
}

/// An event of Metarank's: its attributes are members where it has them, and else fields.
fn metarank(event: &TestEvent, at: Timestamp) -> Json {
    let kind = event.kind.value.as_str();
    let mut line = Map::new();
    let is_own = [RANKING, ITEM, USER].contains(&kind);
    line.insert("event".into(), if is_own { kind } else { "interaction" }.into());
    if !is_own {
        line.insert("type".into(), kind.into());
    }
    line.insert("timestamp".into(), at.0.into());
    let mut fields = Vec::new();
    for (name, value) in &event.attributes {
        let is_items = name == "items" && kind == RANKING;
        if is_items || name == ID || PARTIES.contains(&name.as_str()) {
            line.insert(name.clone(), value.clone());
        } else {
            fields.push(json!({ "name": name, "value": value }));
        }
    }
    if let Some(id) = &event.id {
        line.insert(ID.into(), id.clone());
    }
    line.insert("fields".into(), fields.into());
    line.into()
}

/// The lines of a file of metadata, which is known by the number of its source: what the test says
/// of the entity is in the first one.
pub(super) fn metadata(settings: &EventSettings, test: &Test, file: &Path) -> Vec<u8> {
    let sources = &settings.metadata.sources;
    let of_file = |number: usize| sources[number].file.as_deref() == Some(file);
    let Some(number) = (0..sources.len()).find(|number| of_file(*number)) else {
        return Vec::new();
    };
    let entity = sources[number].entity;
    let is_first =
        sources[..number].iter().all(|other| other.entity != entity || other.file.is_none());
    let name = &settings.metadata.entities[entity].name;
    let mut lines = Vec::new();
    let own = test.metadata.iter().filter(|own| is_first && own.name.value == *name);
    for line in own.flat_map(|own| &own.lines) {
        write(&mut lines, &Json::Object(line.clone()));
    }
    lines
}

fn write(log: &mut Vec<u8>, line: &Json) {
    log.extend(line.to_string().bytes());
    log.push(b'\n');
}
