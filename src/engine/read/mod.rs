//! Reading: from states to the value of an output at a key, as of a moment.
//!
//! There is one read path, `Reader`, for live values, time travel, data sets, histories and tests.
//! An output reads either one term (a state over a window) or a quotient of two sides, each a term
//! or another output; a quotient's rule may read *global sides*, terms over all keys, as prior or
//! norm. A term is read at a slot of its input's scope: the key's own slot, or its projection onto
//! fewer attributes.
//!
//! Reading changes nothing. It is valid as of any moment at or after the clock, since windows,
//! decay and time to live are functions of the moment; that is why a paused replay still shows
//! values that age.
//!
//! * `engine`: the methods of [`Engine`](super::Engine) that use the reader: live and served
//!   values, readings, buckets.
//! * `all_keys`: an output at many keys, where it is found being looked up once.
//! * `point_in_time`: reads between the rows of a batch, for data sets.
//! * `history`: one value over time with all its changes, from the posting list of its key;
//!   `history_pieces` holds what was read.
//! * `changes`: the events that change an output at a key.
//! * `list`: outputs whose value is a list of texts.
//! * `term_rows`: which rows have a part in a value, as `visited` tells it.

mod all_keys;
pub(super) mod changes;
mod engine;
pub(super) mod history;
pub(super) mod history_pieces;
pub(super) mod history_task;
mod keyed_state;
pub(super) mod list;
pub(super) mod point_in_time;
pub(super) mod term_rows;
pub(super) mod visited;

use crate::aggregate::{Percentile, Span, StateTable};
use crate::base::Timestamp;
use crate::plan::{Operand, OutputId, Plan, Prior, Quotient, Read, Rule, ScopeId, Term};

use super::keys::KeyIndex;
use super::program::operand_scope;

/// The key at which an output is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A slot of the output's own scope.
    Slot(u32),
    /// The keys of a row of the tape.
    Row(usize),
}

/// Which value of an output is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// As of the moment.
    Live,
    /// What a store would answer that follows the feature's `refresh`.
    Served,
}

/// A reader: the states of an engine, the index that finds their slots, and the moment.
#[derive(Clone, Copy)]
pub(super) struct Reader<'r> {
    pub(super) plan: &'r Plan,
    pub(super) index: &'r KeyIndex,
    /// A table per state of the plan; those that are not read may be absent.
    pub(super) tables: &'r [Option<Box<dyn StateTable>>],
    pub(super) as_of: i64,
}

/// A slot that no key has: reads as if nothing was ever written.
const NOWHERE: u32 = u32::MAX;

impl Reader<'_> {
    /// The live number of an output; `None` if there is none, if the value is a list, or if the row
    /// lacks an attribute of the output's key.
    pub(super) fn output(&self, output: OutputId, at: At) -> Option<f64> {
        if self.plan.most_listed(output).is_some() {
            return None;
        }
        let own = self.plan.scope_of(output);
        if let At::Row(row) = at {
            self.index.slot(own, row)?;
        }
        let value = match &self.plan.outputs[output.0].read {
            Read::State(term) => self.term(term, own, at),
            Read::Quotient(quotient) => self.quotient(quotient, own, at),
        };
        value.filter(|value| value.is_finite())
    }

    /// The value of a state over a window.
    pub(super) fn term(&self, term: &Term, own: ScopeId, at: At) -> Option<f64> {
        let slot = self.term_slot(term, own, at).unwrap_or(NOWHERE);
        self.table(term)?.read(slot, span(term, self.as_of))
    }

    /// Whether the value of a state over a window is exact.
    fn is_exact(&self, term: &Term, own: ScopeId, at: At) -> bool {
        let slot = self.term_slot(term, own, at).unwrap_or(NOWHERE);
        self.table(term).is_none_or(|table| table.is_exact(slot, span(term, self.as_of)))
    }

    /// The slot of a state at a key; `None` if its input has no such key.
    pub(super) fn term_slot(&self, term: &Term, own: ScopeId, at: At) -> Option<u32> {
        let input = &self.plan.inputs[self.plan.states[term.state.0].input.0];
        if input.rolled_up { Some(0) } else { self.slot(own, at, input.scope) }
    }

    /// The clock at the last write to a state at a key.
    pub(super) fn last_write(&self, term: &Term, own: ScopeId, at: At) -> Option<i64> {
        let slot = self.term_slot(term, own, at)?;
        self.table(term)?.last_write(slot)
    }

    pub(super) fn table(&self, term: &Term) -> Option<&dyn StateTable> {
        self.tables[term.state.0].as_deref()
    }

    pub(super) fn slot(&self, own: ScopeId, at: At, scope: ScopeId) -> Option<u32> {
        match at {
            At::Row(row) => self.index.slot(scope, row),
            At::Slot(slot) => self.index.project(own, slot, scope),
        }
    }

    pub(super) fn operand(&self, operand: Operand, own: ScopeId, at: At) -> Option<f64> {
        match operand {
            Operand::Term(term) => self.term(&term, own, at),
            Operand::Output(output) => {
                let at = match at {
                    At::Row(row) => At::Row(row),
                    At::Slot(_) => {
                        let scope = operand_scope(self.plan, operand, own);
                        At::Slot(self.slot(own, at, scope).unwrap_or(NOWHERE))
                    }
                };
                self.output(output, at)
            }
        }
    }

    fn quotient(&self, quotient: &Quotient, own: ScopeId, at: At) -> Option<f64> {
        let top = self.operand(quotient.top, own, at);
        let bottom = self.operand(quotient.bottom, own, at);
        combine(&quotient.rule, top, bottom, |term| self.term(term, own, at))
    }
}

/// A quotient of two sides; `all` reads the global sides that the rule needs.
pub(super) fn combine(
    rule: &Rule,
    top: Option<f64>,
    bottom: Option<f64>,
    all: impl Fn(&Term) -> Option<f64>,
) -> Option<f64> {
    match rule {
        Rule::Plain { default } => divide(top, bottom).or(*default),
        Rule::Normalized { weight, top_all, bottom_all } => {
            let side = |term: &Term| all(term).unwrap_or(0.0);
            let prior = divide(Some(side(bottom_all)), Some(side(top_all)))?;
            divide(Some(weight + top?), Some(weight * prior + bottom?))
        }
        Rule::Smoothed { weight, prior, default } => {
            let rate = match prior {
                Prior::Rate(rate) => Some(*rate),
                Prior::Global { top_all, bottom_all } => divide(all(top_all), all(bottom_all)),
            };
            let smoothed = |(top, (bottom, rate)): (f64, (f64, f64))| {
                divide(Some(top + weight * rate), Some(bottom + weight))
            };
            top.zip(bottom.zip(rate)).and_then(smoothed).or(*default)
        }
    }
}

/// The span that a term covers as of a moment.
#[inline]
pub(super) fn span(term: &Term, as_of: i64) -> Span {
    let extent = term.window.extent(Timestamp(as_of));
    Span { extent, as_of, percentile: term.percentile.unwrap_or(Percentile::MEDIAN) }
}

/// `top / bottom`; `None` if a side is missing, the divisor is 0, or the result is not finite.
fn divide(top: Option<f64>, bottom: Option<f64>) -> Option<f64> {
    let (top, bottom) = (top?, bottom?);
    // A side that overflowed by its prior is unknown: the quotient is not 0.
    if bottom == 0.0 || !bottom.is_finite() {
        return None;
    }
    let quotient = top / bottom;
    quotient.is_finite().then_some(quotient)
}
