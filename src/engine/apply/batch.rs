//! A batch: consecutive rows of a tape that are applied together.

use crate::engine::keys::KeyIndex;
use crate::tape::Tape;

/// A batch of rows, with the tape that they lie on and its key index.
#[derive(Clone, Copy)]
pub(super) struct Batch<'t> {
    pub(super) tape: &'t Tape,
    pub(super) index: &'t KeyIndex,
    /// The first row, and the one after the last.
    pub(super) first: usize,
    pub(super) stop: usize,
    /// The cursor after the batch.
    pub(super) position: usize,
}
