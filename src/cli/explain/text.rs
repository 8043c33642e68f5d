//! Explanations as text for people: the value first, then what made it, as a tree.

use crate::base::quantity::{bytes, counted, grouped, quoted, value as number};
use crate::base::{Key, Millis, Timestamp};
use crate::dataset::Table;
use crate::engine::Reading;
use crate::explain::{
    Contribution, Contributors, EventRef, Explanation, Group, Origin, Place, Served, Side,
    WindowPart,
};

use super::{Answer, Answered};
use crate::cli::arguments::{ContributionOrder, Explain};

/// The most buckets that are listed.
const BUCKETS: usize = 12;
/// The most characters of an event's attributes.
const ATTRIBUTES: usize = 60;

/// The lines of all answers.
pub(super) fn text(answers: &[Answered], arguments: &Explain) -> Vec<String> {
    let mut lines = Vec::new();
    for answered in answers {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let name = name(&answered.output, &answered.key);
        let as_of = moment(answered.as_of);
        match &answered.answer {
            Answer::Value(explanation) => value(&mut lines, &name, explanation, arguments),
            Answer::By(sides) => {
                let by = arguments.by.as_deref().unwrap_or_default();
                lines.push(format!("{name} by {by}, as of {as_of}"));
                sides.iter().for_each(|side| contributors(&mut lines, side, by, arguments));
            }
            Answer::NeverSeen(near) => {
                let until =
                    if arguments.at.is_some() { format!(" until {as_of}") } else { String::new() };
                lines.push(format!("{name} was never seen: no event has this key{until}"));
                lines.push(near_keys(near));
            }
        }
    }
    lines
}

/// An output at a key: `clicks_7{user=u1,author=a7}`.
fn name(output: &str, key: &[(String, String)]) -> String {
    let parts: Vec<String> = key.iter().map(|(name, text)| format!("{name}={text}")).collect();
    if parts.is_empty() { output.to_owned() } else { format!("{output}{{{}}}", parts.join(",")) }
}

fn near_keys(near: &[Key]) -> String {
    let near: Vec<String> = near.iter().map(|key| format!("`{}`", key.0.join(","))).collect();
    if near.is_empty() {
        return "  no key of the log is similar to it".to_owned();
    }
    format!("  the most similar keys: {}", near.join(", "))
}

/// A moment, without a fraction that it has not.
fn moment(at: Timestamp) -> String {
    at.to_string().replace(".000Z", "Z")
}

/// The form of a value's numbers: those of events may be ids, which have no separators.
type Form = fn(f64) -> String;

fn reading(reading: &Reading, form: Form) -> String {
    match reading {
        Reading::Value(value) => form(*value),
        Reading::List(list) => list.to_string(),
        Reading::NoData => "no value".to_owned(),
        Reading::Expired => "expired".to_owned(),
        Reading::NeverSeen => "never written".to_owned(),
    }
}

fn optional(value: Option<f64>, form: Form) -> String {
    value.map_or_else(|| "–".to_owned(), form)
}

/// The form of a side's numbers.
fn form(side: &Side) -> Form {
    if side.is_quoted { quoted } else { number }
}

/// The form of the output's numbers.
fn own_form(it: &Explanation) -> Form {
    match it.sides.as_slice() {
        [side] if it.formula.is_none() => form(side),
        _ => number,
    }
}

fn value(lines: &mut Vec<String>, name: &str, it: &Explanation, arguments: &Explain) {
    let live = reading(&it.live, own_form(it));
    lines.push(format!("{name} = {live}, as of {}", moment(it.as_of)));
    lines.push(format!("  {}", it.definition));
    if let Some(formula) = &it.formula {
        lines.push(format!("  = {formula}"));
    }
    match (&it.live, it.last_write) {
        (Reading::Expired, Some(last)) => lines.push(format!(
            "  the last event that it counts is of {}, and keys expire {} after it (ttl)",
            moment(last),
            it.ttl,
        )),
        (Reading::NeverSeen, _) => {
            lines.push("  events have this key, but none of them counts".to_owned());
        }
        _ => {}
    }
    if let Some(served) = &it.served {
        lines.push(format!("  {}", served_words(served, it)));
    }
    for side in &it.sides {
        lines.push(String::new());
        one_side(lines, side, arguments, it.sides.len() > 1);
    }
    lines.push(String::new());
    upcoming(lines, it);
    lines.push(String::new());
    lines.push("settings".to_owned());
    let mut table = Table::new(&["", "", ""], &[]);
    for setting in &it.settings {
        let origin = match setting.origin {
            Origin::Feature(line) => format!("line {line}"),
            Origin::Entry(line) => format!("the feature of line {line}"),
            Origin::Defaults(line) => format!("from defaults, line {line}"),
            Origin::Section(line) => format!("of the whole config, line {line}"),
            Origin::BuiltIn => "built in".to_owned(),
        };
        table.row(&[setting.name, &setting.value, &origin]);
    }
    lines.extend(rows(&table));
}

