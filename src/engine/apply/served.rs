//! Served values: what an online store that follows a feature's `refresh` would answer. Per key,
//! the values at its last refresh and the clock of it.

use crate::aggregate::{DeltaCodec, Occupancy, SEGMENT, read_slots};
use crate::base::bytes::{Bytes, put_f64, put_i64};

/// The served values of one feature, for all keys.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Served {
    refresh: i64,
    ttl: i64,
    outputs: usize,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq)]
struct Segment {
    occupancy: Occupancy,
    slots: Vec<Slot>,
    /// `outputs` values per slot; NaN is a missing value.
    values: Vec<f64>,
    changed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Slot {
    last_write: i64,
    last_refresh: i64,
}

fn split(slot: u32) -> (usize, usize) {
    (slot as usize / SEGMENT, slot as usize % SEGMENT)
}

impl Segment {
    const EMPTY: Self =
        Self { occupancy: Occupancy::EMPTY, slots: Vec::new(), values: Vec::new(), changed: 0 };
}

impl Served {
    /// An empty table; `refresh` and `ttl` in milliseconds.
    #[must_use]
    pub(in crate::engine) const fn new(refresh: i64, ttl: i64, outputs: usize) -> Self {
        Self { refresh, ttl, outputs, segments: Vec::new() }
    }

    /// Records a write of a key at `clock`. Returns true if it is due to refresh the served values;
    /// then [`Served::refresh`] must follow.
    pub(super) fn is_due(&mut self, slot: u32, clock: i64, position: usize) -> bool {
        let (refresh, ttl) = (self.refresh, self.ttl);
        let (segment, place, is_new) = self.occupy(slot);
        segment.changed = position;
        let held = &mut segment.slots[place];
        let is_due =
            is_new || clock - held.last_write >= ttl || clock - held.last_refresh >= refresh;
        held.last_write = clock;
        if is_due {
            held.last_refresh = clock;
        }
        is_due
    }

    /// Sets the served values of a key from `live`, per output.
    pub(in crate::engine) fn refresh(
        &mut self,
        slot: u32,
        mut live: impl FnMut(usize) -> Option<f64>,
    ) {
        for (number, value) in self.values_mut(slot).iter_mut().enumerate() {
            *value = live(number).unwrap_or(f64::NAN);
        }
    }

    /// The served value of the feature's n-th output, and the clock of its refresh. `None` if the
    /// key was never written or its time to live has passed.
    #[must_use]
    pub(in crate::engine) fn read(
        &self,
        slot: u32,
        output: usize,
        as_of: i64,
    ) -> Option<(Option<f64>, i64)> {
        let (held, values) = self.held(slot)?;
        if as_of - held.last_write >= self.ttl {
            return None;
        }
        Some(((!values[output].is_nan()).then_some(values[output]), held.last_refresh))
    }

    fn held(&self, slot: u32) -> Option<(Slot, &[f64])> {
        let (number, slot) = split(slot);
        let segment = self.segments.get(number)?;
        let place = segment.occupancy.get(slot)?;
        Some((segment.slots[place], &segment.values[place * self.outputs..][..self.outputs]))
    }

    /// The segment of a slot and the index there, and whether the slot is new.
    fn occupy(&mut self, slot: u32) -> (&mut Segment, usize, bool) {
        let (number, slot) = split(slot);
        if number >= self.segments.len() {
            self.segments.resize(number + 1, Segment::EMPTY);
        }
        let segment = &mut self.segments[number];
        let (place, is_new) = segment.occupancy.occupy(slot);
        if is_new {
            segment.slots.push(Slot { last_write: 0, last_refresh: 0 });
            segment.values.resize(segment.values.len() + self.outputs, f64::NAN);
        }
        (segment, place, is_new)
    }

    fn values_mut(&mut self, slot: u32) -> &mut [f64] {
        let (number, slot) = split(slot);
        let Some(segment) = self.segments.get_mut(number) else { return &mut [] };
        let Some(place) = segment.occupancy.get(slot) else { return &mut [] };
        &mut segment.values[place * self.outputs..][..self.outputs]
    }

    fn put(&mut self, slot: u32, new: Slot, values: &[f64]) -> &mut Segment {
        let outputs = self.outputs;
        let (segment, place, _) = self.occupy(slot);
        segment.slots[place] = new;
        segment.values[place * outputs..][..outputs].copy_from_slice(values);
        segment
    }

    /// The segments written after the position `position`.
    pub(in crate::engine) fn changed_since(&self, position: usize) -> Vec<usize> {
        let changed = |number: &usize| self.segments[*number].changed > position;
        (0..self.segments.len()).filter(changed).collect()
    }

