//! The two lines at the top: what is loaded and what the replay is doing; the views, and the
//! filter and order of the table.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::base::escape::printable;
use crate::base::{Timestamp, quantity};
use crate::diagnostic::Severity;
use crate::session::protocol::Layout;
use crate::session::snapshot::{Extent, LogChange, Snapshot, State, Transport};

use crate::ui::draw::layout::{Class, ViewId};
use crate::ui::draw::line::{self, Piece};
use crate::ui::model::Model;
use crate::ui::{panes, views};

/// Pieces of the first line up to this importance give way to whole names and words.
const DISPENSABLE: u8 = 2;
/// The cells of `UPDATING 25 %`: what the replay is doing takes hardly ever more.
const LONG_STATE: usize = 13;

/// How much is written out where there is room.
#[derive(Clone, Copy)]
struct Form {
    /// Whole names.
    names: bool,
    /// Whole words.
    words: bool,
    /// Times to the millisecond.
    exact: bool,
}

/// The forms, the longest first.
const FORMS: [Form; 4] = [
    Form { names: true, words: true, exact: true },
    Form { names: true, words: true, exact: false },
    Form { names: false, words: true, exact: false },
    Form { names: false, words: false, exact: false },
];

/// Draws what is loaded and what the replay is doing.
pub(in crate::ui) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let paint = model.paint();
    let Some(snapshot) = &model.snapshot else {
        let piece = Piece::new(1, "counterscope: starting", model.theme.accent);
        return line::draw(vec![piece], vec![], &Span::raw(""), paint, line::inset(area), buf);
    };
    let class = Class::of(model.size.0, model.size.1);
    let gap = Span::raw(if class <= Class::Small { " " } else { "  " });
    let area = line::inset(area);
    let mut sides = (vec![], vec![]);
    for form in FORMS {
        let right = transport_pieces(model, snapshot, class, form);
        sides = (loaded(model, snapshot, class, form), right);
        let needed = |pieces: &[Piece]| -> Vec<Piece> {
            pieces.iter().filter(|piece| piece.importance > DISPENSABLE).cloned().collect()
        };
        if line::fits(&needed(&sides.0), &needed(&sides.1), &gap, area) {
            break;
        }
    }
    line::draw(sides.0, sides.1, &gap, paint, area, buf);
}

/// What is loaded: the config and how it stands, the log and what of it is applied.
fn loaded(model: &Model, snapshot: &Snapshot, class: Class, form: Form) -> Vec<Piece> {
    let (theme, source, transport) = (&model.theme, &snapshot.source, &snapshot.transport);
    let name = |text: &str| if form.names { text.to_owned() } else { cut(model, text) };
    let (cursor, total) = (transport.cursor as u64, transport.total as u64);
    let applied = format!("{}/{}", quantity::grouped(cursor), quantity::grouped(total));
    let mut pieces = vec![
        Piece::new(6, name(&source.config), theme.name),
        standing(model, snapshot, form.words),
        Piece::new(3, name(&source.log), theme.name),
        Piece::new(8, applied, theme.value),
    ];
    if let Some(words) = transport.log.map(log_state) {
        let text = format!("{} {words}", model.glyphs.alert);
        pieces.insert(3, Piece::new(9, text, theme.warning));
    }
    if source.about_log.extent == Extent::Cut {
        pieces.push(Piece::new(9, "CUT OFF", theme.warning));
    }
    pieces.extend(rejected(model, snapshot, form.words));
    pieces.push(Piece::new(2, contents(model, snapshot), theme.faint));
    if class == Class::Huge {
        pieces.insert(0, Piece::new(1, "counterscope", theme.title));
    }
    pieces
}

/// The lines that could not be read.
fn rejected(model: &Model, snapshot: &Snapshot, words: bool) -> Option<Piece> {
    let (theme, tallies) = (&model.theme, &snapshot.tallies);
    let lines = quantity::grouped(tallies.unreadable);
    let what = if words { "rejected" } else { "rej." };
    let is_loading = matches!(snapshot.transport.state, State::Loading { .. });
    if tallies.unreadable > snapshot.transport.total as u64 && !is_loading {
        let bad = model.glyphs.bad;
        return Some(Piece::new(8, format!("{bad} {lines} {what}"), theme.error));
    }
    let piece = || Piece::new(8, format!("{lines} {what}"), theme.warning);
    (tallies.unreadable > 0).then(piece)
}

