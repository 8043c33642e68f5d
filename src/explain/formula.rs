//! Formulas: how the sides of a ratio make its value, with their numbers put in.

use crate::base::quantity;
use crate::engine::At;
use crate::plan::{Operand, OutputId, Prior, Read, Rule, ScopeId, Term};

use super::Position;

/// The formula of an output at a key with its numbers: `(12 + 10 × 0.05) / (80 + 10)`; `None` for a
/// state that is read as it is.
pub(super) fn formula(at: Position<'_>, output: OutputId, slot: u32) -> Option<String> {
    let Read::Quotient(quotient) = &at.plan().outputs[output.0].read else { return None };
    let own = at.plan().scope_of(output);
    let term = |term: &Term| at.engine.term(at.rows.index, term, own, At::Slot(slot), at.as_of).0;
    let side = |side: Operand| operand(at, side, own, slot);
    let (top, bottom) = (number(side(quotient.top)), number(side(quotient.bottom)));
    Some(match quotient.rule {
        Rule::Plain { default } => {
            let divides = side(quotient.top).zip(side(quotient.bottom));
            let is_there = divides.is_some_and(|(_, bottom)| bottom != 0.0);
            format!("{top} / {bottom}{}", instead(default, is_there))
        }
        Rule::Normalized { weight, top_all, bottom_all } => {
            let (weight, all) = (quantity::value(weight), [bottom_all, top_all]);
            let [below, above] = all.map(|all| number(term(&all).or(Some(0.0))));
            format!("({weight} + {top}) / ({weight} × {below} / {above} + {bottom})")
        }
        Rule::Smoothed { weight, prior, default } => {
            let below = side(quotient.bottom).map(|bottom| bottom + weight);
            let mut is_there = side(quotient.top).is_some() && below.is_some_and(|it| it != 0.0);
            let weight = quantity::value(weight);
            let prior = match prior {
                Prior::Rate(rate) => quantity::value(rate),
                Prior::Global { top_all, bottom_all } => {
                    let divides = term(&top_all).zip(term(&bottom_all));
                    is_there &= divides.is_some_and(|(_, bottom)| bottom != 0.0);
                    format!("{} / {}", number(term(&top_all)), number(term(&bottom_all)))
                }
            };
            let instead = instead(default, is_there);
            format!("({top} + {weight} × {prior}) / ({bottom} + {weight}){instead}")
        }
    })
}

/// What is read instead of a quotient that is not there, in words.
fn instead(default: Option<f64>, is_there: bool) -> String {
    let default = default.filter(|_| !is_there);
    default.map_or_else(String::new, |default| {
        format!(", which has no value; default: {}", quantity::value(default))
    })
}

/// The value of a side of a quotient at a key of the quotient's scope.
fn operand(at: Position<'_>, side: Operand, own: ScopeId, slot: u32) -> Option<f64> {
    let index = at.rows.index;
    match side {
        Operand::Term(term) => at.engine.term(index, &term, own, At::Slot(slot), at.as_of).0,
        Operand::Output(output) => {
            let slot = index.project(own, slot, at.plan().scope_of(output)).unwrap_or(u32::MAX);
            at.engine.live(index, output, At::Slot(slot), at.as_of)
        }
    }
}

/// A number for a formula; `–` if it is missing.
fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), quantity::value)
}
