//! The log: how it is written, when its events are from, their types and of each type every field,
//! which lines are rejected and why, what is late and what is there twice. The log is read once more
//! for it when the view is first shown; until then it tells what is known of it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Tab, View};
use crate::session::protocol::Viewport;
use crate::session::snapshot::{Profile, Snapshot, State};
use crate::ui::chrome::boxes;
use crate::ui::draw::layout::{Pane, ViewId};
use crate::ui::draw::pen::Pen;
use crate::ui::input::command::{Action, Entry, Group, Where, entries};
use crate::ui::model::{Model, Prompt, PromptKind};
use crate::ui::panes::log::{self, Line};
use crate::ui::panes::profile;

/// Its identity.
pub const LOG: ViewId = ViewId { name: "log", slot: None };

#[rustfmt::skip]
const SHOW: &[Entry] = entries! {
    Action::Show(LOG), "view-log" ["6"] Where::Views, Group::Views, "" "show the log: its form, types, rejected lines";
};

pub(super) struct Log;

impl View for Log {
    fn id(&self) -> ViewId {
        LOG
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab { title: "Log", show: SHOW })
    }

    fn request(&self, model: &Model, _: Option<Pane>, viewport: &mut Viewport) {
        // A field that is typed is completed to those of the log.
        let types_field = |prompt: &Prompt| prompt.kind == PromptKind::Field;
        viewport.profile = model.view == LOG || model.prompt.as_ref().is_some_and(types_field);
    }

    fn draw(&self, model: &Model, snapshot: &Snapshot, pane: &Pane, buf: &mut Buffer) {
        let paint = model.paint();
        let title = format!("Log {} {}", paint.glyphs.dot, snapshot.source.log);
        let hint = match selected(model) {
            Some((_, true, _)) => "h closes",
            Some((_, false, entries)) if entries > 0 => "l opens",
            _ => "",
        };
        boxes::draw(pane, &title, hint, true, paint, buf);
        let mut pen = Pen::new(paint, pane.inner, buf);
        if pen.width() == 0 || pen.height() == 0 {
            return;
        }
        if let State::Loading { .. } = snapshot.transport.state {
            return pen.say("reading the log");
        }
        let (width, height) = (pen.width(), pen.height());
        let rows = rows(model, snapshot, usize::from(width));
        let first = model.log.first_line;
        for ((place, row), y) in rows.iter().enumerate().skip(first).zip(0..height) {
            let mut part = pen.part(0, y, width.saturating_sub(1), 1);
            match row {
                Row::Said(line) => line.draw(&mut part.part(1, 0, width.saturating_sub(2), 1)),
                Row::Told(_, line @ profile::Line::Entry(_)) => {
                    profile::draw(line, place == model.log.selected, &mut part);
                }
                Row::Told(_, line) => {
                    profile::draw(line, false, &mut part.part(1, 0, width.saturating_sub(2), 1));
                }
            }
        }
        pen.scrollbar(first, rows.len(), 0);
    }

    fn move_rows(&self, model: &mut Model, by: i64) {
        let entries = entries(model);
        let Some(last) = entries.len().checked_sub(1) else { return self.scroll(model, by) };
        let now = entries.partition_point(|place| *place < model.log.selected);
        let next = now.saturating_add_signed(by as isize).min(last);
        model.log.selected = entries[next];
        // What stands above the first one is shown again.
        if next == 0 {
            model.log.first_line = 0;
        }
    }

    /// Opens an entry, or goes into it; closes one, or goes to the one that it is in.
    fn move_columns(&self, model: &mut Model, by: i64) {
        let Some((id, is_open, entries)) = selected(model) else { return };
        let height = super::rows(model, LOG);
        let log = &mut model.log;
        match (by > 0, is_open) {
            (true, false) if entries > 0 => {
                log.open.insert(id);
                // As much of it as there is room for comes into view.
                let end = (log.selected + entries + 1).saturating_sub(height);
                log.first_line = log.first_line.max(end).min(log.selected);
            }
            (true, true) => log.selected += 1,
            (true, false) => {}
            (false, true) => _ = log.open.remove(&id),
            (false, false) => {
                let parent = &id[..id.len() - 1];
                if let Some(place) = place_of(model, parent) {
                    model.log.selected = place;
                }
            }
        }
    }

    fn scroll(&self, model: &mut Model, by: i64) {
        let log = &mut model.log;
        log.first_line = log.first_line.saturating_add_signed(by as isize);
        keep_first_line(model);
        let (first, height) = (model.log.first_line, super::rows(model, LOG));
        let in_view: Vec<usize> = entries(model)
            .into_iter()
            .filter(|place| (first..first + height).contains(place))
            .collect();
        if let (Some(low), Some(high)) = (in_view.first(), in_view.last()) {
            model.log.selected = model.log.selected.clamp(*low, *high);
        }
    }

    /// Selects an entry; opens or closes the selected one.
    fn press(&self, model: &mut Model, area: Rect, at: Position) {
        let place = model.log.first_line + usize::from(at.y.saturating_sub(area.y));
        if !entries(model).contains(&place) {
            return;
        }
        if model.log.selected == place {
            let is_open = selected(model).is_some_and(|(_, is_open, _)| is_open);
            return self.move_columns(model, if is_open { -1 } else { 1 });
        }
        model.log.selected = place;
    }

    fn settle(&self, model: &mut Model) {
        keep_first_line(model);
        let entries = entries(model);
        let Some(last) = entries.last() else { return };
        let at = entries.partition_point(|place| *place < model.log.selected);
        let selected = entries.get(at).copied().unwrap_or(*last);
        let height = super::rows(model, LOG);
        let log = &mut model.log;
        let is_first = entries.first() == Some(&selected);
        let moved = log.selected != selected;
        log.selected = selected;
        if height > 0 && !(is_first && log.first_line == 0 && !moved) {
            log.first_line = log.first_line.clamp((selected + 1).saturating_sub(height), selected);
        }
    }

    /// Closes all that is open.
    fn reset(&self, model: &mut Model) -> bool {
        !std::mem::take(&mut model.log.open).is_empty()
    }
}

