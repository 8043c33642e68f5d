//! The events around the cursor.

use crate::base::Timestamp;
use crate::tape::RowKind;

use crate::session::protocol::EventsViewport;
use crate::session::replay::Replay;
use crate::session::snapshot::{Effect, EventRow, Events};

/// How many effects of an event are listed.
const LISTED: usize = 12;

/// The events in view.
pub(super) fn events(replay: &Replay, look: &EventsViewport) -> Events {
    let total = replay.tape().events();
    let middle = (replay.cursor() as i64 + look.offset).clamp(0, total as i64) as usize;
    let first = middle.saturating_sub(look.before);
    let last = (middle + look.after).min(total);
    Events { rows: (first..last).map(|event| row(replay, event)).collect() }
}

fn row(replay: &Replay, event: usize) -> EventRow {
    let tape = replay.tape();
    let (first, end) = (tape.end_row(event), tape.end_row(event + 1));
    let time = Timestamp(tape.time(first));
    let gap =
        event.checked_sub(1).map(|before| time.since(Timestamp(tape.time(tape.end_row(before)))));
    let late = tape.clock(event).map(|clock| clock.since(time)).filter(|late| late.is_positive());
    let kind = match (tape.kind(first), tape.type_id(first)) {
        (_, Some(id)) => tape.type_names()[usize::from(id)].clone(),
        (RowKind::Item, _) => "item".to_owned(),
        (RowKind::User, _) => "user".to_owned(),
        (RowKind::Ranking, _) => "ranking".to_owned(),
        (RowKind::Metadata, _) => "metadata".to_owned(),
        _ => "event".to_owned(),
    };
    let attributes = tape.demand().attributes.iter().enumerate().filter_map(|(number, name)| {
        let column = tape.column(number);
        let value = column.value(column.id(first))?;
        Some((name.clone(), value.to_string()))
    });
    let attributes = attributes.collect();
    let known = replay.effects(event).unwrap_or_default();
    let effects = known.iter().take(LISTED).map(|effect| {
        let plan = replay.plan();
        Effect {
            output: plan.outputs[effect.output.0].name.clone(),
            key: replay.index().key(plan.scope_of(effect.output), effect.slot),
            before: effect.before.clone(),
            after: effect.after.clone(),
        }
    });
    EventRow {
        number: event + 1,
        line: tape.line(first) + 1,
        time,
        gap,
        kind,
        attributes,
        applied: event < replay.cursor(),
        late,
        released: (first..end).filter(|row| tape.kind(*row) == RowKind::Impression).count(),
        is_last: tape.is_finished() && event + 1 == tape.events(),
        effects: effects.collect(),
        more_effects: known.len().saturating_sub(LISTED),
    }
}
