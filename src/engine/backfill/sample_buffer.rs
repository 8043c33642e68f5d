//! Samples of many rows, put by until there are so many that adding them pays: in the order of
//! their slots, so that a cell is taken up once for all its samples. All goes in pieces. It must
//! not know rows, keys or plans.

use std::ops::Range;

use crate::aggregate::{Ordering, Samples};
use crate::plan::InputId;

/// With so many samples of one input there are enough.
const ENOUGH: usize = 1 << 18;
/// With so many samples of all inputs together there is no room for more.
const MOST: usize = 1 << 20;
/// How many samples are added to a state at a time.
const PIECE: usize = 16_384;

/// The samples that wait, input by input.
#[derive(Debug)]
pub(in crate::engine) struct SampleBuffer {
    inputs: Vec<Samples>,
    /// How many samples of an input are enough.
    enough: usize,
    /// How many of the inputs have their samples in order.
    ordered: usize,
    ordering: Ordering,
    turn: Turn,
}

/// Which samples are to be added next.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    input: usize,
    /// The state of the input, counted through.
    state: usize,
    /// How many samples it has already.
    added: usize,
}

impl Default for SampleBuffer {
    fn default() -> Self {
        Self::until(ENOUGH)
    }
}

impl SampleBuffer {
    /// One for which so many samples of an input are enough.
    pub(in crate::engine) fn until(enough: usize) -> Self {
        Self {
            inputs: Vec::new(),
            enough,
            ordered: 0,
            ordering: Ordering::default(),
            turn: Turn::default(),
        }
    }

    /// Where samples of an input are put by.
    pub(in crate::engine) fn of(&mut self, input: InputId) -> &mut Samples {
        if input.0 >= self.inputs.len() {
            self.inputs.resize_with(input.0 + 1, Samples::default);
        }
        &mut self.inputs[input.0]
    }

    /// Whether there are so many samples that they should be added.
    pub(in crate::engine) fn is_enough(&self) -> bool {
        let (mut all, mut most) = (0, 0);
        for samples in &self.inputs {
            all += samples.len();
            most = most.max(samples.len());
        }
        all >= MOST || most >= self.enough
    }

    /// Whether no sample waits.
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.inputs.iter().all(Samples::is_empty)
    }

    /// The bytes of memory held.
    pub(in crate::engine) fn bytes(&self) -> usize {
        self.inputs.iter().map(Samples::bytes).sum::<usize>() + self.ordering.bytes()
    }

    /// Whether all samples are in order: then they can be added, and no more may be put by.
    pub(in crate::engine) const fn is_ordered(&self) -> bool {
        self.ordered == self.inputs.len()
    }

    /// Puts the next samples in order.
    pub(in crate::engine) fn order_piece(&mut self) {
        if let Some(samples) = self.inputs.get_mut(self.ordered) {
            self.ordered += usize::from(samples.is_empty() || samples.order(&mut self.ordering));
        }
    }

    /// Gives the next piece of the samples to the next state: `add` is told the input, which of
    /// its states, and some of the samples, which are in order; it returns whether the input has
    /// such a state.
    pub(in crate::engine) fn add_piece(
        &mut self,
        add: impl FnOnce(InputId, usize, &Samples, Range<usize>) -> bool,
    ) {
        let Self { inputs, turn, .. } = self;
        while inputs.get(turn.input).is_some_and(Samples::is_empty) {
            turn.input += 1;
        }
        let Some(samples) = inputs.get_mut(turn.input) else { return };
        let end = samples.len().min(turn.added + PIECE);
        if !add(InputId(turn.input), turn.state, samples, turn.added..end) {
            samples.clear();
            *turn = Turn { input: turn.input + 1, ..Turn::default() };
        } else if end == samples.len() {
            turn.state += 1;
            turn.added = 0;
        } else {
            turn.added = end;
        }
    }

    /// All samples are added: others may be put by.
    pub(in crate::engine) fn begin_anew(&mut self) {
        self.ordered = 0;
        self.turn = Turn::default();
    }
}