/// A row of the view.
enum Row<'p> {
    /// What is known of the log as soon as it is read.
    Said(Line),
    /// What its profile tells, with the name of the entry.
    Told(Vec<usize>, profile::Line<'p>),
}

/// All rows, for a pane of this width.
fn rows<'s>(model: &Model, snapshot: &'s Snapshot, width: usize) -> Vec<Row<'s>> {
    let said = log::lines(snapshot, width, model.glyphs.ellipsis).into_iter().map(Row::Said);
    let Profile::Read(told) = &snapshot.profile else { return said.collect() };
    let told = profile::lines(told, &model.log.open);
    said.chain(told.into_iter().map(|(id, line)| Row::Told(id, line))).collect()
}

/// Calls `of` with the rows that the pane has now; nothing while there are none.
fn with_rows<T>(model: &Model, of: impl FnOnce(&[Row<'_>]) -> T) -> Option<T> {
    let (pane, snapshot) = (model.areas().pane(LOG)?, model.snapshot.as_ref()?);
    Some(of(&rows(model, snapshot, usize::from(pane.inner.width))))
}

/// The places of the entries, which can be selected.
fn entries(model: &Model) -> Vec<usize> {
    let places = |rows: &[Row<'_>]| {
        let rows = rows.iter().enumerate();
        let is_entry = |row: &Row<'_>| matches!(row, Row::Told(_, profile::Line::Entry(_)));
        rows.filter(|(_, row)| is_entry(row)).map(|(place, _)| place).collect()
    };
    with_rows(model, places).unwrap_or_default()
}

/// The selected entry, whether it is open, and how many entries are in it.
fn selected(model: &Model) -> Option<(Vec<usize>, bool, usize)> {
    with_rows(model, |rows| match rows.get(model.log.selected) {
        Some(Row::Told(id, profile::Line::Entry(shown))) => {
            Some((id.clone(), shown.is_open, shown.entry.entries.len()))
        }
        _ => None,
    })?
}

/// The place of the entry of this name.
fn place_of(model: &Model, name: &[usize]) -> Option<usize> {
    with_rows(model, |rows| {
        rows.iter().position(
            |row| matches!(row, Row::Told(id, profile::Line::Entry(_)) if id.as_slice() == name),
        )
    })?
}

fn keep_first_line(model: &mut Model) {
    let height = super::rows(model, LOG).max(1);
    let last = with_rows(model, |rows| rows.len().saturating_sub(height)).unwrap_or_default();
    model.log.first_line = model.log.first_line.min(last);
}
