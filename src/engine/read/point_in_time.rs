//! Point-in-time reads during a replay: the outputs of a plan just before each of some rows. Each
//! state takes the samples of a whole batch and is probed at the read points in between, in one
//! loop (`StateTable::add_and_read`), so that a row costs its reads and not a batch of its own.

use crate::aggregate::{Probe, Sample, Span, StateTable};
use crate::plan::{Operand, OutputId, Plan, Prior, Quotient, Read, Rule, ScopeId, StateId, Term};

use crate::engine::keys::KeyIndex;
use crate::engine::read::{combine, span};

/// A reader of all outputs of a plan at points inside a batch.
#[derive(Debug)]
pub struct PointInTimeReader {
    outputs: Vec<Output>,
    /// Per state, its distinct terms, each with its place in `found`.
    state_terms: Vec<Vec<(Term, usize)>>,
    term_count: usize,
    scopes: usize,
    /// The read points of the batch.
    reads: Vec<ReadPoint>,
    /// Per state, whether it has been read in this batch.
    is_read: Vec<bool>,
    /// Per read point, the value of each term.
    found: Vec<Option<f64>>,
    /// Per read point and scope, the slot of the row's key.
    slots: Vec<Option<u32>>,
    /// Buffers for one state: its terms, their spans and values.
    probes: Vec<Probe>,
    spans: Vec<Span>,
    values: Vec<Option<f64>>,
}

/// A read point: a row, and the moment as of which it is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct ReadPoint {
    pub(in crate::engine) row: usize,
    /// The row as an offset in the batch.
    pub(in crate::engine) offset: u32,
    pub(in crate::engine) as_of: i64,
}

/// A compiled output; its value is missing if the row has no key of its scope.
#[derive(Debug)]
struct Output {
    scope: ScopeId,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Term(usize),
    Quotient(Box<Ratio>),
}

#[derive(Debug)]
struct Ratio {
    rule: Rule,
    top: Side,
    bottom: Side,
    /// The global sides that the rule reads.
    all: Vec<(Term, usize)>,
}

#[derive(Debug)]
enum Side {
    Term(usize),
    Output(Output),
}

