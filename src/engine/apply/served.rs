//! Served values: what an online store that follows a feature's `refresh` would answer. Per key,
//! the values at its last refresh and the clock of it.

use crate::aggregate::{EntryCodec, Pool, Run, SlotTable};
use crate::base::bytes::{Bytes, put_f64, put_i64};

/// The served values of one feature, for all keys.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Served {
    refresh: i64,
    ttl: i64,
    slots: SlotTable<Refreshed>,
    values: Values,
}

/// The entry of a key.
#[derive(Clone, Copy, Debug)]
struct Refreshed {
    last_write: i64,
    last_refresh: i64,
    values: Run,
}

/// The served values of all keys.
#[derive(Clone, Debug)]
struct Values {
    /// The number of outputs, and of the cells of each: one for a number, two for each value of a
    /// list.
    outputs: usize,
    width: usize,
    /// NaN is a missing value.
    pool: Pool<f64>,
}

impl EntryCodec for Values {
    type Entry = Refreshed;

    fn last_write(entry: &Refreshed) -> i64 {
        entry.last_write
    }

    fn encode(&self, entry: &Refreshed, out: &mut Vec<u8>) {
        put_i64(out, entry.last_write - entry.last_refresh);
        entry.values.parts(&self.pool).iter().for_each(|value| put_f64(out, *value));
    }

    fn decode(&mut self, last_write: i64, bytes: &mut Bytes<'_>) -> Option<Refreshed> {
        let last_refresh = last_write.checked_sub(bytes.i64()?)?;
        let values: Option<Vec<f64>> =
            (0..self.outputs * self.width).map(|_| bytes.f64()).collect();
        Some(Refreshed { last_write, last_refresh, values: Run::of(&mut self.pool, &values?) })
    }

    fn release(&mut self, mut entry: Refreshed) {
        entry.values.release(&mut self.pool);
    }
}

impl Served {
    /// An empty table; `refresh` and `ttl` in milliseconds. Each of the outputs has `width` cells.
    #[must_use]
    pub(in crate::engine) fn new(refresh: i64, ttl: i64, outputs: usize, width: usize) -> Self {
        let values = Values { outputs, width, pool: Pool::default() };
        Self { refresh, ttl, slots: SlotTable::default(), values }
    }

    /// Records a write of a key at `clock`. Returns true if it is due to refresh the served values;
    /// then [`Served::refresh`] must follow.
    pub(super) fn is_due(&mut self, slot: u32, clock: i64, position: usize) -> bool {
        let (refresh, ttl) = (self.refresh, self.ttl);
        let Values { outputs, width, pool } = &mut self.values;
        let (entry, is_new) = self.slots.occupy(slot, position, || Refreshed {
            last_write: clock,
            last_refresh: clock,
            values: Run::of(pool, &vec![f64::NAN; *outputs * *width]),
        });
        let is_due =
            is_new || clock - entry.last_write >= ttl || clock - entry.last_refresh >= refresh;
        entry.last_write = clock;
        if is_due {
            entry.last_refresh = clock;
        }
        is_due
    }

    /// Sets the served values of a key: `live` writes the cells of each output.
    pub(in crate::engine) fn refresh(
        &mut self,
        slot: u32,
        mut live: impl FnMut(usize, &mut [f64]),
    ) {
        let Some(entry) = self.slots.get(slot) else { return };
        let cells = entry.values.parts_mut(&mut self.values.pool);
        for (number, cells) in cells.chunks_exact_mut(self.values.width).enumerate() {
            live(number, cells);
        }
    }

    /// The served number of the feature's n-th output, and the clock of its refresh. `None` if the
    /// key was never written or its time to live has passed.
    #[must_use]
    pub(in crate::engine) fn read(
        &self,
        slot: u32,
        output: usize,
        as_of: i64,
    ) -> Option<(Option<f64>, i64)> {
        let (cells, refreshed) = self.cells(slot, output, as_of)?;
        let value = cells.first().copied().filter(|value| !value.is_nan());
        Some((value, refreshed))
    }

    /// The cells of the feature's n-th output, and the clock of their refresh; see [`Served::read`].
    #[must_use]
    pub(in crate::engine) fn cells(
        &self,
        slot: u32,
        output: usize,
        as_of: i64,
    ) -> Option<(&[f64], i64)> {
        let entry = self.slots.get(slot)?;
        if as_of - entry.last_write >= self.ttl {
            return None;
        }
        let width = self.values.width;
        let cells = entry.values.parts(&self.values.pool);
        Some((&cells[output * width..][..width], entry.last_refresh))
    }

    /// The segments written after the position `position`.
    pub(in crate::engine) fn changed_since(&self, position: usize) -> Vec<usize> {
        self.slots.changed_since(position)
    }

    /// Encodes a segment into `out`.
    pub(in crate::engine) fn encode(&self, segment: usize, out: &mut Vec<u8>) {
        self.slots.encode(segment, &self.values, out);
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
        self.slots.decode(segment, bytes, position, place, &mut self.values)
    }

    /// Saves a slot into `out`, for [`Served::restore`].
    pub(in crate::engine) fn save(&self, slot: u32, out: &mut Vec<u8>) {
        self.slots.save(slot, &self.values, out);
    }

    /// Restores a slot that [`Served::save`] wrote; `None` for invalid bytes.
    pub(in crate::engine) fn restore(&mut self, slot: u32, bytes: &mut Bytes<'_>) -> Option<()> {
        self.slots.restore(slot, bytes, &mut self.values)
    }

    /// Remaps every slot by `place`.
    pub(in crate::engine) fn remap_slots(
        &mut self,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
    ) {
        self.slots.remap(position, place, &mut self.values);
    }

    /// The bytes of memory held.
    pub(in crate::engine) fn bytes(&self) -> usize {
        self.slots.bytes() + self.values.pool.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(served: &mut Served, slot: u32, clock: i64, live: Option<f64>) {
        if served.is_due(slot, clock, 1) {
            served.refresh(slot, |_, cells| cells[0] = live.unwrap_or(f64::NAN));
        }
    }

    #[test]
    fn a_served_value_stands_until_a_write_after_its_refresh() {
        let mut served = Served::new(60, 1000, 1, 1);
        write(&mut served, 0, 0, Some(1.0));
        write(&mut served, 0, 59, Some(2.0));
        assert_eq!(served.read(0, 0, 59), Some((Some(1.0), 0)));
        assert_eq!(served.read(0, 0, 500), Some((Some(1.0), 0)), "however old");
        write(&mut served, 0, 60, Some(3.0));
        assert_eq!(served.read(0, 0, 60), Some((Some(3.0), 60)));
    }

    #[test]
    fn it_goes_with_its_time_to_live() {
        let mut served = Served::new(600, 100, 1, 1);
        write(&mut served, 0, 0, None);
        assert_eq!(served.read(0, 0, 99), Some((None, 0)), "a missing value is served too");
        assert_eq!(served.read(0, 0, 100), None);
        write(&mut served, 0, 100, Some(7.0));
        assert_eq!(served.read(0, 0, 100), Some((Some(7.0), 100)), "a new life refreshes at once");
    }
}
