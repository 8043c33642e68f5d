//! Sides: the states over their windows that an output is read from, with the part that each plays.

use super::{Operand, OutputId, Plan, Prior, Read, Rule, Term};

/// A side of an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Its part: `top`, `bottom of top`, `bottom, all keys`; empty if it is the only one.
    pub role: String,
    /// The output that it is, if it is one that another divides.
    pub output: Option<OutputId>,
    /// The state over its window.
    pub term: Term,
    /// True if it is over all keys, as the prior or the norm of a quotient.
    pub is_global: bool,
}

impl Plan {
    /// The sides of an output; those of an output that it divides are in its place.
    #[must_use]
    pub fn sides(&self, output: OutputId) -> Vec<Side> {
        let mut found = Vec::new();
        self.add_sides(output, "", &mut found);
        found
    }

    fn add_sides(&self, output: OutputId, role: &str, found: &mut Vec<Side>) {
        let quotient = match &self.outputs[output.0].read {
            Read::State(term) => {
                let (role, own) = (role.to_owned(), (!role.is_empty()).then_some(output));
                found.push(Side { role, output: own, term: *term, is_global: false });
                return;
            }
            Read::Quotient(quotient) => quotient,
        };
        let of = if role.is_empty() { String::new() } else { format!(" of {role}") };
        for (name, side) in [("top", quotient.top), ("bottom", quotient.bottom)] {
            let role = format!("{name}{of}");
            match side {
                Operand::Term(term) => {
                    found.push(Side { role, output: None, term, is_global: false });
                }
                Operand::Output(output) => self.add_sides(output, &role, found),
            }
        }
        if let Rule::Normalized { top_all, bottom_all, .. }
        | Rule::Smoothed { prior: Prior::Global { top_all, bottom_all }, .. } = quotient.rule
        {
            for (name, term) in [("top", top_all), ("bottom", bottom_all)] {
                let role = format!("{name}{of}, all keys");
                found.push(Side { role, output: None, term, is_global: true });
            }
        }
    }
}
