//! Definitions and windows in words.

use crate::base::Millis;
use crate::plan::{Input, Operand, Output, OutputId, Plan, Read, Rule, Shape, Term, Types, Window};

/// The event types of an input: `click`, `click or like`, `any event`.
pub(super) fn types(input: &Input) -> String {
    match &input.types {
        Types::All => "any event".to_owned(),
        Types::Only(names) => names.join(" or "),
    }
}

/// A window in words: `the last 7 buckets of 1d, the current one included`.
pub(super) fn window(window: Window) -> Option<String> {
    let Window::Buckets { kind, count, bucket } = window else { return None };
    let plural = if count == 1 { "bucket" } else { "buckets" };
    Some(match kind {
        crate::plan::WindowKind::Bucketed if count == 1 => {
            format!("the current bucket of {bucket}")
        }
        crate::plan::WindowKind::Bucketed => {
            format!("{count} {plural} of {bucket}, the current one included")
        }
        crate::plan::WindowKind::Sawtooth => {
            format!("{count} whole {plural} of {bucket} and the current one")
        }
        crate::plan::WindowKind::Hopping => format!("{count} whole {plural} of {bucket}"),
        crate::plan::WindowKind::Rolling => {
            format!("exactly the last {}", Millis(i64::from(count) * bucket.0))
        }
    })
}

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

/// An output's definition in words: `click / impression per item, 7 buckets of 1d`.
pub(super) fn definition(plan: &Plan, output: OutputId) -> String {
    let Output { read, .. } = &plan.outputs[output.0];
    let scope = plan.scope_name(plan.scope_of(output));
    let per = if scope == "global" { "over all events".to_owned() } else { format!("per {scope}") };
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
