//! What a flat log is joined with: metadata, the events that name it, and lines of its files that
//! are none.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::base::quantity::{counted, grouped, listed};
use crate::tape::{FileCounts, Joined, Tape};

use super::rejected::rejected;

/// The most kinds of entities listed for people.
const KINDS: usize = 12;

/// The joins as lines for people; none for a log that is joined with nothing.
pub(super) fn lines(tape: &Tape) -> Vec<String> {
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
    for (file, counts) in tape.metadata_files() {
        if counts.is_timeless() {
            lines.push(format!("metadata in `{file}`: no times, known from the beginning"));
        }
        lines.extend(rejected(&format!("rejected in `{file}`"), &counts.rejections));
    }
    lines
}

/// The files of metadata for programs.
pub(super) fn files_facts(tape: &Tape) -> Vec<Json> {
    let facts = |(file, counts): (String, &FileCounts)| {
        let reasons = counts.rejections.by_count().into_iter();
        let rejected: Map<String, Json> =
            reasons.map(|(reason, count)| (reason.to_string(), count.into())).collect();
        json!({
            "file": file,
            "lines": counts.lines,
            "timeless": counts.is_timeless(),
            "rejected_by_reason": rejected,
        })
    };
    tape.metadata_files().map(facts).collect()
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
