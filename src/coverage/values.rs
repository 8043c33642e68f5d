//! Values that filters compare with and that no event has, also where the filter passes events: a
//! misspelt one in a list, or under `any`, `not`, `ne` or `not_in`.

use std::collections::HashSet;

use crate::base::quantity::listed;
use crate::base::{Comparison, Kinds, Value};
use crate::config::{Body, Condition, Document, Feature, Filter};
use crate::diagnostic::{Faults, codes};
use crate::plan::Plan;

use super::Seen;
use super::filters::{help, similar, texts};

/// The most values listed.
const LISTED: usize = 8;

/// The values in filters that no event has, as far as the log is scanned.
pub(super) struct Unseen {
    /// Per attribute of the plan.
    values: Vec<HashSet<Value>>,
}

impl Unseen {
    /// All values in filters.
    pub(super) fn new(document: &Document, plan: &Plan) -> Self {
        let mut values: Vec<HashSet<Value>> = Vec::new();
        values.resize_with(plan.attributes.len(), HashSet::new);
        for filter in document.features.iter().filter_map(filter_of) {
            each(filter, false, &mut |place| {
                let known = plan.attributes.iter().position(|known| known == place.attribute);
                if let Some(attribute) = known {
                    values[attribute].extend(place.wanted.iter().cloned());
                }
            });
        }
        Self { values }
    }

    /// Strikes out values that events have.
    pub(super) fn see<'v>(&mut self, attribute: usize, seen: impl Iterator<Item = &'v Value>) {
        let left = &mut self.values[attribute];
        for value in seen {
            if left.is_empty() {
                return;
            }
            left.remove(value);
        }
    }

    /// Adds the warnings of a feature's filter, once all is seen.
    pub(super) fn warn(&self, log: &Seen<'_>, feature: &Feature, faults: &mut Faults) {
        let Some(filter) = filter_of(feature) else { return };
        faults.set_within(feature.combination.clone());
        each(filter, false, &mut |place| self.compare(log, &place, faults));
        faults.set_within(None);
    }

    fn compare(&self, log: &Seen<'_>, place: &Place<'_>, faults: &mut Faults) {
        let Place { attribute, wanted, span, excludes } = *place;
        let start = span.start;
        let is_told = |code: codes::Code| faults.contains(code.name, start);
        if [codes::FILTER_PASSES_NOTHING, codes::UNSEEN_VALUE, codes::KINDS_DIFFER]
            .into_iter()
            .any(is_told)
        {
            return;
        }
        let Some(known) = log.plan.attributes.iter().position(|known| known == attribute) else {
            return;
        };
        let kinds = log.kinds[known];
        let is_unseen = |value: &&Value| self.values[known].contains(*value);
        let mut unseen: Vec<&Value> = wanted.iter().filter(is_unseen).collect();
        if unseen.len() < wanted.len() {
            // Beside a value that is there, one that is near to none is not seen yet, and one near to
            // another of the list is a second spelling.
            let texts = texts(log, attribute);
            let is_own =
                |near| wanted.iter().any(|own| matches!(own, Value::Text(own) if own == near));
            let is_misspelt =
                |value: &&Value| similar(value, &texts).is_some_and(|near| !is_own(near));
            unseen.retain(is_misspelt);
        }
        if unseen.is_empty() || kinds.is_empty() {
            return;
        }
        let names: Vec<String> = unseen.iter().map(|value| named(value, kinds)).collect();
        let so = if excludes { ", so this excludes nothing" } else { "" };
        let message = format!("`{attribute}` is never {} in the log{so}", listed(&names, LISTED));
        let fault = codes::UNSEEN_VALUE.at(span.clone(), message);
        faults.add(fault.help(help(log, attribute, &unseen)));
    }
}

/// A comparison for equality.
struct Place<'f> {
    attribute: &'f str,
    wanted: &'f [Value],
    span: &'f std::ops::Range<usize>,
    /// True if events that have one of the values are not counted.
    excludes: bool,
}

/// Visits each comparison for equality of a filter.
fn each<'f>(filter: &'f Filter, is_negated: bool, visit: &mut impl FnMut(Place<'f>)) {
    for condition in &filter.0 {
        match condition {
            Condition::Any(filters) => {
                filters.iter().for_each(|filter| each(filter, is_negated, visit));
            }
            Condition::Not(filter) => each(filter, !is_negated, visit),
            Condition::Compare { attribute, comparison, span, .. } => {
                let (wanted, excludes) = match comparison {
                    Comparison::In(wanted) => (wanted.as_slice(), is_negated),
                    Comparison::NotIn(wanted) => (wanted.as_slice(), !is_negated),
                    Comparison::Different(wanted) => (std::slice::from_ref(wanted), !is_negated),
                    _ => continue,
                };
                visit(Place { attribute, wanted, span, excludes });
            }
        }
    }
}

