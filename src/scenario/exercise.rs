//! Exercise: which outputs tests expect values of, and which boundaries they reach. What no test
//! reaches may break unseen.

use std::collections::BTreeSet;

use crate::base::Timestamp;
use crate::config::{Document, Part};
use crate::engine::{self, At, Freshness, NotCounted, OutputValue};
use crate::explain::Position;
use crate::plan::{
    InputId, Operand, OutputId, Plan, Read, ScopeId, Side, Term, Window, WindowKind,
};

use super::boundary::Boundary;
use super::hints;

/// What some tests reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached(BTreeSet<(usize, Boundary)>);

/// A value that a test reads.
#[derive(Clone, Copy)]
pub(super) struct Reading<'r> {
    pub(super) output: OutputId,
    /// The key, if an event had it.
    pub(super) slot: Option<u32>,
    /// The key, if it is one of the events, be they before or not.
    pub(super) key: Option<u32>,
    pub(super) part: Part,
    pub(super) value: Option<&'r OutputValue>,
}

impl Reached {
    /// True if a boundary of an output is reached.
    pub(super) fn has(&self, output: OutputId, boundary: Boundary) -> bool {
        self.0.contains(&(output.0, boundary))
    }

    /// Takes what the reading of a value reaches.
    pub(super) fn read(&mut self, at: Position<'_>, reading: Reading<'_>) {
        let Reading { output, slot, part, value, .. } = reading;
        let plan = at.rows.plan;
        let mut reach = |boundary, is_reached: bool| {
            if is_reached {
                self.0.insert((output.0, boundary));
            }
        };
        let sides = plan.sides(output);
        let own = || sides.iter().filter(|side| !side.is_global);
        let scope = plan.scope_of(output);
        let known = reading.key;
        reach(Boundary::Filter, own().any(|side| rejects(at, &side.term, (scope, known))));
        let Some(slot) = slot else { return };
        reach(Boundary::Value, matches!(part, Part::Live | Part::Served));
        let (engine, index) = (at.engine, at.rows.index);
        let is_expired = engine.reading(index, output, slot, at.as_of) == engine::Reading::Expired;
        reach(Boundary::Expiry, is_expired);
        reach(Boundary::DivisorZero, has_no_divisor(at, output, slot));
        if part == Part::Served {
            let live = engine.value(index, output, At::Slot(slot), at.as_of, Freshness::Live);
            reach(Boundary::HeldBack, live.as_ref() != value);
        }
        for side in own().filter(|side| is_windowed(side)) {
            reach(Boundary::WindowEdge, has_edge(at, &side.term, (scope, slot)));
            let is_written =
                || engine.last_write_of(index, &side.term, scope, At::Slot(slot)).is_some();
            let is_empty = || is_empty(at, &side.term, (scope, slot));
            reach(Boundary::EmptyWindow, !is_expired && is_written() && is_empty());
        }
    }
}

fn input(plan: &Plan, term: &Term) -> InputId {
    plan.states[term.state.0].input
}

fn is_windowed(side: &Side) -> bool {
    matches!(side.term.window, Window::Buckets { .. })
}

/// True if the filter of a side rejects an event of the key before the position.
fn rejects(at: Position<'_>, term: &Term, (scope, key): (ScopeId, Option<u32>)) -> bool {
    let rows = at.rows;
    let input = input(rows.plan, term);
    rows.plan.inputs[input.0].filter.is_some()
        && key.is_some_and(|key| {
            any_row(at, input, (scope, key), |row| {
                matches!(rows.payload(input, row), Err(NotCounted::Filter(..)))
            })
        })
}

/// Whether something holds of a row before the position that has an input's part of a key.
fn any_row(
    at: Position<'_>,
    input: InputId,
    (scope, slot): (ScopeId, u32),
    holds: impl Fn(usize) -> bool,
) -> bool {
    let rows = at.rows;
    let own = rows.plan.inputs[input.0].scope;
    let end = rows.tape.end_row(at.engine.position().events);
    if rows.plan.scopes[own.0].attributes.is_empty() {
        return (0..end).any(holds);
    }
    let Some(slot) = rows.index.project(scope, slot, own) else { return false };
    let of_key = rows.index.rows_of(own, slot);
    of_key.iter().map(|row| *row as usize).any(|row| row < end && holds(row))
}

