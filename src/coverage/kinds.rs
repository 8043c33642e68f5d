//! Kinds of values: comparisons that never hold, and a `value` that is never a number, because the
//! attribute is of another kind in the log. One that is always a text is a fault: what is read of it
//! would be empty or 0, and look as if it was right.

use std::borrow::Cow;
use std::ops::Range;

use crate::base::escape::yaml;
use crate::base::quantity::{counted, grouped};
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
        match own.first().map(|input| &counts[input.0]) {
            Some(count) if count.is_always_text() => always_text(count, word, value, faults),
            Some(count) if has_numbers_in_quotes(count) => {
                sometimes_text(count, word, value, faults);
            }
            _ => aggregated(log, &value.value, &value.span, faults),
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

/// True if the first value that an aggregate of numbers does not take is one in quotes.
fn has_numbers_in_quotes(count: &InputCount) -> bool {
    let example = count.no_number.example.as_ref();
    count.counted > 0 && example.is_some_and(|(_, example)| is_number_in_quotes(example))
}

/// True if a value is a text that could be read as a number.
pub(super) fn is_number_in_quotes(value: &Value) -> bool {
    matches!(value, Value::Text(text) if Datum::of_number(text).is_some())
}

/// Adds the warning of a value that is a number in some events, and a number in quotes in others.
fn sometimes_text(
    count: &InputCount,
    aggregate: &Spanned<String>,
    value: &Spanned<String>,
    faults: &mut Faults,
) {
    let (name, unlike) = (&value.value, &count.no_number);
    let message = format!(
        "`{name}` is {} in {} of the {} that have it, which `{}` does not count",
        unlike.kinds,
        grouped(unlike.rows),
        counted((count.counted + unlike.rows) as usize, "event"),
        aggregate.value
    );
    let help = unlike.example.as_ref().map_or_else(String::new, |(_, it)| remedy(name, it));
    faults.add(codes::KINDS_DIFFER.at(value.span.clone(), message).help(help));
}

/// The remedy for an aggregated value that is not a number.
pub(super) fn remedy(attribute: &str, example: &Value) -> String {
    match example {
        Value::Text(text) if is_number_in_quotes(example) => in_quotes(attribute, text),
        Value::Text(text) => format!(
            "aggregate an attribute that has numbers, or count the texts with `aggregate: \
             distinct`; a value of it is {:?}, which no setting reads as a number",
            text.chars().take(EXAMPLE).collect::<String>()
        ),
        _ => format!("the aggregate takes numbers; a value of it is `{example}`"),
    }
}

/// What to write for a path into a list of objects, such as `items[].quantity`, so that each element
/// is an event: the member of `events`, if it is not there yet, and the name of the attribute then.
fn of_element<'p>(log: &Seen<'_>, path: &'p str) -> Option<(String, Cow<'p, str>)> {
    let (list, member) = path.split_once("[].")?;
    let events = match log.plan.events.yields.each.as_deref() {
        None => format!("write `events: {{each: {}}}` and ", yaml(list)),
        Some(each) if each == list => "with `each` already said, ".to_owned(),
        // Only one list can be of events.
        Some(_) => return None,
    };
    (!list.is_empty() && !member.contains("[]")).then(|| (events, yaml(member)))
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
                    faults.add(fault.help(help(log, attribute, comparison, example)));
                }
            }
        }
    }
}

/// The remedy for a comparison.
fn help(log: &Seen<'_>, attribute: &str, comparison: &Comparison, example: &Value) -> String {
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
            let each = of_element(log, attribute).map_or_else(String::new, |(events, member)| {
                format!("; or {events}compare `{member}`")
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
        let element = of_element(log, attribute).filter(|_| matches!(example, Value::List(_)));
        faults.add(fault.help(match element {
            Some((events, member)) => format!(
                "the aggregate takes numbers, and this is the list of those of all elements, such \
                 as `{example}`: {events}write `value: {member}`; each element is an event \
                 then, for every feature of the config"
            ),
            None => remedy(attribute, example),
        }));
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
    fn numbers_that_are_in_quotes_in_some_events_are_told() {
        let text = "features:\n\
            - {name: spent, type: counter, scope: user, interaction: buy, aggregate: sum, value: price}\n\
            - {name: seen, type: counter, scope: user, interaction: view, aggregate: sum, value: price}\n\
            - {name: dirty, type: counter, scope: user, aggregate: max, value: size}\n";
        let log = br#"{"ts":1718000000,"user":"u","type":"buy","price":"10.5","size":"n/a"}
{"ts":1718000001,"user":"u","type":"buy","price":7,"size":3}
{"ts":1718000002,"user":"u","type":"buy","price":"3"}
{"ts":1718000003,"user":"u","type":"buy"}
{"ts":1718000004,"user":"u","type":"view","price":1}
"#;
        let found = warnings(text, log);
        let [warning] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(&text[warning.labels[0].span.clone()], "price");
        assert_eq!(
            (warning.code, warning.message.as_str()),
            (
                "kinds-differ",
                "`price` is a text in 2 of the 3 events that have it, which `sum` does not count"
            )
        );
        let help = warning.help.as_deref().unwrap();
        assert!(help.contains("write `events: {number: [price]}`"), "{help}");
        assert!(warnings(&format!("events: {{number: [price]}}\n{text}"), log).is_empty());
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
                "write `events: {each: items}` and write `value: quantity`; each element is an event",
                "events: {each: items}",
                "aggregate: sum, value: quantity",
            ),
            (
                "where: {'items[].sku': a}",
                "; or write `events: {each: items}` and compare `sku`",
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
        // An element's other lists are none of events.
        let data = br#"{"ts":1718000000,"user":"u","type":"x","items":[{"items":[{"n":2}],"tags":[{"n":1}]}]}"#;
        for (value, help) in [
            ("items[].n", "with `each` already said, write `value: n`;"),
            ("tags[].n", "the aggregate takes numbers; a value of it is `[1]`"),
        ] {
            let feature = format!("aggregate: sum, value: '{value}'");
            let found = warnings(&config("events: {each: items}", &feature), data);
            let [warning] = found.as_slice() else { panic!("{found:?}") };
            let told = warning.help.as_deref().unwrap();
            assert!(told.contains(help), "{told}");
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
                (
                    "kinds-differ",
                    "`mixed` is a text in 1 of the 2 events that have it, which `max` does not count"
                ),
                ("kinds-differ", "`flag` is aggregated, and in the log it is a boolean"),
            ]
        );
        let help = |number: usize| found[number].help.as_deref().unwrap();
        assert!(help(0).contains("write `events: {number: [price]}`"), "{}", help(0));
        assert!(help(1).contains("no setting reads as a number"), "{}", help(1));
    }
}
