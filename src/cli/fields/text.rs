//! A profile for people: what the log is, then its types, the most frequent first, then what is
//! wrong with it.

use std::fmt::Write as _;

use crate::base::escape::printable;
use crate::base::events::EventSettings;
use crate::base::quantity::{counted, grouped};
use crate::base::text_width::cut;
use crate::profile::words::{about, form, jump, order, percent, place, scalar};
use crate::profile::{
    DuplicateEvents, Jump, Late, Profile, Profiled, RejectedLine, RejectedLines, Type,
};

use super::table::{self, Own, WIDTH};

/// The most types and fields shown, unless all are asked for.
const TYPES: usize = 12;
const FIELDS: usize = 40;
/// What the columns are.
const LEGEND: &str = "fields: share of events, kinds, different values, the most frequent; of numbers \
                      0 … 5 … 50 … 95 … 100%";
/// The most jumps shown of each kind.
const JUMPS: usize = 3;

/// The lines of a profile; `all` shows every type and field.
pub(super) fn lines(profiled: &Profiled, settings: &EventSettings, all: bool) -> Vec<String> {
    let Profiled { profile, detected, outcomes } = profiled;
    let mut lines = vec![log(profile)];
    lines.extend(detected.as_ref().map(|it| format!("format: {}", form(it, outcomes, settings))));
    lines.extend(profile.span.map(|_| format!("order: {}", order(profile))));
    lines.extend(jumps(profile));
    let own = Own {
        time: detected.as_ref().map(|it| it.timestamp.as_str()),
        kind: detected.as_ref().and_then(|it| it.kind.as_deref()),
    };
    if !profile.types.is_empty() {
        lines.push(LEGEND.to_owned());
    }
    let (types, fields) = if all { (usize::MAX, usize::MAX) } else { (TYPES, FIELDS) };
    for of in profile.types.iter().take(types) {
        lines.push(String::new());
        lines.push(of_type(of, profile.events));
        lines.extend(table::lines(of, own, fields));
        lines.extend(hidden(of.fields.len(), fields, "field"));
    }
    if profile.types.len() > types {
        lines.push(String::new());
        lines.extend(hidden(profile.types.len(), types, "type"));
    }
    if profile.left_out > 0 {
        lines.push(String::new());
        lines.push(format!(
            "left out: {}, since there is room for only {} (--max-memory)",
            counted(profile.left_out as usize, "value"),
            counted(profile.most_fields, "field"),
        ));
    }
    let wrong: Vec<Vec<String>> = [
        profile.late.iter().flat_map(|late| late_events(profile, late)).collect(),
        profile.duplicates.iter().flat_map(|it| duplicates(profile, it)).collect(),
        profile.rejected.iter().flat_map(|it| rejected(profile, it)).collect(),
    ]
    .into();
    for part in wrong.into_iter().filter(|part: &Vec<String>| !part.is_empty()) {
        lines.push(String::new());
        lines.extend(part);
    }
    lines
}

fn log(profile: &Profile) -> String {
    let events = counted(profile.events as usize, "event");
    match profile.span {
        Some((first, last)) => {
            format!("log: {events}, from {first} to {last} ({})", about(last.since(first)))
        }
        None => format!("log: {events}"),
    }
}

fn jumps(profile: &Profile) -> Vec<String> {
    let jump = |found: &Jump, word: &str| format!("  {word} {}", jump(profile, found));
    let ahead = profile.ahead.iter().take(JUMPS).map(|it| jump(it, "ahead"));
    let back = profile.back.iter().take(JUMPS).map(|it| jump(it, "back"));
    let told: Vec<String> = ahead.chain(back).collect();
    if told.is_empty() {
        return told;
    }
    std::iter::once("largest jumps of the clock:".to_owned()).chain(told).collect()
}

fn of_type(of: &Type, events: u64) -> String {
    let name = of.name.as_ref().map_or_else(
        || "events without a type".to_owned(),
        |name| cut(&printable(name), WIDTH / 3),
    );
    let span = of.span.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
    let counted = if of.is_counted { "" } else { ", not counted" };
    format!("{name}: {} ({}){span}{counted}", grouped(of.events), percent(of.events, events))
}

fn hidden(all: usize, shown: usize, what: &str) -> Option<String> {
    let more = all.checked_sub(shown).filter(|more| *more > 0)?;
    Some(format!("  {} more; --all shows them", counted(more, what)))
}

fn late_events(profile: &Profile, late: &Late) -> Vec<String> {
    let mut lines = vec![format!(
        "late: {}, the latest by {} ({})",
        counted(late.events as usize, "event"),
        about(late.most.0),
        place(profile, late.most.1)
    )];
    for shared in &late.shared {
        lines.push(format!(
            "  {} of them have {} {}, and {} of all: {:.1} times as many",
            percent(shared.late, late.events),
            shared.path,
            scalar(&shared.value),
            percent(shared.events, profile.events),
            shared.lift,
        ));
    }
    lines
}

fn duplicates(profile: &Profile, duplicates: &DuplicateEvents) -> Vec<String> {
    if duplicates.events == 0 && !duplicates.is_partial {
        return Vec::new();
    }
    let may_be = if duplicates.is_partial { " at least (--max-memory)" } else { "" };
    let mut lines =
        vec![format!("duplicates: {}{may_be}", counted(duplicates.events as usize, "event"))];
    lines.extend(duplicates.pairs.iter().map(|pair| {
        format!(
            "  {} has the id of {}, {} later",
            place(profile, pair.line),
            place(profile, pair.original),
            pair.time.since(pair.original_time),
        )
    }));
    lines
}

fn rejected(profile: &Profile, lines: &RejectedLines) -> Vec<String> {
    let count = counted(lines.lines as usize, "line");
    let mut told = vec![format!("rejected: {count}, {}", lines.reason)];
    for RejectedLine { line, excerpt, fault } in &lines.examples {
        let mut head = format!("  {}", place(profile, *line));
        if let Some(fault) = fault {
            if let Some(byte) = fault.byte {
                let _ = write!(head, ", byte {}", grouped(byte as u64));
            }
            let _ = write!(head, ": {}", printable(&fault.what));
        }
        told.push(cut(&head, WIDTH));
        if !excerpt.is_empty() {
            told.push(format!("    {}", cut(excerpt, WIDTH - 4)));
        }
    }
    told
}