    /// Encodes a segment into `out`.
    pub(in crate::engine) fn encode(&self, segment: usize, out: &mut Vec<u8>) {
        let Some(segment) = self.segments.get(segment) else { return };
        let mut steps = DeltaCodec::default();
        for (slot, place) in segment.occupancy.iter() {
            let held = segment.slots[place];
            steps.put(slot, held.last_write, out);
            put_i64(out, held.last_write - held.last_refresh);
            for value in &segment.values[place * self.outputs..][..self.outputs] {
                put_f64(out, *value);
            }
        }
    }

    fn values(&self, bytes: &mut Bytes<'_>) -> Option<Vec<f64>> {
        (0..self.outputs).map(|_| bytes.f64()).collect()
    }

    /// Decodes a segment that [`Served::encode`] wrote; `place` maps its slots to those of this
    /// table. `None` for invalid bytes.
    pub(in crate::engine) fn decode(
        &mut self,
        segment: usize,
        bytes: &mut Bytes<'_>,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
    ) -> Option<()> {
        read_slots(segment, bytes, place, |to, last_write, bytes| {
            let last_refresh = last_write.checked_sub(bytes.i64()?)?;
            let values = self.values(bytes)?;
            self.put(to, Slot { last_write, last_refresh }, &values).changed = position;
            Some(())
        })
    }

    /// Saves a slot into `out`, for [`Served::restore`].
    pub(in crate::engine) fn save(&self, slot: u32, out: &mut Vec<u8>) {
        let held = self.held(slot);
        out.push(u8::from(held.is_some()));
        if let Some((held, values)) = held {
            put_i64(out, held.last_write);
            put_i64(out, held.last_refresh);
            values.iter().for_each(|value| put_f64(out, *value));
        }
    }

    /// Restores a slot that [`Served::save`] wrote; `None` for invalid bytes.
    pub(in crate::engine) fn restore(&mut self, slot: u32, bytes: &mut Bytes<'_>) -> Option<()> {
        let (&written, rest) = bytes.0.split_first()?;
        bytes.0 = rest;
        if written > 0 {
            let held = Slot { last_write: bytes.i64()?, last_refresh: bytes.i64()? };
            let values = self.values(bytes)?;
            self.put(slot, held, &values);
            return Some(());
        }
        let (number, slot) = split(slot);
        let outputs = self.outputs;
        let Some(segment) = self.segments.get_mut(number) else { return Some(()) };
        if let Some(place) = segment.occupancy.release(slot) {
            segment.slots.swap_remove(place);
            let last = segment.values.len() - outputs;
            segment.values.copy_within(last.., place * outputs);
            segment.values.truncate(last);
        }
        Some(())
    }

    /// Remaps every slot by `place`.
    pub(in crate::engine) fn remap_slots(
        &mut self,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
    ) {
        let old = std::mem::take(&mut self.segments);
        for (number, segment) in old.into_iter().enumerate() {
            for (slot, held) in segment.occupancy.iter() {
                if let Some(to) = place((number * SEGMENT + slot) as u32) {
                    let values = &segment.values[held * self.outputs..][..self.outputs];
                    self.put(to, segment.slots[held], values).changed = position;
                }
            }
        }
    }

    /// The bytes of memory held.
    pub(in crate::engine) fn bytes(&self) -> usize {
        let held = |segment: &Segment| {
            segment.occupancy.bytes()
                + segment.slots.capacity() * size_of::<Slot>()
                + segment.values.capacity() * size_of::<f64>()
        };
        self.segments.iter().map(held).sum::<usize>()
            + self.segments.capacity() * size_of::<Segment>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(served: &mut Served, slot: u32, clock: i64, live: Option<f64>) {
        if served.is_due(slot, clock, 1) {
            served.refresh(slot, |_| live);
        }
    }

    #[test]
    fn a_served_value_stands_until_a_write_after_its_refresh() {
        let mut served = Served::new(60, 1000, 1);
        write(&mut served, 0, 0, Some(1.0));
        write(&mut served, 0, 59, Some(2.0));
        assert_eq!(served.read(0, 0, 59), Some((Some(1.0), 0)));
        assert_eq!(served.read(0, 0, 500), Some((Some(1.0), 0)), "however old");
        write(&mut served, 0, 60, Some(3.0));
        assert_eq!(served.read(0, 0, 60), Some((Some(3.0), 60)));
    }

    #[test]
    fn it_goes_with_its_time_to_live() {
        let mut served = Served::new(600, 100, 1);
        write(&mut served, 0, 0, None);
        assert_eq!(served.read(0, 0, 99), Some((None, 0)), "a missing value is served too");
        assert_eq!(served.read(0, 0, 100), None);
        write(&mut served, 0, 100, Some(7.0));
        assert_eq!(served.read(0, 0, 100), Some((Some(7.0), 100)), "a new life refreshes at once");
    }
}
