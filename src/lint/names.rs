//! Attributes and values that are not in the log as the config takes them: filters that reject nearly
//! everything or nothing, attributes that many events lack, and values that are written in two
//! ways.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use any_ascii::any_ascii;
use foldhash::fast::FixedState;

use crate::base::quantity::{grouped, listed};
use crate::base::{Comparison, Timestamp, Value};
use crate::config::{Body, Condition, Feature, Filter, Group};
use crate::diagnostic::codes;
use crate::diagnostic::lints::{
    FEW_EVENTS, FEW_SHARE, LACKING_EVENTS, LACKING_SHARE, REJECTS_EVENTS, SPELLED_EVENTS,
};
use crate::engine::{InputCount, NotCounted, TakenTypes};
use crate::plan::{AttributeId, InputId, OutputId};
use crate::profile::{Marked, Which};
use crate::tape::Datum;

use super::{Facts, Findings};

/// The most values named.
const LISTED: usize = 3;

/// Filters that nearly no event passes, and those that every event passes.
pub(super) fn filters(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let (few, few_events) = (facts.settings.of(&FEW_SHARE), facts.settings.of(&FEW_EVENTS));
    let all_events = facts.settings.of(&REJECTS_EVENTS);
    each_input(facts, |feature, group, input, count| {
        let Some(place) = group.filter.as_ref().and_then(place) else { return };
        let (name, rows) = (&feature.name.value, count.rows());
        let passed = rows - count.filtered;
        let only_exists = group.filter.as_ref().is_some_and(asks_existence);
        if count.filtered == 0 && rows as f64 >= all_events && !only_exists {
            let message =
                format!("the filter of `{name}` rejects none of {} events", grouped(rows));
            let help = "remove it, or look at what it was meant to keep out: a value that is written \
                        in another way, or that this log does not have";
            findings.add(feature, codes::FILTER_REJECTS_NOTHING.at(place, message).help(help));
        } else if passed > 0 && rows as f64 >= few_events && passed as f64 <= few * rows as f64 {
            let message = format!(
                "the filter of `{name}` lets {} of {} events pass",
                grouped(passed),
                grouped(rows)
            );
            let found = rejected_on(facts, input);
            let help = match found {
                Some((attribute, value, times)) => format!(
                    "most of the others fail on `{attribute}`, {} of them with {value}: was another \
                     value meant?",
                    grouped(times)
                ),
                None => "look at its conditions one by one".to_owned(),
            };
            findings.add(feature, codes::FILTER_PASSES_LITTLE.at(place, message).help(help));
        }
    });
}

/// The attribute on which an input rejects most events, its value in most of them, and how many have
/// it.
fn rejected_on(facts: &Facts<'_>, input: InputId) -> Option<(String, String, u64)> {
    let rows = facts.rows;
    let types = rows.types(input);
    let mut counts = HashMap::<(AttributeId, Option<&Value>), u64, FixedState>::default();
    for row in (0..rows.tape.rows()).filter(|row| rows.is_of(&types, *row)) {
        if let Err(NotCounted::Filter(failing, value)) = rows.payload(input, row)
            && let Some(attribute) = failing.attribute()
        {
            *counts.entry((attribute, value)).or_default() += 1;
        }
    }
    let mut of_attributes = BTreeMap::<usize, u64>::new();
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_cached_key(|((attribute, value), times)| {
        *of_attributes.entry(attribute.0).or_default() += times;
        (std::cmp::Reverse(*times), format!("{value:?}"))
    });
    let (most, _) = of_attributes.into_iter().max_by_key(|(_, times)| *times)?;
    let ((attribute, value), times) =
        counts.into_iter().find(|((attribute, _), _)| attribute.0 == most)?;
    let value = value.map_or_else(|| "no value".to_owned(), |value| format!("`{value}`"));
    Some((facts.plan.attributes[attribute.0].clone(), value, times))
}

