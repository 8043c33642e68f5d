//! The table of the simple tier: a cell and the clock of its last write per slot that was written.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use crate::aggregate::{
    EntryCodec, KeyCost, Probe, Sample, Samples, Shape, SlotTable, Span, StateTable,
};
use crate::base::Millis;
use crate::base::bytes::Bytes;

use super::SimpleAggregate;
use super::cell::SimpleCell;

/// A table of one simple aggregate.
#[derive(Clone, Debug)]
pub(in crate::aggregate) struct SimpleTable<A: SimpleAggregate> {
    ttl: i64,
    slots: SlotTable<Written<A>>,
    cells: Cells<A>,
}

/// A written slot.
#[derive(Clone, Debug)]
struct Written<A> {
    /// The clock at the last write.
    at: i64,
    /// Shared with the copies of the table.
    cell: Arc<SimpleCell<A>>,
}

/// What all cells of a table have in common.
#[derive(Clone, Debug)]
struct Cells<A> {
    shape: Shape,
    /// The bytes of all cells.
    bytes: usize,
    aggregate: std::marker::PhantomData<A>,
}

impl<A: SimpleAggregate> Cells<A> {
    const fn new(shape: Shape) -> Self {
        Self { shape, bytes: 0, aggregate: std::marker::PhantomData }
    }
}

impl<A: SimpleAggregate> EntryCodec for Cells<A> {
    type Entry = Written<A>;

    fn last_write(entry: &Written<A>) -> i64 {
        entry.at
    }

    fn encode(&self, entry: &Written<A>, out: &mut Vec<u8>) {
        entry.cell.encode(self.shape, entry.at, out);
    }

    fn decode(&mut self, last_write: i64, bytes: &mut Bytes<'_>) -> Option<Written<A>> {
        let cell = SimpleCell::decode(self.shape, last_write, bytes)?;
        self.bytes += cell.bytes();
        Some(Written { at: last_write, cell: Arc::new(cell) })
    }

    fn release(&mut self, entry: Written<A>) {
        self.bytes -= entry.cell.bytes();
    }
}

impl<A: SimpleAggregate> SimpleTable<A> {
    /// An empty table; `None` for a shape that decays.
    pub(in crate::aggregate) fn new(shape: Shape, ttl: Millis) -> Option<Self> {
        let holds = !matches!(shape, Shape::Decay { .. });
        holds.then(|| Self { ttl: ttl.0, slots: SlotTable::default(), cells: Cells::new(shape) })
    }

    fn add_one(&mut self, slot: u32, sample: Sample, position: usize) {
        let Self { ttl, slots, cells } = self;
        let shape = cells.shape;
        let (entry, is_new) = slots.occupy(slot, position, || Written {
            at: sample.clock,
            cell: Arc::new(SimpleCell::new(shape)),
        });
        if !is_new {
            cells.bytes -= entry.cell.bytes();
            if sample.clock - entry.at >= *ttl {
                entry.cell = Arc::new(SimpleCell::new(shape));
            }
        }
        let cell = Arc::make_mut(&mut entry.cell);
        cell.add(shape, sample);
        cells.bytes += cell.bytes();
        entry.at = sample.clock;
    }

    /// What `ask` reads of the total over a span at a slot; of that over nothing if the key was
    /// never written or has expired.
    fn over<R>(&self, slot: u32, span: Span, ask: impl FnOnce(&A) -> R) -> R {
        match self.slots.get(slot) {
            Some(held) if span.as_of - held.at < self.ttl => {
                held.cell.over(self.cells.shape, span, ask)
            }
            _ => ask(&A::default()),
        }
    }
}

impl<A: SimpleAggregate> StateTable for SimpleTable<A> {
    fn add(&mut self, samples: &[(u32, Sample)], position: usize) {
        for (slot, sample) in samples {
            self.add_one(*slot, *sample, position);
        }
    }