impl PointInTimeReader {
    /// A reader of all outputs of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut reader = Self {
            outputs: Vec::new(),
            state_terms: vec![Vec::new(); plan.states.len()],
            term_count: 0,
            scopes: plan.scopes.len(),
            reads: Vec::new(),
            is_read: Vec::new(),
            found: Vec::new(),
            slots: Vec::new(),
            probes: Vec::new(),
            spans: Vec::new(),
            values: Vec::new(),
        };
        for output in 0..plan.outputs.len() {
            let output = reader.output(plan, OutputId(output));
            reader.outputs.push(output);
        }
        reader
    }

    fn output(&mut self, plan: &Plan, output: OutputId) -> Output {
        let value = match &plan.outputs[output.0].read {
            Read::State(term) => Value::Term(self.term(term)),
            Read::Quotient(quotient) => Value::Quotient(Box::new(self.ratio(plan, quotient))),
        };
        Output { scope: plan.scope_of(output), value }
    }

    fn ratio(&mut self, plan: &Plan, quotient: &Quotient) -> Ratio {
        let mut side = |side| match side {
            Operand::Term(term) => Side::Term(self.term(&term)),
            Operand::Output(output) => Side::Output(self.output(plan, output)),
        };
        let (top, bottom) = (side(quotient.top), side(quotient.bottom));
        let all = match &quotient.rule {
            Rule::Normalized { top_all, bottom_all, .. }
            | Rule::Smoothed { prior: Prior::Global { top_all, bottom_all }, .. } => {
                [top_all, bottom_all].map(|term| (*term, self.term(term))).to_vec()
            }
            Rule::Plain { .. } | Rule::Smoothed { .. } => Vec::new(),
        };
        Ratio { rule: quotient.rule, top, bottom, all }
    }

    fn term(&mut self, term: &Term) -> usize {
        let terms = &mut self.state_terms[term.state.0];
        if let Some((_, place)) = terms.iter().find(|(known, _)| known == term) {
            return *place;
        }
        terms.push((*term, self.term_count));
        self.term_count += 1;
        self.term_count - 1
    }

    /// The number of read points.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.reads.len()
    }

    /// True if there is no read point.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.reads.is_empty()
    }

    /// The row of the n-th read point.
    pub(in crate::engine) fn row(&self, read: usize) -> usize {
        self.reads[read].row
    }

    /// The states that have terms and were not read in this batch.
    pub(in crate::engine) fn unread_states(&self) -> Vec<StateId> {
        let is_unread =
            |state: &StateId| !self.is_read[state.0] && !self.state_terms[state.0].is_empty();
        (0..self.state_terms.len()).map(StateId).filter(is_unread).collect()
    }

    /// The values of all outputs at the n-th read point.
    pub fn values(&self, read: usize) -> impl Iterator<Item = Option<f64>> {
        let found = &self.found[read * self.term_count..][..self.term_count];
        let slots = &self.slots[read * self.scopes..][..self.scopes];
        self.outputs.iter().map(|output| output.value(found, slots))
    }

    /// Begins a batch with these read points.
    pub(in crate::engine) fn begin(
        &mut self,
        index: &KeyIndex,
        reads: impl Iterator<Item = ReadPoint>,
    ) {
        self.reads.clear();
        self.slots.clear();
        self.reads.extend(reads);
        for read in &self.reads {
            let slots = (0..self.scopes).map(|scope| index.slot(ScopeId(scope), read.row));
            self.slots.extend(slots);
        }
        self.is_read.clear();
        self.is_read.resize(self.state_terms.len(), false);
        self.found.clear();
        self.found.resize(self.reads.len() * self.term_count, None);
    }

    /// Adds a batch's samples to a state, and reads it at each read point. `rows` are the samples'
    /// rows, as offsets in the batch; `scope` is that of the state's keys, `None` if all keys are
    /// one.
    pub(in crate::engine) fn add_and_read(
        &mut self,
        state: StateId,
        table: &mut dyn StateTable,
        samples: &[(u32, Sample)],
        rows: &[u32],
        scope: Option<ScopeId>,
        position: usize,
    ) {
        const NOWHERE: u32 = u32::MAX;
        self.is_read[state.0] = true;
        let terms = &self.state_terms[state.0];
        if terms.is_empty() || self.reads.is_empty() {
            table.add(samples, position);
            return;
        }
        self.probes.clear();
        self.spans.clear();
        let mut after = 0;
        for (number, read) in self.reads.iter().enumerate() {
            after += rows[after..].iter().take_while(|row| **row < read.offset).count();
            let slot = match scope {
                Some(scope) => self.slots[number * self.scopes + scope.0].unwrap_or(NOWHERE),
                None => 0,
            };
            self.probes.push(Probe { after, slot });
            self.spans.extend(terms.iter().map(|(term, _)| span(term, read.as_of)));
        }
        self.values.clear();
        self.values.resize(self.spans.len(), None);
        table.add_and_read(samples, position, &self.probes, &self.spans, &mut self.values);
        let found = self.found.chunks_exact_mut(self.term_count);
        for (found, values) in found.zip(self.values.chunks_exact(terms.len())) {
            for ((_, place), value) in terms.iter().zip(values) {
                found[*place] = *value;
            }
        }
    }
}

impl Output {
    fn value(&self, found: &[Option<f64>], slots: &[Option<u32>]) -> Option<f64> {
        slots[self.scope.0]?;
        let value = match &self.value {
            Value::Term(term) => found[*term],
            Value::Quotient(ratio) => {
                let side = |side: &Side| match side {
                    Side::Term(term) => found[*term],
                    Side::Output(output) => output.value(found, slots),
                };
                let all = |wanted: &Term| {
                    let known = ratio.all.iter().find(|(term, _)| term == wanted);
                    known.and_then(|(_, place)| found[*place])
                };
                combine(&ratio.rule, side(&ratio.top), side(&ratio.bottom), all)
            }
        };
        value.filter(|value| value.is_finite())
    }
}
