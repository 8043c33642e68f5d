//! The interface of a state table, whatever it aggregates and in whatever shape.

use std::any::Any;
use std::ops::Range;

use crate::base::bytes::Bytes;

use super::{KeyCost, Sample, Samples, Shape, Span};

/// One state for all keys of a scope, addressed by slot.
pub trait StateTable: Any + Send + Sync {
    /// Adds samples, in order. `position` is the cursor after the batch, for
    /// [`StateTable::changed_since`].
    fn add(&mut self, samples: &[(u32, Sample)], position: usize);
    /// Adds a range of samples, ideally [sorted](Samples::sort): adjacent ones of a slot are added
    /// in one go.
    fn add_sorted(&mut self, samples: &Samples, range: Range<usize>, position: usize);
    /// Adds samples as [`StateTable::add`] does, and reads in between, at each of `probes`. `spans`
    /// has the same number of spans per probe, probe by probe; the values go to `found` in the same
    /// order.
    fn add_and_read(
        &mut self,
        samples: &[(u32, Sample)],
        position: usize,
        probes: &[Probe],
        spans: &[Span],
        found: &mut [Option<f64>],
    );
    /// The value at a slot; that over nothing if the key was never written or has expired at
    /// `span.as_of`.
    fn read(&self, slot: u32, span: Span) -> Option<f64>;
    /// The payloads at a slot, each with its count, of an aggregate whose value is a list of the most
    /// frequent ones.
    fn counts(&self, _slot: u32, _span: Span) -> Vec<(u64, u64)> {
        Vec::new()
    }
    /// Whether the value at a slot is exact, and not an estimate.
    fn is_exact(&self, _slot: u32, _span: Span) -> bool {
        true
    }
    /// The values at several slots over one span, appended to `found`; see [`StateTable::read`].
    fn read_all(&self, slots: &[u32], span: Span, found: &mut Vec<Option<f64>>);
    /// The clock at the slot's last write.
    fn last_write(&self, slot: u32) -> Option<i64>;
    /// Appends the slots of a range that were written, ascending.
    fn written(&self, slots: Range<u32>, found: &mut Vec<u32>) {
        found.extend(slots.filter(|slot| self.last_write(*slot).is_some()));
    }
    /// Visits the start and value of each bucket at a slot, oldest first.
    fn buckets(&self, slot: u32, visit: &mut dyn FnMut(i64, f64));
    /// The number of slots that are addressable so far.
    fn slots(&self) -> usize;
    /// The segments written after the position `position`.
    fn changed_since(&self, position: usize) -> Vec<usize>;
    /// Encodes a segment into `out`.
    fn encode(&self, segment: usize, out: &mut Vec<u8>);
    /// Decodes a segment that [`StateTable::encode`] wrote; `place` maps its slots to those of this
    /// table. `None` for invalid bytes.
    fn decode(
        &mut self,
        segment: usize,
        bytes: &mut Bytes<'_>,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
    ) -> Option<()>;
    /// Saves a slot into `out`, for [`StateTable::restore`].
    fn save(&self, slot: u32, out: &mut Vec<u8>);
    /// Restores a slot that [`StateTable::save`] wrote; `None` for invalid bytes.
    fn restore(&mut self, slot: u32, bytes: &mut Bytes<'_>) -> Option<()>;
    /// An empty table of the same kind.
    fn empty(&self) -> Box<dyn StateTable>;
    /// A copy.
    fn copy(&self) -> Box<dyn StateTable>;
    /// Copies a piece into `copy`, any table of the same kind, whose allocations are reused: from
    /// piece 0 on, until it returns false.
    fn copy_piece(&self, copy: &mut Box<dyn StateTable>, piece: usize) -> bool;
    /// The bytes of memory held.
    fn bytes(&self) -> usize;
    /// The bytes that a key costs.
    fn key_cost(&self) -> KeyCost;
    /// Truncates the retention to that of `shape`, of which its own must be a
    /// [longer](super::Shape::is_longer_than) one: values and encodings are then those of a state
    /// that always had this shape. Returns whether that is possible.
    fn truncate_retention(&mut self, shape: Shape) -> bool;
    /// Remaps every slot by `place`.
    fn remap_slots(&mut self, position: usize, place: &dyn Fn(u32) -> Option<u32>);
}

/// A probe: a point among samples at which a slot is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The number of samples before it; ascending from probe to probe.
    pub after: usize,
    /// The slot.
    pub slot: u32,
}
