//! The reader of `where`: a map of conditions, all of which must hold.

use crate::base::{Comparison, Kinds, Value as Scalar};
use crate::diagnostic::{Faults, codes, nearest};

use super::document::{Condition, Filter};
use super::node::{Entry, Node, Value};
use super::vocabulary::{COMPARISONS, names};

/// Examples of conditions, for help texts.
const EXAMPLES: &str = "conditions are `country: de`, `country: [de, fr]` or `price: {gt: 30}`";

/// Reads a filter. `None` if any part of it is invalid.
pub(super) fn read(node: &Node, faults: &mut Faults) -> Option<Filter> {
    let Value::Map(entries) = &node.value else {
        let message = format!("a filter is a map of conditions, not {}", node.kind());
        faults.add(codes::BAD_FILTER.at(node.span.clone(), message).help(EXAMPLES));
        return None;
    };
    let mut conditions = Vec::new();
    for (i, entry) in entries.iter().enumerate() {
        if let Some(first) = entries[..i].iter().find(|e| e.key.value == entry.key.value) {
            let word = entry.key.scalar_text().unwrap_or_default();
            let message = format!("the filter has `{word}` twice");
            faults.add(
                codes::DUPLICATE_KEY
                    .at(entry.key.span.clone(), message)
                    .label(first.key.span.clone(), "first here")
                    .help(format!("write `{word}: {{ge: …, lt: …}}` for several conditions on it")),
            );
        }
        conditions.extend(condition(entry, faults)?);
    }
    Some(Filter(conditions))
}

/// The conditions of one entry: one for each of its comparisons.
fn condition(Entry { key, value }: &Entry, faults: &mut Faults) -> Option<Vec<Condition>> {
    let Some(word) = key.scalar_text() else {
        let message = format!("a condition names an attribute, not {}", key.kind());
        faults.add(codes::BAD_FILTER.at(key.span.clone(), message).help(EXAMPLES));
        return None;
    };
    match (word.as_str(), &value.value) {
        ("not", Value::Map(_)) => Some(vec![Condition::Not(read(value, faults)?)]),
        ("any", Value::List(filters)) if !filters.is_empty() => {
            let read: Vec<_> = filters.iter().filter_map(|node| read(node, faults)).collect();
            (read.len() == filters.len()).then(|| vec![Condition::Any(read)])
        }
        ("any" | "not", _) => {
            let (takes, example) = match word.as_str() {
                "any" => ("a list of filters", "any: [{event: like}, {event: share}]"),
                _ => ("a map of conditions", "not: {country: us}"),
            };
            let message = format!("`{word}` takes {takes}");
            let help = format!("write it as `{example}`");
            faults.add(codes::BAD_FILTER.at(place(key, value), message).help(help));
            None
        }
        (_, Value::Map(comparisons)) if !comparisons.is_empty() => {
            let read: Vec<_> = comparisons
                .iter()
                .filter_map(|entry| {
                    let comparison = comparison(&word, entry, faults)?;
                    Some(compare((&word, key), comparison, place(&entry.key, &entry.value)))
                })
                .collect();
            one_kind(&read, faults);
            (read.len() == comparisons.len()).then_some(read)
        }
        (_, Value::List(_)) => {
            let values = scalars(&word, value, faults)?;
            Some(vec![compare((&word, key), Comparison::In(values), place(key, value))])
        }
        _ => {
            let equal = scalar(&word, key, value, faults)?;
            Some(vec![compare((&word, key), Comparison::In(vec![equal]), place(key, value))])
        }
    }
}

fn compare(
    (attribute, key): (&str, &Node),
    comparison: Comparison,
    span: std::ops::Range<usize>,
) -> Condition {
    Condition::Compare { attribute: attribute.to_owned(), key: key.span.clone(), comparison, span }
}

/// Warns of comparisons of one attribute with values of different kinds, which never hold together.
fn one_kind(conditions: &[Condition], faults: &mut Faults) {
    let mut first: Option<(Kinds, &std::ops::Range<usize>)> = None;
    for condition in conditions {
        let Condition::Compare { attribute, comparison, span, .. } = condition else { continue };
        let Some(kinds) = comparison.kinds() else { continue };
        match first {
            Some((before, place)) if !kinds.meets(before) => {
                let message = format!(
                    "`{attribute}` is compared with {before} and with {kinds}: nothing is both"
                );
                let fault = codes::KINDS_DIFFER.at(span.clone(), message);
                let help = format!("compare `{attribute}` with values of one kind");
                faults.add(fault.label(place.clone(), "").help(help));
            }
            Some(_) => {}
            None => first = Some((kinds, span)),
        }
    }
}

