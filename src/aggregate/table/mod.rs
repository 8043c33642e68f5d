//! The state table: a cell and the clock of its last write per slot that was written. Slots lie in
//! segments that grow on their own, so that one key costs little and a million keys are never moved
//! at once.

mod groups;
mod sorted;

use std::any::Any;
use std::ops::Range;

use crate::base::Millis;
use crate::base::bytes::{Bytes, put_i64};

use super::packed::Moment;
use super::pool::Pool;
use super::{
    Cell, DeltaCodec, KeyCost, Occupancy, Probe, SEGMENT, Sample, Samples, Shape, Span, StateTable,
    read_slots,
};

/// The slots prefetched together: about as many misses as a processor keeps in flight.
const PREFETCHED: usize = 32;

/// The segments per piece of a copy.
const PIECE: usize = 16;

/// A written slot.
#[derive(Clone, Copy, Debug)]
struct Written<C> {
    /// The clock at the last write.
    at: Moment,
    cell: C,
}

#[derive(Debug)]
struct Segment<C> {
    occupancy: Occupancy,
    written: Vec<Written<C>>,
    /// The position after the last batch that wrote here.
    changed: usize,
}

/// A table of one kind of cell.
#[derive(Clone, Debug)]
pub(super) struct Table<C: Cell> {
    form: C::Form,
    ttl: i64,
    segments: Vec<Segment<C>>,
    /// The parts of the cells.
    pool: Pool<C::Part>,
}

fn split(slot: u32) -> (usize, usize) {
    (slot as usize / SEGMENT, slot as usize % SEGMENT)
}

impl<C: Copy> Clone for Segment<C> {
    fn clone(&self) -> Self {
        Self {
            occupancy: self.occupancy.clone(),
            written: self.written.clone(),
            changed: self.changed,
        }
    }

    /// Reuses the allocations.
    fn clone_from(&mut self, source: &Self) {
        self.occupancy.clone_from(&source.occupancy);
        self.written.clone_from(&source.written);
        self.changed = source.changed;
    }
}

impl<C> Segment<C> {
    const EMPTY: Self = Self { occupancy: Occupancy::EMPTY, written: Vec::new(), changed: 0 };

    /// Appends a written slot. A single key allocates for one.
    fn push(&mut self, new: Written<C>) {
        if self.written.capacity() == 0 {
            self.written.reserve_exact(1);
        }
        self.written.push(new);
    }

    /// Replaces a slot, and returns what it held.
    fn put(&mut self, slot: usize, new: Written<C>) -> Option<Written<C>> {
        let (place, is_new) = self.occupancy.occupy(slot);
        if is_new {
            self.push(new);
            None
        } else {
            Some(std::mem::replace(&mut self.written[place], new))
        }
    }
}

impl<C: Cell> Table<C> {
    pub(super) fn new(form: C::Form, ttl: Millis) -> Self {
        Self { form, ttl: ttl.0, segments: Vec::new(), pool: Pool::default() }
    }

    fn written(&self, slot: u32) -> Option<&Written<C>> {
        let (segment, slot) = split(slot);
        let segment = self.segments.get(segment)?;
        Some(&segment.written[segment.occupancy.get(slot)?])
    }

    fn segment_mut(&mut self, number: usize) -> &mut Segment<C> {
        if number >= self.segments.len() {
            self.segments.resize_with(number + 1, || Segment::EMPTY);
        }
        &mut self.segments[number]
    }

    fn put(&mut self, slot: u32, new: Written<C>) -> &mut Segment<C> {
        let (number, slot) = split(slot);
        let before = self.segment_mut(number).put(slot, new);
        if let Some(mut before) = before {
            before.cell.release(&mut self.pool);
        }
        &mut self.segments[number]
    }

    fn decode_slot(&mut self, at: i64, bytes: &mut Bytes<'_>) -> Option<Written<C>> {
        let moment = Moment::exact(at)?;
        Some(Written { at: moment, cell: C::decode(&mut self.pool, self.form, at, bytes)? })
    }
}

impl<C: Cell> StateTable for Table<C> {
    fn add(&mut self, samples: &[(u32, Sample)], position: usize) {
        let mut memo = C::Memo::default();
        for group in samples.chunks(PREFETCHED) {
            let found = self.find(group, &mut memo);
            for (sample, place) in group.iter().zip(found) {
                self.add_found(*sample, place, &mut memo, position);
            }
        }
    }

    fn add_and_read(
        &mut self,
        samples: &[(u32, Sample)],
        position: usize,
        probes: &[Probe],
        spans: &[Span],
        found: &mut [Option<f64>],
    ) {
        let mut memo = C::Memo::default();
        let width = spans.len().checked_div(probes.len()).unwrap_or_default();
        let mut spans = spans.chunks_exact(width.max(1)).zip(found.chunks_exact_mut(width.max(1)));
        let mut probes = probes;
        let mut added = 0;
        loop {
            let end = samples.len().min(added + PREFETCHED);
            let is_last = end == samples.len();
            let now = probes.iter().position(|look| look.after >= end && !is_last);
            let (mut now, later) = probes.split_at(now.unwrap_or(probes.len()));
            probes = later;
            self.fetch_to_read(now.iter().map(|look| look.slot));
            let places = self.find(&samples[added..end], &mut memo);
            for (sample, place) in samples[added..end].iter().zip(places) {
                while let Some((look, rest)) = now.split_first().filter(|(it, _)| it.after <= added)
                {
                    self.read_spans(look.slot, spans.next());
                    now = rest;
                }
                self.add_found(*sample, place, &mut memo, position);
                added += 1;
            }
            now.iter().for_each(|look| self.read_spans(look.slot, spans.next()));
            if is_last {
                return;
            }
        }
    }

