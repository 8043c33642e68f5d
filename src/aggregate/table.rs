//! A state for all keys: a cell and the clock of its last write at each slot. Slots are kept in
//! segments that never move, so that growing costs the same for the first key and the last.

use crate::base::Millis;
use crate::base::bytes::{Bytes, put_i64};

use super::{Cell, KeyCost, Sample, Span};

/// How many slots a segment holds; also the unit in which states are stored.
pub const SEGMENT: usize = 1024;

/// One state for all keys. A *slot* is a key's number within its scope.
pub trait StateTable: Send + Sync {
    /// Takes samples in, in order. `position` is the cursor after the batch, by which
    /// [`StateTable::changed_since`] tells what a store lacks.
    fn add(&mut self, samples: &[(u32, Sample)], position: usize);
    /// The value at a slot: over nothing where the key was never written or its time to live
    /// has passed at `span.as_of`.
    fn read(&self, slot: u32, span: Span) -> Option<f64>;
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
    /// The bytes of memory that it holds.
    fn bytes(&self) -> usize;
    /// The bytes that a key takes.
    fn key_cost(&self) -> KeyCost;
    /// Moves every slot to the place that `place` gives it.
    fn rearrange(&mut self, position: usize, place: &dyn Fn(u32) -> Option<u32>);
}

/// The clock of a slot that was never written.
const NEVER: i64 = i64::MIN;

#[derive(Clone, Debug, PartialEq)]
struct Slot<C> {
    last_write: i64,
    cell: C,
}

#[derive(Clone, Debug)]
struct Segment<C> {
    slots: Vec<Slot<C>>,
    /// The cursor after the last batch that wrote here.
    changed: usize,
}

/// A table of one kind of cell.
#[derive(Clone, Debug)]
pub(super) struct Table<C: Cell> {
    form: C::Form,
    ttl: i64,
    segments: Vec<Option<Segment<C>>>,
}

impl<C: Cell> Table<C> {
    pub(super) fn new(form: C::Form, ttl: Millis) -> Self {
        Self { form, ttl: ttl.0, segments: Vec::new() }
    }

    fn slot(&self, slot: u32) -> Option<&Slot<C>> {
        let slot = slot as usize;
        let segment = self.segments.get(slot / SEGMENT)?.as_ref()?;
        let slot = &segment.slots[slot % SEGMENT];
        (slot.last_write != NEVER).then_some(slot)
    }

    fn segment_mut(&mut self, number: usize) -> &mut Segment<C> {
        if number >= self.segments.len() {
            self.segments.resize_with(number + 1, || None);
        }
        self.segments[number].get_or_insert_with(|| Segment {
            slots: vec![Slot { last_write: NEVER, cell: C::default() }; SEGMENT],
            changed: 0,
        })
    }
}

impl<C: Cell> StateTable for Table<C> {
    fn add(&mut self, samples: &[(u32, Sample)], position: usize) {
        let (form, ttl) = (self.form, self.ttl);
        for (slot, sample) in samples {
            let slot = *slot as usize;
            let segment = self.segment_mut(slot / SEGMENT);
            segment.changed = position;
            let slot = &mut segment.slots[slot % SEGMENT];
            if slot.last_write != NEVER && sample.clock - slot.last_write >= ttl {
                slot.cell = C::default();
            }
            slot.last_write = sample.clock;
            slot.cell.add(form, *sample);
        }
    }

    fn read(&self, slot: u32, span: Span) -> Option<f64> {
        match self.slot(slot) {
            Some(slot) if span.as_of - slot.last_write < self.ttl => {
                slot.cell.read(self.form, span)
            }
            _ => C::default().read(self.form, span),
        }
    }

    fn last_write(&self, slot: u32) -> Option<i64> {
        self.slot(slot).map(|slot| slot.last_write)
    }

    fn buckets(&self, slot: u32, visit: &mut dyn FnMut(i64, f64)) {
        if let Some(slot) = self.slot(slot) {
            slot.cell.buckets(self.form, visit);
        }
    }

    fn slots(&self) -> usize {
        self.segments.len() * SEGMENT
    }

    fn changed_since(&self, position: usize) -> Vec<usize> {
        let changed =
            |segment: &Option<Segment<C>>| segment.as_ref().is_some_and(|s| s.changed > position);
        (0..self.segments.len()).filter(|number| changed(&self.segments[*number])).collect()
    }

