//! Kinds of values: comparisons that never hold, and a `value` that is never a number, because the
//! attribute is of another kind in the log. One that is always a text is a fault: what is read of it
//! would be empty or 0, and look as if it was right.

use std::ops::Range;

use crate::base::escape::yaml;
use crate::base::quantity::counted;
use crate::base::{Comparison, Kinds, Value};
use crate::config::{Body, Condition, Document, Feature, Filter, Group, Spanned};
use crate::diagnostic::{Faults, codes};
use crate::engine::InputCount;
use crate::plan::{Takes, takes};
use crate::tape::Datum;

use super::Seen;
use super::counts::own_inputs;

/// Adds the warnings of a feature's comparisons, at their spans in the config.
pub(super) fn compare(log: &Seen<'_>, feature: &Feature, faults: &mut Faults) {
    faults.set_within(feature.combination.clone());
    let (Body::InteractionCount { group, .. }
    | Body::WindowCount { group, .. }
    | Body::Rate { group, .. }
    | Body::Counter { group, .. }) = &feature.body
    else {
        return;
    };
    if let Group { filter: Some(filter), .. } = group {
        compared(log, filter, faults);
    }
}

/// Adds what there is to say of each `value` that is never a number where numbers are taken.
/// `counts` are those per input of the plan.
pub(super) fn aggregate(
    log: &Seen<'_>,
    document: &Document,
    counts: &[InputCount],
    faults: &mut Faults,
) {
    for (declared, feature) in document.features.iter().zip(&log.plan.features) {
        let Body::Counter { aggregate: Some(word), value: Some(value), .. } = &declared.body else {
            continue;
        };
        if takes(&word.value) != Takes::Number {
            continue;
        }
        faults.set_within(declared.combination.clone());
        let own = own_inputs(log.plan, feature);
        match own.first().map(|input| &counts[input.0]).filter(|count| count.is_always_text()) {
            Some(count) => always_text(count, word, value, faults),
            None => aggregated(log, &value.value, &value.span, faults),
        }
    }
    faults.set_within(None);
}

/// Adds the fault of a value that is always a text.
fn always_text(
    count: &InputCount,
    aggregate: &Spanned<String>,
    value: &Spanned<String>,
    faults: &mut Faults,
) {
    let (name, events) = (&value.value, counted(count.no_number.rows as usize, "event"));
    let message = format!(
        "`{name}` is {} in each event that has it ({events}), and `{}` takes numbers",
        count.no_number.kinds, aggregate.value
    );
    let example = count.no_number.example.as_ref();
    let help = example.map_or_else(String::new, |(_, example)| remedy(name, example));
    faults.add(codes::VALUE_IS_TEXT.at(value.span.clone(), message).help(help));
}

/// The remedy for an aggregated value that is not a number.
pub(super) fn remedy(attribute: &str, example: &Value) -> String {
    match example {
        Value::Text(text) if Datum::of_number(text).is_some() => in_quotes(attribute, text),
        Value::Text(text) => format!(
            "aggregate an attribute that has numbers, or count the texts with `aggregate: \
             distinct`; a value of it is {:?}, which no setting reads as a number",
            text.chars().take(EXAMPLE).collect::<String>()
        ),
        Value::List(_) if let Some((list, member)) = each(attribute) => format!(
            "the aggregate takes numbers, and this is the list of those of all elements, such as \
             `{example}`: write `events: {{each: {}}}` and `value: {}`; each element is an event \
             then, for every feature of the config",
            yaml(list),
            yaml(member)
        ),
        _ => format!("the aggregate takes numbers; a value of it is `{example}`"),
    }
}

/// The list of objects that a path leads into, and the member of its elements: `items` and
/// `quantity` of `items[].quantity`.
fn each(path: &str) -> Option<(&str, &str)> {
    let (list, member) = path.split_once("[].")?;
    (!list.is_empty() && !member.contains("[]")).then_some((list, member))
}

