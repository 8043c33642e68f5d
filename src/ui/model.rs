//! The model: the state of the screen, what is shown, what is selected, what is being typed. Values
//! that can be compared and copied.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::session::protocol::{Layout, Selected, Sort, SortBy, Viewport};
use crate::session::snapshot::{ScopeInfo, Snapshot, Tone};

use super::draw::glyphs::{self, Glyphs};
use super::draw::layout::{Areas, ViewId};
use super::draw::paint::Paint;
use super::draw::theme::Theme;
use super::input::command::Context;
use super::input::line_edit::Text;
use super::jump::Jump;
use super::panes::explain::ExplainPlace;
use super::panes::number::Decimals;
use super::panes::values::ValuesView;

pub use super::places::{
    ConfigPlace, EventPlace, EventsFilter, EventsPlace, HelpPlace, ListPlace, LogPlace,
};

/// All that the screen is drawn from.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "switches that know nothing of each other")]
pub struct Model {
    /// The screen's size in cells.
    pub size: (u16, u16),
    /// The newest snapshot.
    pub snapshot: Option<Arc<Snapshot>>,
    /// What was asked of the session last.
    pub look: Viewport,
    /// The view that fills the main area.
    pub view: ViewId,
    /// The view that has the whole body; `None` while it is shared.
    pub zoom: Option<ViewId>,
    /// The layout of the values.
    pub layout: Layout,
    /// The scope of the wide layout, an index into the source's scopes.
    pub scope: usize,
    /// Selection, order and scroll of the table in front.
    pub table: Table,
    /// The same of the tables that are not in front: by scope, and `None` for the long layout.
    pub parked: BTreeMap<Option<String>, Table>,
    /// The most cells that the keys of a scope have needed, part by part.
    pub key_widths: BTreeMap<String, Vec<u16>>,
    /// The cells of the longest name of an output.
    pub output_cells: usize,
    /// What of the values is drawn; lags behind `table` until the session has answered.
    pub shown: ValuesView,
    /// Where the list of events stands.
    pub events: EventsPlace,
    /// The filter of the list of events.
    pub events_filter: EventsFilter,
    /// The event that is open as a whole.
    pub event: Option<EventPlace>,
    /// Where the list of what is in the log stands.
    pub log: LogPlace,
    /// Where the config stands.
    pub config: ConfigPlace,
    /// Where the explanation stands.
    pub explain: ExplainPlace,
    /// Where everything was before the jumps so far, the last one last.
    pub jumps: Vec<Jump>,
    /// Where everything was before a step to a match that has not led anywhere yet.
    pub jump_to_match: Option<Jump>,
    /// The first lines on the screen of views that only scroll, by name.
    pub first_lines: BTreeMap<&'static str, usize>,
    /// Whether the replay is kept at the newest event while the log is read.
    pub follow: bool,
    /// The decimals of each output's numbers in its column.
    pub decimals: Arc<Decimals>,
    /// The names of the outputs that are hidden.
    pub hidden: Arc<BTreeSet<String>>,
    /// The list of features, while it is open.
    pub list: Option<ListPlace>,
    /// An output to go to as soon as the session shows its column.
    pub wanted: Option<String>,
    /// The help, while it is open.
    pub help: Option<HelpPlace>,
    /// What is being typed.
    pub prompt: Option<Prompt>,
    /// Keys that wait for more.
    pub pending: Pending,
    /// Something that the screen itself has to say, until the next key.
    pub remark: Option<(Tone, String)>,
    /// The number of the session's last notice that was closed.
    pub dismissed: u64,
    /// Whether the next `ctrl-c` quits.
    pub quit_armed: bool,
    /// Whether the editor opens as soon as the built-in config is written to a file.
    pub opens_example: bool,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// Whether a drag on the timeline is under way.
    pub scrubbing: bool,
    /// The colours.
    pub theme: Theme,
    /// The signs.
    pub glyphs: Glyphs,
}

