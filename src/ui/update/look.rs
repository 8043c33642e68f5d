//! After every message: selections and scrolls are put in order, and the session is told what is in
//! view now, if that changed.

use super::super::message::Effect;
use super::super::model::Model;
use super::list;
use crate::session::protocol::{Command, Viewport};
use crate::ui::chrome::help;
use crate::ui::views;

pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    for view in views::all() {
        view.settle(model);
    }
    let areas = model.areas();
    if let Some(place) = &mut model.help {
        let height = help::height(&place.filter, areas.help().inner.width);
        place.first_line = place.first_line.min(height.saturating_sub(areas.help_rows()));
    }
    list::keep_in_view(model);
    let look = look(model);
    if look != model.look {
        model.look = Viewport { generation: model.look.generation + 1, ..look };
        effects.push(Effect::Send(Command::Viewport(model.look.clone())));
    }
}

/// The parts of a snapshot that the views ask for, with the generation that was asked for last.
fn look(model: &Model) -> Viewport {
    let areas = model.areas();
    let mut viewport = Viewport {
        generation: model.look.generation,
        timeline: areas.timeline.map_or(0, |strip| usize::from(strip.cells.1)),
        ..Viewport::default()
    };
    for view in views::all() {
        view.request(model, areas.pane(view.id()), &mut viewport);
    }
    viewport
}
