//! Delta codec of a segment's slots and the clocks of their last writes: each as the difference
//! from the one before, which is small.

use crate::base::bytes::{Bytes, put_i64, put_u64};

use super::SEGMENT;

/// The slot and clock before the next one.
#[derive(Debug, Default)]
pub(super) struct DeltaCodec {
    next: usize,
    clock: i64,
}

impl DeltaCodec {
    /// Appends a slot, ascending, and its clock.
    pub(super) fn put(&mut self, slot: usize, clock: i64, out: &mut Vec<u8>) {
        put_u64(out, (slot - self.next) as u64);
        put_i64(out, clock - self.clock);
        *self = Self { next: slot + 1, clock };
    }

    fn read(&mut self, bytes: &mut Bytes<'_>) -> Option<(usize, i64)> {
        let slot = self.next.checked_add(usize::try_from(bytes.u64()?).ok()?)?;
        if slot >= SEGMENT {
            return None;
        }
        let clock = self.clock.checked_add(bytes.i64()?)?;
        *self = Self { next: slot + 1, clock };
        Some((slot, clock))
    }
}

/// Reads to the end what [`DeltaCodec`] wrote: calls `take` with each slot, mapped by `place`, and
/// its clock; `take` reads the rest of the slot. `None` for invalid bytes.
pub(super) fn read_slots(
    segment: usize,
    bytes: &mut Bytes<'_>,
    place: &dyn Fn(u32) -> Option<u32>,
    mut take: impl FnMut(u32, i64, &mut Bytes<'_>) -> Option<()>,
) -> Option<()> {
    let mut steps = DeltaCodec::default();
    while !bytes.is_empty() {
        let (slot, clock) = steps.read(bytes)?;
        let to = place(u32::try_from(segment.checked_mul(SEGMENT)? + slot).ok()?)?;
        take(to, clock, bytes)?;
    }
    Some(())
}
