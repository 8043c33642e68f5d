//! The events around the cursor: one of them is selected, and the list scrolls away from the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Tab, View};
use crate::session::protocol::{EventsViewport, Viewport};
use crate::session::snapshot::{Snapshot, Transport};
use crate::ui::chrome::boxes;
use crate::ui::draw::layout::{Pane, Slot, ViewId};
use crate::ui::input::command::{Action, Entry, Group, Where, entries};
use crate::ui::model::{EventsPlace, Model};
use crate::ui::panes::empty;
use crate::ui::panes::events::{self, EventsView};

/// Its identity.
pub const EVENTS: ViewId = ViewId { name: "events", slot: Some(Slot::Below) };

const SHOW: &[Entry] = entries! {
    Action::Show(EVENTS), "view-events" ["2"] Where::Views, Group::Views, "" "show the events";
};

#[rustfmt::skip]
const COMMANDS: &[Entry] = entries! {
    Action::Filter, "events-filter" ["/"] Where::View(EVENTS), Group::View("Events"), "filter" "show only some events: click, type:click, item=p1, late, rejected, counted by ctr, not counted by ctr";
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
        let mut view = view(model);
        let filtered = snapshot.events.filtered.as_ref().filter(|_| model.events_filter.is_on());
        if snapshot.events.rows.is_empty() {
            view.empty = match filtered {
                Some(filtered) => events::nothing(filtered),
                None => empty::words(snapshot, model.shown.layout, model.glyphs.dot),
            };
        }
        let title = match filtered {
            Some(filtered) => events::filtered_title(filtered, &model.events_filter.text, paint),
            None => events::title(transport.cursor, transport.total, paint),
        };
        boxes::draw(pane, &title, "", view.focused, paint, buf);
        events::draw(&snapshot.events, &view, transport.cursor, paint, pane.inner, buf);
    }

    fn page(&self, model: &Model) -> usize {
        rows(model)
    }

    fn move_rows(&self, model: &mut Model, by: i64) {
        model.events.selected = model.events.selected.saturating_add(by);
        keep_in_view(model);
    }

    /// The selection stays in view.
    fn scroll(&self, model: &mut Model, by: i64) {
        let (before, after) = around_cursor(rows(model));
        model.events.offset = model.events.offset.saturating_add(by);
        let (low, high) = (model.events.offset - before + 1, model.events.offset + after);
        model.events.selected = model.events.selected.clamp(low.min(high), high);
        keep_in_view(model);
    }

    /// Selects the event under the mouse.
    fn press(&self, model: &mut Model, area: Rect, at: Position) {
        let Some(snapshot) = &model.snapshot else { return };
        let cursor = snapshot.transport.cursor;
        if let Some(place) = events::hit(&snapshot.events, &view(model), cursor, area, at.x, at.y) {
            model.events.selected = place as i64 - model.events_extent().0 as i64;
        }
    }

    fn settle(&self, model: &mut Model) {
        keep_in_view(model);
    }

    /// Drops the filter, and the selection stays; or goes back to the cursor.
    fn reset(&self, model: &mut Model) -> bool {
        if model.events_filter.is_on() {
            let selected = model.selected_event();
            let text = std::mem::take(&mut model.events_filter.text);
            model.events_filter.dropped = text;
            let away = selected.map_or(0, |number| number as i64 - model.cursor() as i64);
            model.events = EventsPlace { selected: away, offset: 0 };
            keep_in_view(model);
            return true;
        }
        std::mem::take(&mut model.events) != EventsPlace::default()
    }
}

/// Shows only the events that pass a filter.
pub(in crate::ui) fn filter(model: &mut Model, text: &str) {
    if model.events_filter.text != text {
        text.clone_into(&mut model.events_filter.text);
        model.events = EventsPlace::default();
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
    EventsViewport {
        filter,
        before: before as usize,
        after: (rows - before) as usize,
        offset: model.events.offset,
    }
}