    fn encode(&self, segment: usize, out: &mut Vec<u8>) {
        let Some(Some(segment)) = self.segments.get(segment) else { return };
        for (number, slot) in segment.slots.iter().enumerate() {
            if slot.last_write != NEVER {
                out.extend_from_slice(&(number as u16).to_le_bytes());
                put_i64(out, slot.last_write);
                slot.cell.encode(out);
            }
        }
    }

    fn decode(
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
            let slot = Slot { last_write: bytes.i64()?, cell: C::decode(bytes)? };
            let to = place(u32::try_from(segment * SEGMENT + number).ok()?)? as usize;
            let target = self.segment_mut(to / SEGMENT);
            target.slots[to % SEGMENT] = slot;
            target.changed = position;
        }
        Some(())
    }

    fn save(&self, slot: u32, out: &mut Vec<u8>) {
        out.push(u8::from(self.slot(slot).is_some()));
        if let Some(slot) = self.slot(slot) {
            put_i64(out, slot.last_write);
            slot.cell.encode(out);
        }
    }

    fn restore(&mut self, slot: u32, bytes: &mut Bytes<'_>) -> Option<()> {
        let (&written, rest) = bytes.0.split_first()?;
        bytes.0 = rest;
        let held = if written == 0 {
            Slot { last_write: NEVER, cell: C::default() }
        } else {
            Slot { last_write: bytes.i64()?, cell: C::decode(bytes)? }
        };
        let slot = slot as usize;
        self.segment_mut(slot / SEGMENT).slots[slot % SEGMENT] = held;
        Some(())
    }

    fn empty(&self) -> Box<dyn StateTable> {
        Box::new(Self { form: self.form, ttl: self.ttl, segments: Vec::new() })
    }

    fn copy(&self) -> Box<dyn StateTable> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        let segments = self.segments.iter().flatten();
        segments
            .map(|segment| {
                let cells: usize = segment.slots.iter().map(|slot| slot.cell.heap()).sum();
                segment.slots.capacity() * size_of::<Slot<C>>() + cells
            })
            .sum::<usize>()
            + self.segments.capacity() * size_of::<Option<Segment<C>>>()
    }

    fn key_cost(&self) -> KeyCost {
        KeyCost { fixed: size_of::<Slot<C>>(), part: C::PART, parts: C::parts(self.form) }
    }

    fn rearrange(&mut self, position: usize, place: &dyn Fn(u32) -> Option<u32>) {
        let old = std::mem::take(&mut self.segments);
        for (number, segment) in old.into_iter().enumerate() {
            let slots = segment.into_iter().flat_map(|segment| segment.slots);
            for (offset, slot) in slots.enumerate().filter(|(_, slot)| slot.last_write != NEVER) {
                if let Some(to) = place((number * SEGMENT + offset) as u32) {
                    let target = self.segment_mut(to as usize / SEGMENT);
                    target.slots[to as usize % SEGMENT] = slot;
                    target.changed = position;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::count::Count;
    use super::super::whole::Whole;
    use super::*;

    fn table() -> Table<Whole<Count>> {
        Table::new((), Millis(100))
    }

    fn at(clock: i64) -> Sample {
        Sample { time: clock, clock, value: 1.0 }
    }

    #[test]
    fn a_key_dies_with_its_time_to_live_and_starts_afresh() {
        let mut table = table();
        table.add(&[(5, at(0)), (5, at(50))], 2);
        assert_eq!(table.read(5, Span::whole(149)), Some(2.0));
        assert_eq!(table.read(5, Span::whole(150)), Some(0.0));
        assert_eq!(table.last_write(5), Some(50), "an expired key was written all the same");
        table.add(&[(5, at(150))], 3);
        assert_eq!(table.read(5, Span::whole(150)), Some(1.0));
        assert_eq!(table.read(6, Span::whole(150)), Some(0.0));
        assert_eq!(table.last_write(6), None);
    }

    #[test]
    fn segments_are_stored_and_come_back_in_their_places() {
        let mut table = table();
        table.add(&[(3, at(7)), (2000, at(9))], 1);
        table.add(&[(2000, at(10))], 2);
        assert_eq!(table.changed_since(1), [1]);
        assert_eq!(table.changed_since(0), [0, 1]);
        let mut back = table.empty();
        for segment in table.changed_since(0) {
            let mut out = Vec::new();
            table.encode(segment, &mut out);
            back.decode(segment, &mut Bytes(&out), 2, &|slot| Some(slot + 1)).unwrap();
        }
        assert_eq!(back.read(2001, Span::whole(10)), Some(2.0));
        assert_eq!(back.last_write(4), Some(7));
        assert_eq!(back.last_write(3), None);
    }
}
