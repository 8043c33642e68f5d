//! The slots of a segment and the clocks of their last writes as they are stored: as steps from
//! those before, which are small. It must not know what is stored of a slot beside these.

use crate::base::bytes::{Bytes, put_i64, put_u64};

use super::SEGMENT;

/// Where stored slots go on: behind the slot, and from the clock, of the one before.
#[derive(Debug, Default)]
pub struct Steps {
    next: usize,
    clock: i64,
}

impl Steps {
    /// Appends a slot, which must lie behind the one before, and its clock.
    pub fn put(&mut self, slot: usize, clock: i64, out: &mut Vec<u8>) {
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

/// Reads what [`Steps`] has put, to the end: calls `take` with the place that `place` gives each
/// slot of the segment, and its clock; it reads what else is stored of the slot. `None` if the bytes
/// are not what was put.
pub fn read_slots(
    segment: usize,
    bytes: &mut Bytes<'_>,
    place: &dyn Fn(u32) -> Option<u32>,
    mut take: impl FnMut(u32, i64, &mut Bytes<'_>) -> Option<()>,
) -> Option<()> {
    let mut steps = Steps::default();
    while !bytes.is_empty() {
        let (slot, clock) = steps.read(bytes)?;
        let to = place(u32::try_from(segment.checked_mul(SEGMENT)? + slot).ok()?)?;
        take(to, clock, bytes)?;
    }
    Some(())
}
