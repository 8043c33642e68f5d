//! The events around the cursor: one of them is selected, and the list scrolls away from the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Tab, View};
use crate::session::protocol::{EventsViewport, Viewport};
use crate::session::snapshot::{OpenEvent, Snapshot, Transport};
use crate::ui::chrome::boxes;
use crate::ui::draw::layout::{Pane, Slot, ViewId};
use crate::ui::draw::pen::Pen;
use crate::ui::input::command::{Action, Entry, Group, Where, entries};
use crate::ui::model::{EventPlace, EventsPlace, Model, Prompt, PromptKind};
use crate::ui::panes::events::{self, EventsView};
use crate::ui::panes::{empty, event, filtered};

/// Its identity.
pub const EVENTS: ViewId = ViewId { name: "events", slot: Some(Slot::Below) };

/// The cells of the upper edge of a box that are no title.
const TITLE_MARGIN: u16 = 6;

const SHOW: &[Entry] = entries! {
    Action::Show(EVENTS), "view-events" ["2"] Where::Views, Group::Views, "" "show the events";
};

#[rustfmt::skip]
const COMMANDS: &[Entry] = entries! {
    Action::Filter, "events-filter" ["/"] Where::View(EVENTS), Group::View("Events"), "filter" "show only some events: click, type:click, item=p1, without item, late, rejected, counted by ctr, not counted by ctr, contributes to ctr_7{item=p1}";
    Action::NextMatch, "next-match" ["n"] Where::View(EVENTS), Group::View("Events"), "match" "go to the next event that passes the filter, or the one dropped last";
    Action::PreviousMatch, "previous-match" ["N"] Where::View(EVENTS), Group::View("Events"), "match" "go to the previous one";
    Action::SeekSelected, "seek-selected" ["enter"] Where::View(EVENTS), Group::View("Events"), "go there" "go to the selected event";
};

pub(super) struct Events;

impl View for Events {
    fn id(&self) -> ViewId {
        EVENTS
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab { title: "Events", show: SHOW })
    }

    fn commands(&self) -> &'static [Entry] {
        COMMANDS
    }

    fn request(&self, model: &Model, _: Option<Pane>, viewport: &mut Viewport) {
        *viewport.events = wanted(model);
    }

    fn draw(&self, model: &Model, snapshot: &Snapshot, pane: &Pane, buf: &mut Buffer) {
        let (paint, transport) = (model.paint(), &snapshot.transport);
        if let (Some(place), Some(open)) = (model.event, open_event(model, snapshot)) {
            let first = place.first_line;
            boxes::draw(pane, &event::title(open, paint), "h closes", true, paint, buf);
            let mut pen = Pen::new(paint, pane.inner, buf);
            let (width, height) = (pen.width(), pen.height());
            let lines = open_lines(model, open, pane);
            event::draw(&lines, first, &mut pen.part(1, 0, width.saturating_sub(2), height));
            return pen.scrollbar(first, lines.len(), 0);
        }
        let mut view = view(model);
        let passing = snapshot.events.filtered.as_ref().filter(|_| model.events_filter.is_on());
        if snapshot.events.rows.is_empty() {
            view.empty = match passing {
                Some(of) => filtered::nothing(of),
                None => empty::words(snapshot, model.shown.layout, model.glyphs.dot),
            };
        }
        let title = match passing {
            Some(of) => {
                let cells = pane.outer.width.saturating_sub(TITLE_MARGIN);
                filtered::title(of, &model.events_filter.text, cells, paint)
            }
            None => events::title(transport.cursor, transport.total, paint),
        };
        let hint = if view.focused && selects_event(model) { "l opens" } else { "" };
        boxes::draw(pane, &title, hint, view.focused, paint, buf);
        events::draw(&snapshot.events, &view, transport.cursor, paint, pane.inner, buf);
    }

    fn page(&self, model: &Model) -> usize {
        rows(model)
    }

    fn move_rows(&self, model: &mut Model, by: i64) {
        if let Some(open) = &mut model.event {
            open.first_line = open.first_line.saturating_add_signed(by as isize);
            return;
        }
        model.events.selected = model.events.selected.saturating_add(by);
        model.events.kept = None;
        keep_in_view(model);
    }

    /// Opens the selected event, or closes it.
    fn move_columns(&self, model: &mut Model, by: i64) {
        let selected = model.selected_event();
        if by > 0 && model.event.is_none() && selects_event(model) {
            model.event = Some(EventPlace { number: selected, first_line: 0 });
        } else if by < 0 {
            model.event = None;
        }
    }

    /// The selection stays in view.
    fn scroll(&self, model: &mut Model, by: i64) {
        if model.event.is_some() {
            return self.move_rows(model, by);
        }
        let (before, after) = around_cursor(rows(model));
        model.events.offset = model.events.offset.saturating_add(by);
        model.events.kept = None;
        let (low, high) = (model.events.offset - before + 1, model.events.offset + after);
        model.events.selected = model.events.selected.clamp(low.min(high), high);
        keep_in_view(model);
    }

    /// Selects the event under the mouse.
    fn press(&self, model: &mut Model, area: Rect, at: Position) {
        let Some(snapshot) = &model.snapshot else { return };
        if model.event.is_some() {
            return;
        }
        let cursor = snapshot.transport.cursor;
        if let Some(place) = events::hit(&snapshot.events, &view(model), cursor, area, at.x, at.y) {
            model.events = EventsPlace {
                selected: place as i64 - model.events_extent().0 as i64,
                offset: model.events.offset,
                ..EventsPlace::default()
            };
        }
    }

    fn settle(&self, model: &mut Model) {
        keep_in_view(model);
        let pane = model.areas().pane(EVENTS);
        if let (Some(place), Some(snapshot), Some(pane)) = (model.event, &model.snapshot, pane)
            && let Some(open) = open_event(model, snapshot)
        {
            let lines = open_lines(model, open, &pane).len();
            let last = lines.saturating_sub(usize::from(pane.inner.height));
            model.event = Some(EventPlace { first_line: place.first_line.min(last), ..place });
        }
    }

    /// Closes the event that is open; or drops the filter, and the selection stays; or goes back to
    /// the cursor.
    fn reset(&self, model: &mut Model) -> bool {
        if model.event.take().is_some() {
            return true;
        }
        if model.events_filter.is_on() {
            let selected = model.selected_event();
            let text = std::mem::take(&mut model.events_filter.text);
            model.events_filter.dropped = text;
            let away = selected.map_or(0, |number| number as i64 - model.cursor() as i64);
            model.events = EventsPlace::at(away);
            keep_in_view(model);
            return true;
        }
        std::mem::take(&mut model.events) != EventsPlace::default()
    }
}

