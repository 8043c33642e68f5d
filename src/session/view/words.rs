//! Definitions and windows in words.

use crate::base::Millis;
use crate::plan::{
    Input, Operand, Output, OutputId, Plan, Read, Rule, Shape, Term, Types, Window, WindowKind,
};

/// The event types of an input: `click`, `click or like`, `any event`.
pub(super) fn types(input: &Input) -> String {
    match &input.types {
        Types::All => "any event".to_owned(),
        Types::Only(names) => names.join(" or "),
    }
}

/// A window in words: `last 7 days, today included`, `last 7 buckets of 90s, the current one
/// included`.
pub(super) fn window(window: Window) -> Option<String> {
    let Window::Buckets { kind, count, bucket } = window else { return None };
    let calendar = CALENDAR.iter().find(|(length, ..)| *length == bucket);
    let unit = |whole: &str| {
        let s = if count == 1 { "" } else { "s" };
        match calendar {
            Some((_, unit, _)) => format!("last {count} {whole}{unit}{s}"),
            None => format!("last {count} {whole}bucket{s} of {bucket}"),
        }
    };
    let current = calendar.map_or("the current one", |(_, _, current)| current);
    Some(match kind {
        WindowKind::Bucketed if count == 1 => match calendar {
            Some((.., current)) => format!("{current}'s bucket ({bucket})"),
            None => format!("the current bucket ({bucket})"),
        },
        WindowKind::Bucketed => format!("{}, {current} included", unit("")),
        WindowKind::Sawtooth => format!("{} and {current}", unit("whole ")),
        WindowKind::Hopping => unit("whole "),
        WindowKind::Rolling => {
            format!("exactly the last {}", Millis(i64::from(count) * bucket.0))
        }
    })
}

/// Buckets that are units of the calendar: their length, and the words for one of them and for
/// the current one.
const CALENDAR: [(Millis, &str, &str); 3] = [
    (Millis::DAY, "day", "today"),
    (Millis(3_600_000), "hour", "this hour"),
    (Millis(60_000), "minute", "this minute"),
];

/// A state in words: `sum of watch_time over like, half-life 1d`.
pub(super) fn term(plan: &Plan, term: &Term) -> String {
    let state = &plan.states[term.state.0];
    let input = &plan.inputs[state.input.0];
    let mut words = types(input);
    if let Some(value) = input.value {
        words = format!("{} of {} over {words}", state.aggregate, plan.attributes[value.0]);
    }
    if input.filter.is_some() {
        words.push_str(" (filtered)");
    }
    if let Shape::Decay { half_life } = state.shape {
        words = format!("{words}, half-life {half_life}");
    }
    words
}

/// An output's definition in words: `click / impression per item, last 7 days, today included`.
pub(super) fn definition(plan: &Plan, output: OutputId) -> String {
    let Output { read, .. } = &plan.outputs[output.0];
    let scope = plan.scope_name(plan.scope_of(output));
    let per = if scope == "global" { "over all keys".to_owned() } else { format!("per {scope}") };
    match read {
        Read::State(part) => {
            let over = window(part.window).map_or_else(String::new, |window| format!(", {window}"));
            format!("{} {per}{over}", term(plan, part))
        }
        Read::Quotient(quotient) => {
            let side = |side: Operand| match side {
                Operand::Term(part) => term(plan, &part),
                Operand::Output(output) => plan.outputs[output.0].name.clone(),
            };
            let over = match quotient.top {
                Operand::Term(part) => window(part.window),
                Operand::Output(_) => None,
            };
            let over = over.map_or_else(String::new, |window| format!(", {window}"));
            let rule = match quotient.rule {
                Rule::Plain { .. } => "",
                Rule::Normalized { .. } => ", normalized",
                Rule::Smoothed { .. } => ", smoothed",
            };
            format!("{} / {} {per}{over}{rule}", side(quotient.top), side(quotient.bottom))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_said_in_units_of_the_calendar() {
        use WindowKind::{Bucketed, Hopping, Rolling, Sawtooth};
        let words =
            |kind, count, bucket: Millis| window(Window::Buckets { kind, count, bucket }).unwrap();
        let (day, hour, odd) = (Millis::DAY, Millis(3_600_000), Millis(90_000));
        assert_eq!(words(Bucketed, 1, day), "today's bucket (1d)");
        assert_eq!(words(Bucketed, 1, hour), "this hour's bucket (1h)");
        assert_eq!(words(Bucketed, 1, odd), "the current bucket (1m30s)");
        assert_eq!(words(Bucketed, 7, day), "last 7 days, today included");
        assert_eq!(words(Bucketed, 7, odd), "last 7 buckets of 1m30s, the current one included");
        assert_eq!(words(Sawtooth, 1, day), "last 1 whole day and today");
        assert_eq!(words(Hopping, 7, day), "last 7 whole days");
        assert_eq!(words(Rolling, 2, hour), "exactly the last 2h");
    }
}
