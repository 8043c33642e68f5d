//! The set of checkpoints along the tape: where they are taken, what they cost, which are evicted.

use std::sync::Arc;

use crate::engine::Engine;

/// Checkpoints along the tape, within a memory budget.
pub struct Checkpoints {
    /// Ascending by position.
    pub(super) entries: Vec<Entry>,
    pub(super) limits: Limits,
    /// Bytes of state copied in the time of applying one event: what restoring a checkpoint costs.
    copy_bytes_per_event: usize,
    /// The same for taking one, which is slower since it fills new memory.
    take_bytes_per_event: usize,
    /// The position and size of the last one taken by a replay, whether it was kept or evicted.
    last_taken: (usize, usize),
    /// The states are too large for the budget.
    pub(super) too_large: bool,
    /// The last gap could not be filled within the budget.
    pub(super) full: bool,
    /// The same for a checkpoint near the cursor.
    pub(super) no_room_near: bool,
    /// The count of those ever inserted [near](Self::insert_near) the cursor.
    near: usize,
}

pub(super) struct Entry {
    /// Shared with readers; changed only while there are none.
    pub(super) engine: Arc<Engine>,
    pub(super) bytes: usize,
    /// Set for those near the cursor: the number tells their age.
    pub(super) near: Option<usize>,
    pub(super) is_complete: bool,
    /// False if `bytes` is an upper bound, since a migration dropped states.
    pub(super) is_measured: bool,
}

impl Entry {
    fn new(engine: Engine, bytes: usize, near: Option<usize>) -> Self {
        Self { engine: Arc::new(engine), bytes, near, is_complete: true, is_measured: true }
    }

    pub(super) fn events(&self) -> usize {
        self.engine.position().events
    }
}

/// The limits of checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The memory budget of all of them, in bytes.
    pub bytes: usize,
    /// The least distance of two of them, in events.
    pub min_distance: usize,
    /// Bytes of state copied in the time of applying one event, until that is
    /// [measured](Checkpoints::set_costs).
    pub bytes_per_event: usize,
}

impl Default for Limits {
    /// 512 MiB; and a distance that takes about a millisecond to replay.
    fn default() -> Self {
        Self { bytes: 512 << 20, min_distance: 8192, bytes_per_event: 512 }
    }
}

/// Policy of checkpoints, beside their [`Limits`].
struct CheckpointTuning {
    /// Replay time per checkpoint, in multiples of the time that its copy takes.
    replay_time_per_copy_time: usize,
    /// The bytes copied in a nanosecond when a checkpoint is restored.
    restored_bytes_per_nano: f64,
    /// The range of the copy cost, in bytes copied in the time of applying one event: an event that
    /// no input takes, and one that ten thousand states count.
    min_bytes_per_event: usize,
    max_bytes_per_event: usize,
    /// The least distance in events, however expensive events are.
    min_distance_events: usize,
    /// The most checkpoints near the cursor, besides those all along the tape.
    max_near_checkpoints: usize,
}

const TUNING: CheckpointTuning = CheckpointTuning {
    replay_time_per_copy_time: 4,
    restored_bytes_per_nano: 4.0,
    min_bytes_per_event: 128,
    max_bytes_per_event: 1 << 18,
    min_distance_events: 256,
    max_near_checkpoints: 2,
};