/// True if an event of a side's key lies at the first or the last moment of its window, or right
/// outside. In a window of one bucket its first moment is in any window.
fn has_edge(at: Position<'_>, term: &Term, key: (ScopeId, u32)) -> bool {
    let rows = at.rows;
    let Some((from, to)) = term.window.interval(at.as_of) else { return false };
    let Window::Buckets { kind, buckets, .. } = term.window else { return false };
    let is_current =
        kind != WindowKind::Rolling && buckets.number(from.0) == buckets.number(at.as_of.0);
    let input = input(rows.plan, term);
    let is_at_edge = |time: i64| {
        let Timestamp(from) = from;
        // The end of an open window is the moment of reading, and not an edge.
        let is_closed = to <= at.as_of;
        time == from - 1
            || !is_current && time == from
            || is_closed && (to.0 - 1..=to.0).contains(&time)
    };
    let is_edge = |row: usize| is_at_edge(rows.tape.time(row)) && rows.payload(input, row).is_ok();
    any_row(at, input, key, is_edge)
}

/// True if a side's window holds nothing.
fn is_empty(at: Position<'_>, term: &Term, (scope, slot): (ScopeId, u32)) -> bool {
    let (value, _) = at.engine.term(at.rows.index, term, scope, At::Slot(slot), at.as_of);
    value.is_none_or(|value| value == 0.0)
}

/// True if an output is a quotient whose divisor is 0, or missing.
fn has_no_divisor(at: Position<'_>, output: OutputId, slot: u32) -> bool {
    let (plan, index) = (at.rows.plan, at.rows.index);
    let Read::Quotient(quotient) = &plan.outputs[output.0].read else { return false };
    let scope = plan.scope_of(output);
    let divisor = match quotient.bottom {
        Operand::Term(term) => at.engine.term(index, &term, scope, At::Slot(slot), at.as_of).0,
        Operand::Output(side) => {
            let slot = index.project(scope, slot, plan.scope_of(side));
            slot.and_then(|slot| at.engine.live(index, side, At::Slot(slot), at.as_of))
        }
    };
    divisor.is_none_or(|divisor| divisor == 0.0)
}

/// How far tests cover a config.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// The boundaries of the outputs.
    pub boundaries: usize,
    /// Those that a test reaches.
    pub reached: usize,
    /// Those that none reaches.
    pub missing: Vec<Missing>,
}

/// A boundary that no test reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The boundary.
    pub boundary: Boundary,
    /// The names of the outputs, in the order of the config.
    pub outputs: Vec<String>,
    /// What to write to reach that of the first of them, in words.
    pub hint: String,
}

impl Coverage {
    pub(super) fn of<'r>(
        plan: &Plan,
        document: &Document,
        reached: impl Iterator<Item = &'r Reached>,
    ) -> Self {
        let reached: BTreeSet<(usize, Boundary)> =
            reached.flat_map(|reached| reached.0.iter().copied()).collect();
        let mut coverage = Self::default();
        for boundary in Boundary::ALL {
            let has = |output: &usize| has_boundary(plan, document, OutputId(*output), boundary);
            let outputs: Vec<usize> = (0..plan.outputs.len()).filter(has).collect();
            coverage.boundaries += outputs.len();
            let is_missing = |output: &usize| !reached.contains(&(*output, boundary));
            let missing: Vec<usize> = outputs.iter().copied().filter(is_missing).collect();
            coverage.reached += outputs.len() - missing.len();
            let name = |output: &usize| plan.outputs[*output].name.clone();
            coverage.missing.extend(missing.first().map(|first| Missing {
                boundary,
                outputs: missing.iter().map(name).collect(),
                hint: hints::hint(plan, OutputId(*first), boundary),
            }));
        }
        coverage
    }

    /// The share of the boundaries that a test reaches, in percent.
    #[must_use]
    pub fn percent(&self) -> f64 {
        if self.boundaries == 0 {
            return 100.0;
        }
        100.0 * self.reached as f64 / self.boundaries as f64
    }
}

/// True if an output has a boundary. A lifetime is one if the config says it.
fn has_boundary(plan: &Plan, document: &Document, output: OutputId, boundary: Boundary) -> bool {
    let feature = plan.outputs[output.0].feature.0;
    let sides = || plan.sides(output).into_iter().filter(|side| !side.is_global);
    match boundary {
        Boundary::Value => true,
        Boundary::WindowEdge | Boundary::EmptyWindow => sides().any(|side| is_windowed(&side)),
        Boundary::Expiry => document.features.get(feature).is_some_and(|it| it.ttl.is_some()),
        Boundary::HeldBack => plan.features[feature].refresh.is_positive(),
        Boundary::DivisorZero => matches!(plan.outputs[output.0].read, Read::Quotient(_)),
        Boundary::Filter => {
            sides().any(|side| plan.inputs[input(plan, &side.term).0].filter.is_some())
        }
    }
}
