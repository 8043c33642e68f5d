//! Metarank's events: interactions, rankings, items and users. It must not know other formats,
//! nor what becomes of an event.

mod parser;
mod scanner;

use serde_json::Value as Json;

use crate::tape::Layout;

use super::reading::{LineReader, Scanned};

use parser::Parser;
use scanner::Scanner;

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Interaction,
    Ranking,
    Item,
    User,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        match name {
            "interaction" => Some(Self::Interaction),
            "ranking" => Some(Self::Ranking),
            "item" | "metadata" => Some(Self::Item),
            "user" => Some(Self::User),
            _ => None,
        }
    }
}

/// Whether an object is one of Metarank's events. Its kind alone does not tell: a log of another
/// kind may have events that are called `user`. So the members that go with it are asked for.
pub(super) fn recognise(object: &serde_json::Map<String, Json>) -> bool {
    let has = |member| object.get(member).is_some_and(|value| !value.is_null());
    let has_list = |member| object.get(member).is_some_and(Json::is_array);
    let kind = object.get("event").and_then(Json::as_str).and_then(Kind::of);
    has("timestamp")
        && match kind {
            Some(Kind::Interaction) => has("type") && has("item"),
            Some(Kind::Ranking) => has_list("items"),
            Some(Kind::Item) => has("item") && has_list("fields"),
            Some(Kind::User) => has("user") && has_list("fields"),
            None => false,
        }
}

/// The members that an event has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Event,
    Timestamp,
    Id,
    Kind,
    Item,
    User,
    Session,
    Ranking,
    Fields,
    Items,
    Other,
}

impl Member {
    fn of(name: &str) -> Self {
        match name {
            "event" => Self::Event,
            "timestamp" => Self::Timestamp,
            "id" => Self::Id,
            "type" => Self::Kind,
            "item" => Self::Item,
            "user" => Self::User,
            "session" => Self::Session,
            "ranking" => Self::Ranking,
            "fields" => Self::Fields,
            "items" => Self::Items,
            _ => Self::Other,
        }
    }
}

/// What reads Metarank's events, with a scanner or without.
pub(super) fn reader(layout: &Layout, scans: bool) -> Box<dyn LineReader> {
    Box::new(Scanned { scanner: scans.then(|| Scanner::new(layout)), parser: Parser })
}
