//! Jumps of the cursor, and the way back from them.

use crate::session::protocol::{Command, Target};
use crate::session::snapshot::Tone;

use super::super::message::Effect;
use super::super::model::{EventsPlace, Model};
use crate::ui::jump::{self, Jump};
use crate::ui::views::values::table;

/// Remembers where everything is, before the cursor jumps.
pub(super) fn remember(model: &mut Model) {
    if let Some(jump) = here(model) {
        add(model, jump);
    }
}

/// Remembers where everything is, and the filter of the events, which is about to change.
pub(super) fn remember_filter(model: &mut Model) {
    if let Some(jump) = here(model) {
        let filter = Some((model.events_filter.clone(), model.events));
        add(model, Jump { filter, ..jump });
    }
}

/// Where everything is.
pub(super) fn here(model: &Model) -> Option<Jump> {
    let snapshot = model.snapshot.as_ref()?;
    let transport = &snapshot.transport;
    let from = transport.moment().map_or(Target::Event(transport.cursor), Target::Time);
    Some(Jump {
        from,
        view: model.view,
        zoom: model.zoom,
        layout: model.layout,
        selected: model.table.selected.clone(),
        is_held: model.table.held,
        explain: model.explain.clone(),
        filter: None,
    })
}

/// Remembers a jump that happened.
pub(super) fn add(model: &mut Model, jump: Jump) {
    jump::push(&mut model.jumps, jump);
}

/// Comes back from the last jump that led elsewhere.
pub(super) fn back(model: &mut Model, effects: &mut Vec<Effect>) {
    let here = here(model);
    while model.jumps.last().is_some_and(|jump| Some(jump) == here.as_ref()) {
        model.jumps.pop();
    }
    let Some(jump) = model.jumps.pop() else {
        model.remark = Some((Tone::Note, "there is no jump to come back from".into()));
        return;
    };
    table::turn_to(model, jump.layout);
    (model.view, model.zoom) = (jump.view, jump.zoom);
    (model.table.selected, model.table.held) = (jump.selected, jump.is_held);
    model.explain = jump.explain;
    (model.follow, model.events) = (false, EventsPlace::default());
    if let Some((filter, events)) = jump.filter {
        (model.events_filter, model.events) = (filter, events);
    }
    effects.push(Effect::Send(Command::Seek(jump.from)));
}
