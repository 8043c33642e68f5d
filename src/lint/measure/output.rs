//! The values of one output at all of its keys, after the last event.

use std::ops::Range;

use xxhash_rust::xxh3::Xxh3;

use crate::aggregate::Shape;
use crate::base::{Deadline, Millis, Step, Task, Timestamp};
use crate::diagnostic::LintSettings;
use crate::diagnostic::lints::{CONSTANT_SPREAD, SERVED_BY, SMALL_BELOW};
use crate::engine::{At, Freshness};
use crate::plan::{OutputId, Plan, Read, Side};

use super::super::Replayed;

/// The keys that are read between two looks at the time.
const CHUNK: u32 = 1 << 12;

/// The values of an output after the last event, as of its time. Values of lists are told apart, and
/// not measured.
#[derive(Debug, Default)]
pub(in crate::lint) struct OutputMeasure {
    /// The keys that were written.
    pub(in crate::lint) keys: u64,
    /// Of them, those that have a value.
    pub(in crate::lint) values: u64,
    /// The least and the greatest value.
    pub(in crate::lint) range: Option<(f64, f64)>,
    /// Of an output that has one value at the end: whether it had several, each key's as of its last
    /// write. A window may merely be empty by then.
    pub(in crate::lint) had_several: bool,
    /// The first key whose sum is not finite, which is read as missing.
    pub(in crate::lint) endless: Option<u32>,
    /// The value that is furthest from 0.
    pub(in crate::lint) largest: Option<(u32, f64)>,
    /// The hash of all values with their keys.
    pub(in crate::lint) digest: u64,
    /// Its sides, if it is a quotient of two counts.
    pub(in crate::lint) divisors: Option<Divisors>,
    /// The served values, if they are not the live ones.
    pub(in crate::lint) served: Option<Served>,
}

/// The sides of a quotient, each key's as of its last write: later they only fade.
#[derive(Debug, Default)]
pub(in crate::lint) struct Divisors {
    /// The keys that have a divisor above 0.
    pub(in crate::lint) keys: u64,
    /// Of them, those whose divisor is small.
    pub(in crate::lint) small: u64,
    /// Of them, those whose dividend is greater.
    pub(in crate::lint) exceeded: u64,
    /// The key at which the dividend is greater by most: its slot, dividend and divisor.
    pub(in crate::lint) most: Option<(u32, f64, f64)>,
    /// The sums of dividends and divisors over these keys.
    pub(in crate::lint) sums: (f64, f64),
}

/// How served values differ from live ones.
#[derive(Debug, Default)]
pub(in crate::lint) struct Served {
    /// The keys at which they do.
    pub(in crate::lint) differing: u64,
    /// The key at which they differ most.
    pub(in crate::lint) most: Option<Differing>,
}

/// A served value that differs from the live one.
#[derive(Clone, Copy, Debug)]
pub(in crate::lint) struct Differing {
    /// The key.
    pub(in crate::lint) slot: u32,
    pub(in crate::lint) live: Option<f64>,
    pub(in crate::lint) served: Option<f64>,
    /// How long ago the served value was written; `None` if nothing is served.
    pub(in crate::lint) age: Option<Millis>,
    /// By how much they differ, as a part of the larger one.
    part: f64,
}

/// A task that reads the values of an output at all of its keys.
pub(super) struct OutputTask {
    output: OutputId,
    /// The moment of which they are.
    as_of: Timestamp,
    /// True if its values are lists.
    is_list: bool,
    /// True if it is a sum, which over no events is 0.
    is_sum: bool,
    /// How many times as large as the divisor a dividend may be; see [`factor`].
    factor: f64,
    /// A divisor below this is small, and a value that differs by more than this part does differ.
    small: f64,
    by: f64,
    /// The part of a value by which another may differ and is the same still.
    spread: f64,
    /// The next slot.
    slot: u32,
    /// The next slot whose value is read as of its last write, the least and the greatest of these
    /// values, and whether one is missing.
    written_slot: u32,
    written_range: Option<(f64, f64)>,
    lacks_written: bool,
    digest: Xxh3,
    measure: OutputMeasure,
    /// The keys of a chunk that were written, and their values.
    written: Vec<u32>,
    live: Vec<Option<f64>>,
}