/// Attributes of keys, and values, that many events of the counted types lack.
pub(super) fn lacking(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let (share, least) = (facts.settings.of(&LACKING_SHARE), facts.settings.of(&LACKING_EVENTS));
    each_input(facts, |feature, group, input, count| {
        let passed = count.rows() - count.filtered;
        let lacking = count.no_key + count.no_value - count.no_number.rows;
        let all = lacking == passed || count.counted == 0;
        if all || (passed as f64) < least || lacking as f64 <= share * passed as f64 {
            return;
        }
        let Some(found) = Lacking::of(facts, input) else { return };
        let at = match &feature.body {
            Body::Counter { value: Some(value), .. } if value.value == found.attribute => {
                &value.span
            }
            _ => &group.scope.span,
        };
        let percent = 100.0 * lacking as f64 / passed as f64;
        let message = format!(
            "`{}` does not count {} of {} events ({percent:.0} %), which have no `{}`{}",
            feature.name.value,
            grouped(lacking),
            grouped(passed),
            found.attribute,
            found.since(lacking),
        );
        let help = "look at who sends them (`counterscope fields`): a client that lost it, or that \
                    calls it something else; or leave them out with `where: {…: {exists: true}}`";
        let warning = codes::LACKING_ATTRIBUTE.at(at.clone(), message).help(help);
        let Lacking { attribute, mut events, .. } = found;
        events.sort_unstable();
        events.dedup();
        let marked = Marked { events: Which::Lines(events), except: vec![attribute] };
        findings.add_marked(feature, warning, marked);
    });
}

/// Aggregated values that are a text in a part of the events, and numbers in the others. Numbers in
/// quotes are told with what a config knows to do about them.
pub(super) fn unlike_numbers(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let (share, least) = (facts.settings.of(&LACKING_SHARE), facts.settings.of(&LACKING_EVENTS));
    each_input(facts, |feature, _, input, count| {
        let Body::Counter { value: Some(value), aggregate: Some(word), .. } = &feature.body else {
            return;
        };
        let (unlike, all) = (&count.no_number, count.counted + count.no_number.rows);
        let Some((_, Value::Text(text))) = &unlike.example else { return };
        let is_few = (unlike.rows as f64) <= share * all as f64 || (all as f64) < least;
        if count.counted == 0 || is_few || Datum::of_number(text).is_some() {
            return;
        }
        let message = format!(
            "`{}` is {} such as {text:?} in {} of the {} events that have it, which `{}` does not \
             count",
            value.value,
            unlike.kinds,
            grouped(unlike.rows),
            grouped(all),
            word.value
        );
        let help = "mend who writes it, or leave these events out of the other side, too";
        let rows = facts.rows;
        let types = rows.types(input);
        let all = (0..rows.tape.rows()).filter(|row| rows.is_of(&types, *row));
        let unlike = all
            .filter(|row| matches!(rows.payload(input, *row), Err(NotCounted::Value(_, Some(_)))));
        let place = |row| (rows.tape.line(row), rows.tape.sub(row).unwrap_or_default());
        let mut events: Vec<(u64, u64)> = unlike.map(place).collect();
        events.sort_unstable();
        events.dedup();
        let marked = Marked { events: Which::Lines(events), except: vec![value.value.clone()] };
        let warning = codes::KINDS_DIFFER.at(value.span.clone(), message).help(help);
        findings.add_marked(feature, warning, marked);
    });
}

/// The events that lack an attribute.
struct Lacking {
    attribute: String,
    /// The first of them.
    first: Timestamp,
    /// The events before it that have the attribute, and those from then on that have it.
    before: u64,
    from_then: u64,
    /// Their lines, and their numbers within these.
    events: Vec<(u64, u64)>,
}

impl Lacking {
    fn of(facts: &Facts<'_>, input: InputId) -> Option<Self> {
        let rows = facts.rows;
        let types = rows.types(input);
        let mut found: Option<Self> = None;
        let mut had = 0;
        for row in (0..rows.tape.rows()).filter(|row| rows.is_of(&types, *row)) {
            match rows.payload(input, row) {
                Ok(_) => match &mut found {
                    None => had += 1,
                    Some(found) => found.from_then += 1,
                },
                Err(NotCounted::Key(attribute) | NotCounted::Value(attribute, None)) => {
                    let attribute = || facts.plan.attributes[attribute.0].clone();
                    let found = found.get_or_insert_with(|| Self {
                        attribute: attribute(),
                        first: Timestamp(rows.tape.time(row)),
                        before: had,
                        from_then: 0,
                        events: Vec::new(),
                    });
                    let sub = rows.tape.sub(row).unwrap_or_default();
                    found.events.push((rows.tape.line(row), sub));
                }
                Err(_) => {}
            }
        }
        found
    }

