//! What a test expects: at a key, as of a moment, values of outputs.

use std::cmp::Ordering;
use std::ops::Range;

use crate::base::{Comparison, Timestamp, Value as Scalar};
use crate::config::declared::{Check, Expectation, Expected, Part};
use crate::config::document::Spanned;
use crate::config::members::Slot;
use crate::config::node::{Entry, Node, Value};
use crate::diagnostic::{Faults, codes, nearest};

use super::events::twice;
use super::{maps, moments};

/// Examples of expected values, for help texts.
const EXAMPLES: &str = "write a number, a quotient such as `2/3`, `missing`, `{ge: 0, lt: 0.1}`, \
                        `{near: 0.5, within: 0.01}`, or a list of texts";

/// The words of conditions in a map.
const WORDS: [&str; 12] =
    ["eq", "ne", "gt", "ge", "lt", "le", "in", "not_in", "exists", "near", "within", "value"];

pub(super) fn read(slot: &Slot<'_>, start: Timestamp, faults: &mut Faults) -> Vec<Expectation> {
    let nodes = maps(slot, faults);
    if let Value::List(elements) = &slot.node.value
        && elements.is_empty()
    {
        let message = "the test expects nothing";
        let help = "write what it expects: `{at: 1d, key: {item: a}, clicks_7: 3}`";
        faults.add(codes::BAD_TEST.at(slot.node.span.clone(), message).help(help));
    }
    nodes.into_iter().filter_map(|node| expectation(node, start, faults)).collect()
}

fn expectation(node: &Node, start: Timestamp, faults: &mut Faults) -> Option<Expectation> {
    let Value::Map(entries) = &node.value else { return None };
    let before = faults.errors();
    let (mut at, mut key, mut values) = (None, (Vec::new(), node.span.clone()), Vec::new());
    let mut has_at = false;
    for (place, entry) in entries.iter().enumerate() {
        let word = entry.key.scalar_text().unwrap_or_default();
        let first = entries[..place].iter().find(|other| other.key.value == entry.key.value);
        if let Some(first) = first {
            faults.add(twice(&first.key.span, &entry.key, &word));
            continue;
        }
        match word.as_str() {
            "at" => {
                has_at = true;
                at = moments::read(&entry.value, start, faults);
            }
            "key" => key = (read_key(entry, faults), entry.value.span.clone()),
            "served" => served(entry, &mut values, faults),
            _ => output(entry, Part::Live, &mut values, faults),
        }
    }
    if !has_at {
        let message = "what is expected needs `at`";
        let help = "add the moment, from the start of the test: `at: 1d`";
        faults.add(codes::MISSING_MEMBER.at(node.span.clone(), message).help(help));
    }
    if values.is_empty() && faults.errors() == before {
        let message = "no value of an output is expected";
        let help = "add an output with its value: `clicks_7: 3`";
        faults.add(codes::BAD_TEST.at(node.span.clone(), message).help(help));
    }
    let ((key, key_span), line) = (key, node.line);
    let (at, written) = at?;
    let expectation = Expectation { at, written, key, key_span, values, line };
    (faults.errors() == before).then_some(expectation)
}

/// The attributes of a key; none for that of all events.
fn read_key(entry: &Entry, faults: &mut Faults) -> Vec<(Spanned<String>, String)> {
    let entries = match &entry.value.value {
        Value::Map(entries) => entries,
        Value::Text(text) if text == "global" => return Vec::new(),
        _ => {
            let message = format!("`key` takes a map of attributes, not {}", entry.value.kind());
            let help = "write `key: {item: a}`; without it for the scope `global`";
            faults.add(codes::WRONG_KIND.at(place(&entry.key, &entry.value), message).help(help));
            return Vec::new();
        }
    };
    let part = |Entry { key, value }: &Entry| {
        let texts = key.scalar_text().zip(value.scalar_text());
        if texts.is_none() {
            let message = "a part of a key is an attribute with a text or a whole number";
            let fault = codes::BAD_KEY.at(place(key, value), message);
            faults.add(fault.help("write `key: {item: a}`"));
        }
        texts.map(|(name, text)| (Spanned { value: name, span: key.span.clone() }, text))
    };
    entries.iter().filter_map(part).collect()
}

/// Values that a store serves, by output.
fn served(entry: &Entry, values: &mut Vec<Expected>, faults: &mut Faults) {
    let Value::Map(entries) = &entry.value.value else {
        let message = format!("`served` takes a map of outputs, not {}", entry.value.kind());
        let fault = codes::BAD_EXPECTATION.at(place(&entry.key, &entry.value), message);
        faults.add(fault.help("write `served: {clicks_7: 3}`"));
        return;
    };
    for entry in entries {
        output(entry, Part::Served, values, faults);
    }
}