impl OutputTask {
    pub(super) fn new(
        plan: &Plan,
        output: OutputId,
        as_of: Timestamp,
        settings: &LintSettings,
    ) -> Self {
        let declared = &plan.outputs[output.0];
        let is_list = plan.most_listed(output).is_some();
        let is_refreshed = plan.features[declared.feature.0].refresh.is_positive();
        let measure = OutputMeasure {
            divisors: is_of_counts(plan, output).then(Divisors::default),
            served: (is_refreshed && !is_list).then(Served::default),
            ..OutputMeasure::default()
        };
        let is_sum = match &declared.read {
            Read::State(term) => plan.states[term.state.0].aggregate == "sum",
            Read::Quotient(_) => false,
        };
        Self {
            output,
            as_of,
            is_list,
            is_sum,
            factor: factor(plan, output),
            small: settings.of(&SMALL_BELOW),
            by: settings.of(&SERVED_BY),
            spread: settings.of(&CONSTANT_SPREAD),
            slot: 0,
            written_slot: 0,
            written_range: None,
            lacks_written: false,
            digest: Xxh3::new(),
            measure,
            written: Vec::new(),
            live: Vec::new(),
        }
    }

    /// Measures the keys that were written, of a chunk.
    fn numbers(&mut self, Replayed { index, engine, .. }: Replayed<'_>) {
        let Self { output, as_of, measure, digest, written, live, .. } = self;
        let (output, as_of) = (*output, *as_of);
        live.clear();
        engine.live_all(index, output, written, as_of, live);
        for (slot, value) in written.iter().copied().zip(live.iter().copied()) {
            digest.update(&slot.to_le_bytes());
            digest.update(&value.map_or(u64::MAX, f64::to_bits).to_le_bytes());
            measure.add(slot, value);
            if self.is_sum && value.is_none() {
                measure.endless.get_or_insert(slot);
            }
            if let Some(served) = &mut measure.served {
                let read = engine.served(index, output, At::Slot(slot), as_of);
                let age = || engine.served_age(output, slot, as_of);
                served.add(slot, value, read, age, self.by);
            }
        }
        if let Some(divisors) = &mut measure.divisors {
            engine.sides_at_last_writes(index, output, written, |slot, top, bottom| {
                divisors.add(slot, (top, bottom), self.small, self.factor);
            });
        }
    }

    /// Reads the values of some keys as of their last writes, until two differ.
    fn at_last_writes(&mut self, Replayed { index, engine, .. }: Replayed<'_>, slots: Range<u32>) {
        for slot in slots {
            let Some(at) = engine.last_write(index, self.output, slot) else { continue };
            match engine.live(index, self.output, At::Slot(slot), at) {
                None => self.lacks_written = true,
                Some(value) => {
                    let (least, greatest) = self.written_range.unwrap_or((value, value));
                    self.written_range = Some((least.min(value), greatest.max(value)));
                }
            }
            let is_wide = self.written_range.is_some_and(|(least, greatest)| {
                self.lacks_written
                    || greatest - least > self.spread * least.abs().max(greatest.abs())
            });
            if is_wide {
                self.measure.had_several = true;
                return;
            }
        }
    }

    /// The same of values that are lists.
    fn lists(&mut self, Replayed { index, engine, .. }: Replayed<'_>) {
        for slot in &self.written {
            let at = At::Slot(*slot);
            let list = engine.list(index, self.output, at, self.as_of, Freshness::Live);
            let text = list.map(|list| list.texts().join("\0"));
            self.measure.values += u64::from(text.is_some());
            self.digest.update(&slot.to_le_bytes());
            self.digest.update(text.unwrap_or_default().as_bytes());
        }
    }
}

impl Task for OutputTask {
    type Context<'c> = Replayed<'c>;
    type Output = OutputMeasure;

