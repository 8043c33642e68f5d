//! The table of views: what each one is called, how it is drawn, what it asks of the session and
//! what keys and the mouse do in it. The tabs, the command table, the layout and the update read
//! it.

pub mod config;
pub mod detail;
pub mod events;
pub mod explain;
pub mod log;
pub mod values;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::draw::glyphs::Glyphs;
use super::draw::layout::{Areas, Pane, ViewId};
use super::draw::line::Piece;
use super::input::command::{self, Context, Entry};
use super::model::Model;
use crate::session::protocol::Viewport;
use crate::session::snapshot::Snapshot;

/// All views; those with a tab in the order of the tabs.
static VIEWS: &[&dyn View] = &[
    &values::Values,
    &events::Events,
    &config::Config,
    &detail::Detail,
    &explain::Explain,
    &log::Log,
];

/// A view: a part of the snapshot as a pane. What it leaves out does nothing.
pub(in crate::ui) trait View: Sync {
    /// Its name and its place on the shared screen.
    fn id(&self) -> ViewId;

    /// Its tab; without one it stands beside others only.
    fn tab(&self) -> Option<Tab> {
        None
    }

    /// Its own lines of the command table.
    fn commands(&self) -> &'static [Entry] {
        &[]
    }

    /// Adds what it needs of the snapshot; `pane` is `None` while it is not shown.
    fn request(&self, _model: &Model, _pane: Option<Pane>, _viewport: &mut Viewport) {}

    /// Draws it with its box.
    fn draw(&self, model: &Model, snapshot: &Snapshot, pane: &Pane, buf: &mut Buffer);

    /// A count that its tab shows, and whether it is one of errors.
    fn alarm(&self, _snapshot: &Snapshot, _glyphs: &Glyphs) -> Option<(String, bool)> {
        None
    }

    /// What is said at the right of the tabs while it is in front.
    fn status(&self, _model: &Model, _snapshot: &Snapshot) -> Vec<Piece> {
        Vec::new()
    }

    /// What small screens say where larger ones have their footer; `None` for the keys.
    fn summary(&self, _model: &Model) -> Option<Piece> {
        None
    }

    /// The lines that it can scroll through, if it only scrolls.
    fn lines(&self, _model: &Model) -> usize {
        0
    }

    /// The rows of a page.
    fn page(&self, model: &Model) -> usize {
        rows(model, self.id())
    }

    /// Moves the selection by rows; the extremes go to the first and the last.
    fn move_rows(&self, model: &mut Model, by: i64) {
        self.scroll(model, by);
    }

    /// Moves the selection by columns.
    fn move_columns(&self, _model: &mut Model, _by: i64) {}

    /// Scrolls by rows.
    fn scroll(&self, model: &mut Model, by: i64) {
        if self.lines(model) == 0 {
            return;
        }
        let first = model.first_lines.entry(self.id().name).or_default();
        *first = first.saturating_add_signed(by as isize);
    }

    /// A press of the mouse on its pane, whose inside is `area`.
    fn press(&self, _model: &mut Model, _area: Rect, _at: Position) {}

    /// It comes to the front.
    fn shown(&self, _model: &mut Model) {}

    /// After every message: puts selection and scroll in order.
    fn settle(&self, model: &mut Model) {
        let last = self.lines(model).saturating_sub(self.page(model).max(1));
        if let Some(first) = model.first_lines.get_mut(self.id().name) {
            *first = last.min(*first);
        }
    }

    /// Undoes a selection or a filter; `false` if there is none.
    fn reset(&self, _model: &mut Model) -> bool {
        false
    }

    /// The line and column of the config where the editor opens; `None` for the selected feature.
    fn editor_place(&self, _model: &Model) -> Option<(usize, usize)> {
        None
    }
}

/// The tab of a view.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) struct Tab {
    /// The title.
    pub(in crate::ui) title: &'static str,
    /// The line of the command table that shows the view; its key is a digit.
    pub(in crate::ui) show: &'static [Entry],
}

impl Tab {
    /// The key that shows the view.
    pub(in crate::ui) fn key(&self) -> &'static str {
        self.show.first().and_then(|entry| entry.keys.first()).copied().unwrap_or_default()
    }
}

/// All views.
pub(in crate::ui) fn all() -> impl Iterator<Item = &'static dyn View> {
    VIEWS.iter().copied()
}

/// The views that have tabs.
pub(in crate::ui) fn tabs() -> impl Iterator<Item = (ViewId, Tab)> {
    all().filter_map(|view| Some((view.id(), view.tab()?)))
}

/// A view, by its identity.
pub(in crate::ui) fn get(id: ViewId) -> &'static dyn View {
    all().find(|view| view.id() == id).unwrap_or(VIEWS[0])
}

