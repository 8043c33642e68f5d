//! The values of one output at all of its keys, after the last event.

use xxhash_rust::xxh3::Xxh3;

use crate::aggregate::Shape;
use crate::base::{Millis, Timestamp};
use crate::diagnostic::LintSettings;
use crate::diagnostic::lints::{SERVED_BY, SMALL_BELOW};
use crate::engine::{At, Freshness};
use crate::plan::{Operand, OutputId, Plan, Quotient, Read};

use super::super::Replayed;

/// The keys that are read at once.
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
    /// The first key whose sum is not finite, which is read as missing.
    pub(in crate::lint) endless: Option<u32>,
    /// The value that is furthest from 0.
    pub(in crate::lint) largest: Option<(u32, f64)>,
    /// The hash of all values with their keys.
    pub(in crate::lint) digest: u64,
    /// Its sides, if it is a quotient.
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

impl OutputMeasure {
    /// Reads the values of an output at all keys.
    pub(super) fn new(
        replayed: Replayed<'_>,
        output: OutputId,
        as_of: Timestamp,
        settings: &LintSettings,
    ) -> Self {
        let Replayed { plan, index, engine, .. } = replayed;
        let mut measure = Self::default();
        let mut digest = Xxh3::new();
        let quotient = match &plan.outputs[output.0].read {
            Read::Quotient(quotient) => Some(&**quotient),
            Read::State(_) => None,
        };
        measure.divisors = quotient.map(|_| Divisors::default());
        // Over no events a sum is 0.
        let is_sum = match &plan.outputs[output.0].read {
            Read::State(term) => plan.states[term.state.0].aggregate == "sum",
            Read::Quotient(_) => false,
        };
        let factor = factor(plan, output);
        let is_refreshed = plan.features[plan.outputs[output.0].feature.0].refresh.is_positive();
        let is_list = plan.most_listed(output).is_some();
        measure.served = (is_refreshed && !is_list).then(Served::default);
        let (small, by) = (settings.of(&SMALL_BELOW), settings.of(&SERVED_BY));
        let slots = index.keys(plan.scope_of(output)) as u32;
        let (mut written, mut live) = (Vec::new(), Vec::new());
        for first in (0..slots).step_by(CHUNK as usize) {
            written.clear();
            let chunk = first..slots.min(first.saturating_add(CHUNK));
            written.extend(chunk.filter(|slot| engine.is_written(index, output, *slot)));
            measure.keys += written.len() as u64;
            if is_list {
                for slot in &written {
                    let at = At::Slot(*slot);
                    let list = engine.list(index, output, at, as_of, Freshness::Live);
                    let text = list.map(|list| list.texts().join("\0"));
                    measure.values += u64::from(text.is_some());
                    digest.update(&slot.to_le_bytes());
                    digest.update(text.unwrap_or_default().as_bytes());
                }
                continue;
            }
            live.clear();
            engine.live_all(index, output, &written, as_of, &mut live);
            for (slot, value) in written.iter().copied().zip(live.iter().copied()) {
                digest.update(&slot.to_le_bytes());
                digest.update(&value.map_or(u64::MAX, f64::to_bits).to_le_bytes());
                measure.add(slot, value);
                if is_sum && value.is_none() {
                    measure.endless.get_or_insert(slot);
                }
                if let Some(served) = &mut measure.served {
                    let read = engine.served(index, output, At::Slot(slot), as_of);
                    let age = || engine.served_age(output, slot, as_of);
                    served.add(slot, value, read, age, by);
                }
                if let (Some(quotient), Some(divisors)) = (quotient, &mut measure.divisors)
                    && let Some(last_write) = engine.last_write(index, output, slot)
                {
                    let sides = sides(replayed, output, quotient, slot, last_write);
                    divisors.add(slot, sides, small, factor);
                }
            }
        }
        measure.digest = digest.digest();
        measure
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

/// The dividend and the divisor of a quotient at a key.
fn sides(
    replayed: Replayed<'_>,
    output: OutputId,
    quotient: &Quotient,
    slot: u32,
    as_of: Timestamp,
) -> (Option<f64>, Option<f64>) {
    let Replayed { plan, index, engine, .. } = replayed;
    let own = plan.scope_of(output);
    let side = |operand| match operand {
        Operand::Term(term) => engine.term(index, &term, own, At::Slot(slot), as_of).0,
        Operand::Output(divided) => {
            let slot = index.project(own, slot, plan.scope_of(divided));
            slot.and_then(|slot| engine.live(index, divided, At::Slot(slot), as_of))
        }
    };
    (side(quotient.top), side(quotient.bottom))
}
