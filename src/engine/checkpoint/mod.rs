//! Copies of the states along the tape, so that going back is replaying from the nearest one. It
//! must not know how they are made.
//!
//! A replay leaves copies as far apart as makes them cheap beside the replay itself. What the
//! budget allows beyond that is [filled in](Checkpoints::next_gap) later, halving the widest gap
//! each time; where it is used up, the copy that is missed least gives way.

pub(in crate::engine) mod change;
pub(in crate::engine) mod copy;
pub(in crate::engine) mod undo;

use std::sync::Arc;

use super::{DropQueue, Engine, Migration, MissingStates};

/// Copies of an engine at moments of the replay, within a budget of memory.
pub struct Checkpoints {
    /// In order of their position.
    kept: Vec<Kept>,
    limits: Limits,
    /// How many bytes of states are copied in the time in which an event is applied.
    price: usize,
    /// The same where a copy is left: it takes new memory, which is slower.
    leaving_price: usize,
    /// Where a replay left the last copy, and its size, whether that one was kept or gave way.
    left: (usize, usize),
    /// The largest states seen were too large for the budget.
    too_large: bool,
    /// A gap was to be filled, and there was no room.
    full: bool,
    /// The same for a copy near the cursor.
    near_refused: bool,
    /// How many were left [near](Self::insert_near) the cursor.
    near: usize,
}

struct Kept {
    /// Others may read it as long as they like; it is changed while nobody does.
    engine: Arc<Engine>,
    bytes: usize,
    /// It serves the cursor's neighborhood: the number tells which came first.
    near: Option<usize>,
    is_whole: bool,
    /// Whether `bytes` is what it holds; otherwise it is more than that.
    is_measured: bool,
}

impl Kept {
    fn new(engine: Engine, bytes: usize, near: Option<usize>) -> Self {
        Self { engine: Arc::new(engine), bytes, near, is_whole: true, is_measured: true }
    }

    fn events(&self) -> usize {
        self.engine.position().events
    }
}

/// What checkpoints may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes of memory they may hold together.
    pub bytes: usize,
    /// How many events lie between two of them, at least.
    pub closest: usize,
    /// How many bytes of states are copied in the time in which an event is applied, until that
    /// is [measured](Checkpoints::measured).
    pub bytes_an_event: usize,
}

impl Default for Limits {
    /// Half a gibibyte; and a distance over which a replay takes a millisecond.
    fn default() -> Self {
        Self { bytes: 512 << 20, closest: 8192, bytes_an_event: 512 }
    }
}

/// A replay spends this share of its time on copies.
const SHARE: usize = 4;
/// How many bytes of states are copied in a nanosecond.
const BYTES_A_NANOSECOND: f64 = 4.0;
/// The least and the highest price of an event, in bytes: of one that nothing is counted of, and of
/// one that ten thousand states count.
const PRICES: (usize, usize) = (128, 1 << 18);
/// The fewest events between two copies, however long they take.
const CLOSEST: usize = 256;
/// How many are kept near the cursor, beside those that lie all along the tape.
const NEAR: usize = 2;