/// The view whose key is a digit.
pub(in crate::ui) fn of_digit(digit: u32) -> Option<ViewId> {
    let is_key = |tab: &Tab| tab.key().parse() == Ok(digit);
    tabs().find(|(_, tab)| is_key(tab)).map(|(id, _)| id)
}

/// The view so many tabs further on, around the end.
pub(in crate::ui) fn step(from: ViewId, by: isize) -> ViewId {
    let ids: Vec<ViewId> = tabs().map(|(id, _)| id).collect();
    let at = ids.iter().position(|id| *id == from).unwrap_or(0);
    ids[(at as isize + by).rem_euclid(ids.len() as isize) as usize]
}

/// The rows of a page of a view; 0 while it is not shown.
#[must_use]
pub fn page(model: &Model, id: ViewId) -> usize {
    get(id).page(model)
}

/// The view whose pane lies at a cell of the screen.
pub(in crate::ui) fn at(areas: &Areas, at: Position) -> Option<(&'static dyn View, Pane)> {
    all().find_map(|view| {
        let pane = areas.pane(view.id()).filter(|pane| pane.outer.contains(at))?;
        Some((view, pane))
    })
}

/// The command table, in the order of the footer.
pub fn commands() -> impl Iterator<Item = &'static Entry> {
    let own = all().flat_map(View::commands);
    let show = tabs().flat_map(|(_, tab)| tab.show);
    command::REPLAY.iter().chain(own).chain(command::COMMON).chain(show).chain(command::WORKBENCH)
}

/// The commands of a context.
pub fn commands_of(context: Context) -> impl Iterator<Item = &'static Entry> {
    commands().filter(move |entry| entry.place.includes(context))
}

/// All contexts with their names.
pub fn contexts() -> impl Iterator<Item = (Context, &'static str)> {
    let views = tabs().map(|(id, _)| (Context::View(id), id.name));
    views.chain([(Context::Features, "list of features"), (Context::Help, "help")])
}

/// The rows inside the pane of a view; 0 while it is not shown.
pub(in crate::ui) fn rows(model: &Model, id: ViewId) -> usize {
    model.areas().pane(id).map_or(0, |pane| usize::from(pane.inner.height))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::ui::input::command::{Action, Meaning, meaning};

    #[test]
    fn views_have_names_and_digits_of_their_own() {
        let (mut names, mut keys) = (HashSet::new(), HashSet::new());
        for view in all() {
            assert!(names.insert(view.id().name), "{} twice", view.id().name);
            assert_eq!(get(view.id()).id(), view.id());
        }
        for (id, tab) in tabs() {
            assert!(keys.insert(tab.key()), "{} twice", tab.key());
            assert_eq!(of_digit(tab.key().parse().unwrap()), Some(id));
            assert_eq!(tab.show[0].action, Action::Show(id));
        }
        assert_eq!(tabs().next().map(|(id, _)| id), Some(ViewId::HOME));
    }

    #[test]
    fn no_two_views_share_a_slot() {
        let slots: Vec<_> = all().filter_map(|view| view.id().slot).collect();
        let distinct: HashSet<_> = slots.iter().collect();
        assert_eq!(slots.len(), distinct.len());
    }

    #[test]
    fn ids_are_unique_and_every_line_has_words() {
        let mut ids = HashSet::new();
        for entry in commands() {
            assert!(ids.insert(entry.id), "{} twice", entry.id);
            let is_somewhere = contexts().any(|(context, _)| entry.place.includes(context));
            assert!(!entry.doc.is_empty() && is_somewhere, "{}", entry.id);
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for (context, name) in contexts() {
            let mut keys = Vec::new();
            for entry in commands_of(context) {
                keys.extend(entry.keys.iter().map(|key| (*key, entry.id)));
            }
            for (i, (key, id)) in keys.iter().enumerate() {
                for (other, other_id) in &keys[i + 1..] {
                    assert_ne!(key, other, "{id} and {other_id} in {name}");
                    let hidden = |long: &str, short: &str| {
                        long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
                    };
                    assert!(!hidden(key, other) && !hidden(other, key), "{id} hides {other_id}");
                }
            }
        }
    }

    #[test]
    fn sequences_wait_for_their_second_key() {
        let meaning = |context, sequence| meaning(commands_of(context), sequence);
        let (values, events) = (Context::View(values::VALUES), Context::View(events::EVENTS));
        assert_eq!(meaning(values, "g"), Meaning::Prefix);
        assert_eq!(meaning(values, "g t"), Meaning::Action(Action::GotoTime));
        assert_eq!(meaning(values, "g x"), Meaning::Unknown);
        assert_eq!(meaning(events, "enter"), Meaning::Action(Action::SeekSelected));
        assert_eq!(meaning(Context::Help, "space"), Meaning::Unknown);
    }
}