/// What is expected of an output: its value, and the sides of a quotient.
fn output(entry: &Entry, part: Part, values: &mut Vec<Expected>, faults: &mut Faults) {
    let Some(name) = entry.key.scalar_text() else {
        let message = format!("an output has a name, not {}", entry.key.kind());
        let fault = codes::BAD_EXPECTATION.at(entry.key.span.clone(), message);
        faults.add(fault.help("write `clicks_7: 3`"));
        return;
    };
    let output = Spanned { value: name, span: entry.key.span.clone() };
    let mut own: Vec<&Entry> = Vec::new();
    if let Value::Map(entries) = &entry.value.value {
        for entry in entries {
            let side = Part::SIDES.iter().find(|(name, _)| entry.key.is_text(name));
            let Some((_, side)) = side.filter(|_| part == Part::Live) else {
                own.push(entry);
                continue;
            };
            let checks = checks(&entry.key, &entry.value, faults);
            let span = place(&entry.key, &entry.value);
            values.extend(checks.map(|checks| {
                let output = output.clone();
                Expected { output, part: *side, checks, span }
            }));
        }
        if own.is_empty() && !entries.is_empty() {
            return;
        }
    }
    let checks = match &entry.value.value {
        Value::Map(entries) if !entries.is_empty() => conditions(&own, part, faults),
        _ => checks(&entry.key, &entry.value, faults),
    };
    let span = place(&entry.key, &entry.value);
    values.extend(checks.map(|checks| Expected { output, part, checks, span }));
}

/// What must hold of a value.
fn checks(key: &Node, node: &Node, faults: &mut Faults) -> Option<Vec<Check>> {
    match &node.value {
        Value::Map(entries) if !entries.is_empty() => {
            let entries: Vec<&Entry> = entries.iter().collect();
            conditions(&entries, Part::Served, faults)
        }
        Value::List(elements) => {
            let texts: Option<Vec<String>> = elements.iter().map(Node::scalar_text).collect();
            if texts.as_ref().is_none_or(Vec::is_empty) {
                let message = "a list that is expected holds texts, one at least";
                let help = "write `[a, b]`; of an empty list there is no value: `missing`";
                faults.add(codes::BAD_EXPECTATION.at(node.span.clone(), message).help(help));
            }
            Some(vec![Check::List(texts.filter(|texts| !texts.is_empty())?)])
        }
        _ => Some(vec![scalar(key, node, faults)?]),
    }
}

/// A single expected value.
fn scalar(key: &Node, node: &Node, faults: &mut Faults) -> Option<Check> {
    let check = match &node.value {
        Value::Integer(number) => Some(Check::Whole(*number)),
        Value::Float(number) if number.is_finite() => Some(Check::Number(*number)),
        Value::Text(text) if text == "missing" => Some(Check::Missing),
        Value::Text(text) => quotient(text).map(Check::Number),
        _ => None,
    };
    if check.is_none() {
        let word = key.scalar_text().unwrap_or_default();
        let what =
            node.scalar_text().map_or_else(|| node.kind().to_owned(), |it| format!("`{it}`"));
        let message = format!("`{word}` cannot be {what}");
        faults.add(codes::BAD_EXPECTATION.at(place(key, node), message).help(EXAMPLES));
    }
    check
}

/// A quotient of two numbers: `2/3`.
fn quotient(text: &str) -> Option<f64> {
    let (top, bottom) = text.split_once('/')?;
    let (top, bottom): (f64, f64) = (top.trim().parse().ok()?, bottom.trim().parse().ok()?);
    let quotient = top / bottom;
    quotient.is_finite().then_some(quotient)
}

