//! Reading while applying: the outputs of a plan just before each of some rows. States are gone
//! through one after the other, each with all the rows of a batch, so that no row needs a batch
//! of its own. It must not know what the values are for.

use crate::aggregate::{Probe, Sample, Span, StateTable};
use crate::plan::{Operand, OutputId, Plan, Prior, Quotient, Read, Rule, ScopeId, StateId, Term};

use crate::engine::keys::KeyIndex;
use crate::engine::read::{combine, span};

/// The outputs of a plan, as what is read from states and what is made of it.
#[derive(Debug)]
pub struct PointInTimeReader {
    outputs: Vec<Output>,
    /// The distinct terms, by state.
    probes: Vec<Vec<(Term, usize)>>,
    terms: usize,
    scopes: usize,
    /// The rows of the batch at which outputs are read.
    reads: Vec<ReadPoint>,
    /// For each state whether it was read before all of them.
    passed: Vec<bool>,
    /// For each of them, what each term has.
    found: Vec<Option<f64>>,
    /// For each of them and each scope, the slot of its key.
    slots: Vec<Option<u32>>,
    /// Room for what one state is asked, and for what it answers.
    looks: Vec<Probe>,
    spans: Vec<Span>,
    values: Vec<Option<f64>>,
}

/// A row, and the moment as of which it is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct ReadPoint {
    pub(in crate::engine) row: usize,
    /// The row's place in the batch.
    pub(in crate::engine) offset: u32,
    pub(in crate::engine) as_of: i64,
}

/// An output; missing where the row has no key of its scope.
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
    /// The global sides that the rule asks for.
    all: Vec<(Term, usize)>,
}

#[derive(Debug)]
enum Side {
    Term(usize),
    Output(Output),
}

impl PointInTimeReader {
    /// All outputs of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut moments = Self {
            outputs: Vec::new(),
            probes: vec![Vec::new(); plan.states.len()],
            terms: 0,
            scopes: plan.scopes.len(),
            reads: Vec::new(),
            passed: Vec::new(),
            found: Vec::new(),
            slots: Vec::new(),
            looks: Vec::new(),
            spans: Vec::new(),
            values: Vec::new(),
        };
        for output in 0..plan.outputs.len() {
            let output = moments.output(plan, OutputId(output));
            moments.outputs.push(output);
        }
        moments
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
        let probes = &mut self.probes[term.state.0];
        if let Some((_, place)) = probes.iter().find(|(known, _)| known == term) {
            return *place;
        }
        probes.push((*term, self.terms));
        self.terms += 1;
        self.terms - 1
    }

    /// How many rows were read.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.reads.len()
    }

    /// Whether no row was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.reads.is_empty()
    }

    /// The n-th row that was read.
    pub(in crate::engine) fn row(&self, read: usize) -> usize {
        self.reads[read].row
    }

    /// The states that are read and were not gone through in this batch.
    pub(in crate::engine) fn waiting(&self) -> Vec<StateId> {
        let waits = |state: &StateId| !self.passed[state.0] && !self.probes[state.0].is_empty();
        (0..self.probes.len()).map(StateId).filter(waits).collect()
    }

    /// The values of all outputs at the n-th row that was read.
    pub fn values(&self, read: usize) -> impl Iterator<Item = Option<f64>> {
        let found = &self.found[read * self.terms..][..self.terms];
        let slots = &self.slots[read * self.scopes..][..self.scopes];
        self.outputs.iter().map(|output| output.value(found, slots))
    }

    /// Makes ready for a batch in which these rows are read.
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
        self.passed.clear();
        self.passed.resize(self.probes.len(), false);
        self.found.clear();
        self.found.resize(self.reads.len() * self.terms, None);
    }

    /// Adds a batch's samples to a state, and reads it before each of the rows. `rows` has the
    /// row of each sample, as its place in the batch. `scope` is that of the state's keys, `None` where all keys are one.
    pub(in crate::engine) fn pass(
        &mut self,
        state: StateId,
        table: &mut dyn StateTable,
        samples: &[(u32, Sample)],
        rows: &[u32],
        scope: Option<ScopeId>,
        position: usize,
    ) {
        const NOWHERE: u32 = u32::MAX;
        self.passed[state.0] = true;
        let probes = &self.probes[state.0];
        if probes.is_empty() || self.reads.is_empty() {
            table.add(samples, position);
            return;
        }
        self.looks.clear();
        self.spans.clear();
        let mut after = 0;
        for (number, read) in self.reads.iter().enumerate() {
            after += rows[after..].iter().take_while(|row| **row < read.offset).count();
            let slot = match scope {
                Some(scope) => self.slots[number * self.scopes + scope.0].unwrap_or(NOWHERE),
                None => 0,
            };
            self.looks.push(Probe { after, slot });
            self.spans.extend(probes.iter().map(|(term, _)| span(term, read.as_of)));
        }
        self.values.clear();
        self.values.resize(self.spans.len(), None);
        table.add_and_read(samples, position, &self.looks, &self.spans, &mut self.values);
        let found = self.found.chunks_exact_mut(self.terms);
        for (found, values) in found.zip(self.values.chunks_exact(probes.len())) {
            for ((_, place), value) in probes.iter().zip(values) {
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
