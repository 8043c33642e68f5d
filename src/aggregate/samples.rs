//! Many samples as columns, and put in the order of their slots. It must not know what they are
//! added to.

use std::ops::Range;

use super::{SEGMENT, Sample};

/// In a segment with fewer samples, few of them meet at a slot: ordering them costs more than it
/// saves.
const MANY: usize = 256;

/// Samples for slots, in the order in which they came or, once they are [ordered](Self::order),
/// such that those of one slot lie near each other. A column that would say nothing is empty.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    slots: Vec<u32>,
    times: Vec<i64>,
    /// Where any sample came late.
    clocks: Vec<i64>,
    /// Where any value is not 1.
    values: Vec<f64>,
}

/// Room for putting samples in order.
#[derive(Debug, Default)]
pub struct Ordering {
    by_segment: Samples,
    /// For each segment, where its samples end.
    ends: Vec<u32>,
    /// Whether they lie by segment, and are to lie by slot next.
    next: bool,
}

impl Ordering {
    /// The bytes of memory held.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.by_segment.bytes() + self.ends.capacity() * size_of::<u32>()
    }
}

impl Samples {
    /// Appends a sample.
    #[inline]
    pub fn push(&mut self, slot: u32, sample: Sample) {
        let is_late = sample.clock != sample.time;
        if is_late || !self.clocks.is_empty() {
            self.push_clock(sample.clock);
        }
        let is_one = sample.value.to_bits() == 1f64.to_bits();
        if !is_one || !self.values.is_empty() {
            self.push_value(sample.value);
        }
        self.slots.push(slot);
        self.times.push(sample.time);
    }

    /// A column that begins gets what the samples before it had.
    fn push_clock(&mut self, clock: i64) {
        if self.clocks.is_empty() {
            self.clocks.extend_from_slice(&self.times);
        }
        self.clocks.push(clock);
    }

    fn push_value(&mut self, value: f64) {
        if self.values.is_empty() {
            self.values.resize(self.times.len(), 1.0);
        }
        self.values.push(value);
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The bytes of memory held.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        let longs = self.times.capacity() + self.clocks.capacity() + self.values.capacity();
        self.slots.capacity() * size_of::<u32>() + longs * size_of::<u64>()
    }