    fn add_sorted(&mut self, samples: &Samples, range: Range<usize>, position: usize) {
        for place in range {
            self.add_one(samples.slot(place), samples.get(place), position);
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
        let width = spans.len().checked_div(probes.len()).unwrap_or_default().max(1);
        let mut added = 0;
        let reads = probes.iter().zip(spans.chunks_exact(width)).zip(found.chunks_exact_mut(width));
        for ((probe, spans), found) in reads {
            let after = probe.after.clamp(added, samples.len());
            self.add(&samples[added..after], position);
            added = after;
            for (span, found) in spans.iter().zip(found) {
                *found = self.read(probe.slot, *span);
            }
        }
        self.add(&samples[added..], position);
    }

    fn read(&self, slot: u32, span: Span) -> Option<f64> {
        self.over(slot, span, |total| total.percentile(span.percentile))
    }

    fn counts(&self, slot: u32, span: Span) -> Vec<(u64, u64)> {
        self.over(slot, span, |total| total.counts().to_vec())
    }

    fn is_exact(&self, slot: u32, span: Span) -> bool {
        self.over(slot, span, A::is_exact)
    }

    fn read_all(&self, slots: &[u32], span: Span, found: &mut Vec<Option<f64>>) {
        found.extend(slots.iter().map(|slot| self.read(*slot, span)));
    }

    fn last_write(&self, slot: u32) -> Option<i64> {
        self.slots.get(slot).map(|held| held.at)
    }

    fn buckets(&self, slot: u32, visit: &mut dyn FnMut(i64, f64)) {
        if let Some(held) = self.slots.get(slot) {
            held.cell.buckets(self.cells.shape, held.at, visit);
        }
    }

    fn slots(&self) -> usize {
        self.slots.slots()
    }

    fn changed_since(&self, position: usize) -> Vec<usize> {
        self.slots.changed_since(position)
    }

    fn encode(&self, segment: usize, out: &mut Vec<u8>) {
        self.slots.encode(segment, &self.cells, out);
    }

    fn decode(
        &mut self,
        segment: usize,
        bytes: &mut Bytes<'_>,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
    ) -> Option<()> {
        self.slots.decode(segment, bytes, position, place, &mut self.cells)
    }

    fn save(&self, slot: u32, out: &mut Vec<u8>) {
        self.slots.save(slot, &self.cells, out);
    }

    fn restore(&mut self, slot: u32, bytes: &mut Bytes<'_>) -> Option<()> {
        self.slots.restore(slot, bytes, &mut self.cells)
    }

    fn empty(&self) -> Box<dyn StateTable> {
        let cells = Cells::<A>::new(self.cells.shape);
        Box::new(Self { ttl: self.ttl, slots: SlotTable::default(), cells })
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
            into.ttl = self.ttl;
            into.cells = self.cells.clone();
        }
        self.slots.copy_piece(&mut into.slots, piece);
        piece + 1 < self.slots.pieces()
    }

    /// A cell that several copies share counts in each of them: what they would take on their own.
    fn bytes(&self) -> usize {
        self.slots.bytes() + self.cells.bytes
    }

    fn key_cost(&self) -> KeyCost {
        let fixed = SlotTable::<Written<A>>::bytes_per_slot() + size_of::<SimpleCell<A>>();
        let (part, parts) = match self.cells.shape {
            Shape::Ring { held, .. } => (size_of::<(i64, A)>(), Some(held.into())),
            Shape::Rolling { .. } => (size_of::<(i64, u64)>(), None),
            Shape::Lifetime | Shape::Decay { .. } => (0, Some(0)),
        };
        let most = match self.cells.shape {
            Shape::Rolling { .. } => Some(0),
            _ => A::MOST_BYTES,
        };
        KeyCost { fixed, part, parts, most }
    }

    fn truncate_retention(&mut self, shape: Shape) -> bool {
        let is_longer = self.cells.shape.is_longer_than(shape);
        if is_longer {
            self.cells.shape = shape;
        }
        is_longer
    }

