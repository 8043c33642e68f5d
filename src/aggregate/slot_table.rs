//! The slot table: an entry for each written slot of a scope. Slots lie in segments of 1,024 that
//! grow on their own, so that one key costs little and a million keys are never moved at once.
//!
//! A segment is also the unit of storage: its slots and the clocks of their last writes are
//! delta-coded, each followed by the rest of its entry.

use crate::base::bytes::{Bytes, put_i64};

use super::delta_codec::{DeltaCodec, read_slots};
use super::occupancy::{Occupancy, SEGMENT};

/// The segments per piece of a copy.
const PIECE_SEGMENTS: usize = 16;

/// The codec of a table's entries, and the owner of what they hold outside of the table.
pub trait EntryCodec {
    /// The entry of a written slot.
    type Entry;

    /// The clock at the last write of a slot.
    fn last_write(entry: &Self::Entry) -> i64;
    /// Encodes an entry without its last write, canonically: equal content, equal bytes.
    fn encode(&self, entry: &Self::Entry, out: &mut Vec<u8>);
    /// Decodes an entry; `None` for bytes that [`EntryCodec::encode`] did not write.
    fn decode(&mut self, last_write: i64, bytes: &mut Bytes<'_>) -> Option<Self::Entry>;
    /// Releases what an entry holds outside of the table.
    fn release(&mut self, entry: Self::Entry);
}

/// Entries by slot.
#[derive(Clone, Debug)]
pub struct SlotTable<E> {
    segments: Vec<Segment<E>>,
}

#[derive(Debug)]
struct Segment<E> {
    occupancy: Occupancy,
    entries: Vec<E>,
    /// The position after the last batch that wrote here.
    changed: usize,
}

#[inline]
const fn split(slot: u32) -> (usize, usize) {
    (slot as usize / SEGMENT, slot as usize % SEGMENT)
}

impl<E: Clone> Clone for Segment<E> {
    fn clone(&self) -> Self {
        Self {
            occupancy: self.occupancy.clone(),
            entries: self.entries.clone(),
            changed: self.changed,
        }
    }

    /// Reuses the allocations.
    fn clone_from(&mut self, source: &Self) {
        self.occupancy.clone_from(&source.occupancy);
        self.entries.clone_from(&source.entries);
        self.changed = source.changed;
    }
}

impl<E> Segment<E> {
    const EMPTY: Self = Self { occupancy: Occupancy::EMPTY, entries: Vec::new(), changed: 0 };

    /// Appends the entry of a slot that was just occupied. A single key allocates for one.
    fn push(&mut self, entry: E) {
        if self.entries.capacity() == 0 {
            self.entries.reserve_exact(1);
        }
        self.entries.push(entry);
    }
}

impl<E> Default for SlotTable<E> {
    fn default() -> Self {
        Self { segments: Vec::new() }
    }
}

impl<E> SlotTable<E> {
    /// The entry of a slot, if it is written.
    #[inline]
    #[must_use]
    pub fn get(&self, slot: u32) -> Option<&E> {
        let (segment, slot) = split(slot);
        let segment = self.segments.get(segment)?;
        Some(&segment.entries[segment.occupancy.get(slot)?])
    }

    /// The place of a slot's entry in its segment, if it is written. It stays until a slot is
    /// removed.
    #[inline]
    #[must_use]
    pub fn find(&self, slot: u32) -> Option<usize> {
        let (segment, slot) = split(slot);
        self.segments.get(segment)?.occupancy.get(slot)
    }

    /// The entry at the place that [`find`](Self::find) returned for a slot.
    #[inline]
    #[must_use]
    pub fn at(&self, slot: u32, place: usize) -> &E {
        &self.segments[split(slot).0].entries[place]
    }

    /// The entry at the place that [`find`](Self::find) returned for a slot, to be written by a
    /// batch that ends at `position`.
    #[inline]
    pub fn at_mut(&mut self, slot: u32, place: usize, position: usize) -> &mut E {
        let segment = &mut self.segments[split(slot).0];
        segment.changed = position;
        &mut segment.entries[place]
    }

    /// The entry of a slot, to be written by a batch that ends at `position`, and whether it is
    /// new: then `new` makes it.
    pub fn occupy(
        &mut self,
        slot: u32,
        position: usize,
        new: impl FnOnce() -> E,
    ) -> (&mut E, bool) {
        let (number, slot) = split(slot);
        let segment = self.segment_mut(number);
        segment.changed = position;
        let (place, is_new) = segment.occupancy.occupy(slot);
        if is_new {
            segment.push(new());
        }
        (&mut segment.entries[place], is_new)
    }