    /// Forgets them, and keeps their room.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.times.clear();
        self.clocks.clear();
        self.values.clear();
    }

    /// The slot of one.
    pub(super) fn slot(&self, place: usize) -> u32 {
        self.slots[place]
    }

    pub(super) fn get(&self, place: usize) -> Sample {
        let time = self.times[place];
        let value = self.values.get(place).copied().unwrap_or(1.0);
        Sample { time, clock: self.clock(place), value }
    }

    /// The clock once one's time is taken in.
    pub(super) fn clock(&self, place: usize) -> i64 {
        self.clocks.get(place).copied().unwrap_or(self.times[place])
    }

    /// Whether none of them came late.
    pub(super) const fn are_in_time(&self) -> bool {
        self.clocks.is_empty()
    }

    /// Of the samples in a range, those before the first that has another slot.
    pub(super) fn of_one_slot(&self, range: &Range<usize>) -> Range<usize> {
        let slots = &self.slots[range.clone()];
        let same = slots.iter().take_while(|slot| **slot == slots[0]).count();
        range.start..range.start + same
    }

    /// Puts them in the order of their segments, and where many meet in a segment of their slots;
    /// those of one slot stay in their order. That goes in two steps of about the same length;
    /// returns whether it was the last.
    pub fn order(&mut self, room: &mut Ordering) -> bool {
        let Ordering { by_segment, ends, next } = room;
        let segment = |slot: u32| slot as usize / SEGMENT;
        // Each step writes to few places at a time, which stay in the processor's cache.
        if !std::mem::replace(next, !*next) {
            let last = self.slots.iter().map(|slot| segment(*slot)).max().unwrap_or_default();
            by_segment.resize_like(self);
            self.scatter(by_segment, 0..self.len(), ends, last + 1, segment);
            return false;
        }
        let mut start = 0;
        let mut of_slots = Vec::new();
        for end in &*ends {
            let range = start..*end as usize;
            start = range.end;
            if range.len() < MANY {
                self.copy(by_segment, range);
                continue;
            }
            by_segment.scatter(self, range, &mut of_slots, SEGMENT, |slot| slot as usize % SEGMENT);
        }
        true
    }

    /// Takes over a range of others.
    fn copy(&mut self, from: &Self, range: Range<usize>) {
        self.slots[range.clone()].copy_from_slice(&from.slots[range.clone()]);
        self.times[range.clone()].copy_from_slice(&from.times[range.clone()]);
        if !self.clocks.is_empty() {
            self.clocks[range.clone()].copy_from_slice(&from.clocks[range.clone()]);
        }
        if !self.values.is_empty() {
            self.values[range.clone()].copy_from_slice(&from.values[range]);
        }
    }

    fn resize_like(&mut self, other: &Self) {
        self.slots.resize(other.slots.len(), 0);
        self.times.resize(other.times.len(), 0);
        self.clocks.resize(other.clocks.len(), 0);
        self.values.resize(other.values.len(), 0.0);
    }

    /// Writes a range of samples to the same range of others, in the order of their classes, of
    /// which there are so many. Afterwards `ends` has where each class ends.
    fn scatter(
        &self,
        into: &mut Self,
        range: Range<usize>,
        ends: &mut Vec<u32>,
        classes: usize,
        class: impl Fn(u32) -> usize,
    ) {
        ends.clear();
        ends.resize(classes, 0);
        for slot in &self.slots[range.clone()] {
            ends[class(*slot)] += 1;
        }
        let mut sum = range.start as u32;
        for end in &mut *ends {
            let many = *end;
            *end = sum;
            sum += many;
        }
        let columns = self.slots[range.clone()].iter().zip(&self.times[range.clone()]);
        if self.clocks.is_empty() && self.values.is_empty() {
            for (slot, time) in columns {
                let end = &mut ends[class(*slot)];
                let place = *end as usize;
                *end += 1;
                into.slots[place] = *slot;
                into.times[place] = *time;
            }
            return;
        }
        for (from, (slot, time)) in range.zip(columns) {
            let end = &mut ends[class(*slot)];
            let place = *end as usize;
            *end += 1;
            into.slots[place] = *slot;
            into.times[place] = *time;
            if let Some(clock) = self.clocks.get(from) {
                into.clocks[place] = *clock;
            }
            if let Some(value) = self.values.get(from) {
                into.values[place] = *value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn samples_come_in_the_order_of_their_slots(
            (late, valued) in any::<(bool, bool)>(),
            slots in proptest::collection::vec((0u32..2500, any::<bool>()), 1..2000),
        ) {
            let mut samples = Samples::default();
            let mut pairs: Vec<(u32, Sample)> = Vec::new();
            for (number, (slot, is_odd)) in slots.iter().enumerate() {
                let time = number as i64;
                let clock = time + i64::from(late && *is_odd);
                let value = if valued && *is_odd { 0.5 } else { 1.0 };
                pairs.push((*slot, Sample { time, clock, value }));
                samples.push(*slot, Sample { time, clock, value });
            }
            let mut room = Ordering::default();
            while !samples.order(&mut room) {}
            let found: Vec<_> =
                (0..samples.len()).map(|place| (samples.slot(place), samples.get(place))).collect();
            let segment = |(slot, _): &(u32, Sample)| *slot as usize / SEGMENT;
            prop_assert!(found.is_sorted_by_key(segment));
            for of_one in found.chunk_by(|a, b| segment(a) == segment(b)) {
                prop_assert!(of_one.len() < MANY || of_one.is_sorted_by_key(|(slot, _)| *slot));
            }
            // Sorting keeps the order of what is equal.
            let mut by_slot = found;
            by_slot.sort_by_key(|(slot, _)| *slot);
            pairs.sort_by_key(|(slot, _)| *slot);
            prop_assert_eq!(by_slot, pairs);
        }
    }
}
