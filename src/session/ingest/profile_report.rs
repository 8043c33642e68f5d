//! The profile of a log as lists that fold.

use std::collections::BTreeMap;

use crate::base::events::EventSettings;
use crate::base::quantity::{counted, grouped, value};
use crate::base::{Millis, Timestamp};
use crate::profile::words::{about, form, jump, kinds, order, percent, place, scalar, values};
use crate::profile::{
    DuplicateEvents, Field, Kind, Late, Numbers, Profile, Profiled, RejectedLines, Type,
};

use crate::session::snapshot::{LogField, LogProfile, ProfileEntry, ProfileSection};

/// The most fields of a type that are told.
const FIELDS: usize = 500;
/// From this span on the days of its ends say enough.
const DAYS: Millis = Millis(3 * 86_400_000);

/// What is told of a log.
pub(super) fn report(profiled: &Profiled, settings: &EventSettings) -> LogProfile {
    let Profiled { profile, detected, outcomes } = profiled;
    let own = |member: Option<&str>| member.map(str::to_owned);
    let time = own(detected.as_ref().map(|it| it.timestamp.as_str()));
    let kind = own(detected.as_ref().and_then(|it| it.kind.as_deref()));
    let types = &profile.types;
    let mut told: Vec<ProfileEntry> =
        types.iter().map(|of| of_type(of, profile, (&time, &kind))).collect();
    if profile.left_out > 0 {
        let words = format!(
            "{}, since there is room for only {} (--max-memory)",
            counted(profile.left_out as usize, "value"),
            counted(profile.most_fields, "field"),
        );
        told.push(entry("left out", Vec::new(), words));
    }
    let mut sections = vec![
        ProfileSection {
            title: "Types".to_owned(),
            said: counted(types.len(), "type"),
            entries: told,
        },
        ProfileSection {
            title: "Order".to_owned(),
            said: String::new(),
            entries: facts(profile, detected.as_ref().map(|it| form(it, outcomes, settings))),
        },
    ];
    sections.extend(profile.late.as_ref().map(|late| late_events(profile, late)));
    sections.extend(profile.duplicates.as_ref().map(|it| duplicates(profile, it)));
    let lines: u64 = profile.rejected.iter().map(|it| it.lines).sum();
    sections.push(ProfileSection {
        title: "Rejected".to_owned(),
        said: if lines == 0 { "none".to_owned() } else { counted(lines as usize, "line") },
        entries: profile.rejected.iter().map(|it| rejected(profile, it)).collect(),
    });
    LogProfile { sections, fields: fields(types) }
}

/// The fields of all types.
fn fields(types: &[Type]) -> Vec<LogField> {
    let mut fields = BTreeMap::<&str, LogField>::new();
    for of in types {
        for field in &of.fields {
            let has_values =
                field.kinds.iter().any(|(kind, _)| !matches!(kind, Kind::Object | Kind::Null));
            let told = fields
                .entry(&field.path)
                .or_insert_with(|| LogField { path: field.path.clone(), ..LogField::default() });
            told.types.extend(of.name.clone());
            told.has_values |= has_values;
        }
    }
    fields.into_values().collect()
}

fn entry(name: impl Into<String>, cells: Vec<String>, words: String) -> ProfileEntry {
    ProfileEntry { name: name.into(), cells, words, entries: Vec::new() }
}

/// A moment for people, as in the rest of the workbench.
fn moment(moment: Timestamp) -> String {
    moment.format("%Y-%m-%d %H:%M:%SZ")
}

fn span((first, last): (Timestamp, Timestamp)) -> String {
    format!("{} … {}", moment(first), moment(last))
}

/// The same in few letters: the clock of times that are near each other.
fn brief_span((first, last): (Timestamp, Timestamp)) -> String {
    if first.is_on_day_of(last) {
        return format!("{} … {}", first.format("%Y-%m-%d %H:%M:%S"), last.format("%H:%M:%SZ"));
    }
    let form = if last.since(first) < DAYS { "%Y-%m-%d %H:%MZ" } else { "%Y-%m-%d" };
    format!("{} … {}", first.format(form), last.format(form))
}

fn facts(profile: &Profile, form: Option<String>) -> Vec<ProfileEntry> {
    let mut entries: Vec<ProfileEntry> =
        form.map(|form| entry("read as", Vec::new(), form)).into_iter().collect();
    if let Some((first, last)) = profile.span {
        let words = format!("{} ({})", span((first, last)), about(last.since(first)));
        entries.push(entry("times", Vec::new(), words));
        entries.push(entry("order", Vec::new(), order(profile)));
    }
    for (name, jumps) in [("ahead", &profile.ahead), ("back", &profile.back)] {
        if let Some(largest) = jumps.first() {
            let of = |found| entry("", Vec::new(), jump(profile, found));
            let entries_of = jumps.iter().skip(1).map(of).collect();
            let largest = entry(name, Vec::new(), jump(profile, largest));
            entries.push(ProfileEntry { entries: entries_of, ..largest });
        }
    }
    entries
}