fn comparison(
    attribute: &str,
    Entry { key, value }: &Entry,
    faults: &mut Faults,
) -> Option<Comparison> {
    let word = key.scalar_text().unwrap_or_default();
    let one = |faults: &mut Faults| scalar(attribute, key, value, faults);
    if let ("gt" | "ge" | "lt" | "le", Value::Text(text)) = (word.as_str(), &value.value)
        && text.trim().parse::<f64>().is_ok()
    {
        let message = format!("`\"{text}\"` is a text: no number is compared with it");
        let help = format!("write `{attribute}: {{{word}: {}}}`", text.trim());
        faults.add(codes::QUOTED_NUMBER.at(value.span.clone(), message).help(help));
    }
    Some(match word.as_str() {
        "eq" => Comparison::In(vec![one(faults)?]),
        "ne" => Comparison::Different(one(faults)?),
        "gt" => Comparison::Greater(one(faults)?),
        "ge" => Comparison::AtLeast(one(faults)?),
        "lt" => Comparison::Less(one(faults)?),
        "le" => Comparison::AtMost(one(faults)?),
        "in" => Comparison::In(scalars(attribute, value, faults)?),
        "not_in" => Comparison::NotIn(scalars(attribute, value, faults)?),
        "exists" => {
            let Value::Bool(wanted) = value.value else {
                let message = "`exists` takes `true` or `false`";
                let help = format!("write `{attribute}: {{exists: true}}`");
                faults.add(codes::BAD_FILTER.at(place(key, value), message).help(help));
                return None;
            };
            Comparison::Exists(wanted)
        }
        _ => {
            let help = match nearest(&word, names(&[COMPARISONS])) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the comparisons are {}", names(&[COMPARISONS]).join(", ")),
            };
            let message = format!("there is no comparison `{word}`");
            faults.add(codes::BAD_FILTER.at(key.span.clone(), message).help(help));
            return None;
        }
    })
}

/// The scalars of a list.
fn scalars(attribute: &str, node: &Node, faults: &mut Faults) -> Option<Vec<Scalar>> {
    let Value::List(elements) = &node.value else {
        let message = format!("`{attribute}` is compared with a list here, not {}", node.kind());
        let help = format!("write `{attribute}: {{in: [a, b]}}`");
        faults.add(codes::BAD_FILTER.at(node.span.clone(), message).help(help));
        return None;
    };
    if elements.is_empty() {
        let message = format!("`{attribute}` is compared with an empty list");
        faults.add(codes::BAD_FILTER.at(node.span.clone(), message).help(EXAMPLES));
        return None;
    }
    let read: Vec<_> = elements.iter().filter_map(|e| scalar(attribute, node, e, faults)).collect();
    (read.len() == elements.len()).then_some(read)
}

fn scalar(attribute: &str, key: &Node, node: &Node, faults: &mut Faults) -> Option<Scalar> {
    let scalar = match &node.value {
        Value::Text(text) => Some(Scalar::Text(text.clone())),
        Value::Integer(number) => Some(Scalar::Integer(*number)),
        Value::Float(number) => Scalar::number(*number),
        Value::Bool(flag) => Some(Scalar::Bool(*flag)),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Tagged => None,
    };
    if scalar.is_none() {
        let message = format!(
            "`{attribute}` can be compared with a text, a number or a boolean, not with {}",
            match node.value {
                Value::Float(_) => "an infinite number",
                Value::Map(_) => "an empty map",
                _ => node.kind(),
            }
        );
        let help = match node.value {
            Value::Null => format!("write `{attribute}: {{exists: false}}` for a missing one"),
            _ => EXAMPLES.to_owned(),
        };
        faults.add(codes::BAD_FILTER.at(place(key, node), message).help(help));
    }
    scalar
}