    /// Since when they lack it, if there was a time when all had it.
    fn since(&self, lacking: u64) -> String {
        let all = self.before + self.from_then + lacking;
        if self.before * 10 < all {
            return String::new();
        }
        let (after, share) = (self.from_then + lacking, 100 * lacking);
        let share = share.checked_div(after).unwrap_or_default();
        format!("; all had it until {}, {share} % lack it since", self.first)
    }
}

/// Values of an attribute that differ in case, blanks, signs or accents alone.
pub(super) fn spellings(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let least = facts.settings.of(&SPELLED_EVENTS);
    let rows = facts.rows;
    for (number, attribute) in facts.plan.attributes.iter().enumerate() {
        let Some((feature, place)) = first_use(facts, attribute) else { continue };
        let column = rows.tape.column(rows.index.column(AttributeId(number)));
        let types = types_with(facts, attribute);
        let mut counts = HashMap::<u32, u64, FixedState>::default();
        for row in 0..rows.tape.rows() {
            if rows.is_of(&types, row) {
                *counts.entry(column.id(row)).or_default() += 1;
            }
        }
        let mut counts: Vec<(u32, u64)> = counts.into_iter().collect();
        counts.sort_unstable();
        let mut spelled = HashMap::<String, Vec<(&str, u64)>, FixedState>::default();
        for (id, count) in counts {
            if let Some(Value::Text(text)) = column.value(id)
                && count as f64 >= least
            {
                for way in ways_to_write(text) {
                    spelled.entry(way).or_default().push((text, count));
                }
            }
        }
        let mut twice: Vec<Vec<(&str, u64)>> =
            spelled.into_values().filter(|ways| ways.len() > 1).collect();
        for ways in &mut twice {
            ways.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        }
        twice.sort_by(|one, other| other[1].1.cmp(&one[1].1).then(one[0].0.cmp(other[0].0)));
        let Some(most) = twice.first() else { continue };
        let ways: Vec<String> =
            most.iter().map(|(text, count)| format!("{text:?} {}", grouped(*count))).collect();
        let others = match twice.len() {
            1 => String::new(),
            2 => ", as is one more of its values".to_owned(),
            several => format!(", as are {} more of its values", several - 1),
        };
        let message =
            format!("one value of `{attribute}` is written as {}{others}", listed(&ways, LISTED));
        let help = "each way of writing it is a value of its own: a key of its own, and not equal in \
                    filters; mend the log, or name them all with `in`";
        findings.add(feature, codes::TWO_SPELLINGS.at(place, message).help(help));
    }
}

/// A value without case and blanks, and without signs, unless these may be those of a number or a
/// date.
fn plain(text: &str) -> String {
    let has_digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let signs = |c: char| c.is_whitespace() || !has_digits && matches!(c, '-' | '_' | '.');
    text.chars().filter(|c| !signs(*c)).flat_map(char::to_lowercase).collect()
}

/// What a text is without signs and accents: `Köln` is written as `Koeln` and as `Koln`.
fn ways_to_write(text: &str) -> Vec<String> {
    // What sounds alike in other scripts is not the same.
    let is_latin = |sign: char| sign.is_ascii() || matches!(sign, '\u{c0}'..='\u{24f}');
    if text.is_ascii() || !text.chars().all(is_latin) {
        return vec![plain(text)];
    }
    let mut ways = vec![plain(&with_digraphs(text)), plain(&any_ascii(text))];
    ways.dedup();
    ways
}

/// A text with its umlauts as two letters each, as keyboards without them write it.
fn with_digraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for sign in text.chars() {
        match sign {
            'ä' | 'æ' | 'Ä' | 'Æ' => out.push_str("ae"),
            'ö' | 'ø' | 'œ' | 'Ö' | 'Ø' | 'Œ' => out.push_str("oe"),
            'ü' | 'Ü' => out.push_str("ue"),
            'å' | 'Å' => out.push_str("aa"),
            'ß' => out.push_str("ss"),
            _ => out.push(sign),
        }
    }
    out
}

