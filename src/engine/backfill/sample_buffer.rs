//! Sample buffer. Buffers samples per input and applies them sorted by slot, so that each cell is
//! loaded once per flush. Sorting and applying go in pieces.

use std::ops::Range;

use crate::aggregate::{Samples, SortBuffers};
use crate::plan::InputId;

/// When a buffer is flushed, and how.
struct BufferTuning {
    /// The samples of one input that are worth a flush.
    samples_per_input: usize,
    /// The most samples of all inputs together.
    most_samples: usize,
    /// The samples that are applied to a state at a time.
    samples_per_piece: usize,
}

const TUNING: BufferTuning =
    BufferTuning { samples_per_input: 1 << 18, most_samples: 1 << 20, samples_per_piece: 16_384 };

/// Buffered samples, by input.
#[derive(Debug)]
pub(in crate::engine) struct SampleBuffer {
    inputs: Vec<Samples>,
    /// The samples of one input that are worth a flush.
    block_size: usize,
    /// The number of inputs whose samples are sorted.
    sorted: usize,
    buffers: SortBuffers,
    next: NextPiece,
}

/// The next piece to apply.
#[derive(Clone, Copy, Debug, Default)]
struct NextPiece {
    input: usize,
    /// The ordinal of the state among those of the input.
    state: usize,
    /// The samples that this state already has.
    added: usize,
}

impl Default for SampleBuffer {
    fn default() -> Self {
        Self::with_block_size(TUNING.samples_per_input)
    }
}

impl SampleBuffer {
    /// A buffer that is full at so many samples of one input.
    pub(super) fn with_block_size(block_size: usize) -> Self {
        Self {
            inputs: Vec::new(),
            block_size,
            sorted: 0,
            buffers: SortBuffers::default(),
            next: NextPiece::default(),
        }
    }

    /// The buffer of an input.
    pub(in crate::engine) fn of(&mut self, input: InputId) -> &mut Samples {
        if input.0 >= self.inputs.len() {
            self.inputs.resize_with(input.0 + 1, Samples::default);
        }
        &mut self.inputs[input.0]
    }

    /// True if there are enough samples to apply.
    pub(super) fn is_full(&self) -> bool {
        let (mut all, mut most) = (0, 0);
        for samples in &self.inputs {
            all += samples.len();
            most = most.max(samples.len());
        }
        all >= TUNING.most_samples || most >= self.block_size
    }

    /// True if there are no samples.
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.inputs.iter().all(Samples::is_empty)
    }

    /// The bytes of memory held.
    pub(in crate::engine) fn bytes(&self) -> usize {
        self.inputs.iter().map(Samples::bytes).sum::<usize>() + self.buffers.bytes()
    }

    /// True if all samples are sorted: then they can be applied, and none may be buffered.
    pub(super) const fn is_sorted(&self) -> bool {
        self.sorted == self.inputs.len()
    }

    /// Sorts the next piece.
    pub(super) fn sort_piece(&mut self) {
        if let Some(samples) = self.inputs.get_mut(self.sorted) {
            self.sorted += usize::from(samples.is_empty() || samples.sort(&mut self.buffers));
        }
    }

    /// Passes the next piece of sorted samples to the next state: `add` gets the input, the ordinal
    /// of the state, the samples and a range of them, and returns whether the input has such a
    /// state.
    pub(super) fn add_piece(
        &mut self,
        add: impl FnOnce(InputId, usize, &Samples, Range<usize>) -> bool,
    ) {
        let Self { inputs, next, .. } = self;
        while inputs.get(next.input).is_some_and(Samples::is_empty) {
            next.input += 1;
        }
        let Some(samples) = inputs.get_mut(next.input) else { return };
        let end = samples.len().min(next.added + TUNING.samples_per_piece);
        if !add(InputId(next.input), next.state, samples, next.added..end) {
            samples.clear();
            *next = NextPiece { input: next.input + 1, ..NextPiece::default() };
        } else if end == samples.len() {
            next.state += 1;
            next.added = 0;
        } else {
            next.added = end;
        }
    }

    /// Resets the cursors after all samples are applied.
    pub(super) fn reset(&mut self) {
        self.sorted = 0;
        self.next = NextPiece::default();
    }
}
