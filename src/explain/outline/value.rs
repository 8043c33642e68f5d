//! The outline of a value: what it is, its sides, what comes next, its settings.

use crate::base::{Key, Timestamp, quantity};
use crate::engine::Reading;

use super::{Cell, Extent, Form, Outline, Tone, form, name, side};
use crate::explain::{Attribute, Explanation, Order, Origin, Served};

/// The outline of an explanation whose contributions are listed in this order.
#[must_use]
pub fn explanation(it: &Explanation, order: Order, extent: Extent) -> Outline {
    let mut outline = Outline { as_of: it.as_of, ..Outline::default() };
    let live = reading(&it.live, own_form(it));
    let title = Cell::text(format!("{} = {live}, as of ", name(&it.output, &it.key))).at(it.as_of);
    outline.say(0, "value", title).tone(Tone::Title);
    if let Some(formula) = &it.formula {
        outline.say(1, "value/formula", Cell::text(format!("= {formula}")));
    }
    outline.say(1, "value/definition", Cell::text(it.definition.clone()));
    if let Some(why) = why(it) {
        outline.say(1, "value/why", why);
    }
    if let Some(served) = &it.served {
        outline.say(1, "value/served", served_words(served, it));
    }
    let is_named = it.sides.len() > 1;
    it.sides.iter().for_each(|side| side::add(&mut outline, side, (order, is_named), extent));
    upcoming(&mut outline, it);
    settings(&mut outline, it);
    outline
}

/// The outline of a key that no event has, with those most similar to it; until a moment, if that is
/// told, with the first event that has the key after it.
#[must_use]
pub fn never_seen(
    output: &str,
    key: &[Attribute],
    (near, first): (&[Key], Option<(usize, Timestamp)>),
    until: Option<Timestamp>,
) -> Outline {
    let as_of = until.unwrap_or_default();
    let mut outline = Outline { as_of, ..Outline::default() };
    let name = name(output, key);
    let mut title = Cell::text(format!("{name} was never seen: no event has this key"));
    if let Some(until) = until {
        title = title.and(" until ").at(until);
    }
    outline.say(0, "value", title).tone(Tone::Title);
    if let Some((number, at)) = first {
        let number = quantity::grouped(number as u64);
        let words = Cell::text(format!("its first event is #{number}, at ")).at(at);
        outline.say(1, "value/first", words);
    }
    let near: Vec<String> = near.iter().map(|key| format!("`{}`", key.0.join(","))).collect();
    let near = if near.is_empty() {
        let other = if first.is_some() { "other " } else { "" };
        format!("no {other}key of the log is similar to it")
    } else {
        format!("the most similar keys: {}", near.join(", "))
    };
    outline.say(1, "value/near", Cell::text(near));
    outline
}

/// What is read, in words.
fn reading(reading: &Reading, form: Form) -> String {
    match reading {
        Reading::Value(value) => form(*value),
        Reading::List(list) => list.to_string(),
        Reading::NoData => "no value".to_owned(),
        Reading::Expired => "expired".to_owned(),
        Reading::NeverSeen => "never written".to_owned(),
    }
}

/// The form of the output's numbers.
fn own_form(it: &Explanation) -> Form {
    match it.sides.as_slice() {
        [side] if it.formula.is_none() => form(side),
        _ => quantity::value,
    }
}

/// Why there is no value.
fn why(it: &Explanation) -> Option<Cell> {
    match (&it.live, it.last_write) {
        (Reading::Expired, Some(last)) => Some(
            Cell::text("the last event that it counts was at ")
                .at(last)
                .and(format!(", and keys expire {} after it (ttl)", it.ttl)),
        ),
        (Reading::NeverSeen, _) => {
            Some(Cell::text("events have this key, but none of them counts"))
        }
        _ => None,
    }
}

fn served_words(served: &Served, it: &Explanation) -> Cell {
    let value = served.value.clone().map(Reading::from);
    let is_same = value.as_ref() == Some(&it.live);
    let value = value.map_or_else(|| "–".to_owned(), |value| reading(&value, own_form(it)));
    let refresh = served.refresh;
    match served.refreshed {
        None if it.live == Reading::Expired => {
            Cell::text(format!("served: {value}; the key has expired"))
        }
        None => Cell::text(format!("served: {value}; nothing is served before the first refresh")),
        Some(at) if is_same => Cell::text(format!("served: {value}, the same, refreshed at "))
            .at(at)
            .and(format!(" (refresh {refresh})")),
        Some(at) => Cell::text(format!("served: {value}, the value as of "))
            .at(at)
            .and(format!(", {} ago; an event from ", it.as_of.since(at).brief()))
            .at(at.plus(refresh))
            .and(format!(" on refreshes it (refresh {refresh})")),
    }
}

fn upcoming(outline: &mut Outline, it: &Explanation) {
    let id = "next";
    let Some(upcoming) = &it.upcoming else {
        let words = "if no event comes any more: shown once playback pauses";
        outline.say(0, id, Cell::text(words)).tone(Tone::Heading);
        return;
    };
    if upcoming.is_empty() {
        let words = "if no event comes any more, the value stays";
        outline.say(0, id, Cell::text(words)).tone(Tone::Heading);
        return;
    }
    outline.say(0, id, Cell::text("if no event comes any more")).tone(Tone::Heading);
    let mut before = &it.live;
    let table = outline.table();
    for (place, change) in upcoming.iter().enumerate() {
        let from = if change.is_next { reading(before, own_form(it)) } else { "…".to_owned() };
        let words = format!("{from} → {}", reading(&change.reading, own_form(it)));
        let after = format!("in {}", change.at.since(it.as_of).brief());
        let cells = vec![Cell::moment(change.at), Cell::text(after), Cell::text(words)];
        outline.row(1, format!("{id}/{place}"), cells, table);
        before = &change.reading;
    }
}

fn settings(outline: &mut Outline, it: &Explanation) {
    outline.say(0, "settings", Cell::text("settings")).tone(Tone::Heading);
    let table = outline.table();
    for setting in &it.settings {
        let origin = match setting.origin {
            Origin::Feature(line) => format!("line {line}"),
            Origin::Entry(line) => format!("the feature of line {line}"),
            Origin::Defaults(line) => format!("from defaults, line {line}"),
            Origin::Section(line) => format!("of the whole config, line {line}"),
            Origin::BuiltIn => "built in".to_owned(),
        };
        let cells =
            vec![Cell::text(setting.name), Cell::text(setting.value.as_str()), Cell::text(origin)];
        outline.row(1, format!("settings/{}", setting.name), cells, table);
    }
}
