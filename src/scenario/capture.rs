//! A value of a log as a test: the smallest set of its events that still gives it, with their
//! times.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::base::escape::yaml;
use crate::base::{Millis, Timestamp, Value};
use crate::config::{Check, Expectation, Expected, Part, Spanned, Test, TestEvent};
use crate::engine::{At, Freshness, InputRows, OutputValue};
use crate::explain::Position;
use crate::explain::outline::Moments;
use crate::plan::{AttributeId, OutputId, Plan};

use super::lines::{Form, ITEM, RANKING, USER};
use super::smallest::smallest;
use super::{Boundary, Suite, run};

/// The most events from which the smallest set is looked for: each is left out at least once.
const MOST: usize = 500;

/// A value as a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The test, as an element of the list `tests`.
    pub text: String,
    /// The number of its events, and of those that count for the value.
    pub events: (usize, usize),
}

/// Why there is no test of a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// It has too many events.
    #[error(
        "{0} events count for the value, and a test is made of {MOST} at most: explain an earlier moment, or a shorter window"
    )]
    TooMany(usize),
    /// Its events do not give it as those of a test: they are several of one line, or joined with
    /// what the test does not have.
    #[error(
        "the events that count do not give the value in a test, where each is a line of its own without files of metadata: write the test by hand"
    )]
    Others,
}

/// The test of an output's value at a key, which an event had before the position.
pub fn capture(
    suite: &Suite,
    at: Position<'_>,
    output: OutputId,
    slot: u32,
) -> Result<Captured, CaptureError> {
    let plan = &*suite.plan;
    let rows = counted(at, output, slot);
    if rows.len() > MOST {
        return Err(CaptureError::TooMany(rows.len()));
    }
    let attributes = looked_at(plan, output);
    let event =
        |(number, row): (usize, &usize)| events(&suite.form, at.rows, (*row, number), &attributes);
    let events: Vec<Vec<TestEvent>> = rows.iter().enumerate().map(event).collect();
    let first = events.iter().flatten().map(|event| event.at.0).min().unwrap_or(at.as_of.0);
    let mut test = Test {
        name: unplaced(name(plan, at, output, slot)),
        line: 0,
        start: Timestamp(first - first.rem_euclid(Millis::DAY.0)),
        metadata: Vec::new(),
        events: Vec::new(),
        expectations: vec![expectation(plan, at, output, slot)],
    };
    let mut gives = |part: &[usize]| {
        test.events = part.iter().flat_map(|number| events[*number].iter().cloned()).collect();
        let outcome = run::run(suite, &test);
        // At a key that no event has, the value would be that of any.
        outcome.is_ok_and(|it| it.passed() && it.reached.has(output, Boundary::Value))
    };
    let all: Vec<usize> = (0..events.len()).collect();
    if !gives(&all) {
        return Err(CaptureError::Others);
    }
    let kept = smallest(events.len(), &mut gives);
    test.events = kept.iter().flat_map(|number| events[*number].iter().cloned()).collect();
    Ok(Captured { text: text(&test), events: (kept.len(), events.len()) })
}