/// Selection, order and scroll of a table of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The selected cell.
    pub selected: Selected,
    /// Whether the selection stays with its key when the order changes. At first it does not: it
    /// stays at the top, whoever is there.
    pub held: bool,
    /// Whether the table then scrolls along: somebody has chosen the row.
    pub scrolls: bool,
    /// Whether nobody has chosen the row, and it is held while it is in view: the selection goes
    /// back to the top then.
    pub is_passing: bool,
    /// The first row on the screen.
    pub first_row: usize,
    /// The first column on the screen.
    pub first_column: usize,
    /// The order of the rows.
    pub sort: Sort,
    /// The text that the rows must contain.
    pub filter: String,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            selected: Selected::default(),
            held: false,
            scrolls: false,
            is_passing: false,
            first_row: 0,
            first_column: 0,
            sort: Sort { by: SortBy::Column(0), descending: true },
            filter: String::new(),
        }
    }
}

impl Table {
    /// Back to the first row, which stays selected whatever key it is.
    pub fn rewind(&mut self) {
        self.selected = Selected { row: 0, column: self.selected.column, ..Selected::default() };
        (self.held, self.is_passing) = (false, false);
        self.first_row = 0;
    }
}

/// A line that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What it is for.
    pub kind: PromptKind,
    /// What is typed.
    pub text: Text,
    /// Why it could not be accepted.
    pub error: Option<String>,
}

/// What a line is typed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptKind {
    /// The filter of the table, with the table as it was before.
    Filter(Box<FilterBefore>),
    /// The filter of the list of features, with the list as it was before.
    Features(Box<ListPlace>),
    /// The filter of the events, with the list as it was before.
    Events(Box<(EventsFilter, EventsPlace)>),
    /// The filter of the help.
    Help,
    /// A time to go to.
    Time,
    /// The number of an event to go to.
    Event,
    /// A share of the log to go to.
    Percent,
    /// The attribute by which contributors are grouped.
    Field,
    /// A command.
    Command,
}

/// What `esc` restores when a filter is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterBefore {
    /// The filter.
    pub filter: String,
    /// The selection.
    pub selected: Selected,
    /// Whether it was held.
    pub held: bool,
    /// The scroll.
    pub first_row: usize,
}

/// Keys that wait for more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pending {
    /// The count before a command.
    pub count: Option<Count>,
    /// The beginning of a sequence, as names of keys.
    pub keys: String,
}

/// A count that is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Digits that can only be a count.
    Sure(u32),
    /// Digits that are also the names of views: a count only if a step follows at once.
    Perhaps {
        /// The number so far.
        number: u32,
        /// The view before the first of the digits.
        from: ViewId,
        /// When the last digit came.
        at: Duration,
    },
}

/// How the screen looks and what it can do; decided by the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The name of the theme; one that is unknown is `dark`.
    pub theme: String,
    /// Whether colours are unwelcome (`NO_COLOR`); then the theme is `mono`.
    pub no_color: bool,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
    /// Whether the mouse is taken at the start.
    pub mouse: bool,
    /// The command of the editor, as a shell reads it; `None`: none is known.
    pub editor: Option<String>,
    /// The config's file, for the editor; `None` for the built-in one.
    pub config: Option<std::path::PathBuf>,
}

impl Model {
    /// A screen before the first snapshot.
    #[must_use]
    pub fn new(options: &Options, size: (u16, u16)) -> Self {
        let theme = if options.no_color { "mono" } else { options.theme.as_str() };
        Self {
            size,
            snapshot: None,
            look: Viewport::default(),
            view: ViewId::HOME,
            zoom: None,
            layout: Layout::Wide(0),
            scope: 0,
            table: Table::default(),
            parked: BTreeMap::new(),
            key_widths: BTreeMap::new(),
            output_cells: 0,
            shown: ValuesView::default(),
            events: EventsPlace::default(),
            events_filter: EventsFilter::default(),
            event: None,
            log: LogPlace::default(),
            config: ConfigPlace::default(),
            explain: ExplainPlace::default(),
            jumps: Vec::new(),
            jump_to_match: None,
            first_lines: BTreeMap::new(),
            follow: false,
            decimals: Arc::default(),
            hidden: Arc::default(),
            list: None,
            wanted: None,
            help: None,
            prompt: None,
            pending: Pending::default(),
            remark: None,
            dismissed: 0,
            quit_armed: false,
            opens_example: false,
            mouse: options.mouse,
            scrubbing: false,
            theme: Theme::named(theme).unwrap_or_else(Theme::fallback),
            glyphs: if options.ascii { glyphs::ASCII } else { glyphs::UNICODE },
        }
    }