    fn add_sorted(&mut self, samples: &Samples, range: Range<usize>, position: usize) {
        self.add_in_order(samples, range, position);
    }

    fn read(&self, slot: u32, span: Span) -> Option<f64> {
        self.read_held(self.written(slot), span)
    }

    fn read_all(&self, slots: &[u32], span: Span, found: &mut Vec<Option<f64>>) {
        for group in slots.chunks(PREFETCHED) {
            self.fetch_to_read(group.iter().copied());
            found.extend(group.iter().map(|slot| self.read(*slot, span)));
        }
    }

    fn last_write(&self, slot: u32) -> Option<i64> {
        self.written(slot).map(|held| held.at.get())
    }

    fn buckets(&self, slot: u32, visit: &mut dyn FnMut(i64, f64)) {
        if let Some(held) = self.written(slot) {
            held.cell.buckets(&self.pool, self.form, held.at.get(), visit);
        }
    }

    fn slots(&self) -> usize {
        self.segments.len() * SEGMENT
    }

    fn changed_since(&self, position: usize) -> Vec<usize> {
        let changed = |number: &usize| self.segments[*number].changed > position;
        (0..self.segments.len()).filter(changed).collect()
    }

    fn encode(&self, segment: usize, out: &mut Vec<u8>) {
        let Some(segment) = self.segments.get(segment) else { return };
        let mut steps = DeltaCodec::default();
        for (slot, place) in segment.occupancy.iter() {
            let held = &segment.written[place];
            let at = held.at.get();
            steps.put(slot, at, out);
            held.cell.encode(&self.pool, self.form, at, out);
        }
    }

    fn decode(
        &mut self,
        segment: usize,
        bytes: &mut Bytes<'_>,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
    ) -> Option<()> {
        read_slots(segment, bytes, place, |to, at, bytes| {
            let held = self.decode_slot(at, bytes)?;
            self.put(to, held).changed = position;
            Some(())
        })
    }

    fn save(&self, slot: u32, out: &mut Vec<u8>) {
        let held = self.written(slot);
        out.push(u8::from(held.is_some()));
        if let Some(held) = held {
            put_i64(out, held.at.get());
            held.cell.encode(&self.pool, self.form, held.at.get(), out);
        }
    }

    fn restore(&mut self, slot: u32, bytes: &mut Bytes<'_>) -> Option<()> {
        let (&written, rest) = bytes.0.split_first()?;
        bytes.0 = rest;
        if written == 0 {
            let (number, slot) = split(slot);
            let Some(segment) = self.segments.get_mut(number) else { return Some(()) };
            if let Some(place) = segment.occupancy.release(slot) {
                segment.written.swap_remove(place).cell.release(&mut self.pool);
            }
            return Some(());
        }
        let at = bytes.i64()?;
        let held = self.decode_slot(at, bytes)?;
        self.put(slot, held);
        Some(())
    }

    fn empty(&self) -> Box<dyn StateTable> {
        Box::new(Self {
            form: self.form,
            ttl: self.ttl,
            segments: Vec::new(),
            pool: Pool::default(),
        })
    }

    fn copy(&self) -> Box<dyn StateTable> {
        Box::new(self.clone())
    }

    fn copy_piece(&self, copy: &mut Box<dyn StateTable>, piece: usize) -> bool {
        let any: &mut dyn Any = &mut **copy;
        let Some(into) = any.downcast_mut::<Self>() else {
            *copy = self.copy();
            return false;
        };
        if piece == 0 {
            into.form = self.form;
            into.ttl = self.ttl;
            into.segments.truncate(self.segments.len());
            into.segments.reserve_exact(self.segments.len() - into.segments.len());
        }
        let end = self.segments.len().min((piece + 1) * PIECE);
        for number in (piece * PIECE).min(end)..end {
            match into.segments.get_mut(number) {
                Some(segment) => segment.clone_from(&self.segments[number]),
                None => into.segments.push(self.segments[number].clone()),
            }
        }
        self.pool.copy_piece(&mut into.pool, piece);
        piece + 1 < self.segments.len().div_ceil(PIECE).max(self.pool.pieces())
    }

    fn bytes(&self) -> usize {
        let held = |segment: &Segment<C>| {
            segment.occupancy.bytes() + segment.written.capacity() * size_of::<Written<C>>()
        };
        self.segments.iter().map(held).sum::<usize>()
            + self.segments.capacity() * size_of::<Segment<C>>()
            + self.pool.bytes()
    }

    fn key_cost(&self) -> KeyCost {
        let fixed = size_of::<u16>() + size_of::<Written<C>>();
        KeyCost { fixed, part: size_of::<C::Part>(), parts: C::parts(self.form) }
    }

    fn truncate_retention(&mut self, shape: Shape) -> bool {
        let shorter = C::shorter(self.form, shape);
        shorter.map(|form| self.form = form).is_some()
    }

    fn remap_slots(&mut self, position: usize, place: &dyn Fn(u32) -> Option<u32>) {
        let old = std::mem::take(&mut self.segments);
        for (number, segment) in old.into_iter().enumerate() {
            for (slot, held) in segment.occupancy.iter() {
                let mut held = segment.written[held];
                match place((number * SEGMENT + slot) as u32) {
                    Some(to) => self.put(to, held).changed = position,
                    None => held.cell.release(&mut self.pool),
                }
            }
        }
    }
}
#[cfg(test)]
mod tests {
    use super::super::count::Count;
    use super::super::lifetime::Lifetime;
    use super::*;

    fn table() -> Table<Lifetime<Count>> {
        Table::new((), Millis(100))
    }

    fn at(clock: i64) -> Sample {
        Sample::one(clock, clock)
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
