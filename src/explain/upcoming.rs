//! Upcoming changes: how a value changes if no event comes any more, since samples enter and leave
//! windows, decays fade, and the key expires.

use crate::base::Timestamp;
use crate::engine::{At, NotCounted, Reading};
use crate::plan::{OutputId, Shape};

use super::rows::SideRows;
use super::{Position, sides};

/// The most changes that are told, and the moments that are looked at for them.
const CHANGES: usize = 5;
const MOMENTS: usize = 4096;
/// The last moments among which the last change is looked for.
const TAIL: usize = 64;
/// The moments of a value that changes with each: in a minute, an hour, a day.
const AGES: [i64; 3] = [60_000, 3_600_000, 86_400_000];

/// A change of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// True if it follows the one before it at once; false if others that are not told may lie
    /// between.
    pub is_next: bool,
    /// When.
    pub at: Timestamp,
    /// The reading from then on.
    pub reading: Reading,
}

/// The next changes of an output at a key, and its last one.
pub(super) fn upcoming(at: Position<'_>, output: OutputId, slot: u32) -> Vec<Change> {
    let index = at.rows.index;
    let reading = |moment| at.engine.reading(index, output, slot, moment);
    let moments = moments(at, output, slot);
    let (mut found, mut last) = (Vec::new(), reading(at.as_of));
    for moment in moments.iter().take(MOMENTS).copied() {
        let now = reading(moment);
        if now == last {
            continue;
        }
        last = now.clone();
        found.push(Change { is_next: true, at: moment, reading: now });
        if found.len() == CHANGES {
            break;
        }
    }
    let Some(end) = moments.last().copied() else { return found };
    let now = reading(end);
    if now != last {
        // The value may have been the same for a while then.
        let earlier = moments.iter().rev().take(TAIL).take_while(|moment| reading(**moment) == now);
        let since = earlier.last().copied().unwrap_or(end);
        found.push(Change { is_next: false, at: since, reading: now });
    }
    found
}

/// The moments after that of reading at which the value may change, ascending.
fn moments(at: Position<'_>, output: OutputId, slot: u32) -> Vec<Timestamp> {
    let plan = at.plan();
    let scope = plan.scope_of(output);
    let mut moments: Vec<i64> = Vec::new();
    for of in sides(plan, output) {
        let rows = SideRows::new(at, &of, (scope, slot));
        let state = rows.state();
        if let Shape::Decay { half_life } = state.shape {
            moments.extend((1..=4).map(|times| at.as_of.0.saturating_add(times * half_life.0)));
        } else if state.drifts() {
            moments.extend(AGES.map(|age| at.as_of.0.saturating_add(age)));
        }
        let last = at.engine.last_write_of(at.rows.index, &of.term, scope, At::Slot(slot));
        moments.extend(last.map(|last| last.0.saturating_add(state.ttl.0)));
        let input = state.input;
        let mut before = [None, None];
        rows.each(|row, found| {
            let sample = match found {
                Ok((_, sample)) => sample,
                Err(NotCounted::AfterWindow(_)) => match at.rows.sample(input, row) {
                    Ok(sample) => sample,
                    Err(_) => return,
                },
                Err(_) => return,
            };
            let changes = of.term.window.changes(sample.time);
            // Samples of one bucket leave together.
            if changes != before {
                before = changes;
                let later = changes.into_iter().flatten().filter(|moment| *moment > at.as_of.0);
                moments.extend(later);
            }
        });
    }
    let ttl = plan.features[plan.outputs[output.0].feature.0].ttl;
    if let Some(last) = at.engine.last_write(at.rows.index, output, slot) {
        moments.push(last.0.saturating_add(ttl.0));
    }
    moments.retain(|moment| *moment > at.as_of.0);
    moments.sort_unstable();
    moments.dedup();
    moments.into_iter().map(Timestamp).collect()
}
