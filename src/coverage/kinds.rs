//! Kinds of values: comparisons that never hold, and a `value` that is never a number, because the
//! attribute is of another kind in the log.

use std::ops::Range;

use crate::base::{Comparison, Kinds, Value};
use crate::config::{Body, Condition, Feature, Filter, Group};
use crate::diagnostic::{Faults, codes};
use crate::plan::{Takes, takes};

use super::Seen;

/// Adds the warnings of a feature, at their spans in the config.
pub(super) fn compare(log: &Seen<'_>, feature: &Feature, faults: &mut Faults) {
    faults.set_within(feature.combination.clone());
    let (group, value) = match &feature.body {
        Body::InteractionCount { group, .. }
        | Body::WindowCount { group, .. }
        | Body::Rate { group, .. } => (group, None),
        Body::Counter { group, aggregate, value, .. } => {
            let is_of_numbers =
                aggregate.as_ref().is_some_and(|word| takes(&word.value) == Takes::Number);
            (group, value.as_ref().filter(|_| is_of_numbers))
        }
        Body::Ratio { .. } => return,
    };
    if let Group { filter: Some(filter), .. } = group {
        compared(log, filter, faults);
    }
    if let Some(value) = value {
        aggregated(log, &value.value, &value.span, faults);
    }
}

fn compared(log: &Seen<'_>, filter: &Filter, faults: &mut Faults) {
    for condition in &filter.0 {
        match condition {
            Condition::Any(filters) => filters.iter().for_each(|f| compared(log, f, faults)),
            Condition::Not(filter) => compared(log, filter, faults),
            Condition::Compare { attribute, comparison, span, .. } => {
                let (there, wanted) = (log.kinds_of(attribute), comparison.kinds());
                if let (Some(example), Some(wanted)) = (log.example_of(attribute), wanted)
                    && !wanted.meets(there)
                {
                    let message = format!(
                        "`{attribute}` is compared with {wanted}, and in the log it is {there}: \
                         that never holds"
                    );
                    let fault = codes::KINDS_DIFFER.at(span.clone(), message);
                    faults.add(fault.help(help(attribute, comparison, example)));
                }
            }
        }
    }
}

/// The remedy for a comparison.
fn help(attribute: &str, comparison: &Comparison, example: &Value) -> String {
    let bare = match comparison {
        Comparison::In(values) => values.first(),
        Comparison::Different(value)
        | Comparison::Greater(value)
        | Comparison::AtLeast(value)
        | Comparison::Less(value)
        | Comparison::AtMost(value) => Some(value),
        Comparison::NotIn(_) | Comparison::Exists(_) => None,
    };
    match (example, bare) {
        (Value::List(_), _) => {
            format!(
                "no comparison holds with a list such as `{example}`; count by `{attribute}` with `explode: true`"
            )
        }
        (Value::Integer(_) | Value::Float(_), Some(Value::Text(text)))
            if text.trim().parse::<f64>().is_ok() =>
        {
            format!("write it without quotes: {}", text.trim())
        }
        (Value::Text(text), Some(Value::Integer(_) | Value::Float(_)))
            if text.parse::<f64>().is_ok() =>
        {
            in_quotes(attribute, text)
        }
        _ => format!("a value of it is `{example}`"),
    }
}

/// The remedy for numbers that the log has as texts. A text in the config would compare letter by
/// letter.
fn in_quotes(attribute: &str, example: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let quote = if attribute.chars().all(is_plain) { "" } else { "'" };
    format!(
        "the log has it in quotes, such as \"{example}\": write `events: {{number: \
         [{quote}{attribute}{quote}]}}` to read them as numbers, or `events: {{numbers: text}}` \
         for all"
    )
}

fn aggregated(log: &Seen<'_>, attribute: &str, span: &Range<usize>, faults: &mut Faults) {
    let there = log.kinds_of(attribute);
    let example = log.example_of(attribute).filter(|_| !there.meets(Kinds::NUMBER));
    if let Some(example) = example {
        let message = format!("`{attribute}` is aggregated, and in the log it is {there}");
        let help = match example {
            Value::Text(text) if text.parse::<f64>().is_ok() => in_quotes(attribute, text),
            _ => format!("the aggregate takes numbers; a value of it is `{example}`"),
        };
        faults.add(codes::KINDS_DIFFER.at(span.clone(), message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    #[test]
    fn what_the_log_has_of_another_kind_is_found_at_its_place() {
        let text = "features:\n\
            - {name: '{n}', matrix: {n: [a, b]}, type: counter, scope: item, where: {price: {gt: x}}}\n\
            - {name: c, type: counter, scope: item, where: {any: [{flag: 'true'}, {not: {id: 7}}]}}\n\
            - {name: d, type: counter, scope: item, where: {tags: x, flag: true, id: {not_in: [7]}}}\n\
            - {name: e, type: counter, scope: item, aggregate: sum, value: id, where: {none: 3}}\n\
            - {name: f, type: counter, scope: item, aggregate: max, value: price, where: {price: '3'}}\n\
            - {name: g, type: counter, scope: item, aggregate: unique, value: tags}\n\
            - {name: h, type: counter, scope: item, aggregate: last, value: 'ids[0]'}\n";
        let data = br#"{"ts":1718000000,"event":"x","item":"p","price":3,"flag":true,"id":"7","tags":["x"],"ids":["8"]}"#;
        let found = warnings(text, data);
        let found: Vec<_> = found.iter().filter(|found| found.code == "kinds-differ").collect();
        let reported: Vec<_> = found
            .iter()
            .map(|warning| {
                (&text[warning.labels[0].span.clone()], warning.help.as_deref().unwrap())
            })
            .collect();
        assert_eq!(
            reported,
            [
                ("x", "a value of it is `3`"),
                ("'true'", "a value of it is `true`"),
                (
                    "7",
                    "the log has it in quotes, such as \"7\": write `events: {number: [id]}` to \
                     read them as numbers, or `events: {numbers: text}` for all"
                ),
                (
                    "x",
                    "no comparison holds with a list such as `[x]`; count by `tags` with \
                     `explode: true`"
                ),
                (
                    "id",
                    "the log has it in quotes, such as \"7\": write `events: {number: [id]}` to \
                     read them as numbers, or `events: {numbers: text}` for all"
                ),
                ("'3'", "write it without quotes: 3"),
                (
                    "'ids[0]'",
                    "the log has it in quotes, such as \"8\": write `events: {number: \
                     ['ids[0]']}` to read them as numbers, or `events: {numbers: text}` for all"
                ),
            ]
        );
        let first =
            "`price` is compared with a text, and in the log it is a number: that never holds";
        assert_eq!((found[0].code, found[0].message.as_str()), ("kinds-differ", first));
    }
}