/// What the replay is doing, how fast, and the clock.
fn transport_pieces(model: &Model, snapshot: &Snapshot, class: Class, form: Form) -> Vec<Piece> {
    let (theme, transport) = (&model.theme, &snapshot.transport);
    let mut right = Vec::new();
    // First of all, so that nothing beside it moves as it changes.
    let runs = matches!(transport.state, State::Playing | State::Loading { .. });
    if let Some(rate) = transport.rate.filter(|_| runs) {
        let rate = format!("{} ev/s", quantity::short(rate.max(0.0) as u64));
        right.push(Piece::new(1, rate, theme.faint));
    }
    let words = Piece::new(10, state(model, transport), state_style(model, transport));
    // Nothing beside it comes and goes as it plays, pauses and ends.
    let playing = format!("{} PLAYING {}", model.glyphs.playing, transport.speed);
    right.push(words.reserving(Span::raw(playing).width().max(LONG_STATE)));
    if let Some(moment) = transport.as_of {
        let pattern = match (class, needs_year(snapshot, moment)) {
            (Class::Huge, _) if form.exact => "%Y-%m-%d %H:%M:%S%.3fZ",
            (Class::Huge, _) | (Class::Large, true) => "%Y-%m-%d %H:%M:%SZ",
            (Class::Large, false) if form.exact => "%m-%d %H:%M:%S%.3fZ",
            (Class::Large | Class::Medium, false) => "%m-%d %H:%M:%SZ",
            (Class::Medium, true) => "%Y-%m-%d %H:%MZ",
            (Class::Small | Class::Tiny, true) => "%Y-%m-%d",
            (Class::Small | Class::Tiny, false) => "%m-%d %H:%M",
        };
        // Apart from any event the cursor stands at a moment alone.
        let text = match transport.moment() {
            Some(moment) => format!("{} {}", model.glyphs.arrow, moment.format(pattern)),
            None => moment.format(pattern),
        };
        let arrow = Span::raw(model.glyphs.arrow).width() + 1;
        let cells = arrow + moment.format(pattern).len();
        right.push(Piece::new(7, text, theme.value).reserving(cells));
    }
    right
}

/// Whether a moment is misread without its year: the log is not of that year alone.
fn needs_year(snapshot: &Snapshot, moment: Timestamp) -> bool {
    let year = |moment: Timestamp| moment.format("%Y");
    let ends = [snapshot.timeline.start, snapshot.timeline.end];
    ends.into_iter().flatten().any(|end| year(end) != year(moment))
}

/// A file's name without its middle, where there is little room for long ones.
fn cut(model: &Model, name: &str) -> String {
    let most = usize::from(model.size.0 / 5).clamp(16, 40);
    let name = printable(name);
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= most {
        return name.into_owned();
    }
    let (head, tail) = ((most - 1) / 2, most / 2);
    let part = |letters: &[char]| letters.iter().collect::<String>();
    let (head, tail) = (part(&letters[..head]), part(&letters[letters.len() - tail..]));
    format!("{head}{}{tail}", model.glyphs.ellipsis)
}

/// What became of the log on disk since it was read.
const fn log_state(change: LogChange) -> &'static str {
    match change {
        LogChange::Grown => "LOG GREW",
        LogChange::Cut => "LOG CUT",
        LogChange::Rewritten => "LOG REWRITTEN",
        LogChange::Replaced => "LOG REPLACED",
        LogChange::Deleted => "LOG DELETED",
    }
}

/// Whether the config in use is the one on disk, and how many warnings it has.
fn standing(model: &Model, snapshot: &Snapshot, words: bool) -> Piece {
    let (theme, glyphs, config) = (&model.theme, &model.glyphs, &snapshot.config);
    let version = config.version;
    if config.is_missing() {
        let errors = quantity::counted(config.report.count(Severity::Error), "error");
        let nothing = if words { ", nothing loaded" } else { "" };
        return Piece::new(9, format!("{} {errors}{nothing}", glyphs.bad), theme.error);
    }
    if config.stale {
        let sign = glyphs.cursor;
        let text = if words {
            let why = panes::config::unused(config).unwrap_or("file has errors");
            format!("{sign} STALE: {why}, showing v{version}")
        } else {
            format!("v{version} {sign} STALE")
        };
        return Piece::new(9, text, theme.warning);
    }
    let standing = Piece::new(9, format!("v{version} "), theme.title).and(glyphs.good, theme.good);
    match (config.report.count(Severity::Error), config.report.count(Severity::Warning)) {
        (0, 0) => standing,
        // What is in use does not fit the log.
        (errors @ 1.., _) => {
            Piece::new(9, format!("v{version} {}{errors}", glyphs.bad), theme.error)
        }
        (0, warnings) => standing.and(format!(" {}{warnings}", glyphs.alert), theme.warning),
    }
}

