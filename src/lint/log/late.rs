//! Late events that no window holds any more, in a log that is applied in its own order.

use crate::base::Millis;
use crate::base::events::Order;
use crate::base::quantity::grouped;
use crate::diagnostic::codes;
use crate::diagnostic::lints::{LATE_EVENTS, LATE_SHARE};
use crate::engine::NotCounted;
use crate::lint::{Facts, Findings};
use crate::plan::{OutputId, State, StateId};
use crate::profile::words::about;
use crate::profile::{Marked, Which};
use crate::tape::{RowKind, Tape};

/// Features that lose late events, of which each is told with the state that loses most.
pub(in crate::lint) fn not_counted(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    if facts.plan.events.order != Order::Log {
        return;
    }
    let (least, share) = (facts.settings.of(&LATE_EVENTS), facts.settings.of(&LATE_SHARE));
    let rows = late_rows(facts.rows.tape);
    let lost: Vec<Lost> = facts.plan.states.iter().map(|state| lost(facts, state, &rows)).collect();
    for (declared, feature) in facts.features() {
        let sides = feature.outputs.clone().flat_map(|output| facts.plan.sides(OutputId(output)));
        let states = sides.filter(|side| !side.is_global).map(|side| side.term.state);
        let Some(StateId(state)) = states.max_by_key(|state| lost[state.0].lines.len()) else {
            continue;
        };
        let Lost { lines, by } = &lost[state];
        let counted = facts.counts[facts.plan.states[state].input.0].counted;
        if (lines.len() as f64) < least || lines.len() as f64 <= share * counted as f64 {
            continue;
        }
        let name = &feature.name;
        let message = format!(
            "{} of {} events of `{name}` come after their bucket is gone, by up to {}",
            grouped(lines.len() as u64),
            grouped(counted),
            about(*by),
        );
        let help = "with `order: log` a late event counts only in a bucket that is still held: sort \
                    the log, write `order: time`, or a window that reaches further back";
        let warning = codes::LATE_NOT_COUNTED.at(declared.name.span.clone(), message).help(help);
        let marked = Marked { events: Which::Lines(lines.clone()), except: Vec::new() };
        findings.add_marked(declared, warning, marked);
    }
}

/// The rows that are older than the clock when they are applied.
fn late_rows(tape: &Tape) -> Vec<usize> {
    let mut clock = i64::MIN;
    let mut late = Vec::new();
    for row in 0..tape.rows() {
        let time = tape.time(row);
        if time < clock && tape.kind(row) == RowKind::Event {
            late.push(row);
        }
        clock = clock.max(time);
    }
    late
}

/// The events that a state does not take since they are late.
struct Lost {
    /// Their lines, and their places in these.
    lines: Vec<(u64, u64)>,
    /// The most by which one is too late.
    by: Millis,
}

fn lost(facts: &Facts<'_>, state: &State, rows: &[usize]) -> Lost {
    let of = facts.rows;
    let types = of.types(state.input);
    let mut lost = Lost { lines: Vec::new(), by: Millis::ZERO };
    for row in rows.iter().copied().filter(|row| of.takes(state.input, &types, *row)) {
        if let Err(NotCounted::Late(by)) = of.taken(state, row) {
            lost.lines.push((of.tape.line(row), of.tape.sub(row).unwrap_or(0)));
            lost.by = lost.by.max(by);
        }
    }
    lost.lines.sort_unstable();
    lost
}
