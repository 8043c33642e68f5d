//! A pool for the parts of a state: the buckets and samples that keys hold beside their cell.
//!
//! Keys hold *runs*: blocks whose sizes are powers of two. A block that a run has outgrown is
//! reused for the next run of that size, so that nothing is allocated in the steady state. Blocks
//! lie in chunks, which never move: growth copies one block at most, and copying a pool is a few
//! large copies.

/// The parts of a chunk; a run longer than a quarter of it has its own.
const CHUNK: usize = 4096;
/// The chunks per piece of a copy.
const PIECE: usize = 16;

/// Blocks of parts.
#[derive(Clone, Debug)]
pub struct Pool<P> {
    chunks: Vec<Vec<P>>,
    /// The chunk being filled.
    open: usize,
    /// Per class, the free blocks.
    free: Vec<Vec<Place>>,
}

/// The begin of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    chunk: [u8; 3],
    offset: [u8; 2],
}

/// The parts of a key, in order. The default has none, and no block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    place: Place,
    length: [u8; 4],
    /// 0 for no block, else one more than the logarithm of its size.
    class: u8,
}

impl<P> Default for Pool<P> {
    fn default() -> Self {
        Self { chunks: Vec::new(), open: 0, free: Vec::new() }
    }
}

impl Place {
    fn new(chunk: usize, offset: usize) -> Self {
        let [a, b, c, ..] = (chunk as u32).to_le_bytes();
        Self { chunk: [a, b, c], offset: (offset as u16).to_le_bytes() }
    }

    fn chunk(self) -> usize {
        let [a, b, c] = self.chunk;
        u32::from_le_bytes([a, b, c, 0]) as usize
    }

    fn offset(self) -> usize {
        usize::from(u16::from_le_bytes(self.offset))
    }
}

/// The largest block for runs that need so many parts: with room for stale ones, so that those are
/// not removed one by one.
pub(super) const fn limit(needed: usize) -> usize {
    needed.saturating_add(needed / 16).saturating_add(2)
}

/// The capacity of a class, given `limit`.
fn room(class: u8, limit: usize) -> usize {
    match class {
        0 => 0,
        class => 1usize.checked_shl(u32::from(class) - 1).map_or(limit, |size| size.min(limit)),
    }
}

impl<P: Copy + Default> Pool<P> {
    fn take(&mut self, class: u8, limit: usize) -> Place {
        if let Some(place) = self.free.get_mut(usize::from(class)).and_then(Vec::pop) {
            return place;
        }
        let size = room(class, limit);
        if size > CHUNK / 4 {
            self.chunks.push(vec![P::default(); size]);
            return Place::new(self.chunks.len() - 1, 0);
        }
        let has_room = |chunk: &Vec<P>| chunk.len() + size <= CHUNK;
        if !self.chunks.get(self.open).is_some_and(has_room) {
            self.open = self.chunks.len();
            self.chunks.push(Vec::new());
        }
        let chunk = &mut self.chunks[self.open];
        let offset = chunk.len();
        chunk.resize(offset + size, P::default());
        Place::new(self.open, offset)
    }

    fn free_block(&mut self, class: u8, place: Place) {
        if class == 0 {
            return;
        }
        let class = usize::from(class);
        if class >= self.free.len() {
            self.free.resize_with(class + 1, Vec::new);
        }
        self.free[class].push(place);
    }

    /// The pieces of a copy.
    pub(super) const fn pieces(&self) -> usize {
        self.chunks.len().div_ceil(PIECE)
    }

    /// Copies a piece into `copy`, reusing its allocations. The first piece begins a copy.
    pub(super) fn copy_piece(&self, copy: &mut Self, piece: usize) {
        if piece == 0 {
            copy.chunks.truncate(self.chunks.len());
            copy.open = self.open;
            copy.free.clone_from(&self.free);
        }
        let end = self.chunks.len().min((piece + 1) * PIECE);
        for number in (piece * PIECE).min(end)..end {
            match copy.chunks.get_mut(number) {
                Some(chunk) => chunk.clone_from(&self.chunks[number]),
                None => copy.chunks.push(self.chunks[number].clone()),
            }
        }
    }

    /// The bytes of memory held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let parts: usize = self.chunks.iter().map(Vec::capacity).sum();
        let free: usize = self.free.iter().map(Vec::capacity).sum();
        parts * size_of::<P>()
            + free * size_of::<Place>()
            + self.chunks.capacity() * size_of::<Vec<P>>()
    }
}