/// The event that is open, as far as the session has answered.
fn open_event<'s>(model: &Model, snapshot: &'s Snapshot) -> Option<&'s OpenEvent> {
    snapshot.events.open.as_deref().filter(|_| model.view == EVENTS)
}

/// Its lines in a pane.
fn open_lines(model: &Model, open: &OpenEvent, pane: &Pane) -> Vec<event::Line> {
    let has_box = pane.inner != pane.outer;
    let title = (!has_box).then(|| event::title(open, model.paint()));
    event::lines(open, title, usize::from(pane.inner.width.saturating_sub(2)), &model.glyphs)
}

/// Whether the selected row of the list is an event, and no rejected line.
fn selects_event(model: &Model) -> bool {
    let place = model.selected_place();
    let rows = model.snapshot.as_ref().map_or(&[][..], |snapshot| &snapshot.events.rows);
    let selected = rows.iter().find(|row| Some(row.place) == place);
    selected.is_some_and(|row| row.rejected.is_none())
}

/// Shows only the events that pass a filter. What was selected away from the cursor stays so, or the
/// nearest event that passes is.
pub(in crate::ui) fn filter(model: &mut Model, text: &str) {
    if model.events_filter.text == text {
        return;
    }
    let selected = model.selected_event().filter(|_| model.events.selected != 0);
    let kept = model.events.kept.or(selected);
    text.clone_into(&mut model.events_filter.text);
    model.events = EventsPlace::keeping(kept);
    if let (Some(event), false) = (kept, model.events_filter.is_on()) {
        model.events.selected = event as i64 - model.cursor() as i64;
    }
}

/// Selects the event that is to stay selected, or the nearest one, once the session has found it.
pub(in crate::ui) fn find_kept(model: &mut Model) {
    let Some(snapshot) = &model.snapshot else { return };
    let EventsPlace { kept, is_placed, .. } = model.events;
    if kept.is_none() || is_placed || !model.events_filter.is_on() {
        return;
    }
    if let Some(filtered) = &snapshot.events.filtered
        && let Some(place) = filtered.nearest
    {
        model.events.selected = place as i64 - filtered.before as i64;
        model.events.is_placed = true;
        keep_in_view(model);
    }
}

/// The number of events on the screen; the head of the list is none.
fn rows(model: &Model) -> usize {
    model.areas().pane(EVENTS).map_or(0, |pane| events::rows(pane.inner.height))
}

/// The list of events as its pane draws it.
fn view(model: &Model) -> EventsView {
    let focused = model.view == EVENTS;
    let selected = model.selected_place().filter(|_| focused);
    let transport = model.snapshot.as_ref().map(|snapshot| &snapshot.transport);
    let total = transport.map_or(0, |transport| transport.total);
    let moment = transport.and_then(Transport::moment);
    EventsView { selected, total, empty: String::new(), focused, moment }
}

/// Holds the selection inside the log and the list around the selection.
fn keep_in_view(model: &mut Model) {
    let (cursor, total) = model.events_extent();
    let (cursor, total) = (cursor as i64, total as i64);
    let (before, after) = around_cursor(rows(model));
    let place = &mut model.events;
    let (start, end) = (-cursor, (total - cursor).max(0));
    place.selected = place.selected.clamp((start + 1).min(0), end);
    if before + after > 0 {
        let nearest = place.offset.clamp(place.selected - after, place.selected + before - 1);
        place.offset = nearest.clamp(start.min(0), end);
    }
}

/// How many events a list of so many rows shows up to the place it is scrolled to, and beyond.
fn around_cursor(rows: usize) -> (i64, i64) {
    let rows = rows as i64;
    let after = rows / 3;
    (rows - after, after)
}

/// The events that fill the list: where the log ends, more are shown of the other side.
fn wanted(model: &Model) -> EventsViewport {
    let rows = rows(model);
    let (_, wanted) = around_cursor(rows);
    let rows = rows as i64;
    let (cursor, total) = model.events_extent();
    let (cursor, total) = (cursor as i64, total as i64);
    let behind = (cursor + model.events.offset).max(0);
    let ahead = (total - behind).max(0);
    let before = (rows - wanted.min(ahead)).min(behind);
    let filter = model.events_filter.text.clone();
    let place = model.event.filter(|_| model.view == EVENTS);
    let is_typed = |prompt: &Prompt| matches!(prompt.kind, PromptKind::Events(_));
    EventsViewport {
        filter,
        is_typed: model.prompt.as_ref().is_some_and(is_typed),
        keep: model.events.kept.filter(|_| !model.events.is_placed),
        open: place.and_then(|place| place.number.or_else(|| model.selected_event())),
        before: before as usize,
        after: (rows - before) as usize,
        offset: model.events.offset,
    }
}