    fn remap_slots(&mut self, position: usize, place: &dyn Fn(u32) -> Option<u32>) {
        self.slots.remap(position, place, &mut self.cells);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::tests::Listed;
    use super::*;
    use crate::aggregate::Extent;
    use crate::base::Buckets;

    const TTL: i64 = 60;
    const SHAPES: [Shape; 3] = [
        Shape::Lifetime,
        Shape::Ring { buckets: Buckets::of(Millis(10)), held: 4 },
        Shape::Rolling { span: Millis(35) },
    ];

    /// What a span covers of a key's samples, by a list of all of them.
    fn naive(all: &[Sample], shape: Shape, span: Span) -> Option<f64> {
        let mut held: Vec<Sample> = Vec::new();
        let mut clock = None;
        for sample in all {
            if clock.is_some_and(|clock| sample.clock - clock >= TTL) {
                held.clear();
            }
            clock = Some(sample.clock);
            held.push(*sample);
        }
        let mut total = Listed::default();
        if clock.is_some_and(|clock| span.as_of - clock < TTL) {
            // A sample that came too late for all windows is in none of them.
            let is_inside = |sample: &&Sample| match shape {
                Shape::Ring { buckets, .. } => {
                    let (first, last) = span.extent.buckets();
                    (first..=last).contains(&buckets.number(sample.time))
                }
                Shape::Rolling { .. } => {
                    let (from, to) = span.extent.times();
                    (from..to).contains(&sample.time)
                }
                _ => true,
            };
            held.iter().filter(is_inside).for_each(|sample| total.add(*sample));
        }
        total.value()
    }

    /// The span of the whole window of a shape, as of a clock.
    fn window(shape: Shape, as_of: i64) -> Span {
        let extent = match shape {
            Shape::Ring { buckets, held } => {
                let last = buckets.number(as_of);
                Extent::Buckets { first: last - i64::from(held) + 1, last }
            }
            Shape::Rolling { span } => Extent::Times { from: as_of - span.0, to: as_of + 1 },
            _ => Extent::Whole,
        };
        Span { extent, ..Span::whole(as_of) }
    }

    fn stored(table: &dyn StateTable) -> Vec<Vec<u8>> {
        let segments = 0..table.slots() / crate::aggregate::SEGMENT;
        let encode = |segment| {
            let mut out = Vec::new();
            table.encode(segment, &mut out);
            out
        };
        segments.map(encode).collect()
    }

    fn check_bytes(table: &SimpleTable<Listed>) {
        let held = (0..table.slots() as u32).filter_map(|slot| table.slots.get(slot));
        assert_eq!(table.cells.bytes, held.map(|held| held.cell.bytes()).sum::<usize>());
    }

    proptest! {
        /// A table is a list of samples per key, of which a window takes some; undone writes leave
        /// no trace, copies stay as they are, and stored tables come back.
        #[test]
        fn tables_are_lists_of_samples(
            shape in 0..SHAPES.len(),
            steps in prop::collection::vec((0u32..4, 0i64..14, 0i64..60, 0u8..9), 1..120),
        ) {
            let shape = SHAPES[shape];
            let mut table = SimpleTable::<Listed>::new(shape, Millis(TTL)).unwrap();
            let mut lists = BTreeMap::<u32, Vec<Sample>>::new();
            let mut copy: Box<dyn StateTable> = Box::new(SimpleTable::<Listed>::new(shape, Millis(1)).unwrap());
            let mut copied = None;
            let mut clock = 0;
            for (number, (slot, forward, back, step)) in steps.into_iter().enumerate() {
                let slot = slot * 700;
                clock += forward;
                let time = if step < 4 { clock } else { clock - back };
                let sample = Sample { time, clock, payload: number as u64 + 1 };
                let mut saved = Vec::new();
                table.save(slot, &mut saved);
                // The last segment may be a new one, and so stays.
                let before = stored(&table);
                let mut found = [None; 2];
                let probe = |after| Probe { after, slot };
                let spans = [window(shape, clock); 2];
                table.add_and_read(&[(slot, sample)], number + 1, &[probe(0), probe(1)], &spans, &mut found);
                let list = lists.entry(slot).or_default();
                prop_assert_eq!(found[0], naive(list, shape, spans[0]));
                list.push(sample);
                prop_assert_eq!(found[1], naive(list, shape, spans[1]));
                check_bytes(&table);
                match step {
                    0 | 5 => {
                        table.restore(slot, &mut Bytes(&saved)).unwrap();
                        list.pop();
                        prop_assert_eq!(&stored(&table)[..before.len()], before.as_slice());
                        check_bytes(&table);
                    }
                    1 => {
                        for piece in 0.. {
                            if !table.copy_piece(&mut copy, piece) {
                                break;
                            }
                        }
                        copied = Some(stored(&table));
                        prop_assert_eq!(copy.bytes() > 0, table.bytes() > 0);
                    }
                    _ => {}
                }
                if let Some(copied) = &copied {
                    prop_assert_eq!(&stored(&*copy), copied);
                }
            }
            let mut back = table.empty();
            for segment in table.changed_since(0) {
                let mut out = Vec::new();
                table.encode(segment, &mut out);
                back.decode(segment, &mut Bytes(&out), 1, &Some).unwrap();
            }
            for (slot, list) in &lists {
                for later in [0, 7, 30, TTL] {
                    let span = window(shape, clock + later);
                    let want = naive(list, shape, span);
                    prop_assert_eq!(table.read(*slot, span), want);
                    if !list.is_empty() {
                        prop_assert_eq!(back.read(*slot, span), want);
                    }
                }
            }
            prop_assert_eq!(table.read(1, window(shape, clock)), None);
            let half = |slot: u32| slot.is_multiple_of(1400).then_some(slot / 1400);
            table.remap_slots(1, &half);
            check_bytes(&table);
            let span = window(shape, clock);
            prop_assert_eq!(table.read(1, span), lists.get(&1400).and_then(|list| naive(list, shape, span)));
        }
    }

    #[test]
    fn a_copy_that_is_written_leaves_the_other_alone() {
        let mut table = SimpleTable::<Listed>::new(Shape::Lifetime, Millis(TTL)).unwrap();
        table.add(&[(0, Sample::one(1, 1))], 1);
        let copy = table.copy();
        assert!(copy.bytes() > table.cells.bytes && copy.bytes() <= table.bytes());
        table.add(&[(0, Sample::one(2, 2))], 2);
        assert_ne!(copy.read(0, Span::whole(2)), table.read(0, Span::whole(2)));
        assert_eq!(copy.last_write(0), Some(1));
        assert!(
            SimpleTable::<Listed>::new(Shape::Decay { half_life: Millis(1) }, Millis(1)).is_none()
        );
    }
}