fn late_events(profile: &Profile, late: &Late) -> ProfileSection {
    let shared = late.shared.iter().map(|shared| {
        let words = format!(
            "of the late ones, and {} of all: {:.1} times as many",
            percent(shared.events, profile.events),
            shared.lift
        );
        let name = format!("{} {}", shared.path, scalar(&shared.value));
        entry(name, vec![percent(shared.late, late.events)], words)
    });
    let latest = format!("by {}, in {}", about(late.most.0), place(profile, late.most.1));
    let latest = entry("the latest", Vec::new(), latest);
    ProfileSection {
        title: "Late".to_owned(),
        said: format!("{} behind a later one in the log", counted(late.events as usize, "event")),
        entries: std::iter::once(latest).chain(shared).collect(),
    }
}

fn of_type(
    of: &Type,
    profile: &Profile,
    (time, kind): (&Option<String>, &Option<String>),
) -> ProfileEntry {
    let mut words = vec![counted(of.fields.len(), "field")];
    words.extend(of.span.map(brief_span));
    words.extend((!of.is_counted).then(|| "not counted".to_owned()));
    let fields = of.fields.iter().take(FIELDS).map(|field| {
        let is = |own: &Option<String>| own.as_ref() == Some(&field.path);
        let words = match &field.example {
            Some(example) if is(time) => format!("the time, such as {example}"),
            _ if is(kind) => "the type".to_owned(),
            _ => values(field, of),
        };
        of_field(field, of, words)
    });
    let more = of.fields.len().saturating_sub(FIELDS);
    let more =
        (more > 0).then(|| entry(format!("{} more", grouped(more as u64)), vec![], String::new()));
    ProfileEntry {
        name: of.name.clone().unwrap_or_else(|| "events without a type".to_owned()),
        cells: vec![grouped(of.events), percent(of.events, profile.events)],
        words: words.join(", "),
        entries: fields.chain(more).collect(),
    }
}

fn of_field(field: &Field, of: &Type, words: String) -> ProfileEntry {
    let about = if field.is_exact { "" } else { "~" };
    let distinct = match field.distinct {
        0 => String::new(),
        distinct => format!("{about}{}", grouped(distinct)),
    };
    let scalars: u64 = field.kinds.iter().filter(|it| it.0.is_scalar()).map(|it| it.1).sum();
    let is_estimate = if field.off == 0 { "" } else { "~" };
    // Values of which each is there once say nothing of each other.
    let is_telling = field.top.len() as u64 == field.distinct
        || field.top.first().is_some_and(|(_, count)| *count > 1);
    let mut entries: Vec<ProfileEntry> = field
        .top
        .iter()
        .filter(|_| is_telling)
        .map(|(value, count)| {
            let share = format!("{is_estimate}{}", percent(*count, scalars));
            entry(
                scalar(value),
                vec![format!("{is_estimate}{}", grouped(*count)), share],
                String::new(),
            )
        })
        .collect();
    if let Some(Numbers { least, at: [p5, p50, p95], most, is_exact }) = field.numbers {
        let about = if is_exact { "" } else { "~" };
        let words = format!(
            "least {}, 5% {about}{}, half {about}{}, 95% {about}{}, most {}",
            value(least),
            value(p5),
            value(p50),
            value(p95),
            value(most)
        );
        entries.push(entry("numbers", Vec::new(), words));
    }
    if field.kinds.len() > 1 {
        let kinds = field.kinds.iter();
        let kinds: Vec<String> =
            kinds.map(|(kind, count)| format!("{} {}", grouped(*count), kind.name())).collect();
        entries.push(entry("kinds", Vec::new(), kinds.join(", ")));
    }
    let missing = of.events - field.events.min(of.events);
    if missing > 0 {
        entries.push(entry("missing in", vec![grouped(missing)], String::new()));
    }
    entries.extend(field.seen.map(|seen| entry("seen", Vec::new(), span(seen))));
    entries.extend(field.example.clone().map(|text| entry("example", Vec::new(), text)));
    ProfileEntry {
        name: field.path.clone(),
        cells: vec![percent(field.events, of.events), kinds(field), distinct],
        words,
        entries,
    }
}

fn duplicates(profile: &Profile, duplicates: &DuplicateEvents) -> ProfileSection {
    let pairs = duplicates.pairs.iter().map(|pair| {
        let words = format!(
            "has the id of {}, {} later",
            place(profile, pair.original),
            pair.time.since(pair.original_time)
        );
        entry(place(profile, pair.line), Vec::new(), words)
    });
    let at_least = if duplicates.is_partial { " at least" } else { "" };
    ProfileSection {
        title: "Duplicates".to_owned(),
        said: format!("{}{at_least}", counted(duplicates.events as usize, "event")),
        entries: pairs.collect(),
    }
}

fn rejected(profile: &Profile, lines: &RejectedLines) -> ProfileEntry {
    let examples = lines.examples.iter().map(|example| {
        let fault = example.fault.as_ref().map(|fault| match fault.byte {
            Some(byte) => format!("byte {}: {}", grouped(byte as u64), fault.what),
            None => fault.what.clone(),
        });
        let text = entry("", Vec::new(), example.excerpt.clone());
        let entries = if fault.is_some() { vec![text] } else { Vec::new() };
        let words = fault.unwrap_or_else(|| example.excerpt.clone());
        ProfileEntry { entries, ..entry(place(profile, example.line), Vec::new(), words) }
    });
    ProfileEntry {
        name: lines.reason.words().to_owned(),
        cells: vec![grouped(lines.lines)],
        words: String::new(),
        entries: examples.collect(),
    }
}
