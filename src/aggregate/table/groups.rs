//! Adding and reading in groups of slots, so that their cache misses overlap.

use crate::aggregate::packed::Moment;
use crate::aggregate::pool::Pool;
use crate::aggregate::{Cell, Sample, Span};

use super::{PREFETCHED, Shared, Table, Written};

/// Per sample of a group: the index of its cell in the segment plus one; 0 if the slot is not
/// written yet.
pub(super) type Found = [u16; PREFETCHED];

impl<C: Cell> Table<C> {
    /// Finds and prefetches the cells of a group of samples. The loads are independent of each
    /// other.
    pub(super) fn find(&self, group: &[(u32, Sample)], memo: &mut C::Memo) -> Found {
        let mut found = [0; PREFETCHED];
        let mut fetched = 0;
        for (place, (slot, _)) in found.iter_mut().zip(group) {
            let Some(known) = self.slots.find(*slot) else { continue };
            *place = known as u16 + 1;
            fetched ^= self.slots.at(*slot, known).at.get();
        }
        if C::HOLDS_PARTS {
            for (place, (slot, sample)) in found.iter().zip(group) {
                let Some(place) = usize::from(*place).checked_sub(1) else { continue };
                let cell = &self.slots.at(*slot, place).cell;
                fetched ^= cell.fetch(&self.shared.pool, self.shared.form, memo, *sample);
            }
        }
        std::hint::black_box(fetched);
        found
    }

    /// Reads a slot over several spans.
    pub(super) fn read_spans(&self, slot: u32, spans: Option<(&[Span], &mut [Option<f64>])>) {
        let Some((spans, found)) = spans else { return };
        let held = self.slots.get(slot);
        for (span, found) in spans.iter().zip(found) {
            *found = self.read_held(held, *span);
        }
    }

    /// The value of a cell over a span.
    #[inline]
    pub(super) fn read_held(&self, held: Option<&Written<C>>, span: Span) -> Option<f64> {
        let Shared { form, pool } = &self.shared;
        match held {
            Some(held) if span.as_of - held.at.get() < self.ttl => {
                held.cell.read(pool, *form, held.at.get(), span)
            }
            _ => C::default().read(pool, *form, span.as_of, span),
        }
    }

    /// Prefetches the cells to read, then their parts.
    pub(super) fn fetch_to_read(&self, slots: impl Iterator<Item = u32> + Clone) {
        let held = slots.filter_map(|slot| self.slots.get(slot));
        let mut fetched = held.clone().fold(0, |sum, held| sum ^ held.at.get());
        if C::HOLDS_PARTS {
            fetched = held.fold(fetched, |sum, held| sum ^ held.cell.fetch_all(&self.shared.pool));
        }
        std::hint::black_box(fetched);
    }

    /// Adds a sample to the cell that was found.
    #[inline]
    pub(super) fn add_found(
        &mut self,
        (slot, sample): (u32, Sample),
        place: u16,
        memo: &mut C::Memo,
        position: usize,
    ) {
        let Some(place) = usize::from(place).checked_sub(1) else {
            self.add_first(slot, sample, memo, position);
            return;
        };
        let Shared { form, pool } = &mut self.shared;
        let held = self.slots.at_mut(slot, place, position);
        add_again(held, (self.ttl, *form), pool, memo, sample);
    }

    /// Adds the first sample of a slot; another sample of the group may have written it meanwhile.
    #[cold]
    fn add_first(&mut self, slot: u32, sample: Sample, memo: &mut C::Memo, position: usize) {
        let Shared { form, pool } = &mut self.shared;
        let (held, is_new) = self.slots.occupy(slot, position, || {
            let mut cell = C::default();
            cell.add(pool, *form, memo, None, sample);
            Written { at: Moment::new(sample.clock), cell }
        });
        if !is_new {
            add_again(held, (self.ttl, *form), pool, memo, sample);
        }
    }
}

/// Adds a sample to an existing cell.
#[inline]
fn add_again<C: Cell>(
    held: &mut Written<C>,
    (ttl, form): (i64, C::Form),
    pool: &mut Pool<C::Part>,
    memo: &mut C::Memo,
    sample: Sample,
) {
    let before = held.at.get();
    held.at = Moment::new(sample.clock);
    let is_alive = sample.clock - before < ttl;
    if !is_alive {
        held.cell.release(pool);
    }
    held.cell.add(pool, form, memo, is_alive.then_some(before), sample);
}