    /// Writes the entry of a slot, by a batch that ends at `position`. Returns the one before.
    pub fn put(&mut self, slot: u32, entry: E, position: usize) -> Option<E> {
        let before = self.replace(slot, entry);
        self.segments[split(slot).0].changed = position;
        before
    }

    fn replace(&mut self, slot: u32, entry: E) -> Option<E> {
        let (number, slot) = split(slot);
        let segment = self.segment_mut(number);
        let (place, is_new) = segment.occupancy.occupy(slot);
        if is_new {
            segment.push(entry);
            return None;
        }
        Some(std::mem::replace(&mut segment.entries[place], entry))
    }

    fn remove(&mut self, slot: u32) -> Option<E> {
        let (number, slot) = split(slot);
        let segment = self.segments.get_mut(number)?;
        let place = segment.occupancy.release(slot)?;
        Some(segment.entries.swap_remove(place))
    }

    fn segment_mut(&mut self, number: usize) -> &mut Segment<E> {
        if number >= self.segments.len() {
            self.segments.resize_with(number + 1, || Segment::EMPTY);
        }
        &mut self.segments[number]
    }

    /// The number of slots that are addressable so far.
    #[must_use]
    pub const fn slots(&self) -> usize {
        self.segments.len() * SEGMENT
    }

    /// The segments written after the position `position`.
    #[must_use]
    pub fn changed_since(&self, position: usize) -> Vec<usize> {
        let changed = |number: &usize| self.segments[*number].changed > position;
        (0..self.segments.len()).filter(changed).collect()
    }

    /// Encodes a segment into `out`.
    pub fn encode<C>(&self, segment: usize, codec: &C, out: &mut Vec<u8>)
    where
        C: EntryCodec<Entry = E>,
    {
        let Some(segment) = self.segments.get(segment) else { return };
        let mut steps = DeltaCodec::default();
        for (slot, place) in segment.occupancy.iter() {
            let entry = &segment.entries[place];
            steps.put(slot, C::last_write(entry), out);
            codec.encode(entry, out);
        }
    }

    /// Decodes a segment that [`SlotTable::encode`] wrote; `place` maps its slots to those of this
    /// table. `None` for invalid bytes.
    pub fn decode<C>(
        &mut self,
        segment: usize,
        bytes: &mut Bytes<'_>,
        position: usize,
        place: &dyn Fn(u32) -> Option<u32>,
        codec: &mut C,
    ) -> Option<()>
    where
        C: EntryCodec<Entry = E>,
    {
        read_slots(segment, bytes, place, |to, last_write, bytes| {
            let entry = codec.decode(last_write, bytes)?;
            self.put(to, entry, position).into_iter().for_each(|before| codec.release(before));
            Some(())
        })
    }

    /// Saves a slot into `out`, for [`SlotTable::restore`].
    pub fn save<C>(&self, slot: u32, codec: &C, out: &mut Vec<u8>)
    where
        C: EntryCodec<Entry = E>,
    {
        let entry = self.get(slot);
        out.push(u8::from(entry.is_some()));
        if let Some(entry) = entry {
            put_i64(out, C::last_write(entry));
            codec.encode(entry, out);
        }
    }

    /// Restores a slot that [`SlotTable::save`] wrote; `None` for invalid bytes.
    pub fn restore<C>(&mut self, slot: u32, bytes: &mut Bytes<'_>, codec: &mut C) -> Option<()>
    where
        C: EntryCodec<Entry = E>,
    {
        let (&is_written, rest) = bytes.0.split_first()?;
        bytes.0 = rest;
        let before = if is_written == 0 {
            self.remove(slot)
        } else {
            let last_write = bytes.i64()?;
            let entry = codec.decode(last_write, bytes)?;
            self.replace(slot, entry)
        };
        before.into_iter().for_each(|before| codec.release(before));
        Some(())
    }

    /// Remaps every slot by `place`; the entries of slots that it maps to nothing are released.
    pub fn remap<C>(&mut self, position: usize, place: &dyn Fn(u32) -> Option<u32>, codec: &mut C)
    where
        C: EntryCodec<Entry = E>,
    {
        for (number, segment) in std::mem::take(&mut self.segments).into_iter().enumerate() {
            let mut slots = vec![0; segment.entries.len()];
            segment.occupancy.iter().for_each(|(slot, place)| slots[place] = slot);
            for (slot, entry) in slots.into_iter().zip(segment.entries) {
                let before = match place((number * SEGMENT + slot) as u32) {
                    Some(to) => self.put(to, entry, position),
                    None => Some(entry),
                };
                before.into_iter().for_each(|before| codec.release(before));
            }
        }
    }

    /// The bytes of memory held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let held = |segment: &Segment<E>| {
            segment.occupancy.bytes() + segment.entries.capacity() * size_of::<E>()
        };
        self.segments.iter().map(held).sum::<usize>()
            + self.segments.capacity() * size_of::<Segment<E>>()
    }