/// Conditions by their words.
fn conditions(entries: &[&Entry], part: Part, faults: &mut Faults) -> Option<Vec<Check>> {
    let before = faults.errors();
    let (mut checks_of, mut near, mut within) = (Vec::new(), None, None);
    for Entry { key, value } in entries {
        let word = key.scalar_text().unwrap_or_default();
        let mut one = |compare: fn(Scalar) -> Comparison| {
            let number = number(key, value, faults)?;
            Some(Check::Compare(compare(Scalar::number(number)?)))
        };
        let check = match word.as_str() {
            "value" | "eq" => {
                checks_of.extend(checks(key, value, faults).unwrap_or_default());
                None
            }
            "ne" => one(Comparison::Different),
            "gt" => one(Comparison::Greater),
            "ge" => one(Comparison::AtLeast),
            "lt" => one(Comparison::Less),
            "le" => one(Comparison::AtMost),
            "in" => numbers(key, value, faults).map(Comparison::In).map(Check::Compare),
            "not_in" => numbers(key, value, faults).map(Comparison::NotIn).map(Check::Compare),
            "exists" => {
                if let Value::Bool(wanted) = value.value {
                    Some(Check::Compare(Comparison::Exists(wanted)))
                } else {
                    let fault = "`exists` takes `true` or `false`";
                    refuse(place(key, value), fault, "write `{exists: true}`", faults);
                    None
                }
            }
            "near" => {
                near = number(key, value, faults).map(|number| (number, key));
                None
            }
            "within" => {
                within = number(key, value, faults).map(|number| (number, key));
                None
            }
            _ => {
                unknown(key, &word, part, faults);
                None
            }
        };
        checks_of.extend(check);
    }
    match (near, within) {
        (Some((value, _)), Some((within, _))) => checks_of.push(Check::Near { value, within }),
        (Some((_, key)), None) | (None, Some((_, key))) if faults.errors() == before => {
            let help = "write both: `{near: 0.5, within: 0.01}`";
            refuse(key.span.clone(), "`near` and `within` belong together", help, faults);
        }
        _ => {}
    }
    if let (true, Some(first), Some(last)) = (is_empty(&checks_of), entries.first(), entries.last())
    {
        let span = first.key.span.start..last.value.span.end.max(last.key.span.end);
        let help = "the lower bound is `ge` or `gt`, the upper one `le` or `lt`";
        refuse(span, "no number is between these bounds", help, faults);
    }
    (faults.errors() == before).then_some(checks_of)
}

/// True if no number meets the bounds.
fn is_empty(checks: &[Check]) -> bool {
    // Each bound, and whether it is outside itself.
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for check in checks {
        let (side, bound, is_out) = match check {
            Check::Compare(Comparison::AtLeast(bound)) => (&mut lower, bound, false),
            Check::Compare(Comparison::Greater(bound)) => (&mut lower, bound, true),
            Check::Compare(Comparison::AtMost(bound)) => (&mut upper, bound, false),
            Check::Compare(Comparison::Less(bound)) => (&mut upper, bound, true),
            _ => continue,
        };
        side.extend(bound.as_number().map(|bound| (bound, is_out)));
    }
    let meets = |&(from, is_out): &(f64, bool), &(to, is_out_too): &(f64, bool)| match from
        .total_cmp(&to)
    {
        Ordering::Less => true,
        Ordering::Equal => !is_out && !is_out_too,
        Ordering::Greater => false,
    };
    lower.iter().any(|from| upper.iter().any(|to| !meets(from, to)))
}

fn unknown(key: &Node, word: &str, part: Part, faults: &mut Faults) {
    let sides = Part::SIDES.map(|(name, _)| name);
    if part != Part::Live && sides.contains(&word) {
        let help = format!("write `{word}` beside the live value: `ctr_7: {{{word}: 3}}`");
        refuse(key.span.clone(), "only the live value has sides", &help, faults);
        return;
    }
    let known = || WORDS.into_iter().chain(sides);
    let help = match nearest(word, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the words are {}", known().collect::<Vec<_>>().join(", ")),
    };
    refuse(key.span.clone(), &format!("there is no condition `{word}`"), &help, faults);
}

fn number(key: &Node, node: &Node, faults: &mut Faults) -> Option<f64> {
    match &node.value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) if number.is_finite() => Some(*number),
        Value::Text(text) if quotient(text).is_some() => quotient(text),
        _ => {
            let word = key.scalar_text().unwrap_or_default();
            let help = format!("write `{{{word}: 0.5}}`");
            refuse(place(key, node), &format!("`{word}` takes a number"), &help, faults);
            None
        }
    }
}

fn numbers(key: &Node, node: &Node, faults: &mut Faults) -> Option<Vec<Scalar>> {
    let Value::List(elements) = &node.value else {
        let word = key.scalar_text().unwrap_or_default();
        let help = format!("write `{{{word}: [1, 2]}}`");
        refuse(place(key, node), &format!("`{word}` takes a list of numbers"), &help, faults);
        return None;
    };
    elements.iter().map(|element| Scalar::number(number(key, element, faults)?)).collect()
}

fn refuse(at: Range<usize>, message: &str, help: &str, faults: &mut Faults) {
    faults.add(codes::BAD_EXPECTATION.at(at, message).help(help));
}

/// Where a value is, or its key if it is empty.
fn place(key: &Node, value: &Node) -> Range<usize> {
    if value.span.is_empty() { key.span.clone() } else { value.span.clone() }
}