impl Checkpoints {
    /// No checkpoints.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            entries: Vec::new(),
            limits,
            copy_bytes_per_event: limits.bytes_per_event,
            take_bytes_per_event: limits.bytes_per_event,
            last_taken: (0, 0),
            too_large: false,
            full: false,
            no_room_near: false,
            near: 0,
        }
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// The number of events whose replay takes as long as copying `bytes`: below it, restoring a
    /// checkpoint does not pay.
    #[must_use]
    pub const fn break_even_events(&self, bytes: usize) -> usize {
        bytes / self.copy_bytes_per_event
    }

    /// Sets the measured costs: nanoseconds per event, and, if any checkpoint was taken, bytes
    /// copied per nanosecond while taking it.
    pub fn set_costs(&mut self, nanos: f64, take_rate: Option<f64>) {
        let [copy_bytes_per_event, taking] =
            [TUNING.restored_bytes_per_nano, take_rate.unwrap_or_default()].map(|bytes| {
                ((nanos * bytes) as usize)
                    .clamp(TUNING.min_bytes_per_event, TUNING.max_bytes_per_event)
            });
        self.copy_bytes_per_event = copy_bytes_per_event;
        let taking = if take_rate.is_some() { taking } else { self.take_bytes_per_event };
        self.take_bytes_per_event =
            taking.min(copy_bytes_per_event).max(self.limits.bytes_per_event);
    }

    /// The least distance in events: shorter than the limit where events are expensive.
    fn min_distance(&self) -> usize {
        let longer = (self.copy_bytes_per_event / Limits::default().bytes_per_event).max(1);
        (self.limits.min_distance / longer)
            .max(TUNING.min_distance_events.min(self.limits.min_distance))
    }

    /// The events that a replay at `events`, on its way to `goal`, should apply before it takes a
    /// checkpoint; 0 for now.
    #[must_use]
    pub fn due_in(&self, events: usize, goal: usize) -> usize {
        if self.too_large {
            return usize::MAX;
        }
        let after = self.entries.partition_point(|entry| entry.events() <= events);
        let place = |entry: &Entry| (entry.events(), entry.bytes);
        let entry = after.checked_sub(1).map_or((0, 0), |at| place(&self.entries[at]));
        let (last, bytes) =
            if self.last_taken.0 <= events { entry.max(self.last_taken) } else { entry };
        let apart = (TUNING.replay_time_per_copy_time * (bytes / self.take_bytes_per_event))
            .max(self.min_distance());
        let due = (last + apart).saturating_sub(events);
        match self.entries.get(after) {
            // Inside a covered range a checkpoint pays only if the rest of the replay is long.
            Some(next) if next.events() < events + due + apart => next.events() + apart - events,
            Some(_) if goal < events + due + apart => usize::MAX,
            _ => due,
        }
    }

    /// Inserts a checkpoint taken by a replay, with its size in bytes. Over budget, evicts those
    /// whose removal leaves the narrowest gaps.
    pub fn insert(&mut self, engine: Engine, bytes: usize) {
        if bytes > self.limits.bytes {
            self.mark_too_large();
            return;
        }
        self.last_taken = (engine.position().events, bytes);
        self.insert_in_order(Entry::new(engine, bytes, None));
        while self.bytes() > self.limits.bytes {
            let Some((place, _)) = self.eviction_victim() else { break };
            self.entries.remove(place);
        }
        self.full = false;
        self.no_room_near = false;
    }

    /// True if a checkpoint near the cursor fits the budget.
    #[must_use]
    pub fn has_room_near(&self, engine: &Engine) -> bool {
        let largest = self.entries.iter().map(|entry| entry.bytes).max();
        let expected = largest.unwrap_or_else(|| engine.bytes());
        !self.no_room_near && self.bytes() + expected <= self.limits.bytes
    }

    /// Inserts a checkpoint near the cursor; the oldest of these is evicted.
    pub fn insert_near(&mut self, engine: Engine, bytes: usize) {
        if self.bytes() + bytes > self.limits.bytes {
            self.no_room_near = true;
            return;
        }
        self.near += 1;
        self.insert_in_order(Entry::new(engine, bytes, Some(self.near)));
        let numbers: Vec<usize> = self.entries.iter().filter_map(|entry| entry.near).collect();
        if numbers.len() > TUNING.max_near_checkpoints {
            let oldest = numbers.into_iter().min();
            self.entries.retain(|entry| entry.near.is_none() || entry.near != oldest);
        }
    }

    /// The position, on a tape of so many events, at which a checkpoint bisects the widest gap;
    /// `None` if no gap is wide enough, or the budget is used up.
    #[must_use]
    pub fn next_gap(&self, events: usize) -> Option<usize> {
        if self.full || self.too_large {
            return None;
        }
        let mut widest = (0, 0, 0);
        let mut last = (0, 0);
        let ends = self.entries.iter().filter(|entry| entry.near.is_none());
        let ends = ends.map(|entry| (entry.events(), entry.bytes));
        for (end, bytes) in ends.chain([(events, 0)]) {
            let gap = end.saturating_sub(last.0);
            if gap > widest.0 {
                widest = (gap, last.0 + gap / 2, bytes.max(last.1));
            }
            last = (end, bytes);
        }
        let (gap, middle, bytes) = widest;
        let expected = self.entries.iter().map(|entry| entry.bytes).max().unwrap_or(0).min(bytes);
        (gap >= 2 * self.min_distance() && self.has_room(expected, gap)).then_some(middle)
    }

    /// Inserts a checkpoint that bisects a [gap](Self::next_gap), if it fits.
    pub fn fill_gap(&mut self, engine: Engine, bytes: usize) {
        let events = engine.position().events;
        let place = self.entries.partition_point(|entry| entry.events() <= events);
        let far = |entry: &&Entry| entry.near.is_none();
        let before = self.entries[..place].iter().rfind(far).map_or(0, Entry::events);
        let after = self.entries[place..].iter().find(far).map_or(usize::MAX, Entry::events);
        let gap = (events - before).min(after - events) * 2;
        if !self.has_room(bytes, gap) {
            self.full = true;
            return;
        }
        while self.bytes() + bytes > self.limits.bytes {
            let Some((place, _)) = self.eviction_victim() else { break };
            self.entries.remove(place);
        }
        self.insert_in_order(Entry::new(engine, bytes, None));
    }

    /// True if a checkpoint that bisects a gap fits, evicting only those whose removal leaves no
    /// gap wider than its halves. So the widest gap only shrinks, and filling terminates.
    fn has_room(&self, bytes: usize, gap: usize) -> bool {
        let mut remaining: Vec<(usize, usize)> = self.far().collect();
        let mut held: usize = remaining.iter().map(|(_, bytes)| bytes).sum();
        while held + bytes > self.limits.bytes {
            match eviction_victim(&remaining) {
                Some((place, width)) if width <= gap / 2 => held -= remaining.remove(place).1,
                _ => return false,
            }
        }
        true
    }

    /// The positions and sizes of all but those near the cursor.
    fn far(&self) -> impl Iterator<Item = (usize, usize)> {
        let far = self.entries.iter().filter(|entry| entry.near.is_none());
        far.map(|entry| (entry.events(), entry.bytes))
    }

    /// The next eviction victim and the gap that it leaves. Those near the cursor are evicted
    /// first.
    pub(super) fn eviction_victim(&self) -> Option<(usize, usize)> {
        if let Some(near) = self.entries.iter().position(|entry| entry.near.is_some()) {
            return Some((near, 0));
        }
        eviction_victim(&self.far().collect::<Vec<_>>())
    }

    fn insert_in_order(&mut self, entry: Entry) {
        let place = self.entries.partition_point(|known| known.events() < entry.events());
        match self.entries.get_mut(place) {
            Some(known) if known.events() == entry.events() => {
                known.near = known.near.and(entry.near);
            }
            _ => self.entries.insert(place, entry),
        }
    }

    /// Marks the states as too large for the budget: no checkpoint is taken until the plan changes.
    pub const fn mark_too_large(&mut self) {
        self.too_large = true;
    }

    /// True if the states are too large for checkpoints.
    #[must_use]
    pub const fn too_large(&self) -> bool {
        self.too_large
    }

    /// The last complete checkpoint at or before a position, and its size.
    #[must_use]
    pub fn last_complete_before(&self, events: usize) -> Option<(&Engine, usize)> {
        let after = self.entries.partition_point(|entry| entry.events() <= events);
        let whole = self.entries[..after].iter().rfind(|entry| entry.is_complete);
        whole.map(|entry| (&*entry.engine, entry.bytes))
    }

    /// The last complete checkpoint in `after+1..=events`, shared: it does not change while it is
    /// held.
    #[must_use]
    pub fn last_between(&self, after: usize, events: usize) -> Option<Arc<Engine>> {
        let end = self.entries.partition_point(|entry| entry.events() <= events);
        let whole = self.entries[..end].iter().rfind(|entry| entry.is_complete)?;
        (whole.events() > after).then(|| Arc::clone(&whole.engine))
    }

    /// The checkpoint at a position.
    #[must_use]
    pub fn at(&self, events: usize) -> Option<&Arc<Engine>> {
        let place = self.entries.binary_search_by_key(&events, Entry::events).ok()?;
        Some(&self.entries[place].engine)
    }

    /// The position and size of the last checkpoint at or before `events`, complete or not.
    #[must_use]
    pub fn last_before(&self, events: usize) -> Option<(usize, usize)> {
        let after = self.entries.partition_point(|entry| entry.events() <= events);
        after.checked_sub(1).map(|place| (self.entries[place].events(), self.entries[place].bytes))
    }

    /// The bytes of memory held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.bytes).sum()
    }
}

/// The index of the entry whose removal leaves the narrowest gap, and that gap.
fn eviction_victim(far: &[(usize, usize)]) -> Option<(usize, usize)> {
    let start = |place: usize| if place == 0 { 0 } else { far[place - 1].0 };
    // The last entry has no successor: assumes one as far behind it as its predecessor is before
    // it.
    let end = |place: usize| {
        far.get(place + 1).map_or(2 * far[place].0 - start(place), |(events, _)| *events)
    };
    (0..far.len()).map(|place| (place, end(place) - start(place))).min_by_key(|(_, width)| *width)
}
