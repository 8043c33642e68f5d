//! A profile for people: what the log is, then its types, the most frequent first, then what is
//! wrong with it.

use std::fmt::Write as _;

use crate::base::events::EventSettings;
use crate::base::quantity::{counted, grouped};
use crate::base::{Millis, escape::printable};
use crate::log::{Detected, Outcome};
use crate::profile::{
    DuplicateEvents, Jump, Late, Profile, Profiled, RejectedLine, RejectedLines, Type,
};

use super::table::{self, Own, WIDTH, cut, percent, scalar};

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
    lines.extend(detected.as_ref().map(|detected| format(detected, outcomes, settings)));
    lines.extend(order(profile));
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
            "left out: {} of fields beyond the {} that there is room for (--max-memory)",
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

/// The format, and what was taken for the time and for the type.
fn format(detected: &Detected, outcomes: &[Outcome], settings: &EventSettings) -> String {
    let mut parts = vec![format!("format: {}", detected.form(outcomes))];
    if !detected.timestamp.is_empty() {
        let unit = detected.unit.map_or_else(String::new, |unit| format!(" in {}", unit.name()));
        parts.push(format!("time from `{}`{unit}", detected.timestamp));
    }
    parts.extend(detected.times.clone());
    if detected.unit.is_none() && settings.times.zone.is_none() && !detected.timestamp.is_empty() {
        parts.push("texts without a zone are of UTC".to_owned());
    }
    parts.push(match &detected.kind {
        Some(kind) => format!("type from `{kind}`"),
        None if settings.yields.says_types() => "types as the config says".to_owned(),
        None => "no member has a type".to_owned(),
    });
    parts.join("; ")
}

fn order(profile: &Profile) -> Option<String> {
    profile.span?;
    Some(match &profile.late {
        None => "order: by time".to_owned(),
        Some(late) => {
            let [_, p50, p95] = late.by;
            format!(
                "order: {} ({}) late, half of them by {} or more, 5% by {}, at most {}",
                counted(late.events as usize, "event"),
                percent(late.events, profile.events),
                about(p50),
                about(p95),
                about(late.most.0),
            )
        }
    })
}

/// A span of time in its two largest units.
fn about(span: Millis) -> String {
    const UNITS: [i64; 4] = [86_400_000, 3_600_000, 60_000, 1_000];
    let unit = UNITS.iter().position(|unit| span.0 >= *unit);
    let rounded = match unit {
        Some(place) => UNITS.get(place + 1).map_or(span.0, |next| span.0 / next * next),
        None => span.0,
    };
    Millis(rounded).to_string()
}

fn jumps(profile: &Profile) -> Vec<String> {
    let jump = |jump: &Jump, word: &str| {
        let alone = if jump.went_back { ", alone" } else { "" };
        format!(
            "  {word} {}, from {} to {} ({}{alone})",
            about(jump.span()),
            jump.from,
            jump.to,
            place(profile, jump.line),
        )
    };
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

/// `line 12`; with several logs also which one.
fn place(profile: &Profile, line: u64) -> String {
    let (log, number) = profile.place(line);
    if profile.logs.len() > 1 {
        format!("line {} of {log}", grouped(number))
    } else {
        format!("line {}", grouped(number))
    }
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