/// The rows before the position that count for a side of an output.
fn counted(at: Position<'_>, output: OutputId, slot: u32) -> Vec<usize> {
    let InputRows { plan, tape, index } = at.rows;
    let end = tape.end_row(at.engine.position().events);
    let scope = plan.scope_of(output);
    let mut rows: Vec<usize> = Vec::new();
    for side in plan.sides(output) {
        let number = plan.states[side.term.state.0].input;
        let input = &plan.inputs[number.0];
        let own = index.project(scope, slot, input.scope);
        let is_all = side.is_global || plan.scopes[input.scope.0].attributes.is_empty();
        let counts = |row: &usize| at.rows.payload(number, *row).is_ok();
        match own.filter(|_| !is_all) {
            Some(slot) => {
                let of_key = index.rows_of(input.scope, slot);
                let before = of_key.iter().map(|row| *row as usize).take_while(|row| *row < end);
                rows.extend(before.filter(counts));
            }
            None if is_all => rows.extend((0..end).filter(counts)),
            None => {}
        }
    }
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The attributes that the sides of an output look at.
fn looked_at(plan: &Plan, output: OutputId) -> BTreeSet<AttributeId> {
    let mut attributes = BTreeSet::new();
    for side in plan.sides(output) {
        let input = &plan.inputs[plan.states[side.term.state.0].input.0];
        attributes.extend(plan.scopes[input.scope.0].attributes.iter().copied());
        attributes.extend(input.value);
        if let Some(filter) = input.filter {
            plan.filters[filter].attributes(&mut |attribute| {
                attributes.insert(attribute);
            });
        }
    }
    attributes.extend(plan.scopes[plan.scope_of(output).0].attributes.iter().copied());
    attributes
}

/// A row as an event of a test, with these attributes, behind what it is joined with. It is the
/// `number`-th.
fn events(
    form: &Form,
    of: InputRows<'_>,
    (row, number): (usize, usize),
    attributes: &BTreeSet<AttributeId>,
) -> Vec<TestEvent> {
    let plan = of.plan;
    let at = Timestamp(of.tape.time(row));
    let mut own = Map::new();
    let mut joined: [(&str, Map<String, Json>); 3] =
        [ITEM, USER, RANKING].map(|it| (it, Map::new()));
    for attribute in attributes {
        let Some(value) = of.value(*attribute, row) else { continue };
        let name = &plan.attributes[attribute.0];
        let entity = name.split_once('.').filter(|_| matches!(form, Form::Metarank));
        let members = entity.and_then(|(entity, field)| {
            let (_, members) = joined.iter_mut().find(|(known, _)| *known == entity)?;
            Some((members, field))
        });
        match members {
            Some((members, field)) => members.insert(field.to_owned(), json(value)),
            None => own.insert(name.clone(), json(value)),
        };
    }
    let kind = of.tape.type_id(row).map(|kind| of.tape.type_names()[usize::from(kind)].clone());
    let event = |kind: &str, attributes, id: Option<Json>| TestEvent {
        at,
        kind: unplaced(kind.to_owned()),
        id,
        attributes,
        repeat: 1,
        every: Millis::ZERO,
        line: 0,
    };
    let mut events = Vec::new();
    if matches!(form, Form::Metarank) {
        // What no feature looks at may be called anything.
        own.entry(ITEM).or_insert_with(|| format!("item-{number}").into());
        for (entity, mut members) in joined.into_iter().filter(|(_, it)| !it.is_empty()) {
            let id = own.entry(entity).or_insert_with(|| format!("{entity}-{number}").into());
            if entity == RANKING {
                members.insert("items".to_owned(), Json::Array(Vec::new()));
                events.push(event(entity, members, Some(id.clone())));
            } else {
                members.insert(entity.to_owned(), id.clone());
                events.push(event(entity, members, None));
            }
        }
    }
    let id = plan.events.dedup.map(|_| Json::from(number + 1));
    events.push(event(&kind.unwrap_or_default(), own, id));
    events
}

fn json(value: &Value) -> Json {
    match value {
        Value::Text(text) => text.clone().into(),
        Value::Bool(flag) => (*flag).into(),
        Value::Integer(number) => {
            i64::try_from(*number).map_or_else(|_| number.to_string().into(), Json::from)
        }
        Value::Float(number) => Json::from(*number),
        Value::List(elements) => elements.iter().map(json).collect(),
    }
}

fn key(at: Position<'_>, output: OutputId, slot: u32) -> Vec<(Spanned<String>, String)> {
    let InputRows { plan, index, .. } = at.rows;
    let scope = plan.scope_of(output);
    let names = plan.key_attributes(scope).map(|name| unplaced(name.to_owned()));
    names.zip(index.key(scope, slot).0).collect()
}

fn name(plan: &Plan, at: Position<'_>, output: OutputId, slot: u32) -> String {
    let key = key(at, output, slot);
    let key: Vec<String> =
        key.iter().map(|(name, text)| format!("{}={text}", name.value)).collect();
    let of = if key.is_empty() { String::new() } else { format!(" of {}", key.join(", ")) };
    let moment = Moments::Whole.text(at.as_of);
    format!("{}{of} as of {moment}", plan.outputs[output.0].name)
}

fn expectation(plan: &Plan, at: Position<'_>, output: OutputId, slot: u32) -> Expectation {
    let named = unplaced(plan.outputs[output.0].name.clone());
    let expected = |part, freshness| {
        let value = at.engine.value(at.rows.index, output, At::Slot(slot), at.as_of, freshness);
        let check = match value {
            None => Check::Missing,
            Some(OutputValue::List(list)) => Check::List(list.texts().to_vec()),
            Some(OutputValue::Number(number)) => match Value::number(number) {
                Some(Value::Integer(whole)) => Check::Whole(whole),
                _ => Check::Number(number),
            },
        };
        Expected { output: named.clone(), part, checks: vec![check], span: 0..0 }
    };
    let mut values = vec![expected(Part::Live, Freshness::Live)];
    let feature = plan.outputs[output.0].feature.0;
    if plan.features[feature].refresh.is_positive() {
        values.push(expected(Part::Served, Freshness::Served));
    }
    Expectation {
        at: at.as_of,
        written: String::new(),
        key: key(at, output, slot),
        key_span: 0..0,
        values,
        line: 0,
    }
}

const fn unplaced<T>(value: T) -> Spanned<T> {
    Spanned { value, span: 0..0 }
}

/// A test as an element of the list `tests`.
fn text(test: &Test) -> String {
    let since = |at: Timestamp| at.since(test.start);
    let mut lines = vec![
        format!("  - name: {}", quoted(&test.name.value)),
        format!("    start: {}", test.start.format("%Y-%m-%dT%H:%MZ")),
        "    events:".to_owned(),
    ];
    if test.events.is_empty() {
        lines[2] += " []";
    }
    for event in &test.events {
        let id = event.id.as_ref().map_or_else(String::new, |id| format!("id: {}, ", flow(id)));
        let attributes = Json::Object(event.attributes.clone());
        let (kind, at) = (yaml(&event.kind.value), since(event.at));
        lines.push(format!("      - {{at: {at}, {id}{kind}: {}}}", flow(&attributes)));
    }
    lines.push("    expect:".to_owned());
    for expectation in &test.expectations {
        let key = expectation
            .key
            .iter()
            .map(|(name, text)| format!("{}: {}", yaml(&name.value), yaml(text)));
        let key: Vec<String> = key.collect();
        let mut members = vec![format!("at: {}", since(expectation.at))];
        if !key.is_empty() {
            members.push(format!("key: {{{}}}", key.join(", ")));
        }
        for expected in &expectation.values {
            let value = expected.checks.iter().map(check).collect::<String>();
            let named = format!("{}: {value}", yaml(&expected.output.value));
            members.push(match expected.part {
                Part::Served => format!("served: {{{named}}}"),
                _ => named,
            });
        }
        lines.push(format!("      - {{{}}}", members.join(", ")));
    }
    lines.join("\n")
}

/// A text in quotes, as names have blanks.
fn quoted(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || " _-.,=".contains(c));
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if plain && begins { text.to_owned() } else { flow(&Json::from(text)) }
}

fn check(check: &Check) -> String {
    match check {
        Check::Whole(number) => number.to_string(),
        Check::Number(number) => format!("{number:?}"),
        Check::List(texts) => flow(&texts.iter().map(|text| Json::from(text.as_str())).collect()),
        Check::Missing | Check::Near { .. } | Check::Compare(_) => "missing".to_owned(),
    }
}

/// A value on one line.
fn flow(value: &Json) -> String {
    match value {
        Json::String(text) => yaml(text).into_owned(),
        Json::Array(elements) => {
            format!("[{}]", elements.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Json::Object(members) => {
            let member =
                |(name, value): (&String, &Json)| format!("{}: {}", yaml(name), flow(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