fn place(key: &Node, value: &Node) -> std::ops::Range<usize> {
    if value.span.is_empty() { key.span.clone() } else { value.span.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Result<Filter, Vec<String>> {
        let mut faults = Faults::default();
        let filter = read(&Node::read(text).unwrap(), &mut faults);
        let messages: Vec<_> = faults.into_vec().into_iter().map(|d| d.message).collect();
        match filter {
            Some(filter) if messages.is_empty() => Ok(without_places(filter)),
            _ => Err(messages),
        }
    }

    fn without_places(filter: Filter) -> Filter {
        let each = filter.0.into_iter().map(|condition| match condition {
            Condition::Compare { attribute, comparison, .. } => compare(&attribute, comparison),
            Condition::Any(any) => Condition::Any(any.into_iter().map(without_places).collect()),
            Condition::Not(filter) => Condition::Not(without_places(filter)),
        });
        Filter(each.collect())
    }

    fn compare(attribute: &str, comparison: Comparison) -> Condition {
        Condition::Compare { attribute: attribute.to_owned(), key: 0..0, comparison, span: 0..0 }
    }

    fn text(text: &str) -> Scalar {
        Scalar::Text(text.to_owned())
    }

    #[test]
    fn every_condition_is_read() {
        let read = filter(
            "{a: x, b: [1, y], c: {gt: 1.5, le: 9, ne: 3}, any: [{d: true}, {e: {in: [2]}}], \
             not: {f.g: {exists: false}}, h: {not_in: [x], eq: 4, lt: 5, ge: 2}}",
        );
        let want = vec![
            compare("a", Comparison::In(vec![text("x")])),
            compare("b", Comparison::In(vec![Scalar::Integer(1), text("y")])),
            compare("c", Comparison::Greater(Scalar::Float(1.5))),
            compare("c", Comparison::AtMost(Scalar::Integer(9))),
            compare("c", Comparison::Different(Scalar::Integer(3))),
            Condition::Any(vec![
                Filter(vec![compare("d", Comparison::In(vec![Scalar::Bool(true)]))]),
                Filter(vec![compare("e", Comparison::In(vec![Scalar::Integer(2)]))]),
            ]),
            Condition::Not(Filter(vec![compare("f.g", Comparison::Exists(false))])),
            compare("h", Comparison::NotIn(vec![text("x")])),
            compare("h", Comparison::In(vec![Scalar::Integer(4)])),
            compare("h", Comparison::Less(Scalar::Integer(5))),
            compare("h", Comparison::AtLeast(Scalar::Integer(2))),
        ];
        assert_eq!(read, Ok(Filter(want)));
    }

    #[test]
    fn a_quoted_number_is_warned_of_where_it_is_measured_against() {
        for (text, warned) in [
            ("{a: {gt: '30'}}", true),
            ("{a: {le: ' 1.5 '}}", true),
            ("{a: {gt: 30, lt: 40}}", false),
            ("{a: '30', b: {ne: '30', in: ['1']}}", false),
        ] {
            let found = filter(text).err().unwrap_or_default();
            assert_eq!(found.len(), usize::from(warned), "{text}: {found:?}");
        }
    }

    #[test]
    fn comparisons_that_never_hold_together_are_warned_of() {
        for (text, warned) in [
            ("{a: {gt: 3, lt: m}}", true),
            ("{a: {eq: true, ne: 1}}", true),
            ("{a: {in: [1, x], lt: m}}", false),
            ("{a: {gt: 3, not_in: [m], exists: true}}", false),
            ("{any: [{a: 3}, {a: x}]}", false),
        ] {
            let found = filter(text).err().unwrap_or_default();
            assert_eq!(found.len(), usize::from(warned), "{text}: {found:?}");
        }
        let found = filter("{a: {gt: 3, lt: m}}").unwrap_err();
        assert_eq!(found, ["`a` is compared with a number and with a text: nothing is both"]);
    }

    #[test]
    fn what_can_not_be_tested_is_a_fault() {
        for text in [
            "[a]",
            "x",
            "{a: }",
            "{a: {}}",
            "{a: []}",
            "{a: [[1]]}",
            "{a: {gr: 1}}",
            "{any: {}}",
            "{any: []}",
            "{not: [a]}",
            "{a: {exists: 1}}",
            "{a: {in: 1}}",
            "{a: .inf}",
            "{a: 1, a: 2}",
            "{a: {gt: [1]}}",
            "{[x]: 1}",
        ] {
            assert_eq!(filter(text).map_err(|faults| faults.len()), Err(1), "{text}");
        }
    }
}
