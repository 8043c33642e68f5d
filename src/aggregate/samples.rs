//! Samples as columns, and their stable sort by slot.

use std::ops::Range;

use super::payload::ONE;
use super::{SEGMENT, Sample};

/// A segment with fewer samples is not sorted by slot: too few share one.
const MANY: usize = 256;

/// Samples by slot, in order of arrival or, once [sorted](Self::sort), with those of a slot close
/// together. A column of only default values is empty.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    slots: Vec<u32>,
    times: Vec<i64>,
    /// Empty while no sample is late.
    clocks: Vec<i64>,
    /// Empty while all payloads are the number 1.
    payloads: Vec<u64>,
}

/// Buffers of the sort, recycled.
#[derive(Debug, Default)]
pub struct SortBuffers {
    by_segment: Samples,
    /// Per segment, the end of its samples.
    ends: Vec<u32>,
    /// True between the two steps of the sort.
    next: bool,
}

impl SortBuffers {
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
        if sample.payload != ONE || !self.payloads.is_empty() {
            self.push_payload(sample.payload);
        }
        self.slots.push(slot);
        self.times.push(sample.time);
    }

    /// Fills a new column with the defaults of the samples so far.
    fn push_clock(&mut self, clock: i64) {
        if self.clocks.is_empty() {
            self.clocks.extend_from_slice(&self.times);
        }
        self.clocks.push(clock);
    }

    fn push_payload(&mut self, payload: u64) {
        if self.payloads.is_empty() {
            self.payloads.resize(self.times.len(), ONE);
        }
        self.payloads.push(payload);
    }

    /// The count of samples.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// True if there are no samples.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The bytes of memory held.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        let longs = self.times.capacity() + self.clocks.capacity() + self.payloads.capacity();
        self.slots.capacity() * size_of::<u32>() + longs * size_of::<u64>()
    }

    /// Clears the samples, and keeps the allocations.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.times.clear();
        self.clocks.clear();
        self.payloads.clear();
    }

    /// The slot of a sample.
    pub(super) fn slot(&self, place: usize) -> u32 {
        self.slots[place]
    }

    pub(super) fn get(&self, place: usize) -> Sample {
        let time = self.times[place];
        let payload = self.payloads.get(place).copied().unwrap_or(ONE);
        Sample { time, clock: self.clock(place), payload }
    }

    /// The clock of a sample.
    pub(super) fn clock(&self, place: usize) -> i64 {
        self.clocks.get(place).copied().unwrap_or(self.times[place])
    }

    /// True if no sample is late.
    pub(super) const fn are_in_time(&self) -> bool {
        self.clocks.is_empty()
    }

    /// The samples of a range before the first with another slot.
    pub(super) fn of_one_slot(&self, range: &Range<usize>) -> Range<usize> {
        let slots = &self.slots[range.clone()];
        let same = slots.iter().take_while(|slot| **slot == slots[0]).count();
        range.start..range.start + same
    }

    /// Sorts by segment and, where a segment has many samples, by slot; stable per slot. Takes two
    /// steps of about equal cost; returns whether this was the last.
    pub fn sort(&mut self, buffers: &mut SortBuffers) -> bool {
        let SortBuffers { by_segment, ends, next } = buffers;
        let segment = |slot: u32| slot as usize / SEGMENT;
        // Each step writes to few places at a time, which stay cached.
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

    /// Copies a range from others.
    fn copy(&mut self, from: &Self, range: Range<usize>) {
        self.slots[range.clone()].copy_from_slice(&from.slots[range.clone()]);
        self.times[range.clone()].copy_from_slice(&from.times[range.clone()]);
        if !self.clocks.is_empty() {
            self.clocks[range.clone()].copy_from_slice(&from.clocks[range.clone()]);
        }
        if !self.payloads.is_empty() {
            self.payloads[range.clone()].copy_from_slice(&from.payloads[range]);
        }
    }

    fn resize_like(&mut self, other: &Self) {
        self.slots.resize(other.slots.len(), 0);
        self.times.resize(other.times.len(), 0);
        self.clocks.resize(other.clocks.len(), 0);
        self.payloads.resize(other.payloads.len(), 0);
    }

    /// Scatters a range of samples to the same range of `to`, by class. Afterwards `ends` has the
    /// end of each class.
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
        if self.clocks.is_empty() && self.payloads.is_empty() {
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
            if let Some(payload) = self.payloads.get(from) {
                into.payloads[place] = *payload;
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
                pairs.push((*slot, Sample::of_number(time, clock, value)));
                samples.push(*slot, Sample::of_number(time, clock, value));
            }
            let mut buffers = SortBuffers::default();
            while !samples.sort(&mut buffers) {}
            let found: Vec<_> =
                (0..samples.len()).map(|place| (samples.slot(place), samples.get(place))).collect();
            let segment = |(slot, _): &(u32, Sample)| *slot as usize / SEGMENT;
            prop_assert!(found.is_sorted_by_key(segment));
            for of_one in found.chunk_by(|a, b| segment(a) == segment(b)) {
                prop_assert!(of_one.len() < MANY || of_one.is_sorted_by_key(|(slot, _)| *slot));
            }
            // A stable sort.
            let mut by_slot = found;
            by_slot.sort_by_key(|(slot, _)| *slot);
            pairs.sort_by_key(|(slot, _)| *slot);
            prop_assert_eq!(by_slot, pairs);
        }
    }
}