/// The first feature whose key or filter names an attribute, and where.
fn first_use<'f>(facts: &Facts<'f>, attribute: &str) -> Option<(&'f Feature, Range<usize>)> {
    facts.features().find_map(|(feature, _)| Some((feature, place_of_use(feature, attribute)?)))
}

/// Where the key or the filter of a feature names an attribute.
fn place_of_use(feature: &Feature, attribute: &str) -> Option<Range<usize>> {
    let group = group(feature)?;
    let of_filter = || group.filter.as_ref().and_then(|filter| names(filter, attribute));
    let is_key = group.scope.value.iter().any(|part| part == attribute);
    is_key.then(|| group.scope.span.clone()).or_else(of_filter)
}

/// The types that features count whose key or filter names an attribute.
fn types_with(facts: &Facts<'_>, attribute: &str) -> TakenTypes {
    let mut inputs: Vec<InputId> = Vec::new();
    for (declared, feature) in facts.features() {
        if place_of_use(declared, attribute).is_some() {
            let sides = feature.outputs.clone().flat_map(|it| facts.plan.sides(OutputId(it)));
            inputs.extend(sides.map(|side| facts.plan.states[side.term.state.0].input));
        }
    }
    inputs.sort_unstable();
    inputs.dedup();
    let types = inputs.into_iter().map(|input| facts.rows.types(input));
    types.fold(TakenTypes::default(), TakenTypes::with)
}

/// Where a filter names an attribute.
fn names(filter: &Filter, attribute: &str) -> Option<Range<usize>> {
    filter.0.iter().find_map(|condition| match condition {
        Condition::Compare { attribute: own, key, .. } => (own == attribute).then(|| key.clone()),
        Condition::Any(filters) => filters.iter().find_map(|filter| names(filter, attribute)),
        Condition::Not(filter) => names(filter, attribute),
    })
}

/// Whether a filter asks for nothing but whether attributes are there: to say so is no mistake where
/// all events have them.
fn asks_existence(filter: &Filter) -> bool {
    filter.0.iter().all(|condition| {
        matches!(condition, Condition::Compare { comparison: Comparison::Exists(_), .. })
    })
}

/// Where a filter begins.
fn place(filter: &Filter) -> Option<Range<usize>> {
    filter.0.iter().find_map(|condition| match condition {
        Condition::Compare { key, .. } => Some(key.clone()),
        Condition::Any(filters) => filters.iter().find_map(place),
        Condition::Not(filter) => place(filter),
    })
}

/// Visits each feature that counts events by itself, with each input of its first output.
fn each_input(facts: &Facts<'_>, mut visit: impl FnMut(&Feature, &Group, InputId, &InputCount)) {
    let plan = facts.plan;
    for (declared, feature) in facts.features() {
        let Some(group) = group(declared) else { continue };
        let sides = plan.sides(OutputId(feature.outputs.start)).into_iter();
        for side in sides.filter(|side| !side.is_global) {
            let input = plan.states[side.term.state.0].input;
            visit(declared, group, input, &facts.counts[input.0]);
        }
    }
}

/// The events and the key of a feature that counts by itself.
pub(super) const fn group(feature: &Feature) -> Option<&Group> {
    match &feature.body {
        Body::InteractionCount { group, .. }
        | Body::WindowCount { group, .. }
        | Body::Rate { group, .. }
        | Body::Counter { group, .. } => Some(group),
        Body::Ratio { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_same_with_and_without_accents() {
        let is_one = |one: &str, other: &str| {
            let others = ways_to_write(other);
            ways_to_write(one).iter().any(|way| others.contains(way))
        };
        for (one, other) in [
            ("Köln", "Koeln"),
            ("Köln", "koln"),
            ("Straße", "strasse"),
            ("Łódź", "Lodz"),
            ("São Paulo", "sao-paulo"),
            ("Tromsø", "Tromsoe"),
        ] {
            assert!(is_one(one, other), "{one} {other}");
        }
        for (one, other) in [("Koeln", "Koln"), ("北京", "背景"), ("poet", "pot"), ("1-2", "12")]
        {
            assert!(!is_one(one, other), "{one} {other}");
        }
    }
}
