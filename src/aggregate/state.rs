//! What can be done with a state, whatever it aggregates and in whatever shape. It must not know
//! how that is done.

use std::any::Any;
use std::ops::Range;

use crate::base::bytes::Bytes;

use super::{KeyCost, Sample, Samples, Shape, Span};

/// One state for all keys. A *slot* is a key's number within its scope.
pub trait StateTable: Any + Send + Sync {
    /// Takes samples in, in order. `position` is the cursor after the batch, by which
    /// [`StateTable::changed_since`] tells what a store lacks.
    fn add(&mut self, samples: &[(u32, Sample)], position: usize);
    /// Takes in those of a range of samples, which had better be [ordered](Samples::order): those of
    /// one slot that lie together go to it in one go.
    fn add_sorted(&mut self, samples: &Samples, range: Range<usize>, position: usize);
    /// Takes samples in as [`StateTable::add`] does, and reads on the way. `spans` has as many for
    /// each of `looks`, look by look; what is read over them goes to `found`, in the same order.
    fn add_and_read(
        &mut self,
        samples: &[(u32, Sample)],
        position: usize,
        looks: &[Probe],
        spans: &[Span],
        found: &mut [Option<f64>],
    );
    /// The value at a slot: over nothing where the key was never written or its time to live
    /// has passed at `span.as_of`.
    fn read(&self, slot: u32, span: Span) -> Option<f64>;
    /// The values at some slots over one span, as [`StateTable::read`] gives them, appended to
    /// `found`.
    fn read_all(&self, slots: &[u32], span: Span, found: &mut Vec<Option<f64>>);
    /// The clock at the slot's last write.
    fn last_write(&self, slot: u32) -> Option<i64>;
    /// Calls `visit` with the start and value of each bucket held at a slot, oldest first.
    fn buckets(&self, slot: u32, visit: &mut dyn FnMut(i64, f64));
    /// How many slots there are room for.
    fn slots(&self) -> usize;
    /// The numbers of the segments written after the cursor stood at `position`.
    fn changed_since(&self, position: usize) -> Vec<usize>;
    /// Appends a segment to stored bytes.
    fn encode(&self, segment: usize, out: &mut Vec<u8>);
    /// Takes a stored segment in, each of its slots at the place that `place` gives it; `None`
    /// if the bytes are not what [`StateTable::encode`] writes.
    fn decode(
        &mut self,
        segment: usize,
        bytes: &mut Bytes<'_>,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
    ) -> Option<()>;
    /// Appends what a slot holds, to be put back by [`StateTable::restore`].
    fn save(&self, slot: u32, out: &mut Vec<u8>);
    /// Puts back what a slot held; `None` if the bytes are not what [`StateTable::save`] wrote.
    fn restore(&mut self, slot: u32, bytes: &mut Bytes<'_>) -> Option<()>;
    /// An empty table of the same kind.
    fn empty(&self) -> Box<dyn StateTable>;
    /// A copy.
    fn copy(&self) -> Box<dyn StateTable>;
    /// Makes a piece of a table like this one's, so that a large one is copied in slices: from
    /// piece 0 on, until it returns that there are no more. `copy` is any table of the same kind;
    /// the room that it has is used again.
    fn copy_piece(&self, copy: &mut Box<dyn StateTable>, piece: usize) -> bool;
    /// The bytes of memory that it holds.
    fn bytes(&self) -> usize;
    /// The bytes that a key takes.
    fn key_cost(&self) -> KeyCost;
    /// Holds no more of the past from now on than a state in `shape`, of which its own must be a
    /// [longer](super::Shape::is_longer_than) one: what is read and stored is from then on what
    /// such a state has, had it been fed with the same. Returns whether that can be.
    fn shorten(&mut self, shape: Shape) -> bool;
    /// Moves every slot to the place that `place` gives it.
    fn rearrange(&mut self, position: usize, place: &dyn Fn(u32) -> Option<u32>);
}

/// A moment among samples at which a slot is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// How many of the samples come before it. It ascends from look to look.
    pub after: usize,
    /// The slot.
    pub slot: u32,
}
