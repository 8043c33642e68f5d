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
    let side = |side: Operand| operand(at, side, own, slot).1;
    let (top, bottom) = (number(side(quotient.top)), number(side(quotient.bottom)));
    Some(match quotient.rule {
        Rule::Plain { default } => {
            let is_missing = at.engine.live(at.rows.index, output, At::Slot(slot), at.as_of);
            let default = default.filter(|default| {
                let divides = side(quotient.top).zip(side(quotient.bottom));
                is_missing == Some(*default) && divides.is_none_or(|(_, bottom)| bottom == 0.0)
            });
            let default = default.map_or_else(String::new, |default| {
                format!(" has no value; default: {}", quantity::value(default))
            });
            format!("{top} / {bottom}{default}")
        }
        Rule::Normalized { weight, top_all, bottom_all } => {
            let (weight, all) = (quantity::value(weight), [bottom_all, top_all]);
            let [below, above] = all.map(|all| number(term(&all).or(Some(0.0))));
            format!("({weight} + {top}) / ({weight} × {below} / {above} + {bottom})")
        }
        Rule::Smoothed { weight, prior, .. } => {
            let weight = quantity::value(weight);
            let prior = match prior {
                Prior::Rate(rate) => quantity::value(rate),
                Prior::Global { top_all, bottom_all } => {
                    format!("{} / {}", number(term(&top_all)), number(term(&bottom_all)))
                }
            };
            format!("({top} + {weight} × {prior}) / ({bottom} + {weight})")
        }
    })
}

/// The value of a side of a quotient at a key of the quotient's scope, and the output's slot if it
/// is one.
fn operand(at: Position<'_>, side: Operand, own: ScopeId, slot: u32) -> (Option<u32>, Option<f64>) {
    let index = at.rows.index;
    match side {
        Operand::Term(term) => {
            (None, at.engine.term(index, &term, own, At::Slot(slot), at.as_of).0)
        }
        Operand::Output(output) => {
            let slot = index.project(own, slot, at.plan().scope_of(output)).unwrap_or(u32::MAX);
            (Some(slot), at.engine.live(index, output, At::Slot(slot), at.as_of))
        }
    }
}

/// A number for a formula; `–` if it is missing.
fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), quantity::value)
}
