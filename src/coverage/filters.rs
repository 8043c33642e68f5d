//! Filters that no event passes: comparisons that never hold, with the most similar value in the
//! log.

use crate::base::quantity::listed;
use crate::base::{Comparison, Value};
use crate::config::{Body, Condition, Document, Filter};
use crate::diagnostic::{Faults, codes, nearest};
use crate::engine::InputCount;
use crate::tape::RowKind;

use super::counts::own_inputs;
use super::missing::meaning;
use super::{ROWS, Seen};

/// The most values listed.
const LISTED: usize = 8;
/// The most distinct values that are compared with the one in the config.
const CANDIDATES: usize = 100_000;
/// The most values in a comparison for which a similar one is searched.
const WANTED: usize = 8;

/// Adds a warning for each filter that no event of its feature's types passes. `counts` are those
/// per input of the plan.
pub(super) fn check(
    log: &Seen<'_>,
    document: &Document,
    counts: &[InputCount],
    faults: &mut Faults,
) {
    for (declared, feature) in document.features.iter().zip(&log.plan.features) {
        let (Body::InteractionCount { group, .. }
        | Body::WindowCount { group, .. }
        | Body::Rate { group, .. }
        | Body::Counter { group, .. }) = &declared.body
        else {
            continue;
        };
        let Some(filter) = &group.filter else { continue };
        let inputs = own_inputs(log.plan, feature);
        let passes = |count: &InputCount| count.counted + count.no_value > 0;
        let counts = || inputs.iter().map(|input| &counts[input.0]);
        if counts().any(passes) || counts().all(|count| count.filtered == 0) {
            continue;
        }
        faults.set_within(declared.combination.clone());
        if !never(log, filter, faults) && all_can_hold(log, filter) {
            warn_of_all(filter, faults);
        }
    }
    faults.set_within(None);
}

/// Adds a warning for each comparison that keeps the filter from ever holding; returns true if
/// there is one.
fn never(log: &Seen<'_>, filter: &Filter, faults: &mut Faults) -> bool {
    let mut found = false;
    for condition in &filter.0 {
        match condition {
            Condition::Not(_) => {}
            Condition::Any(filters) => {
                // One that can hold is enough.
                let mut own = Faults::default();
                if filters.iter().all(|filter| never(log, filter, &mut own)) {
                    own.into_vec().into_iter().for_each(|fault| faults.add(fault));
                    found = true;
                }
            }
            Condition::Compare { attribute, comparison, span, .. } => {
                let values = log.values_of(attribute);
                let is_reported = !can_hold(log, attribute, comparison);
                if is_reported || values.iter().any(|value| comparison.holds(Some(value))) {
                    continue;
                }
                found = true;
                let message = match comparison {
                    Comparison::In(wanted) if wanted.len() == 1 => {
                        format!("`{attribute}` is never `{}` in the log", wanted[0])
                    }
                    _ => format!("no `{attribute}` of the log passes this"),
                };
                let fault = codes::FILTER_PASSES_NOTHING.at(span.clone(), message);
                let wanted: Vec<&Value> = match comparison {
                    Comparison::In(wanted) => wanted.iter().collect(),
                    _ => Vec::new(),
                };
                faults.add(fault.help(help(log, attribute, &wanted)));
            }
        }
    }
    found
}

/// True if a comparison can hold for the kinds of the log's values; if not, `kinds` reports it.
fn can_hold(log: &Seen<'_>, attribute: &str, comparison: &Comparison) -> bool {
    let there = log.kinds_of(attribute);
    !there.is_empty() && comparison.kinds().is_none_or(|wanted| wanted.meets(there))
}

fn all_can_hold(log: &Seen<'_>, filter: &Filter) -> bool {
    filter.0.iter().all(|condition| match condition {
        Condition::Any(filters) => filters.iter().all(|filter| all_can_hold(log, filter)),
        Condition::Not(filter) => all_can_hold(log, filter),
        Condition::Compare { attribute, comparison, .. } => can_hold(log, attribute, comparison),
    })
}

/// Adds a warning where each comparison holds for some event, and no event passes them all.
fn warn_of_all(filter: &Filter, faults: &mut Faults) {
    let mut conditions: Vec<&Condition> = filter.0.iter().rev().collect();
    while let Some(condition) = conditions.pop() {
        match condition {
            Condition::Any(filters) => conditions.extend(filters.iter().rev().flat_map(|f| &f.0)),
            Condition::Not(filter) => conditions.extend(filter.0.iter().rev()),
            Condition::Compare { key, .. } => {
                let message = "no event of its types passes `where`";
                let help = "each value is in the log, but no event of these types has all of them";
                faults.add(codes::FILTER_PASSES_NOTHING.at(key.clone(), message).help(help));
                return;
            }
        }
    }
}