/// The most characters that are shown of a text.
const EXAMPLE: usize = 40;

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
            let each = each(attribute).map_or_else(String::new, |(list, member)| {
                format!(
                    ", or write `events: {{each: {}}}` and compare `{}`",
                    yaml(list),
                    yaml(member)
                )
            });
            format!(
                "no comparison holds with a list such as `{example}`; count by `{attribute}` with \
                 `explode: true`{each}"
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
    format!(
        "the log has it in quotes, such as \"{example}\": write `events: {{number: [{}]}}` to read \
         them as numbers, or `events: {{numbers: text}}` for all",
        yaml(attribute)
    )
}

fn aggregated(log: &Seen<'_>, attribute: &str, span: &Range<usize>, faults: &mut Faults) {
    let there = log.kinds_of(attribute);
    let example = log.example_of(attribute).filter(|_| !there.meets(Kinds::NUMBER));
    if let Some(example) = example {
        let message = format!("`{attribute}` is aggregated, and in the log it is {there}");
        let fault = codes::KINDS_DIFFER.at(span.clone(), message);
        faults.add(fault.help(remedy(attribute, example)));
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
        let codes = ["kinds-differ", "value-is-text"];
        let found: Vec<_> = found.iter().filter(|found| codes.contains(&found.code)).collect();
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
                     [\"ids[0]\"]}` to read them as numbers, or `events: {numbers: text}` for all"
                ),
            ]
        );
        let first =
            "`price` is compared with a text, and in the log it is a number: that never holds";
        assert_eq!((found[0].code, found[0].message.as_str()), ("kinds-differ", first));
    }

    #[test]
    fn what_lies_in_a_list_of_objects_is_led_to_the_events_of_its_elements() {
        let config = |events: &str, feature: &str| {
            format!("{events}\nfeatures:\n- {{name: a, type: counter, scope: user, {feature}}}\n")
        };
        let data = br#"{"ts":1718000000,"type":"buy","user":"u","items":[{"sku":"a","quantity":2},{"sku":"b","quantity":1}]}"#;
        for (feature, help, events, better) in [
            (
                "aggregate: sum, value: 'items[].quantity'",
                "write `events: {each: items}` and `value: quantity`; each element is an event",
                "events: {each: items}",
                "aggregate: sum, value: quantity",
            ),
            (
                "where: {'items[].sku': a}",
                "or write `events: {each: items}` and compare `sku`",
                "events: {each: items}",
                "where: {sku: a}",
            ),
        ] {
            let found = warnings(&config("", feature), data);
            let [warning] = found.as_slice() else { panic!("{found:?}") };
            let told = warning.help.as_deref().unwrap();
            assert_eq!(warning.code, "kinds-differ");
            assert!(told.contains(help), "{told}");
            assert!(warnings(&config(events, better), data).is_empty());
        }
    }

    #[test]
    fn a_value_that_is_always_a_text_is_an_error() {
        let text = "features:\n\
            - {name: spent, type: counter, scope: user, aggregate: sum, value: price}\n\
            - {name: words, type: counter, scope: user, aggregate: max, value: note}\n\
            - {name: some, type: counter, scope: user, aggregate: max, value: mixed}\n\
            - {name: flags, type: counter, scope: user, aggregate: mean, value: flag}\n\
            - {name: kinds, type: counter, scope: user, aggregate: distinct, value: price}\n";
        let log = br#"{"ts":1718000000,"user":"u","type":"x","price":"7","note":"$7","mixed":"7","flag":true}
{"ts":1718000001,"user":"u","type":"x","price":"8.5","mixed":8}
{"ts":1718000002,"user":"u","type":"x"}
"#;
        let found = warnings(text, log);
        let told: Vec<_> = found.iter().map(|it| (it.code, it.message.as_str())).collect();
        assert_eq!(
            told,
            [
                (
                    "value-is-text",
                    "`price` is a text in each event that has it (2 events), and `sum` takes numbers"
                ),
                (
                    "value-is-text",
                    "`note` is a text in each event that has it (1 event), and `max` takes numbers"
                ),
                ("kinds-differ", "`flag` is aggregated, and in the log it is a boolean"),
            ]
        );
        let help = |number: usize| found[number].help.as_deref().unwrap();
        assert!(help(0).contains("write `events: {number: [price]}`"), "{}", help(0));
        assert!(help(1).contains("no setting reads as a number"), "{}", help(1));
    }
}
