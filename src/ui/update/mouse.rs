//! The mouse: the wheel scrolls what is under it, a click selects, a drag along the timeline
//! seeks.

use ratatui::layout::Position;

use crate::base::Timestamp;
use crate::session::protocol::Target;

use super::super::message::{Effect, Gesture, Mouse};
use super::super::model::{Model, Pending};
use super::{jump, list, navigate, replay};
use crate::ui::chrome::header;
use crate::ui::draw::layout::Areas;
use crate::ui::views;

/// The rows that a notch of the wheel scrolls.
const NOTCH: i64 = 3;

pub(super) fn gesture(model: &mut Model, mouse: Mouse, effects: &mut Vec<Effect>) {
    model.pending = Pending::default();
    let areas = model.areas();
    let at = Position { x: mouse.x, y: mouse.y };
    match mouse.gesture {
        Gesture::Wheel(notches) => wheel(model, &areas, at, i64::from(notches) * NOTCH),
        Gesture::WheelSideways(notches) => {
            if let Some((view, _)) = views::at(&areas, at) {
                view.move_columns(model, i64::from(notches));
            }
        }
        Gesture::Press if model.help.is_some() => {
            if !areas.help().outer.contains(at) {
                model.help = None;
                model.prompt = None;
            }
        }
        Gesture::Press if model.list.is_some() => {
            let pane = areas.list();
            if pane.outer.contains(at) {
                list::press(model, pane.inner, at);
            } else {
                model.list = None;
                model.prompt = None;
            }
        }
        Gesture::Press => press(model, &areas, at, effects),
        Gesture::Drag if model.scrubbing => scrub(model, &areas, mouse.x, effects),
        Gesture::Drag => {}
        Gesture::Release => model.scrubbing = false,
    }
}

fn wheel(model: &mut Model, areas: &Areas, at: Position, rows: i64) {
    if let Some(help) = &mut model.help {
        help.first_line = help.first_line.saturating_add_signed(rows as isize);
    } else if model.list.is_some() {
        list::move_line(model, rows);
    } else if let Some((view, _)) = views::at(areas, at) {
        view.scroll(model, rows);
    }
}

/// A press on the body. A view that stands beside the one in front comes to the front.
fn press(model: &mut Model, areas: &Areas, at: Position, effects: &mut Vec<Effect>) {
    let on_track = areas.timeline.filter(|strip| {
        strip.pane.outer.contains(at)
            && at.y <= strip.track
            && (strip.cells.0..strip.cells.0 + strip.cells.1).contains(&at.x)
    });
    if on_track.is_some() {
        model.scrubbing = true;
        jump::remember(model);
        scrub(model, areas, at.x, effects);
    } else if areas.tabs.is_some_and(|tabs| tabs.contains(at)) {
        if let Some(view) = header::tab_at(model, at.x) {
            navigate::show(model, view);
        }
    } else if let Some((view, pane)) = views::at(areas, at) {
        view.press(model, pane.inner, at);
        if view.tab().is_some() {
            navigate::show(model, view.id());
        }
    }
}

/// Seeks to the time under the mouse; the ends of the track are the ends of the log.
fn scrub(model: &mut Model, areas: &Areas, x: u16, effects: &mut Vec<Effect>) {
    let Some(snapshot) = model.snapshot.clone() else { return };
    let Some(strip) = areas.timeline else { return };
    let (first, cells) = strip.cells;
    let (Some(start), Some(end)) = (snapshot.timeline.start, snapshot.timeline.end) else { return };
    let target = if x <= first {
        Target::Start
    } else if x + 1 >= first.saturating_add(cells) {
        Target::End
    } else {
        let share = (f64::from(x - first) + 0.5) / f64::from(cells);
        let span = end.since(start).0 as f64;
        Target::Time(Timestamp(start.0.saturating_add((share * span) as i64)))
    };
    replay::drag(model, target, effects);
}
