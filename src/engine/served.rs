//! What a store that follows a feature's `refresh` would answer: for each key the values at its
//! last refresh, and when that was.

use crate::aggregate::SEGMENT;
use crate::base::bytes::{Bytes, put_f64, put_i64};

/// The served values of one feature, for all keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Served {
    refresh: i64,
    ttl: i64,
    outputs: usize,
    segments: Vec<Option<Segment>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Segment {
    slots: Vec<Slot>,
    /// A run of `outputs` a slot; NaN stands for a missing value.
    values: Vec<f64>,
    changed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Slot {
    last_write: i64,
    last_refresh: i64,
}

const NEVER: Slot = Slot { last_write: i64::MIN, last_refresh: i64::MIN };

impl Served {
    /// Nothing served yet. `refresh` and `ttl` are in milliseconds.
    #[must_use]
    pub(super) const fn new(refresh: i64, ttl: i64, outputs: usize) -> Self {
        Self { refresh, ttl, outputs, segments: Vec::new() }
    }

    /// Notes a write of a key at `clock`. If it refreshes what is served, `live` is asked for
    /// the values of that moment, output by output.
    pub(super) fn write(
        &mut self,
        slot: u32,
        clock: i64,
        position: usize,
        mut live: impl FnMut(usize) -> Option<f64>,
    ) {
        let (refresh, ttl, outputs) = (self.refresh, self.ttl, self.outputs);
        let segment = self.segment_mut(slot as usize / SEGMENT);
        segment.changed = position;
        let at = slot as usize % SEGMENT;
        let held = &mut segment.slots[at];
        let fresh = *held == NEVER
            || clock - held.last_write >= ttl
            || clock - held.last_refresh >= refresh;
        held.last_write = clock;
        if fresh {
            held.last_refresh = clock;
            for (number, value) in segment.values[at * outputs..][..outputs].iter_mut().enumerate()
            {
                *value = live(number).unwrap_or(f64::NAN);
            }
        }
    }

    /// The served value of the feature's n-th output, and the clock of its refresh. `None` where
    /// nothing is served: the key was never written, or its time to live has passed.
    #[must_use]
    pub(super) fn read(&self, slot: u32, output: usize, as_of: i64) -> Option<(Option<f64>, i64)> {
        let segment = self.segments.get(slot as usize / SEGMENT)?.as_ref()?;
        let at = slot as usize % SEGMENT;
        let held = segment.slots[at];
        if held == NEVER || as_of - held.last_write >= self.ttl {
            return None;
        }
        let value = segment.values[at * self.outputs + output];
        Some(((!value.is_nan()).then_some(value), held.last_refresh))
    }

    fn segment_mut(&mut self, number: usize) -> &mut Segment {
        if number >= self.segments.len() {
            self.segments.resize_with(number + 1, || None);
        }
        let outputs = self.outputs;
        self.segments[number].get_or_insert_with(|| Segment {
            slots: vec![NEVER; SEGMENT],
            values: vec![f64::NAN; SEGMENT * outputs],
            changed: 0,
        })
    }

    /// The numbers of the segments written after the cursor stood at `position`.
    pub(super) fn changed_since(&self, position: usize) -> Vec<usize> {
        let changed =
            |number: &usize| self.segments[*number].as_ref().is_some_and(|s| s.changed > position);
        (0..self.segments.len()).filter(changed).collect()
    }

    /// Appends a segment to stored bytes.
    pub(super) fn encode(&self, segment: usize, out: &mut Vec<u8>) {
        let Some(Some(segment)) = self.segments.get(segment) else { return };
        for (number, slot) in segment.slots.iter().enumerate().filter(|(_, slot)| **slot != NEVER) {
            out.extend_from_slice(&(number as u16).to_le_bytes());
            put_i64(out, slot.last_write);
            put_i64(out, slot.last_refresh);
            for value in &segment.values[number * self.outputs..][..self.outputs] {
                put_f64(out, *value);
            }
        }
    }

    /// Takes a stored segment in, each of its slots at the place that `place` gives it; `None`
    /// if the bytes are not what [`Served::encode`] writes.
    pub(super) fn decode(
        &mut self,
        segment: usize,
        bytes: &mut Bytes<'_>,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
    ) -> Option<()> {
        while !bytes.is_empty() {
            let (number, rest) = bytes.0.split_first_chunk::<2>()?;
            bytes.0 = rest;
            let number = usize::from(u16::from_le_bytes(*number));
            let slot = Slot { last_write: bytes.i64()?, last_refresh: bytes.i64()? };
            let mut values = Vec::with_capacity(self.outputs);
            for _ in 0..self.outputs {
                values.push(bytes.f64()?);
            }
            self.put(
                place(u32::try_from(segment * SEGMENT + number).ok()?)?,
                slot,
                &values,
                position,
            );
        }
        Some(())
    }

    /// Appends what a slot holds, to be put back by [`Served::restore`].
    pub(super) fn save(&self, slot: u32, out: &mut Vec<u8>) {
        let at = slot as usize % SEGMENT;
        let segment = self.segments.get(slot as usize / SEGMENT).and_then(Option::as_ref);
        let held = segment.map_or(NEVER, |segment| segment.slots[at]);
        put_i64(out, held.last_write);
        put_i64(out, held.last_refresh);
        for number in 0..self.outputs {
            put_f64(
                out,
                segment.map_or(f64::NAN, |segment| segment.values[at * self.outputs + number]),
            );
        }
    }

    /// Puts back what a slot held; `None` if the bytes are not what [`Served::save`] wrote.
    pub(super) fn restore(&mut self, slot: u32, bytes: &mut Bytes<'_>) -> Option<()> {
        let held = Slot { last_write: bytes.i64()?, last_refresh: bytes.i64()? };
        let outputs = self.outputs;
        let segment = self.segment_mut(slot as usize / SEGMENT);
        let at = slot as usize % SEGMENT;
        segment.slots[at] = held;
        for value in &mut segment.values[at * outputs..][..outputs] {
            *value = bytes.f64()?;
        }
        Some(())
    }

    fn put(&mut self, to: u32, slot: Slot, values: &[f64], position: usize) {
        let outputs = self.outputs;
        let segment = self.segment_mut(to as usize / SEGMENT);
        segment.changed = position;
        segment.slots[to as usize % SEGMENT] = slot;
        segment.values[to as usize % SEGMENT * outputs..][..outputs].copy_from_slice(values);
    }

    /// Moves every slot to the place that `place` gives it.
    pub(super) fn rearrange(&mut self, position: usize, place: &dyn Fn(u32) -> Option<u32>) {
        let old = std::mem::take(&mut self.segments);
        for (number, segment) in old.into_iter().enumerate() {
            let Some(segment) = segment else { continue };
            for (at, slot) in segment.slots.iter().enumerate().filter(|(_, slot)| **slot != NEVER) {
                if let Some(to) = place((number * SEGMENT + at) as u32) {
                    self.put(
                        to,
                        *slot,
                        &segment.values[at * self.outputs..][..self.outputs],
                        position,
                    );
                }
            }
        }
    }

    /// The bytes of memory that it holds.
    pub(super) fn bytes(&self) -> usize {
        let held = self.segments.iter().flatten().count();
        held * SEGMENT * (size_of::<Slot>() + self.outputs * size_of::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_served_value_stands_until_a_write_after_its_refresh() {
        let mut served = Served::new(60, 1000, 1);
        served.write(0, 0, 1, |_| Some(1.0));
        served.write(0, 59, 2, |_| Some(2.0));
        assert_eq!(served.read(0, 0, 59), Some((Some(1.0), 0)));
        assert_eq!(served.read(0, 0, 500), Some((Some(1.0), 0)), "however old");
        served.write(0, 60, 3, |_| Some(3.0));
        assert_eq!(served.read(0, 0, 60), Some((Some(3.0), 60)));
    }

    #[test]
    fn it_goes_with_its_time_to_live() {
        let mut served = Served::new(600, 100, 1);
        served.write(0, 0, 1, |_| None);
        assert_eq!(served.read(0, 0, 99), Some((None, 0)), "a missing value is served too");
        assert_eq!(served.read(0, 0, 100), None);
        served.write(0, 100, 2, |_| Some(7.0));
        assert_eq!(served.read(0, 0, 100), Some((Some(7.0), 100)), "a new life refreshes at once");
    }
}
