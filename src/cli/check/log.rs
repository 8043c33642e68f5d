//! The description of the logs: their format, what they hold, and the lines that are not events.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::base::Zone;
use crate::base::events::{Dialect, EventSettings, Quote, Yields};
use crate::base::quantity::{counted, grouped, listed};
use crate::base::time::TimeUnit;
use crate::base::time_rules::LocalZone;
use crate::coverage::EntryCount;
use crate::dataset::Run;
use crate::diagnostic::{self, Report};
use crate::log::{Detected, Encoding, Outcome};
use crate::tape::{ImpressionsStatus, RowKind, Tape};

use super::super::logs::impressions;
use super::rejected::rejected;
use super::{arrival, features, joins};

/// The most event types listed for people.
const TYPES: usize = 12;

/// The kinds of rows that are not counted, with their names for people and for programs.
const OTHERS: [(RowKind, &str, &str); 3] = [
    (RowKind::Ranking, "ranking", "rankings"),
    (RowKind::Item, "item event", "items"),
    (RowKind::User, "user event", "users"),
];

/// The logs as lines for people. `timezone` is the one of days.
pub(super) fn lines(run: &Run, timezone: Option<Zone>) -> Vec<String> {
    let tape = run.tape();
    let mut log = format!("log: {}", counted(tape.events_without_metadata() as usize, "event"));
    if let Some((first, last)) = tape.contents().span() {
        let _ = write!(log, ", from {first} to {last}");
    } else if run.outcomes().iter().all(|outcome| outcome.unreadable.is_none()) {
        log.push_str(", it is empty");
    }
    let mut lines = vec![log];
    lines.extend(run.detected().map(|detected| format(detected, run.outcomes())));
    let is_table = |log: &Outcome| log.entity.is_none() && log.encoding == Encoding::Csv;
    if run.outcomes().iter().any(is_table) {
        lines.extend(dialect(&tape.demand().settings.dialect));
    }
    lines.extend(yields(&tape.demand().settings));
    lines.extend(zones(tape.demand().settings.times.zone, timezone));
    let types = tape.types_by_count();
    if !types.is_empty() {
        let types: Vec<_> =
            types.iter().map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
        lines.push(format!("types: {}", listed(&types, TYPES)));
    }
    let others = OTHERS.iter().map(|(kind, name, _)| (tape.contents().lines_of(*kind), name));
    let others = others.filter(|(count, _)| *count > 0);
    let others: Vec<_> = others.map(|(count, name)| counted(count as usize, name)).collect();
    if !others.is_empty() {
        lines.push(format!("not counted: {}", others.join(", ")));
    }
    lines.extend(joins::lines(tape));
    lines.extend(arrival::line(tape));
    lines.push(format!("impressions: {}", impressions(tape)));
    if tape.reordered() > 0 {
        lines.push(format!("out of order: {} (sorted)", grouped(tape.reordered())));
    }
    lines.extend(rejected("rejected", tape.rejections()));
    lines
}

/// What a line yields, if it is not one event of the type that a member holds.
fn yields(settings: &EventSettings) -> Option<String> {
    let Yields { constant, flags, each, untyped: _ } = &settings.yields;
    let own = match (constant, &settings.kind) {
        (Some(kind), _) => Some(format!("an event of the type `{kind}`")),
        (None, Some(member)) if !flags.is_empty() => {
            Some(format!("an event of the type that `{member}` has, if it has one"))
        }
        (None, _) => None,
    };
    let if_set = |(kind, member): &(String, String)| format!("`{kind}` if `{member}`");
    let set: Vec<String> = flags.iter().map(if_set).collect();
    let set = (!set.is_empty())
        .then(|| format!("an event for each flag that is set ({})", listed(&set, TYPES)));
    let parts: Vec<String> = own.into_iter().chain(set).collect();
    let is = if parts.is_empty() { "an event".to_owned() } else { parts.join(", and ") };
    match each {
        Some(list) => Some(format!("events: each element of `{list}` is {is}")),
        None => (!parts.is_empty()).then(|| format!("events: each line is {is}")),
    }
}

/// The zone of times and that of days, where the config says one of the two: neither follows from
/// the other.
fn zones(times: Option<LocalZone>, days: Option<Zone>) -> Option<String> {
    if times.is_none() && days.is_none() {
        return None;
    }
    let times = times.map_or_else(|| "UTC".to_owned(), |zone| zone.to_string());
    let days = days.map_or("UTC", Zone::name);
    Some(format!(
        "zones: times that name none are of {times} (`zone`), days are those of {days} (`timezone`)"
    ))
}

/// How a table is written, as far as the config says it.
fn dialect(dialect: &Dialect) -> Option<String> {
    let Dialect { columns, separator, quote } = dialect;
    let columns =
        columns.as_ref().map(|names| format!("no head, columns {}", listed(names, TYPES)));
    let separator =
        separator.as_ref().map(|text| format!("cells separated by `{}`", text.escape_debug()));
    let quote = match quote {
        Quote::Double => None,
        Quote::Other(byte) => Some(format!("quotes are `{}`", char::from(*byte))),
        Quote::None => Some("no quotes".to_owned()),
    };
    let said: Vec<String> = [columns, separator, quote].into_iter().flatten().collect();
    (!said.is_empty()).then(|| format!("table: {}", said.join("; ")))
}