impl Checkpoints {
    /// None yet.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            kept: Vec::new(),
            limits,
            price: limits.bytes_an_event,
            leaving_price: limits.bytes_an_event,
            left: (0, 0),
            too_large: false,
            full: false,
            near_refused: false,
            near: 0,
        }
    }

    /// What they may cost.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// For how many events' sake a copy of so many bytes is worth being taken up.
    #[must_use]
    pub const fn worth(&self, bytes: usize) -> usize {
        bytes / self.price
    }

    /// An event was found to take so many nanoseconds; and in each of them, so many bytes of a copy
    /// were made that was left, if any was.
    pub fn measured(&mut self, nanos: f64, left: Option<f64>) {
        let [price, leaving] = [BYTES_A_NANOSECOND, left.unwrap_or_default()]
            .map(|bytes| ((nanos * bytes) as usize).clamp(PRICES.0, PRICES.1));
        self.price = price;
        let leaving = if left.is_some() { leaving } else { self.leaving_price };
        self.leaving_price = leaving.min(price).max(self.limits.bytes_an_event);
    }

    /// How many events lie between two, at least: where they take long, fewer than the limits say.
    fn closest(&self) -> usize {
        let longer = (self.price / Limits::default().bytes_an_event).max(1);
        (self.limits.closest / longer).max(CLOSEST.min(self.limits.closest))
    }

    /// How many more events a replay at `events`, on its way to `goal`, should apply before it
    /// takes a copy: 0 for none.
    #[must_use]
    pub fn due_in(&self, events: usize, goal: usize) -> usize {
        if self.too_large {
            return usize::MAX;
        }
        let after = self.kept.partition_point(|kept| kept.events() <= events);
        let place = |kept: &Kept| (kept.events(), kept.bytes);
        let kept = after.checked_sub(1).map_or((0, 0), |at| place(&self.kept[at]));
        let (last, bytes) = if self.left.0 <= events { kept.max(self.left) } else { kept };
        let apart = (SHARE * (bytes / self.leaving_price)).max(self.closest());
        let due = (last + apart).saturating_sub(events);
        match self.kept.get(after) {
            // Known ground: a copy is worth its time only where the way is still long.
            Some(next) if next.events() < events + due + apart => next.events() + apart - events,
            Some(_) if goal < events + due + apart => usize::MAX,
            _ => due,
        }
    }

    /// Keeps a copy that a replay has left, and its size in bytes. Where there is no room, those
    /// that are missed least give way.
    pub fn insert(&mut self, engine: Engine, bytes: usize) {
        if bytes > self.limits.bytes {
            self.refuse();
            return;
        }
        self.left = (engine.position().events, bytes);
        self.put(Kept::new(engine, bytes, None));
        while self.bytes() > self.limits.bytes {
            let Some((place, _)) = self.least() else { break };
            self.kept.remove(place);
        }
        self.full = false;
        self.near_refused = false;
    }

    /// Whether a copy of an engine may be kept for moves around the cursor.
    #[must_use]
    pub fn has_room_near(&self, engine: &Engine) -> bool {
        let largest = self.kept.iter().map(|kept| kept.bytes).max();
        let expected = largest.unwrap_or_else(|| engine.bytes());
        !self.near_refused && self.bytes() + expected <= self.limits.bytes
    }

    /// Keeps a copy for moves around the cursor; there are few of these, and the oldest goes.
    pub fn insert_near(&mut self, engine: Engine, bytes: usize) {
        if self.bytes() + bytes > self.limits.bytes {
            self.near_refused = true;
            return;
        }
        self.near += 1;
        self.put(Kept::new(engine, bytes, Some(self.near)));
        let numbers: Vec<usize> = self.kept.iter().filter_map(|kept| kept.near).collect();
        if numbers.len() > NEAR {
            let oldest = numbers.into_iter().min();
            self.kept.retain(|kept| kept.near.is_none() || kept.near != oldest);
        }
    }

    /// Where, on a tape of so many events, a copy would help most and may still be kept. `None`
    /// once all is well.
    #[must_use]
    pub fn next_gap(&self, events: usize) -> Option<usize> {
        if self.full || self.too_large {
            return None;
        }
        let mut widest = (0, 0, 0);
        let mut last = (0, 0);
        let ends = self.kept.iter().filter(|kept| kept.near.is_none());
        let ends = ends.map(|kept| (kept.events(), kept.bytes));
        for (end, bytes) in ends.chain([(events, 0)]) {
            let gap = end.saturating_sub(last.0);
            if gap > widest.0 {
                widest = (gap, last.0 + gap / 2, bytes.max(last.1));
            }
            last = (end, bytes);
        }
        let (gap, middle, bytes) = widest;
        let expected = self.kept.iter().map(|kept| kept.bytes).max().unwrap_or(0).min(bytes);
        (gap >= 2 * self.closest() && self.has_room(expected, gap)).then_some(middle)
    }

    /// Keeps a copy in the middle of a [gap](Self::next_gap), if there is room for it.
    pub fn fill_gap(&mut self, engine: Engine, bytes: usize) {
        let events = engine.position().events;
        let place = self.kept.partition_point(|kept| kept.events() <= events);
        let far = |kept: &&Kept| kept.near.is_none();
        let before = self.kept[..place].iter().rfind(far).map_or(0, Kept::events);
        let after = self.kept[place..].iter().find(far).map_or(usize::MAX, Kept::events);
        let gap = (events - before).min(after - events) * 2;
        if !self.has_room(bytes, gap) {
            self.full = true;
            return;
        }
        while self.bytes() + bytes > self.limits.bytes {
            let Some((place, _)) = self.least() else { break };
            self.kept.remove(place);
        }
        self.put(Kept::new(engine, bytes, None));
    }

    /// Whether there is room for a copy in the middle of a gap, where others may give way that
    /// leave no gap wider than the halves. So the widest gaps only ever shrink, and filling ends.
    fn has_room(&self, bytes: usize, gap: usize) -> bool {
        let mut left: Vec<(usize, usize)> = self.far().collect();
        let mut held: usize = left.iter().map(|(_, bytes)| bytes).sum();
        while held + bytes > self.limits.bytes {
            match least(&left) {
                Some((place, width)) if width <= gap / 2 => held -= left.remove(place).1,
                _ => return false,
            }
        }
        true
    }

    /// The positions and sizes of those that are not near.
    fn far(&self) -> impl Iterator<Item = (usize, usize)> {
        let far = self.kept.iter().filter(|kept| kept.near.is_none());
        far.map(|kept| (kept.events(), kept.bytes))
    }

    /// The place of the one that is missed least, and the gap that it would leave. Those near the
    /// cursor go first.
    fn least(&self) -> Option<(usize, usize)> {
        if let Some(near) = self.kept.iter().position(|kept| kept.near.is_some()) {
            return Some((near, 0));
        }
        least(&self.far().collect::<Vec<_>>())
    }

    fn put(&mut self, kept: Kept) {
        let place = self.kept.partition_point(|known| known.events() < kept.events());
        match self.kept.get_mut(place) {
            Some(known) if known.events() == kept.events() => {
                known.near = known.near.and(kept.near);
            }
            _ => self.kept.insert(place, kept),
        }
    }

    /// A copy turned out too large for the budget: none is taken again until states go.
    pub const fn refuse(&mut self) {
        self.too_large = true;
    }

    /// Whether states are too large for copies.
    #[must_use]
    pub const fn too_large(&self) -> bool {
        self.too_large
    }

    /// The last whole one at or before a position, and its size.
    #[must_use]
    pub fn before(&self, events: usize) -> Option<(&Engine, usize)> {
        let after = self.kept.partition_point(|kept| kept.events() <= events);
        let whole = self.kept[..after].iter().rfind(|kept| kept.is_whole);
        whole.map(|kept| (&*kept.engine, kept.bytes))
    }

    /// The last whole one after a position and at or before another one, to be shared: it stays as
    /// it is for as long as it is held.
    #[must_use]
    pub fn last_between(&self, after: usize, events: usize) -> Option<Arc<Engine>> {
        let end = self.kept.partition_point(|kept| kept.events() <= events);
        let whole = self.kept[..end].iter().rfind(|kept| kept.is_whole)?;
        (whole.events() > after).then(|| Arc::clone(&whole.engine))
    }

    /// The one at a position.
    #[must_use]
    pub fn at(&self, events: usize) -> Option<&Arc<Engine>> {
        let place = self.kept.binary_search_by_key(&events, Kept::events).ok()?;
        Some(&self.kept[place].engine)
    }

    /// The position of the last one at or before `events`, whether whole or not, and its size.
    #[must_use]
    pub fn any_before(&self, events: usize) -> Option<(usize, usize)> {
        let after = self.kept.partition_point(|kept| kept.events() <= events);
        after.checked_sub(1).map(|place| (self.kept[place].events(), self.kept[place].bytes))
    }

    /// Forgets those after a position.
    pub fn truncate(&mut self, events: usize) {
        self.kept.retain(|kept| kept.events() <= events);
        self.full = false;
        self.near_refused = false;
    }

    /// Carries all of them over to another plan; what it misses they [lack](Self::lacking).
    pub fn inherit(&mut self, heritage: &Migration, leftovers: &mut DropQueue) {
        let kept = std::mem::take(&mut self.kept).into_iter();
        self.kept = kept
            .filter_map(|mut kept| {
                // One that is being read elsewhere is not waited for.
                let engine = Arc::get_mut(&mut kept.engine)?;
                engine.inherit(heritage, leftovers);
                kept.is_whole = engine.lacking().is_empty();
                kept.is_measured &= heritage.keeps_all();
                Some(kept).filter(|_| !heritage.is_empty())
            })
            .collect();
        self.full = false;
        self.near_refused = false;
        self.too_large = false;
    }

    /// What they lack together, and the position of the first that lacks anything.
    #[must_use]
    pub fn lacking(&self) -> Option<(MissingStates, usize)> {
        let broken = self.kept.iter().filter(|kept| !kept.is_whole);
        broken
            .map(|kept| (kept.engine.lacking(), kept.events()))
            .reduce(|(all, first), (missing, _)| (all.and(&missing), first))
    }

    /// The position of the first that lacks anything.
    #[must_use]
    pub fn first_broken(&self) -> Option<usize> {
        self.kept.iter().find(|kept| !kept.is_whole).map(Kept::events)
    }

    /// Measures one whose size is not known since another plan was taken up. Returns whether
    /// there was one.
    pub fn measure(&mut self) -> bool {
        let Some(kept) = self.kept.iter_mut().find(|kept| !kept.is_measured) else { return false };
        kept.bytes = kept.engine.bytes();
        kept.is_measured = true;
        self.full = false;
        self.near_refused = false;
        true
    }

    /// Gives the one where the filler stands what it lacks. Where it no longer fits in, it goes.
    pub fn mend(&mut self, filler: &Engine) {
        let events = filler.position().events;
        if let Ok(place) = self.kept.binary_search_by_key(&events, Kept::events) {
            let kept = &mut self.kept[place];
            let Some(engine) = Arc::get_mut(&mut kept.engine) else {
                self.kept.remove(place);
                return;
            };
            engine.mend(filler);
            kept.is_whole = true;
            kept.bytes = kept.engine.bytes();
            kept.is_measured = true;
            while self.bytes() > self.limits.bytes {
                let Some((place, _)) = self.least() else { break };
                self.kept.remove(place);
            }
        }
    }

    /// The bytes of memory that they hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.kept.iter().map(|kept| kept.bytes).sum()
    }
}

/// The place of the position that leaves the narrowest gap when it goes, and that gap.
fn least(kept: &[(usize, usize)]) -> Option<(usize, usize)> {
    let start = |place: usize| if place == 0 { 0 } else { kept[place - 1].0 };
    // The last one has no end: what it leaves is measured as if another lay as far behind it.
    let end = |place: usize| {
        kept.get(place + 1).map_or(2 * kept[place].0 - start(place), |(events, _)| *events)
    };
    (0..kept.len()).map(|place| (place, end(place) - start(place))).min_by_key(|(_, width)| *width)
}