/// How much there is: declared features, and keys or rows.
fn contents(model: &Model, snapshot: &Snapshot) -> String {
    let rows = snapshot.values.unfiltered_rows;
    let rows = match snapshot.values.layout {
        Layout::Wide(_) => quantity::counted(rows, "key"),
        Layout::Long => quantity::counted(rows, "row"),
    };
    let features = quantity::counted(snapshot.source.entries.len(), "feature");
    format!("{features} {} {rows}", model.glyphs.dot)
}

/// What the replay is doing, in words.
fn state(model: &Model, transport: &Transport) -> String {
    let glyphs = &model.glyphs;
    let percent = |done: f64| format!("{:.0} %", (done * 100.0).clamp(0.0, 100.0));
    match transport.state {
        State::Loading { done } if model.follow => format!("FOLLOWING {}", percent(done)),
        State::Loading { done } => format!("LOADING {}", percent(done)),
        State::Seeking { done } => format!("SEEKING {}", percent(done)),
        State::Reloading { done } => format!("UPDATING {}", percent(done)),
        State::Playing => format!("{} PLAYING {}", glyphs.playing, transport.speed),
        State::Paused => format!("{} PAUSED {}", glyphs.paused, transport.speed),
        State::Ended => format!("{} ENDED", glyphs.paused),
    }
}

fn state_style(model: &Model, transport: &Transport) -> Style {
    match transport.state {
        State::Playing => model.theme.good,
        State::Loading { .. } | State::Seeking { .. } | State::Reloading { .. } => {
            model.theme.warning
        }
        State::Paused | State::Ended => model.theme.accent,
    }
}

/// Draws the views, and what the one in front is filtered and sorted by.
pub(in crate::ui) fn draw_tabs(model: &Model, area: Rect, buf: &mut Buffer) {
    let (paint, theme) = (model.paint(), &model.theme);
    let mut left = Piece::new(9, "", theme.text);
    for tab in tabs(model) {
        let style = if tab.view == model.view { theme.title } else { theme.faint };
        left = left.and(tab.text, style);
        let (alarm, is_error) = tab.alarm;
        let tone = if is_error { theme.error } else { theme.warning };
        left = left.and(alarm, tone).and(" ", theme.text);
    }
    let status = |snapshot: &Arc<Snapshot>| views::get(model.view).status(model, snapshot);
    let right = model.snapshot.as_ref().map_or_else(Vec::new, status);
    line::draw(vec![left], right, &Span::raw("   "), paint, area, buf);
}

struct Tab {
    view: ViewId,
    text: String,
    /// A count that the view shows there, and whether it is one of errors.
    alarm: (String, bool),
}

fn tabs(model: &Model) -> impl Iterator<Item = Tab> {
    views::tabs().map(|(view, tab)| {
        let name = format!("{} {}", tab.key(), tab.title);
        let text = if view == model.view { format!("[{name}]") } else { format!(" {name} ") };
        let alarm = model.snapshot.as_ref();
        let alarm = alarm.and_then(|snapshot| views::get(view).alarm(snapshot, &model.glyphs));
        Tab { view, text, alarm: alarm.unwrap_or_default() }
    })
}

/// The view whose tab lies at a column of the screen.
pub(in crate::ui) fn tab_at(model: &Model, x: u16) -> Option<ViewId> {
    let mut start = 0;
    for tab in tabs(model) {
        let width = Span::raw(tab.text).width() + Span::raw(tab.alarm.0).width();
        let end = start + width + 1;
        if (start..end).contains(&usize::from(x)) {
            return Some(tab.view);
        }
        start = end;
    }
    None
}
