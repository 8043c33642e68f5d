//! What each feature counted and lost: a line for each entry of the config.

use serde_json::{Value, json};

use crate::base::escape::printable;
use crate::base::quantity::grouped;
use crate::coverage::{EntryCount, ranked};

/// The most entries listed for people.
const MOST: usize = 20;
/// The most entries listed for programs.
const MOST_FOR_PROGRAMS: usize = 1000;

/// The entries as lines for people.
pub(super) fn lines(entries: &[EntryCount]) -> Vec<String> {
    let partial = entries.iter().filter(|entry| entry.counted < entry.events()).count() as u64;
    let all = grouped(entries.len() as u64);
    let mut lines = vec![match partial {
        0 => "features:".to_owned(),
        some => format!("features: {} of {all} with events not counted", grouped(some)),
    }];
    let (shown, more) = ranked(entries, MOST);
    let width = shown.iter().map(|entry| title(entry).chars().count()).max().unwrap_or(0);
    lines.extend(shown.iter().map(|entry| format!("  {:width$}  {}", title(entry), entry.words())));
    if more > 0 {
        lines.push(format!("  … and {} more", grouped(more as u64)));
    }
    lines
}

fn title(entry: &EntryCount) -> String {
    match entry.features {
        1 => printable(&entry.name).into_owned(),
        features => format!("{} ({} features)", printable(&entry.name), grouped(features as u64)),
    }
}

/// The entries for programs; those that lost events come first.
pub(in super::super) fn structured(entries: &[EntryCount]) -> Value {
    let (shown, more) = ranked(entries, MOST_FOR_PROGRAMS);
    let shown: Vec<Value> = shown.into_iter().map(EntryCount::json).collect();
    json!({"entries": shown, "more": more})
}
