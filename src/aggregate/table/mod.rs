//! The state table: a cell and the clock of its last write per slot that was written.

mod groups;
mod sorted;

use std::any::Any;
use std::ops::Range;

use crate::base::Millis;
use crate::base::bytes::Bytes;

use super::packed::Moment;
use super::pool::Pool;
use super::slot_table::{EntryCodec, SlotTable};
use super::{Cell, KeyCost, Probe, Sample, Samples, Shape, Span, StateTable};

/// The slots prefetched together: about as many misses as a processor keeps in flight.
const PREFETCHED: usize = 32;

/// A written slot.
#[derive(Clone, Copy, Debug)]
struct Written<C> {
    /// The clock at the last write.
    at: Moment,
    cell: C,
}

/// What the cells of a table share.
#[derive(Clone, Debug)]
struct Shared<C: Cell> {
    form: C::Form,
    /// The parts of the cells.
    pool: Pool<C::Part>,
}

/// A table of one kind of cell.
#[derive(Clone, Debug)]
pub(super) struct Table<C: Cell> {
    ttl: i64,
    slots: SlotTable<Written<C>>,
    shared: Shared<C>,
}

impl<C: Cell> EntryCodec for Shared<C> {
    type Entry = Written<C>;

    fn last_write(entry: &Written<C>) -> i64 {
        entry.at.get()
    }

    fn encode(&self, entry: &Written<C>, out: &mut Vec<u8>) {
        entry.cell.encode(&self.pool, self.form, entry.at.get(), out);
    }

    fn decode(&mut self, last_write: i64, bytes: &mut Bytes<'_>) -> Option<Written<C>> {
        let at = Moment::exact(last_write)?;
        Some(Written { at, cell: C::decode(&mut self.pool, self.form, last_write, bytes)? })
    }

    fn release(&mut self, mut entry: Written<C>) {
        entry.cell.release(&mut self.pool);
    }
}

impl<C: Cell> Table<C> {
    pub(super) fn new(form: C::Form, ttl: Millis) -> Self {
        let shared = Shared { form, pool: Pool::default() };
        Self { ttl: ttl.0, slots: SlotTable::default(), shared }
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
        self.read_held(self.slots.get(slot), span)
    }

    fn read_all(&self, slots: &[u32], span: Span, found: &mut Vec<Option<f64>>) {
        for group in slots.chunks(PREFETCHED) {
            self.fetch_to_read(group.iter().copied());
            found.extend(group.iter().map(|slot| self.read(*slot, span)));
        }
    }

    fn last_write(&self, slot: u32) -> Option<i64> {
        self.slots.get(slot).map(|held| held.at.get())
    }

    fn buckets(&self, slot: u32, visit: &mut dyn FnMut(i64, f64)) {
        if let Some(held) = self.slots.get(slot) {
            held.cell.buckets(&self.shared.pool, self.shared.form, held.at.get(), visit);
        }
    }

    fn slots(&self) -> usize {
        self.slots.slots()
    }

    fn changed_since(&self, position: usize) -> Vec<usize> {
        self.slots.changed_since(position)
    }

    fn encode(&self, segment: usize, out: &mut Vec<u8>) {
        self.slots.encode(segment, &self.shared, out);
    }

    fn decode(
        &mut self,
        segment: usize,
        bytes: &mut Bytes<'_>,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
    ) -> Option<()> {
        self.slots.decode(segment, bytes, position, place, &mut self.shared)
    }

    fn save(&self, slot: u32, out: &mut Vec<u8>) {
        self.slots.save(slot, &self.shared, out);
    }

    fn restore(&mut self, slot: u32, bytes: &mut Bytes<'_>) -> Option<()> {
        self.slots.restore(slot, bytes, &mut self.shared)
    }

    fn empty(&self) -> Box<dyn StateTable> {
        Box::new(Self::new(self.shared.form, Millis(self.ttl)))
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
            into.shared.form = self.shared.form;
            into.ttl = self.ttl;
        }
        self.slots.copy_piece(&mut into.slots, piece);
        self.shared.pool.copy_piece(&mut into.shared.pool, piece);
        piece + 1 < self.slots.pieces().max(self.shared.pool.pieces())
    }

    fn bytes(&self) -> usize {
        self.slots.bytes() + self.shared.pool.bytes()
    }

    fn key_cost(&self) -> KeyCost {
        let fixed = SlotTable::<Written<C>>::bytes_per_slot();
        KeyCost {
            fixed,
            part: size_of::<C::Part>(),
            parts: C::parts(self.shared.form),
            most: Some(0),
        }
    }

    fn truncate_retention(&mut self, shape: Shape) -> bool {
        let shorter = C::shorter(self.shared.form, shape);
        shorter.map(|form| self.shared.form = form).is_some()
    }

    fn remap_slots(&mut self, position: usize, place: &dyn Fn(u32) -> Option<u32>) {
        self.slots.remap(position, place, &mut self.shared);
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