    /// Where everything is on the screen.
    #[must_use]
    pub fn areas(&self) -> Areas {
        Areas::of(self.size, self.view, self.zoom)
    }

    /// What everything is drawn with.
    #[must_use]
    pub const fn paint(&self) -> Paint<'_> {
        Paint { theme: &self.theme, glyphs: &self.glyphs }
    }

    /// Where keys go that no text input takes.
    #[must_use]
    pub const fn context(&self) -> Context {
        match (&self.help, &self.list) {
            (Some(_), _) => Context::Help,
            (None, Some(_)) => Context::Features,
            (None, None) => Context::View(self.view),
        }
    }

    /// The scopes of the config in use.
    #[must_use]
    pub fn scopes(&self) -> &[ScopeInfo] {
        self.snapshot.as_ref().map_or(&[], |snapshot| &snapshot.source.scopes)
    }

    /// How many columns the table in front has.
    #[must_use]
    pub fn columns(&self) -> usize {
        match self.layout {
            Layout::Wide(scope) => self.scopes().get(scope).map_or(0, |scope| scope.columns.len()),
            Layout::Long => 1,
        }
    }

    /// The cells that the keys of the scope in front have needed.
    #[must_use]
    pub fn key_widths(&self) -> Vec<u16> {
        let Layout::Wide(scope) = self.layout else { return Vec::new() };
        let name = self.scopes().get(scope).map(|scope| &scope.name);
        name.and_then(|name| self.key_widths.get(name)).cloned().unwrap_or_default()
    }

    /// The cursor: how many events are applied.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.transport.cursor)
    }

    /// How many rows of the list of events are at or before the cursor, and how many there are.
    #[must_use]
    pub fn events_extent(&self) -> (usize, usize) {
        let Some(snapshot) = &self.snapshot else { return (0, 0) };
        match &snapshot.events.filtered {
            _ if !self.events_filter.is_on() => {
                (snapshot.transport.cursor, snapshot.transport.total)
            }
            Some(filtered) => (filtered.before, filtered.found),
            None => (0, 0),
        }
    }

    /// The place of the selected event in the list, from 1; `None` where there is none.
    #[must_use]
    pub fn selected_place(&self) -> Option<usize> {
        let (before, rows) = self.events_extent();
        let place = (before as i64).checked_add(self.events.selected)?;
        (1..=rows as i64).contains(&place).then_some(place as usize)
    }

    /// The number of the selected event; `None` where there is none.
    #[must_use]
    pub fn selected_event(&self) -> Option<usize> {
        let place = self.selected_place()?;
        if !self.events_filter.is_on() {
            return Some(place);
        }
        let rows = &self.snapshot.as_ref()?.events.rows;
        rows.iter().find(|event| event.place == place).map(|event| event.number)
    }

    /// The message that is shown and passes by itself, with a number that tells it from the others:
    /// what worked and what is to know; what is wrong stays.
    #[must_use]
    pub fn passing(&self) -> Option<(u64, &str)> {
        let (tone, text) = self.notice()?;
        let number = self.snapshot.as_ref()?.notice.as_ref().map_or(0, |notice| notice.number);
        matches!(tone, Tone::Good | Tone::Note).then_some((number, text))
    }

    /// The line above the footer: what the screen has to say, or else the session.
    #[must_use]
    pub fn notice(&self) -> Option<(Tone, &str)> {
        if let Some((tone, text)) = &self.remark {
            return Some((*tone, text));
        }
        let notice = self.snapshot.as_ref()?.notice.as_ref()?;
        (notice.number > self.dismissed).then_some((notice.tone, notice.text.as_str()))
    }
}