impl Run {
    pub(super) const fn len(&self) -> usize {
        u32::from_le_bytes(self.length) as usize
    }

    fn set_len(&mut self, length: usize) {
        self.length = (length as u32).to_le_bytes();
    }

    /// A run of these parts; all runs of the pool must have as many.
    #[must_use]
    pub fn of<P: Copy + Default>(pool: &mut Pool<P>, parts: &[P]) -> Self {
        let mut run = Self::default();
        run.extend(pool, parts.len(), |_| (0, 0), parts);
        run
    }

    /// The parts, in order.
    #[must_use]
    pub fn parts<'p, P>(&self, pool: &'p Pool<P>) -> &'p [P] {
        if self.class == 0 {
            return &[];
        }
        let start = self.place.offset();
        &pool.chunks[self.place.chunk()][start..start + self.len()]
    }

    /// The parts, mutable.
    #[must_use]
    pub fn parts_mut<'p, P>(&self, pool: &'p mut Pool<P>) -> &'p mut [P] {
        if self.class == 0 {
            return &mut [];
        }
        let start = self.place.offset();
        &mut pool.chunks[self.place.chunk()][start..start + self.len()]
    }

    /// The last part.
    #[inline]
    pub(super) fn last<'p, P>(&self, pool: &'p Pool<P>) -> Option<&'p P> {
        let last = self.len().checked_sub(1)?;
        pool.chunks[self.place.chunk()].get(self.place.offset() + last)
    }

    /// Appends a part; without room, as [`insert`](Self::insert).
    #[inline]
    pub(super) fn push<P: Copy + Default>(
        &mut self,
        pool: &mut Pool<P>,
        limit: usize,
        stale: impl FnOnce(&[P]) -> usize,
        part: P,
    ) {
        let length = self.len();
        if length == room(self.class, limit) {
            self.insert(pool, limit, length, stale, part);
            return;
        }
        pool.chunks[self.place.chunk()][self.place.offset() + length] = part;
        self.set_len(length + 1);
    }

    /// Appends parts. Without room, `stale` returns how many of the oldest, old and new together,
    /// are dropped; no more than `limit` may remain.
    pub(super) fn extend<P: Copy + Default>(
        &mut self,
        pool: &mut Pool<P>,
        limit: usize,
        stale: impl FnOnce(&[P]) -> (usize, usize),
        parts: &[P],
    ) {
        let (mut length, mut parts) = (self.len(), parts);
        let has = room(self.class, limit);
        if length + parts.len() > has {
            let (old, new) = stale(self.parts(pool));
            parts = &parts[new..];
            let needs = length - old + parts.len();
            debug_assert!(needs <= limit);
            if needs > has {
                let fits = |class: &u8| room(*class, limit) >= needs.min(limit);
                let class = (self.class + 1..=u8::MAX).find(fits).unwrap_or(u8::MAX);
                let place = pool.take(class, limit);
                self.copy_to(pool, old, place);
                pool.free_block(self.class, self.place);
                (self.class, self.place) = (class, place);
            } else {
                self.parts_mut(pool).copy_within(old.., 0);
            }
            length -= old;
        }
        self.set_len(length + parts.len());
        self.parts_mut(pool)[length..].copy_from_slice(parts);
    }

    /// Inserts a part at `at`. Without room, `stale` returns how many of the oldest are not needed;
    /// they are dropped, unless they are so few that growing is better. No block exceeds `limit`:
    /// see [`limit`].
    pub(super) fn insert<P: Copy + Default>(
        &mut self,
        pool: &mut Pool<P>,
        limit: usize,
        at: usize,
        stale: impl FnOnce(&[P]) -> usize,
        part: P,
    ) {
        let length = self.len();
        let has = room(self.class, limit);
        let mut at = at;
        if length == has {
            let stale = stale(self.parts(pool)).min(at);
            let stale = if has == limit { stale.max(1).min(length) } else { stale };
            if stale > 0 && stale * 16 >= length {
                self.parts_mut(pool).copy_within(stale.., 0);
            } else {
                let kept = Self { class: self.class + 1, ..*self };
                let place = pool.take(kept.class, limit);
                self.copy_to(pool, stale, place);
                pool.free_block(self.class, self.place);
                *self = Self { place, ..kept };
            }
            self.set_len(length - stale);
            at = at.saturating_sub(stale);
        }
        let length = self.len();
        self.set_len(length + 1);
        let parts = self.parts_mut(pool);
        parts.copy_within(at..length, at + 1);
        parts[at] = part;
    }

    /// Copies the parts from `stale` on to another block.
    fn copy_to<P: Copy>(&self, pool: &mut Pool<P>, stale: usize, to: Place) {
        if self.class == 0 {
            return;
        }
        let (chunk, start, end) =
            (self.place.chunk(), self.place.offset() + stale, self.place.offset() + self.len());
        if chunk == to.chunk() {
            pool.chunks[chunk].copy_within(start..end, to.offset());
        } else if let Ok([from, into]) = pool.chunks.get_disjoint_mut([chunk, to.chunk()]) {
            into[to.offset()..][..end - start].copy_from_slice(&from[start..end]);
        }
    }

    /// Returns the block to the pool.
    pub fn release<P: Copy + Default>(&mut self, pool: &mut Pool<P>) {
        pool.free_block(self.class, self.place);
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_block_that_was_given_back_is_used_again() {
        let mut pool = Pool::<u32>::default();
        let mut runs = [Run::default(); 3];
        for part in 0..100 {
            for run in &mut runs {
                let end = run.len();
                run.insert(&mut pool, usize::MAX, end, |_| 0, part);
            }
        }
        let mut bytes = 0;
        for round in 0..100 {
            runs[1].release(&mut pool);
            for part in 0..100 {
                let end = runs[1].len();
                runs[1].insert(&mut pool, usize::MAX, end, |_| 0, part);
            }
            assert!(round == 0 || pool.bytes() == bytes, "the steady state needs no more room");
            bytes = pool.bytes();
        }
        assert!(runs[2].parts(&pool).iter().copied().eq(0..100));
    }

    #[test]
    fn a_run_within_its_limit_never_outgrows_it() {
        let mut pool = Pool::<u32>::default();
        let mut run = Run::default();
        let limit = limit(60);
        for part in 0..10_000u32 {
            let end = run.len();
            run.insert(&mut pool, limit, end, |_| end.saturating_sub(60), part);
            assert!(run.len() <= limit);
            let needed = &run.parts(&pool)[run.len().saturating_sub(60)..];
            assert!(needed.iter().copied().eq((part + 1).saturating_sub(60)..=part));
        }
    }

    proptest! {
        /// Parts that come together lie as those do that come one by one, but for stale ones.
        #[test]
        fn parts_may_come_together(
            needed in 1usize..40,
            lists in proptest::collection::vec((0usize..3, 1usize..50), 1..60),
        ) {
            let mut pool = Pool::<u32>::default();
            let mut runs = [Run::default(); 3];
            let mut all: [Vec<u32>; 3] = Default::default();
            let limit = limit(needed);
            let mut next = 0;
            for (which, many) in lists {
                let parts: Vec<u32> = (next..next + many as u32).collect();
                next += many as u32;
                let stale = |older: &[u32]| {
                    let gone = (older.len() + many).saturating_sub(needed);
                    (gone.min(older.len()), gone.saturating_sub(older.len()))
                };
                runs[which].extend(&mut pool, limit, stale, &parts);
                all[which].extend(parts);
                for (run, all) in runs.iter().zip(&all) {
                    let held = run.parts(&pool);
                    prop_assert!(held.len() <= limit && held.len() >= all.len().min(needed));
                    prop_assert_eq!(held, &all[all.len() - held.len()..]);
                }
            }
        }

        /// Runs of one pool behave as lists of their own, whatever their length.
        #[test]
        fn runs_are_lists(steps in proptest::collection::vec((0usize..4, 0u8..20, 0usize..3000), 1..60)) {
            let mut pool = Pool::<u32>::default();
            let mut runs = [Run::default(); 4];
            let mut lists: [Vec<u32>; 4] = Default::default();
            let mut next = 0;
            for (which, step, many) in steps {
                let (run, list) = (&mut runs[which], &mut lists[which]);
                if step == 0 {
                    run.release(&mut pool);
                    list.clear();
                    continue;
                }
                for _ in 0..many {
                    let at = if step < 4 { list.len() / 2 } else { list.len() };
                    next += 1;
                    run.insert(&mut pool, usize::MAX, at, |_| 0, next);
                    list.insert(at, next);
                }
                for (run, list) in runs.iter().zip(&lists) {
                    prop_assert_eq!(run.parts(&pool), list.as_slice());
                }
            }
        }
    }
}
