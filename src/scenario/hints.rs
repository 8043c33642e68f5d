//! What to write so that a test reaches a boundary.

use crate::base::{Millis, Timestamp};
use crate::config::TEST_START;
use crate::plan::{OutputId, Plan, Side, Types, Window, WindowKind};

use super::boundary::Boundary;

/// What reaches a boundary of an output, in words.
pub(super) fn hint(plan: &Plan, output: OutputId, boundary: Boundary) -> String {
    let sides = plan.sides(output);
    let own = || sides.iter().filter(|side| !side.is_global);
    let name = &plan.outputs[output.0].name;
    let feature = &plan.features[plan.outputs[output.0].feature.0];
    let windowed = || own().find(|side| matches!(side.term.window, Window::Buckets { .. }));
    let event = |side: Option<&Side>| event(plan, side);
    match boundary {
        Boundary::Value => format!("expect {name} at a key that an event has"),
        Boundary::WindowEdge => match windowed().and_then(|side| edge(side.term.window)) {
            Some((at, expected)) => {
                format!("write {} at {at}, and expect {name} at {expected}", event(windowed()))
            }
            None => format!("write {} at the first moment of the window", event(windowed())),
        },
        Boundary::EmptyWindow => {
            let [_, leaves] =
                windowed().map_or([None; 2], |it| it.term.window.changes(TEST_START.0));
            match leaves.map(|leaves| Timestamp(leaves).since(TEST_START)) {
                Some(over) => {
                    format!("write {} at 0s, and expect {name} at {over}", event(windowed()))
                }
                None => format!("expect {name} once its window is over"),
            }
        }
        Boundary::Expiry => {
            format!("expect {name} {} after the last event of the key", feature.ttl)
        }
        Boundary::HeldBack => format!(
            "write {} less than {} after another one, and expect `served`",
            event(own().next()),
            feature.refresh
        ),
        Boundary::DivisorZero => {
            let side = |role: &str| own().find(|side| side.role.starts_with(role));
            format!(
                "expect {name} at a key of {} without {}",
                event(side("top")),
                event(side("bottom"))
            )
        }
        Boundary::Filter => {
            format!("write {} of the key that `where` rejects", event(own().next()))
        }
    }
}

/// An event of a side: `a click`.
fn event(plan: &Plan, side: Option<&Side>) -> String {
    let input = side.map(|side| &plan.inputs[plan.states[side.term.state.0].input.0]);
    let kind = match input.map(|input| &input.types) {
        Some(Types::Only(types)) => types.first().map_or("event", String::as_str),
        Some(Types::All) | None => "event",
    };
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// When to write an event that is at the edge of a window, and when to read the window: at its
/// first moment, or a millisecond before a window of one bucket.
fn edge(window: Window) -> Option<(Millis, Millis)> {
    let Window::Buckets { kind, buckets, .. } = window else { return None };
    let [_, leaves] = window.changes(TEST_START.0);
    let leaves = leaves?;
    let length = buckets.length();
    let last = if kind == WindowKind::Rolling { leaves - 1 } else { leaves - length.0 };
    let is_edge = |event: i64, read: i64| {
        let from = window.interval(Timestamp(read)).map(|(from, _)| from.0);
        let is_current =
            kind != WindowKind::Rolling && buckets.number(event) == buckets.number(read);
        from.is_some_and(|from| (from == event && !is_current) || from - 1 == event)
    };
    let before = TEST_START.0 + length.0 - 1;
    let candidates = [(TEST_START.0, last), (before, leaves)];
    let (event, read) = candidates.into_iter().find(|(event, read)| is_edge(*event, *read))?;
    Some((Timestamp(event).since(TEST_START), Timestamp(read).since(TEST_START)))
}
