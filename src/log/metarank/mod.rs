//! Metarank's format: interactions, rankings, items and users.

mod members;
mod parser;
mod scanner;

use serde_json::Value as Json;

use crate::tape::Layout;

use super::reading::{LineReader, Scanned};

use members::Kind;
use parser::Parser;
use scanner::Scanner;

/// Recognises Metarank's events. The kind alone does not suffice, since another log may have events
/// called `user`; so the members that belong to the kind are required too.
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

/// The reader of Metarank's events, with or without a scanner.
pub(super) fn reader(layout: &Layout, scans: bool) -> Box<dyn LineReader> {
    Box::new(Scanned { scanner: scans.then(|| Scanner::new(layout)), parser: Parser })
}