/// The rows of a table without a head, indented.
fn rows(table: &Table) -> Vec<String> {
    table.lines().skip(1).map(|line| format!(" {line}").trim_end().to_owned()).collect()
}

fn served_words(served: &Served, it: &Explanation) -> String {
    let value = served.value.clone().map(Reading::from);
    let is_same = value.as_ref() == Some(&it.live);
    let value = value.map_or_else(|| "–".to_owned(), |value| reading(&value, own_form(it)));
    let refresh = served.refresh;
    match served.refreshed {
        None if it.live == Reading::Expired => format!("served: {value}; the key has expired"),
        None => format!("served: {value}; nothing is served before the first refresh"),
        Some(at) if is_same => {
            format!("served: {value}, the same, refreshed at {} (refresh {refresh})", moment(at))
        }
        Some(at) => format!(
            "served: {value}, the value as of {}, {} ago; an event from {} on refreshes it (refresh \
             {refresh})",
            moment(at),
            it.as_of.since(at).brief(),
            moment(at.plus(refresh)),
        ),
    }
}

fn one_side(lines: &mut Vec<String>, side: &Side, arguments: &Explain, is_named: bool) {
    let role = if is_named { format!("{}: ", side.role) } else { String::new() };
    let about = if side.is_exact { "" } else { ", an estimate" };
    let key = side.key.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>();
    let at =
        if key.is_empty() { "over all keys".to_owned() } else { format!("at {}", key.join(",")) };
    let value = if side.is_list {
        String::new()
    } else {
        format!(" = {}", optional(side.value, form(side)))
    };
    lines.push(format!("{role}{} {at}{value}{about}", side.words));
    if let Some(window) = &side.window {
        window_lines(lines, window, side);
    }
    let contributions = &side.contributions;
    let of = counted_large(contributions.count, "event");
    let s = if contributions.count == 1 { "s" } else { "" };
    let adds = match contributions.total {
        Some(total) => format!("add{s} up to {}", number(total)),
        None => format!("determine{s} the value"),
    };
    let half = contributions.half_weight.map_or_else(String::new, |age| {
        format!("; half of the weight is at most {} old", age.brief())
    });
    let shown = contributions.listed.len() as u64;
    let order = match arguments.sort {
        ContributionOrder::Newest => "newest",
        ContributionOrder::Largest => "largest",
    };
    let first = if shown < contributions.count {
        format!(", the {order} {}", grouped(shown))
    } else {
        format!(", {order} first")
    };
    if contributions.count == 0 {
        lines.push("  no event counts".to_owned());
    } else if side.is_global {
        lines.push(format!("  {of} {adds}{half}"));
    } else {
        lines.push(format!("  {of} {adds}{half}{first}:"));
        let mut table = Table::new(&["", "", "", "", "", ""], &[0, 4]);
        contributions.listed.iter().for_each(|it| table.row(&contribution(it, form(side))));
        lines.extend(rows(&table).into_iter().map(|line| format!("  {line}")));
    }
    if !side.not_counted.is_empty() {
        let of = if key.is_empty() { "of all events" } else { "of the events with this key" };
        lines.push(format!("  did not count, {of}:"));
        let counts = side.not_counted.iter().map(|group| grouped(group.count).len());
        let width = counts.max().unwrap_or_default();
        for group in &side.not_counted {
            group_lines(lines, group, width, side.is_global);
        }
    }
    let (held, keys) = side.state.held;
    let shared = match side.state.readers.as_slice() {
        [] | [_] => String::new(),
        several => format!(", shared by {}", several.join(", ")),
    };
    lines.push(format!(
        "  state: {}, {} for {}{shared}",
        side.state.words,
        bytes(held as u64),
        counted(keys, "key"),
    ));
}

fn counted_large(count: u64, word: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), word)
}

fn window_lines(lines: &mut Vec<String>, window: &WindowPart, side: &Side) {
    let to = if window.is_open { "now".to_owned() } else { moment(window.to) };
    lines.push(format!("  {}: from {} to {to}", window.words, moment(window.from)));
    if !window.buckets.is_empty() {
        let mut table = Table::new(&["", "", "", ""], &[1, 2]);
        let total = side.contributions.total.filter(|total| *total != 0.0);
        for bucket in window.buckets.iter().take(BUCKETS) {
            let place = match bucket.place {
                Place::Inside => "",
                Place::Unfinished => "not over yet",
                Place::Outside => "outside the window",
            };
            let share = total.filter(|_| bucket.place != Place::Outside);
            let share = share
                .map_or_else(String::new, |total| format!("{:.1} %", 100.0 * bucket.value / total));
            let span = format!("{} – {}", moment(bucket.from), moment(bucket.to));
            table.row(&[span, form(side)(bucket.value), share, place.to_owned()]);
        }
        lines.extend(rows(&table).into_iter().map(|line| format!("  {line}")));
        if let Some(more) = window.buckets.len().checked_sub(BUCKETS).filter(|more| *more > 0) {
            lines.push(format!("    … {}", counted(more, "older bucket")));
        }
    }
    if let Some(exact) = window.exact.filter(|exact| exact.value != side.value) {
        let error = exact.value.zip(side.value).filter(|(exact, _)| *exact != 0.0);
        let error = error.map_or_else(String::new, |(exact, own)| {
            format!(": buckets make it {:+.1} %", 100.0 * (own - exact) / exact)
        });
        lines.push(format!(
            "  exactly the last {} would be {}{error}",
            exact.span,
            optional(exact.value, form(side))
        ));
    }
}