    fn step(&mut self, replayed: Replayed<'_>, deadline: &Deadline) -> Step<OutputMeasure> {
        let Replayed { plan, index, engine, .. } = replayed;
        let slots = index.keys(plan.scope_of(self.output)) as u32;
        while self.slot < slots {
            let chunk = self.slot..slots.min(self.slot.saturating_add(CHUNK));
            self.slot = chunk.end;
            self.written.clear();
            engine.written(index, self.output, chunk, &mut self.written);
            self.measure.keys += self.written.len() as u64;
            if self.is_list {
                self.lists(replayed);
            } else {
                self.numbers(replayed);
            }
            if deadline.has_passed() && self.slot < slots {
                return Step::Pending(self.slot as f32 / slots as f32);
            }
        }
        while self.written_slot < slots
            && !self.is_list
            && !self.measure.had_several
            && self.measure.is_constant(self.spread)
        {
            let end = slots.min(self.written_slot.saturating_add(CHUNK));
            self.at_last_writes(replayed, self.written_slot..end);
            self.written_slot = end;
            if deadline.has_passed() && end < slots {
                return Step::Pending(end as f32 / slots as f32);
            }
        }
        self.measure.digest = self.digest.digest();
        Step::Done(std::mem::take(&mut self.measure))
    }
}

impl OutputMeasure {
    /// Whether all keys have one value, to within a part of it, or none has any.
    pub(in crate::lint) fn is_constant(&self, spread: f64) -> bool {
        match self.range {
            None => self.values == 0,
            Some((least, greatest)) => {
                let is_near = least > 0.0 && greatest - least <= spread * greatest;
                self.values == self.keys && (greatest <= least || is_near)
            }
        }
    }

    fn add(&mut self, slot: u32, value: Option<f64>) {
        let Some(value) = value else { return };
        self.values += 1;
        let (least, greatest) = self.range.get_or_insert((value, value));
        *least = least.min(value);
        *greatest = greatest.max(value);
        if self.largest.is_none_or(|(_, largest)| largest.abs() < value.abs()) {
            self.largest = Some((slot, value));
        }
    }
}

impl Divisors {
    fn add(
        &mut self,
        slot: u32,
        (top, bottom): (Option<f64>, Option<f64>),
        small: f64,
        factor: f64,
    ) {
        let top = top.unwrap_or_default();
        let Some(bottom) = bottom.filter(|bottom| *bottom > 0.0) else { return };
        self.keys += 1;
        self.small += u64::from(bottom < small);
        self.sums.0 += top;
        self.sums.1 += bottom;
        if top > bottom * factor {
            self.exceeded += 1;
            if self.most.is_none_or(|(_, known, by)| known / by < top / bottom) {
                self.most = Some((slot, top, bottom));
            }
        }
    }
}

impl Served {
    fn add(
        &mut self,
        slot: u32,
        live: Option<f64>,
        served: Option<f64>,
        age: impl FnOnce() -> Option<Millis>,
        by: f64,
    ) {
        let part = match (live, served) {
            (Some(live), Some(served)) => {
                (live - served).abs() / live.abs().max(served.abs()).max(f64::MIN_POSITIVE)
            }
            (None, None) => return,
            _ => 1.0,
        };
        if part <= by {
            return;
        }
        self.differing += 1;
        if self.most.is_none_or(|most| most.part < part) {
            self.most = Some(Differing { slot, live, served, age: age(), part });
        }
    }
}

/// How many times as large as the divisor a dividend may be before it counts as greater. What
/// follows an event counts more than the event under decay: twice as much after a half-life.
fn factor(plan: &Plan, output: OutputId) -> f64 {
    let shapes = plan.sides(output).into_iter().map(|side| plan.states[side.term.state.0].shape);
    let of = |shape| match shape {
        Shape::Decay { half_life } if half_life < Millis::DAY => f64::INFINITY,
        Shape::Decay { .. } => 2.0,
        _ => 1.0,
    };
    shapes.map(of).fold(1.0, f64::max)
}

/// True if an output is a quotient of two counts of events.
fn is_of_counts(plan: &Plan, output: OutputId) -> bool {
    let is_count = |side: &Side| plan.states[side.term.state.0].aggregate == "count";
    // Of a ratio of ratios there are more.
    let is_own = |side: &Side| side.is_global || matches!(&*side.role, "top" | "bottom");
    matches!(plan.outputs[output.0].read, Read::Quotient(_))
        && plan.sides(output).iter().all(|side| is_count(side) && is_own(side))
}
