//! The whole screen from the model. Drawing changes nothing.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget as _};

use crate::session::snapshot::Snapshot;

use super::chrome::boxes;
use super::chrome::footer;
use super::chrome::header;
use super::chrome::help;
use super::chrome::timeline;
use super::draw::layout::{Areas, Class};
use super::draw::line::{self, Piece};
use super::model::{ListPlace, Model};
use super::panes;
use super::panes::features::FeaturesView;
use super::views;

/// Draws the screen.
pub fn view(model: &Model, frame: &mut Frame) {
    let size = (frame.area().width, frame.area().height);
    // A resize that the model has not heard of yet: the frame's size is what can be drawn on.
    let areas =
        Areas::of((model.size.0.min(size.0), model.size.1.min(size.1)), model.view, model.zoom);
    if areas.class == Class::Tiny || Class::of(model.size.0, model.size.1) != areas.class {
        return too_small(model, frame);
    }
    header::draw(model, areas.header, frame.buffer_mut());
    if let Some(area) = areas.tabs {
        header::draw_tabs(model, area, frame.buffer_mut());
    }
    match &model.snapshot {
        Some(snapshot) => body(model, snapshot, &areas, frame.buffer_mut()),
        None => starting(model, &areas, frame),
    }
    if let Some(strip) = &areas.timeline {
        timeline::draw(model, strip, frame.buffer_mut());
    }
    if let Some(area) = areas.footer {
        footer::draw(model, area, frame.buffer_mut());
    }
    if let (Some(snapshot), Some(place)) = (&model.snapshot, &model.list) {
        features(model, snapshot, place, &areas, frame.buffer_mut());
    }
    if let Some(place) = &model.help {
        help::draw(model, place, frame.buffer_mut());
    }
    // Last, because a search of the help is typed there.
    footer::draw_notice(model, areas.notice, areas.footer, frame);
}

fn body(model: &Model, snapshot: &Snapshot, areas: &Areas, buf: &mut Buffer) {
    for view in views::all() {
        if let Some(pane) = areas.pane(view.id()) {
            view.draw(model, snapshot, &pane, buf);
        }
    }
}

/// The list of features, over everything else but the help.
fn features(
    model: &Model,
    snapshot: &Snapshot,
    place: &ListPlace,
    areas: &Areas,
    buf: &mut Buffer,
) {
    let (pane, paint, source) = (areas.list(), model.paint(), &snapshot.source);
    let view = FeaturesView {
        lines: &panes::features::lines(source, &place.open, &place.filter),
        first_line: place.first_line,
        selected: place.selected,
        filter: &place.filter,
        hidden: &model.hidden,
    };
    Clear.render(areas.cleared(&pane), buf);
    let filter = match place.filter.as_str() {
        "" => String::new(),
        filter => format!("/{filter}"),
    };
    boxes::draw(&pane, &panes::features::title(source, paint), &filter, true, paint, buf);
    panes::features::draw(source, &view, paint, pane.inner, buf);
}

/// Empty boxes until the session has said something.
fn starting(model: &Model, areas: &Areas, frame: &mut Frame) {
    let (paint, buf) = (model.paint(), frame.buffer_mut());
    for pane in areas.panes() {
        boxes::draw(&pane, "", "", false, paint, buf);
    }
}

fn too_small(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    let words = "40x8 or larger, please - q quits";
    let width = (Span::raw(words).width() as u16).min(area.width);
    let middle = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + area.height / 2,
        width,
        height: area.height.min(1),
    };
    let piece = Piece::new(1, words, Style::new());
    line::draw(vec![piece], vec![], &Span::raw(""), model.paint(), middle, frame.buffer_mut());
}