fn contribution(it: &Contribution, form: Form) -> [String; 6] {
    let [id, time, kind, attributes] = event(&it.event);
    let weight = match (it.weight, it.value) {
        (Some(weight), _) => format!("+{}", number(weight)).replace("+-", "-"),
        (None, Some(value)) => form(value),
        (None, None) => String::new(),
    };
    let (before, after) = it.before_after;
    let is_known = before.or(after).is_some();
    let change = format!("{} → {}", optional(before, form), optional(after, form));
    let change = if is_known { change } else { String::new() };
    [id, time, kind, attributes, weight, change]
}

/// The cells of an event: its number, time, type and attributes.
fn event(event: &EventRef) -> [String; 4] {
    let late = if event.behind > 0 {
        format!(" (late {})", Millis(event.behind).brief())
    } else {
        String::new()
    };
    let attributes: Vec<String> =
        event.attributes.iter().map(|(name, text)| format!("{name}={text}")).collect();
    let attributes = attributes.join(" ");
    let cut = match attributes.char_indices().nth(ATTRIBUTES) {
        Some((at, _)) => format!("{}…", &attributes[..at]),
        None => attributes,
    };
    [
        format!("#{}", grouped(event.number as u64)),
        format!("{}{late}", moment(event.time)),
        event.kind.clone().unwrap_or_default(),
        cut,
    ]
}

fn group_lines(lines: &mut Vec<String>, group: &Group, width: usize, is_brief: bool) {
    let by = match group.by {
        Some((least, most)) if least == most => format!(", by {}", least.brief()),
        Some((least, most)) => format!(", by {} to {}", least.brief(), most.brief()),
        None => String::new(),
    };
    let found: Vec<String> = group
        .found
        .iter()
        .map(|(value, count)| {
            let value = value.as_deref().unwrap_or("missing");
            format!("{value} ×{}", grouped(*count))
        })
        .collect();
    let found = if found.is_empty() { String::new() } else { format!(": {}", found.join(", ")) };
    let count = grouped(group.count);
    lines.push(format!("    {count:>width$}  {}{by}{found}", group.words));
    if is_brief || group.reason == "type" {
        // What stood there says it all.
        return;
    }
    let mut table = Table::new(&["", "", "", ""], &[]);
    group.examples.iter().for_each(|example| table.row(&event(example)));
    lines.extend(rows(&table).into_iter().map(|line| format!("      {line}")));
}

fn upcoming(lines: &mut Vec<String>, it: &Explanation) {
    if it.upcoming.is_empty() {
        lines.push("if no event comes any more, the value stays".to_owned());
        return;
    }
    lines.push("if no event comes any more".to_owned());
    let mut before = &it.live;
    let mut table = Table::new(&["", "", ""], &[]);
    for change in &it.upcoming {
        let from = if change.is_next { reading(before, own_form(it)) } else { "…".to_owned() };
        let words = format!("{from} → {}", reading(&change.reading, own_form(it)));
        let after = format!("in {}", change.at.since(it.as_of).brief());
        table.row(&[moment(change.at), after, words]);
        before = &change.reading;
    }
    lines.extend(rows(&table));
}

fn contributors(lines: &mut Vec<String>, side: &Contributors, by: &str, arguments: &Explain) {
    let role = if side.role.is_empty() { String::new() } else { format!("{}: ", side.role) };
    let adds =
        side.total.map_or_else(String::new, |total| format!(", adding up to {}", number(total)));
    let events = counted_large(side.contributions, "event");
    lines.push(String::new());
    lines.push(format!(
        "{role}{}: {events}{adds}, of {} at any key",
        side.words,
        grouped(side.taken)
    ));
    let mut table = Table::new(&[by, "EVENTS", "ADDS", "SHARE", "LIFT"], &[1, 2, 3, 4]);
    for group in side.groups.iter().take(arguments.top.get()) {
        table.row(&[
            group.value.clone().unwrap_or_else(|| "missing".to_owned()),
            grouped(group.contributions),
            group.weight.map_or_else(String::new, number),
            format!("{:.1} %", 100.0 * group.share),
            format!("{:.1}×", group.lift),
        ]);
    }
    lines.extend(table.lines());
    if let Some(more) = side.groups.len().checked_sub(arguments.top.get()).filter(|it| *it > 0) {
        lines.push(format!(" … {}; --top lists more", counted(more, "other value")));
    }
}