/// The format of the logs: `format: flat, CSV, gzip; times in ms`.
fn format(detected: &Detected, outcomes: &[Outcome]) -> String {
    let mut line = format!("format: {}", detected.form(outcomes));
    if let Some(unit) = detected.unit {
        let _ = write!(line, "; times in {}", unit.name());
    }
    if let Some(times) = &detected.times {
        let _ = write!(line, "; {times}");
    }
    line
}

/// The format and the contents of the logs, for programs.
pub(in crate::cli) fn facts(
    tape: &Tape,
    detected: Option<&Detected>,
    outcomes: &[Outcome],
) -> Map<String, Json> {
    let (contents, rejections) = (tape.contents(), tape.rejections());
    let rejected: Map<String, Json> = rejections
        .by_count()
        .into_iter()
        .map(|(reason, count)| (reason.to_string(), count.into()))
        .collect();
    let types: Map<String, Json> = tape
        .types_by_count()
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count.into()))
        .collect();
    let others =
        OTHERS.iter().map(|(kind, _, name)| ((*name).to_owned(), contents.lines_of(*kind)));
    let others: Map<String, Json> = others.map(|(name, count)| (name, count.into())).collect();
    let span = contents.span().map(|(first, last)| [first.to_string(), last.to_string()]);
    let unattached = contents.unattached();
    let unreadable: Vec<Json> = outcomes
        .iter()
        .filter_map(|outcome| {
            let unreadable = outcome.unreadable.as_ref()?;
            let (what, help) = (&unreadable.what, &unreadable.help);
            Some(json!({"log": outcome.name, "what": what, "help": help}))
        })
        .collect();
    let lost: Vec<Json> = outcomes
        .iter()
        .filter_map(|outcome| Some(json!({"log": outcome.name, "after_line": outcome.lost_after?})))
        .collect();
    let logs = outcomes.iter().filter(|outcome| outcome.entity.is_none());
    let logs: Vec<Json> = logs
        .map(|log| {
            json!({
                "log": log.name,
                "encoding": log.encoding.name(),
                "compression": log.compression.name(),
            })
        })
        .collect();
    let facts = json!({
        "format": detected.map(|detected| detected.format_name),
        "encoding": detected.map(|detected| detected.encoding.name()),
        "compression": detected.map(|detected| detected.compression.name()),
        "logs": logs,
        "unit": detected.and_then(|detected| detected.unit).map(TimeUnit::name),
        "times": detected.and_then(|detected| detected.times.as_deref()),
        "first": span.as_ref().map(|[first, _]| first),
        "last": span.as_ref().map(|[_, last]| last),
        "types": types,
        "not_counted": others,
        "impressions_without_ranking": unattached.impressions,
        "unknown_rankings": unattached.unknown,
        "early_interactions": unattached.early,
        "metadata": joins::facts(tape),
        "metadata_files": joins::files_facts(tape),
        "reordered": tape.reordered(),
        "rejected_by_reason": rejected,
        "unreadable": unreadable,
        "lost": lost,
    });
    match facts {
        Json::Object(facts) => facts,
        _ => Map::new(),
    }
}

/// The logs alone, for programs.
pub(super) fn facts_of(run: &Run) -> Map<String, Json> {
    let tape = run.tape();
    let mut facts = facts(tape, run.detected(), run.outcomes());
    let impressions = match tape.impressions() {
        ImpressionsStatus::Made(count) => count,
        _ => 0,
    };
    facts.insert("events".to_owned(), tape.events_without_metadata().into());
    facts.insert("known".to_owned(), arrival::facts(tape));
    facts.insert("impressions".to_owned(), impressions.into());
    facts.insert("rejected".to_owned(), tape.rejections().total().into());
    facts
}

/// The logs for programs, with the warnings about them and about places in the config.
pub(super) fn structured(
    run: &Run,
    warnings: &[String],
    counted: &[EntryCount],
    places: &Report,
) -> Json {
    let mut facts = facts_of(run);
    facts.insert("warnings".to_owned(), warnings.into());
    facts.insert("features".to_owned(), features::structured(counted));
    facts.insert("diagnostics".to_owned(), diagnostic::values(places).into());
    facts.into()
}

/// A note on the attributes in lists of objects, which need another path.
pub(super) fn out_of_reach(run: &Run) -> Vec<String> {
    let mut lists: Vec<_> = run.outcomes().iter().flat_map(|outcome| &outcome.lists).collect();
    lists.dedup();
    let attributes = run.plan().attributes.iter().enumerate();
    let missing = attributes.filter(|(number, _)| run.tape().column(*number).values().is_empty());
    let missing: Vec<&String> = missing.map(|(_, name)| name).collect();
    let notes = lists.into_iter().filter_map(|list| {
        let name = missing.iter().find(|name| list.holds(name))?;
        Some(format!(
            "`{}` is a list of objects, into which `{name}` does not lead; {}",
            list.path,
            list.help(name)
        ))
    });
    notes.collect()
}
