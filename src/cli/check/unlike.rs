//! What a config compares or aggregates, and the logs have of another kind: a comparison that never
//! holds, a `value` that is never a number. It must not know how that is printed.

use std::ops::Range;

use crate::base::Value;
use crate::config::{self, Body, Comparison, Condition, Document, Filter, Group, Kinds};
use crate::dataset::Run;
use crate::diagnostic::{Diagnostic, Faults, codes};

/// The warnings, at their places in the config.
pub(super) fn unlike(run: &Run, document: &Document) -> Vec<Diagnostic> {
    // Features of one matrix share their places.
    let mut faults = Faults::once();
    for feature in &document.features {
        faults.set_within(feature.combination.clone());
        let (group, value) = match &feature.body {
            Body::InteractionCount { group, .. }
            | Body::WindowCount { group, .. }
            | Body::Rate { group, .. } => (group, None),
            Body::Counter { group, value, .. } => (group, value.as_ref()),
            Body::Ratio { .. } => continue,
        };
        if let Group { filter: Some(filter), .. } = group {
            compared(run, filter, &mut faults);
        }
        if let Some(value) = value {
            aggregated(run, &value.value, &value.span, &mut faults);
        }
    }
    let mut found = faults.into_vec();
    found.sort_by_key(|warning| warning.labels.first().map(|label| label.span.start));
    found
}

/// The distinct values that the logs have of an attribute; none where they do not have it, which
/// is told elsewhere.
fn values<'r>(run: &'r Run, attribute: &str) -> &'r [Value] {
    let number = run.plan().attributes.iter().position(|name| name == attribute);
    number.map_or(&[], |number| run.tape().column(number).values())
}

fn compared(run: &Run, filter: &Filter, faults: &mut Faults) {
    for condition in &filter.0 {
        match condition {
            Condition::Any(filters) => filters.iter().for_each(|f| compared(run, f, faults)),
            Condition::Not(filter) => compared(run, filter, faults),
            Condition::Compare { attribute, comparison, span } => {
                let values = values(run, attribute);
                let (there, wanted) = (Kinds::of(values), Kinds::of_comparison(comparison));
                if let (Some(example), Some(wanted)) = (values.first(), wanted)
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

/// What to write instead.
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
        (Value::Text(text), Some(number @ (Value::Integer(_) | Value::Float(_))))
            if text.trim().parse::<f64>().is_ok() =>
        {
            format!("the log has it in quotes: write \"{number}\"")
        }
        _ => format!("a value of it is `{example}`"),
    }
}

fn aggregated(run: &Run, attribute: &str, span: &Range<usize>, faults: &mut Faults) {
    let values = values(run, attribute);
    let there = Kinds::of(values);
    if let Some(example) = values.first().filter(|_| !there.meets(Kinds::NUMBER)) {
        let message = format!("`{attribute}` is aggregated, and in the log it is {there}");
        let help = format!("aggregates take numbers; a value of it is `{example}`");
        faults.add(codes::KINDS_DIFFER.at(span.clone(), message).help(help));
    }
}

/// The document of a config that was read before, for the places of what it says.
pub(super) fn document(name: &str, text: &str) -> Document {
    config::read(name, text).0.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::dataset::wanted;
    use crate::log::Reader;
    use crate::plan::lower::compile;

    use super::*;

    #[test]
    fn what_the_log_has_of_another_kind_is_found_at_its_place() {
        let text = "features:\n\
            - {name: '{n}', matrix: {n: [a, b]}, type: counter, scope: item, where: {price: {gt: x}}}\n\
            - {name: c, type: counter, scope: item, where: {any: [{flag: 'true'}, {not: {id: 7}}]}}\n\
            - {name: d, type: counter, scope: item, where: {tags: x, flag: true, id: {not_in: [7]}}}\n\
            - {name: e, type: counter, scope: item, aggregate: sum, value: id, where: {none: 3}}\n\
            - {name: f, type: counter, scope: item, aggregate: max, value: price, where: {price: '3'}}\n";
        let (plan, report) = compile("test", text);
        let plan = plan.unwrap();
        let data = br#"{"ts":1718000000,"event":"x","item":"p","price":3,"flag":true,"id":"7","tags":["x"]}"#;
        let reader = Reader::embedded("log", data, &plan.events, &plan.attributes);
        let demand = wanted(&plan, None);
        let run = Run::load(Arc::new(plan), demand, reader, &mut |_| {}).unwrap();
        let found = unlike(&run, &document(&report.name, text));
        let told: Vec<_> = found
            .iter()
            .map(|warning| {
                (&text[warning.labels[0].span.clone()], warning.help.as_deref().unwrap())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("x", "a value of it is `3`"),
                ("'true'", "a value of it is `true`"),
                ("7", "the log has it in quotes: write \"7\""),
                (
                    "x",
                    "no comparison holds with a list such as `[x]`; count by `tags` with \
                     `explode: true`"
                ),
                ("id", "aggregates take numbers; a value of it is `7`"),
                ("'3'", "write it without quotes: 3"),
            ]
        );
        let first =
            "`price` is compared with a text, and in the log it is a number: that never holds";
        assert_eq!((found[0].code, found[0].message.as_str()), ("kinds-differ", first));
    }
}