/// A help: the value in the log that is most similar to one of those wanted, or some of its values.
pub(super) fn help(log: &Seen<'_>, attribute: &str, wanted: &[&Value]) -> String {
    let texts = texts(log, attribute);
    let pair = |wanted: &&Value| Some((wanted.to_string(), similar(wanted, &texts)?));
    if let Some((wanted, near)) = wanted.iter().take(WANTED).find_map(pair) {
        let events = events(log, attribute, near);
        return meaning(&wanted, near, events.map(|events| events as u64));
    }
    let values = log.values_of(attribute);
    let numbers = || values.iter().filter_map(Value::as_number);
    let (least, most) = (numbers().reduce(f64::min), numbers().reduce(f64::max));
    match (least, most) {
        (Some(least), Some(most)) if texts.is_empty() => {
            format!("its values go from {least} to {most}")
        }
        _ => {
            let shown: Vec<String> = values.iter().take(20).map(Value::to_string).collect();
            let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
            format!("its values are {}", listed(&shown, LISTED))
        }
    }
}

/// The texts of an attribute that are compared with those in the config.
pub(super) fn texts<'l>(log: &'l Seen<'_>, attribute: &str) -> Vec<&'l str> {
    let values = log.values_of(attribute).iter().take(CANDIDATES);
    let texts = values.filter_map(|value| match value {
        Value::Text(text) => Some(text.as_ref()),
        _ => None,
    });
    texts.collect()
}

/// The text that is most similar to a value, if that is a text.
pub(super) fn similar<'v>(wanted: &Value, texts: &[&'v str]) -> Option<&'v str> {
    match wanted {
        Value::Text(wanted) => near(wanted, texts),
        _ => None,
    }
}

/// A text that differs only in case or blanks, or else one that is similar.
fn near<'v>(wanted: &str, values: &[&'v str]) -> Option<&'v str> {
    let folded = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let own = folded(wanted);
    let alike = values.iter().copied().find(|value| folded(value) == own);
    alike.or_else(|| nearest(wanted, values.iter().copied()))
}

/// The number of events with a value.
fn events(log: &Seen<'_>, attribute: &str, text: &str) -> Option<usize> {
    let tape = log.tape;
    let column = tape.demand().attributes.iter().position(|known| known == attribute)?;
    let column = tape.column(column);
    let id = column
        .values()
        .iter()
        .position(|value| matches!(value, Value::Text(own) if **own == *text))?;
    let rows = 0..tape.rows();
    let has = |row: &usize| tape.kind(*row) == RowKind::Event && column.id(*row) as usize == id + 1;
    (tape.rows() <= ROWS).then(|| rows.filter(has).count())
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    /// The span, message and help of each warning on a filter.
    fn on_filter(filter: &str, data: &'static [u8]) -> Vec<(String, String, String)> {
        let text = format!(
            "features:\n- {{name: c, type: counter, interaction: click, scope: item, where: {filter}}}\n"
        );
        let found = warnings(&text, data).into_iter();
        let found = found.filter(|warning| warning.code == "filter-passes-nothing");
        let of = found.map(|warning| {
            let place = text[warning.labels[0].span.clone()].to_owned();
            (place, warning.message, warning.help.unwrap())
        });
        of.collect()
    }

    const LOG: &[u8] = br#"{"ts":1718000000,"type":"click","item":"p","country":"de","price":3}
{"ts":1718000001,"type":"click","item":"p","country":"de","price":20}
{"ts":1718000002,"type":"click","item":"q","country":"new york","price":7}
{"ts":1718000003,"type":"view","item":"q","country":"fr","price":7}
"#;

    #[test]
    fn what_never_occurs_is_reported_at_its_place_with_what_is_near() {
        let never = |value: &str| format!("`country` is never `{value}` in the log");
        for (filter, place, message, help) in [
            (
                "{country: DE}",
                "DE",
                never("DE"),
                "did you mean `de`, as in 2 events?; case and blanks matter",
            ),
            (
                "{country: ' De '}",
                "' De '",
                never(" De "),
                "did you mean `de`, as in 2 events?; case and blanks matter",
            ),
            (
                "{country: NewYork}",
                "NewYork",
                never("NewYork"),
                "did you mean `new york`, as in 1 event?; case and blanks matter",
            ),
            ("{country: xxxxxx}", "xxxxxx", never("xxxxxx"), "its values are de, new york, fr"),
            (
                "{price: {gt: 20}}",
                "20",
                "no `price` of the log passes this".to_owned(),
                "its values go from 3 to 20",
            ),
            (
                "{country: fr}",
                "country",
                "no event of its types passes `where`".to_owned(),
                "each value is in the log, but no event of these types has all of them",
            ),
        ] {
            let want = (place.to_owned(), message, help.to_owned());
            assert_eq!(on_filter(filter, LOG), [want], "{filter}");
        }
        let any = on_filter("{any: [{country: DE}, {price: 8}]}", LOG);
        assert_eq!(any.iter().map(|(place, ..)| place.as_str()).collect::<Vec<_>>(), ["DE", "8"]);
    }

    #[test]
    fn a_filter_that_passes_an_event_or_is_reported_of_otherwise_is_none() {
        for filter in [
            "{country: de}",
            "{country: [DE, de]}",
            "{any: [{country: DE}, {price: 7}]}",
            "{not: {country: DE}}",
            // Of another kind, or not there at all.
            "{country: 3}",
            "{nothing: 3}",
        ] {
            assert_eq!(on_filter(filter, LOG), [], "{filter}");
        }
    }
}