fn filter_of(feature: &Feature) -> Option<&Filter> {
    match &feature.body {
        Body::InteractionCount { group, .. }
        | Body::WindowCount { group, .. }
        | Body::Rate { group, .. }
        | Body::Counter { group, .. } => group.filter.as_ref(),
        Body::Ratio { .. } => None,
    }
}

/// A value in a message, with its kind where that is not one of the attribute.
fn named(value: &Value, kinds: Kinds) -> String {
    let own = Kinds::of_value(value);
    if own.meets(kinds) { format!("`{value}`") } else { format!("{own} `{value}`") }
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    const LOG: &[u8] = br#"{"ts":1718000000,"type":"click","item":"p","os":"ios","price":3}
{"ts":1718000001,"type":"click","item":"p","os":"android","price":20}
{"ts":1718000002,"type":"click","item":"q","os":"ios","price":7}
"#;

    /// The code, place, message and help of each warning on a filter.
    fn on_filter(filter: &str) -> Vec<(&'static str, String, String, String)> {
        let text = format!(
            "features:\n- {{name: c, type: counter, interaction: click, scope: item, where: {filter}}}\n"
        );
        let found = warnings(&text, LOG).into_iter().map(|warning| {
            let place = text[warning.labels[0].span.clone()].to_owned();
            (warning.code, place, warning.message, warning.help.unwrap())
        });
        found.collect()
    }

    #[test]
    fn a_misspelt_value_is_reported_wherever_it_stands() {
        let (never, so) = ("`os` is never `andriod` in the log", ", so this excludes nothing");
        let meant = "did you mean `android`, as in 1 event?";
        for (filter, place, so) in [
            ("{os: {ne: andriod}}", "andriod", so),
            ("{os: {not_in: [andriod]}}", "[andriod]", so),
            ("{os: {not_in: [andriod, ios]}}", "[andriod, ios]", so),
            ("{not: {os: andriod}}", "andriod", so),
            ("{not: {any: [{os: andriod}, {os: ios}]}}", "andriod", so),
            ("{os: [andriod, ios]}", "[andriod, ios]", ""),
            ("{os: {in: [ios, andriod]}}", "[ios, andriod]", ""),
            ("{any: [{os: andriod}, {os: ios}]}", "andriod", ""),
            ("{any: [{os: ios}, {price: 7, not: {not: {os: andriod}}}]}", "andriod", ""),
            ("{any: [{os: ios}, {not: {os: {ne: andriod}}}]}", "andriod", ""),
        ] {
            let want = ("unseen-value", place.to_owned(), format!("{never}{so}"), meant.to_owned());
            assert_eq!(on_filter(filter), [want], "{filter}");
        }
        // As it is without another condition.
        let alone = on_filter("{os: andriod}");
        assert_eq!(
            (alone[0].0, &*alone[0].2, &*alone[0].3),
            ("filter-passes-nothing", never, meant)
        );
    }

    #[test]
    fn what_is_near_to_nothing_is_told_the_values() {
        let told = |filter: &str| {
            let [(_, _, message, help)] = on_filter(filter).try_into().unwrap();
            (message, help)
        };
        let os = "its values are ios, android".to_owned();
        let (message, help) = told("{os: {not_in: [tv, car]}}");
        assert_eq!(message, "`os` is never `tv`, `car` in the log, so this excludes nothing");
        assert_eq!(help, os);
        let (message, help) = told("{price: {ne: 8}}");
        assert_eq!(message, "`price` is never `8` in the log, so this excludes nothing");
        assert_eq!(help, "its values go from 3 to 20");
        let (message, _) = told("{price: {not_in: ['3']}}");
        assert_eq!(message, "`price` is never a text `3` in the log, so this excludes nothing");
    }

    #[test]
    fn what_is_there_or_is_told_otherwise_is_no_such_value() {
        for filter in [
            "{os: [ios, android]}",
            "{os: {not_in: [ios]}, price: {ne: 3}}",
            "{price: [3, 4]}",
            "{os: [ios, tv]}",
            "{os: {not_in: [ios, tv]}}",
            // Two spellings of one value.
            "{os: [ios, iOS]}",
            "{not: {price: {gt: 100}}}",
        ] {
            assert_eq!(on_filter(filter), [], "{filter}");
        }
        let codes = |filter: &str| -> Vec<_> { on_filter(filter).iter().map(|it| it.0).collect() };
        assert_eq!(codes("{not: {none: x}}"), ["unseen-attribute"]);
        assert_eq!(codes("{not: {price: x}}"), ["kinds-differ"]);
        assert_eq!(codes("{os: [tv, car]}"), ["filter-passes-nothing"]);
    }

    #[test]
    fn a_matrix_is_told_of_once() {
        let text = "features:\n- {name: '{e}', matrix: {e: [click, view]}, type: counter, \
                    interaction: '{e}', scope: item, where: {not: {os: andriod}}}\n";
        let data = b"ts,type,item,os\n1718000000,click,p,ios\n1718000001,view,p,android\n";
        let found = warnings(text, data);
        assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["unseen-value"]);
    }
}