    /// The bytes that a written slot costs.
    #[must_use]
    pub const fn bytes_per_slot() -> usize {
        size_of::<u16>() + size_of::<E>()
    }
}

impl<E: Clone> SlotTable<E> {
    /// The pieces of a copy.
    #[must_use]
    pub const fn pieces(&self) -> usize {
        self.segments.len().div_ceil(PIECE_SEGMENTS)
    }

    /// Copies a piece into `copy`, reusing its allocations. The first piece begins a copy.
    pub fn copy_piece(&self, copy: &mut Self, piece: usize) {
        if piece == 0 {
            copy.segments.truncate(self.segments.len());
            copy.segments.reserve_exact(self.segments.len() - copy.segments.len());
        }
        let end = self.segments.len().min((piece + 1) * PIECE_SEGMENTS);
        for number in (piece * PIECE_SEGMENTS).min(end)..end {
            match copy.segments.get_mut(number) {
                Some(segment) => segment.clone_from(&self.segments[number]),
                None => copy.segments.push(self.segments[number].clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::base::bytes::put_text;

    /// Texts: entries that are not copied bytewise. Counts those that were released.
    #[derive(Default)]
    struct Texts {
        released: usize,
    }

    impl EntryCodec for Texts {
        type Entry = (i64, String);

        fn last_write(entry: &(i64, String)) -> i64 {
            entry.0
        }

        fn encode(&self, entry: &(i64, String), out: &mut Vec<u8>) {
            put_text(out, &entry.1);
        }

        fn decode(&mut self, last_write: i64, bytes: &mut Bytes<'_>) -> Option<(i64, String)> {
            Some((last_write, bytes.text()?.to_owned()))
        }

        fn release(&mut self, _: (i64, String)) {
            self.released += 1;
        }
    }

    fn entries(table: &SlotTable<(i64, String)>) -> BTreeMap<u32, (i64, String)> {
        let slots = 0..table.slots() as u32;
        slots.filter_map(|slot| Some((slot, table.get(slot)?.clone()))).collect()
    }

    proptest! {
        /// Writes, undone or not, make a map; so do the bytes of its segments, pieces of copies,
        /// and remapped slots.
        #[test]
        fn entries_are_a_map(
            writes in proptest::collection::vec((0u32..3000, any::<i32>(), any::<bool>()), 0..300),
        ) {
            let mut table = SlotTable::default();
            let mut texts = Texts::default();
            let mut map = BTreeMap::new();
            let mut replaced = 0;
            for (number, (slot, clock, is_undone)) in writes.iter().enumerate() {
                let entry = (i64::from(*clock), format!("{number}"));
                let mut saved = Vec::new();
                table.save(*slot, &texts, &mut saved);
                prop_assert_eq!(table.put(*slot, entry.clone(), number + 1), map.get(slot).cloned());
                if *is_undone {
                    replaced += 1;
                    table.restore(*slot, &mut Bytes(&saved), &mut texts).unwrap();
                } else {
                    map.insert(*slot, entry);
                }
            }
            prop_assert_eq!(texts.released, replaced);
            prop_assert_eq!(&entries(&table), &map);

            let mut decoded = SlotTable::default();
            for segment in table.changed_since(0) {
                let mut out = Vec::new();
                table.encode(segment, &texts, &mut out);
                let place = |slot: u32| Some(slot + 1);
                decoded.decode(segment, &mut Bytes(&out), 1, &place, &mut texts).unwrap();
            }
            let moved = map.iter().map(|(slot, entry)| (slot + 1, entry.clone()));
            prop_assert_eq!(entries(&decoded), moved.collect::<BTreeMap<_, _>>());

            let mut copy = decoded;
            (0..table.pieces().max(1)).for_each(|piece| table.copy_piece(&mut copy, piece));
            prop_assert_eq!(&entries(&copy), &map);

            let half = |slot: u32| slot.is_multiple_of(2).then_some(slot / 2);
            copy.remap(1, &half, &mut texts);
            let kept = map.iter().filter_map(|(slot, entry)| Some((half(*slot)?, entry.clone())));
            let kept: BTreeMap<_, _> = kept.collect();
            prop_assert_eq!(entries(&copy), kept.clone());
            prop_assert_eq!(texts.released, replaced + map.len() - kept.len());
        }
    }
}
