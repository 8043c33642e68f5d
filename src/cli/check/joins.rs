//! What a flat log is joined with: metadata, the events that name it, and lines of its files that
//! are none.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::base::quantity::{counted, grouped, listed};
use crate::tape::{Joined, Tape};

use super::rejected::rejected;

/// The most kinds of entities listed for people.
const KINDS: usize = 12;

/// The joins as lines for people; none for a log that is joined with nothing.
pub(super) fn lines(tape: &Tape) -> Vec<String> {
    let joins = tape.contents().joins();
    let kinds: Vec<String> = each(tape)
        .map(|(name, on, lines, joined)| {
            let mut kind = format!("{} of {name}", grouped(lines));
            if joined.unknown > 0 {
                let (unknown, events) = (grouped(joined.unknown), counted_events(joined.events));
                let _ = write!(kind, " (not known then: the `{on}` of {unknown} of {events})");
            }
            kind
        })
        .collect();
    if kinds.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("metadata: {}", listed(&kinds, KINDS))];
    lines.extend(rejected("rejected in files of metadata", &joins.rejections));
    lines
}

/// The joins for programs, by the names of the entities.
pub(super) fn facts(tape: &Tape) -> Map<String, Json> {
    each(tape)
        .map(|(name, _, lines, Joined { events, unknown })| {
            (name.to_owned(), json!({"lines": lines, "events": events, "unknown": unknown}))
        })
        .collect()
}

/// Per kind of entity its name, the member of events that names one, its metadata, and the events
/// that name one.
fn each(tape: &Tape) -> impl Iterator<Item = (&str, &str, u64, Joined)> {
    let joins = tape.contents().joins();
    let entities = tape.demand().settings.metadata.entities.iter().enumerate();
    entities.map(move |(number, entity)| {
        let lines = joins.metadata.get(number).copied().unwrap_or(0);
        let joined = joins.events.get(number).copied().unwrap_or_default();
        (entity.name.as_str(), entity.on.as_str(), lines, joined)
    })
}

fn counted_events(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "event")
}
