//! The events around the cursor: what each one is, and what it changed.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::{Timestamp, quantity};
use crate::session::snapshot::{EventRow, Events, Rejected};
use crate::ui::draw::paint::Paint;

use super::value_change::Words;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::Cut;

/// What of the events is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsView {
    /// The place of the selected event in the list.
    pub selected: Option<usize>,
    /// How many events the log has.
    pub total: usize,
    /// What is said where there are no events.
    pub empty: String,
    /// Whether the keys go to this pane.
    pub focused: bool,
    /// The moment at which the cursor stands, if not on an event: a line between events.
    pub moment: Option<Timestamp>,
}

/// Cells before the number: the bar of the selected row, the sign of the cursor or of a late
/// event, and a space.
const MARGIN: u16 = 3;
/// Cells between columns.
const GAP: u16 = 2;
/// What released impressions.
const LOG_END: &str = "log end closes open rankings: ";
const RANKINGS_CLOSED: &str = "rankings closed: ";
const CLOSED: &str = "closed: ";
/// From this height on the columns have heads.
const HEADED: u16 = 5;

/// Draws the events, oldest first; if there are more of them than rows, those around the
/// selected one or else around the cursor. `cursor` is how many events are applied.
pub fn draw(
    events: &Events,
    view: &EventsView,
    cursor: usize,
    paint: Paint,
    area: Rect,
    buf: &mut Buffer,
) {
    let mut pen = Pen::new(paint, area, buf);
    if pen.width() == 0 || pen.height() == 0 {
        return;
    }
    if events.rows.is_empty() {
        pen.say(&view.empty);
        return;
    }
    let head = head(pen.height());
    let shown = visible(events, view, cursor, pen.height());
    let last = events.rows.last().map_or(0, |event| event.number).max(view.total);
    let columns = Columns::new(pen.width(), last, events.filtered.is_some());
    if head > 0 {
        columns.draw_heads(&mut pen);
    }
    let shown = &events.rows[shown];
    let line = view.moment.map(|moment| (line(shown, cursor), moment));
    for (place, event) in shown.iter().enumerate() {
        let below = usize::from(line.is_some_and(|(line, _)| line <= place));
        draw_row(event, view, cursor, &columns, head + (place + below) as u16, &mut pen);
    }
    if let Some((place, moment)) = line {
        draw_line(moment, &columns, head + place as u16, &mut pen);
    }
}

/// How many of the events in view come before the line of a moment.
fn line(shown: &[EventRow], cursor: usize) -> usize {
    shown.iter().filter(|event| event.number <= cursor).count()
}

/// How many events a pane of this height shows.
#[must_use]
pub fn rows(height: u16) -> usize {
    usize::from(height - head(height))
}

/// The place in the list of the event under a cell of the screen.
#[must_use]
pub fn hit(
    events: &Events,
    view: &EventsView,
    cursor: usize,
    area: Rect,
    x: u16,
    y: u16,
) -> Option<usize> {
    if !area.contains((x, y).into()) {
        return None;
    }
    let row = (y - area.y).checked_sub(head(area.height))?;
    let shown = &events.rows[visible(events, view, cursor, area.height)];
    let row = usize::from(row);
    let row = match view.moment.map(|_| line(shown, cursor)) {
        Some(line) if line == row => return None,
        Some(line) if line < row => row - 1,
        _ => row,
    };
    shown.get(row).map(|event| event.place)
}

/// The pane's title: where the cursor stands.
#[must_use]
pub fn title(cursor: usize, total: usize, paint: Paint) -> String {
    let number = |n: usize| quantity::grouped(n as u64);
    format!("Events {} {} of {} applied", paint.glyphs.dot, number(cursor), number(total))
}

const fn head(height: u16) -> u16 {
    if height >= HEADED { 1 } else { 0 }
}

/// The rows that are shown: the anchor stands at three quarters of the height, or lower where
/// the rows end.
fn visible(events: &Events, view: &EventsView, cursor: usize, height: u16) -> Range<usize> {
    let room = rows(height).saturating_sub(usize::from(view.moment.is_some()));
    let count = events.rows.len();
    let position = |is_it: &dyn Fn(&EventRow) -> bool| events.rows.iter().position(is_it);
    let anchor = view
        .selected
        .and_then(|place| position(&|event| event.place == place))
        .or_else(|| position(&|event| event.number == cursor))
        .unwrap_or_else(|| events.rows.iter().filter(|event| event.applied).count());
    let first = anchor.saturating_sub(room * 3 / 4).min(count.saturating_sub(room));
    first..count.min(first + room)
}

/// A column of so many cells at `x`, which moves on to the next.
const fn place(x: &mut u16, cells: u16) -> (u16, u16) {
    let column = (*x, cells);
    *x += cells + GAP;
    column
}

/// Where the columns lie; it follows from the width and from the number of the log's last event.
struct Columns {
    number: (u16, u16),
    time: (u16, u16),
    pattern: &'static str,
    gap: Option<(u16, u16)>,
    kind: (u16, u16),
    attributes: Option<(u16, u16)>,
    effects: Option<(u16, u16)>,
}

impl Columns {
    /// Events that are far from each other are `dated`.
    fn new(width: u16, last: usize, dated: bool) -> Self {
        let mut x = MARGIN;
        let digits = quantity::grouped(last as u64).len() as u16;
        let number = place(&mut x, digits.min(if width >= 60 { 11 } else { 7 }));
        let (cells, pattern) = match width {
            100.. => (18, "%m-%d %H:%M:%S%.3f"),
            60.. if dated => (14, "%m-%d %H:%M:%S"),
            60.. => (12, "%H:%M:%S%.3f"),
            _ => (8, "%H:%M:%S"),
        };
        let time = place(&mut x, cells);
        let gap = (width >= 90).then(|| place(&mut x, 7));
        let kind = place(&mut x, if width >= 70 { 12 } else { 8 });
        let left = width.saturating_sub(x);
        let (attributes, effects) = match left {
            60.. => (Some(left * 9 / 20), true),
            12.. => (None, true),
            _ => (None, false),
        };
        let attributes = attributes.map(|cells| place(&mut x, cells));
        let effects = effects.then(|| (x, width.saturating_sub(x)));
        Self { number, time, pattern, gap, kind, attributes, effects }
    }

    fn draw_heads(&self, pen: &mut Pen<'_>) {
        let title = pen.theme().title;
        pen.right(self.number.0, 0, self.number.1, "#", title, Cut::End);
        pen.text(self.time.0, 0, self.time.1, "TIME", title);
        if let Some((x, cells)) = self.gap {
            // It is to the event above, in a filtered list too.
            let head = format!("GAP {}", pen.glyphs().up);
            pen.right(x, 0, cells, &head, title, Cut::End);
        }
        pen.text(self.kind.0, 0, self.kind.1, "TYPE", title);
        if let Some((x, cells)) = self.attributes {
            pen.text(x, 0, cells, "ATTRIBUTES", title);
        }
        if let Some((x, cells)) = self.effects {
            pen.text(x, 0, cells, "EFFECTS", title);
        }
    }
}

fn draw_row(
    event: &EventRow,
    view: &EventsView,
    cursor: usize,
    columns: &Columns,
    y: u16,
    pen: &mut Pen<'_>,
) {
    let (theme, glyphs) = (pen.theme(), pen.glyphs());
    let selected = view.selected == Some(event.place);
    // What is still to come is faint as a whole, and has no effects yet.
    let mut base = if event.applied { theme.text } else { theme.faint };
    if selected {
        base = base.patch(theme.selected);
        let style = if view.focused { theme.accent } else { theme.faint };
        pen.sign(0, y, glyphs.selected, style);
    }
    let faint = theme.faint.patch(base);
    let tone = |style: Style| if event.applied { style.patch(base) } else { base };
    if let Some(rejected) = &event.rejected {
        return draw_rejected(event, rejected, columns, (y, base), pen);
    }
    if event.number == cursor && view.moment.is_none() {
        pen.sign(1, y, glyphs.playing, theme.accent);
    } else if event.late.is_some() {
        pen.sign(1, y, glyphs.alert, theme.warning);
    }
    let number = quantity::grouped(event.number as u64);
    pen.right(columns.number.0, y, columns.number.1, &number, faint, Cut::Middle);
    let time = event.time.format(columns.pattern);
    pen.text(columns.time.0, y, columns.time.1, &time, base);
    if let (Some((x, cells)), Some(gap)) = (columns.gap, event.gap) {
        let sign = if gap.0 < 0 { "" } else { "+" };
        pen.right(x, y, cells, &format!("{sign}{}", gap.brief()), faint, Cut::End);
    }
    pen.text(columns.kind.0, y, columns.kind.1, &event.kind, tone(theme.name));
    if let Some((x, cells)) = columns.attributes {
        let part = &mut pen.part(x, y, cells, 1);
        draw_attributes(event, part, base, faint);
    }
    if let Some((x, cells)) = columns.effects {
        let next = event.number == cursor + 1 && !event.applied;
        let both = columns.attributes.is_none();
        let part = &mut pen.part(x, y, cells, 1);
        draw_effects(event, next, both, part, base, faint);
    }
}

/// A rejected line: its number, where it stands, why it was rejected, and how it begins.
fn draw_rejected(
    event: &EventRow,
    rejected: &Rejected,
    columns: &Columns,
    (y, base): (u16, Style),
    pen: &mut Pen<'_>,
) {
    let (theme, glyphs) = (pen.theme(), pen.glyphs());
    pen.sign(1, y, glyphs.alert, theme.error);
    let time = event.time.format(columns.pattern);
    pen.text(columns.time.0, y, columns.time.1, &time, theme.faint.patch(base));
    pen.text(columns.kind.0, y, columns.kind.1, "rejected", theme.error.patch(base));
    let x =
        columns.attributes.or(columns.effects).map_or(columns.kind.0 + columns.kind.1, |it| it.0);
    let line = format!("line {}: ", quantity::grouped(event.line));
    let faint = theme.faint.patch(base);
    let pieces = [(&*line, faint), (rejected.reason, theme.error.patch(base))];
    let x = x + pen.pieces(x, y, pen.width().saturating_sub(x), &pieces) + GAP;
    pen.text(x, y, pen.width().saturating_sub(x), &rejected.excerpt, base);
}

/// The line that the cursor stands on between events.
fn draw_line(moment: Timestamp, columns: &Columns, y: u16, pen: &mut Pen<'_>) {
    let (accent, faint, width) = (pen.theme().accent, pen.theme().faint, pen.width());
    for x in MARGIN..width {
        pen.sign(x, y, pen.glyphs().track_rest, faint);
    }
    pen.sign(1, y, pen.glyphs().arrow, accent);
    let (x, cells) = columns.time;
    pen.text(x, y, cells, &moment.format(columns.pattern), accent);
}

fn draw_attributes(event: &EventRow, pen: &mut Pen<'_>, base: Style, faint: Style) -> u16 {
    let width = pen.width();
    let mut x = 0;
    for (name, value) in &event.attributes {
        if x + 1 >= width {
            break;
        }
        x += u16::from(x > 0);
        x += pen.pieces(x, 0, width - x, &[(name, faint), ("=", faint), (value, base)]);
    }
    x
}

/// Draws what became of an event: how late it was, what it released, what it changed; in a
/// narrow pane its attributes follow, as far as there is room.
fn draw_effects(
    event: &EventRow,
    next: bool,
    attributes: bool,
    pen: &mut Pen<'_>,
    base: Style,
    faint: Style,
) {
    let (theme, glyphs, width) = (pen.theme(), pen.glyphs(), pen.width());
    let after = |x: u16| if x > 0 { x + GAP } else { 0 };
    let of_all = event.effects.len() + event.more_effects;
    let count = |effects: usize| format!("+{effects}");
    let counted = |hidden: usize| {
        let what = match hidden {
            hidden if hidden < of_all => "more",
            1 => "effect",
            _ => "effects",
        };
        format!("{} {what}", count(hidden))
    };
    let say = |x: u16, pen: &mut Pen<'_>, pieces: &[(&str, Style)]| {
        let at = after(x);
        at + pen.pieces(at, 0, width.saturating_sub(at), pieces)
    };
    let mut x = 0;
    if next {
        x = say(x, pen, &[("(next)", faint)]);
    }
    if let Some(late) = event.late {
        x = say(x, pen, &[("late ", theme.warning), (&late.brief(), theme.warning)]);
    }
    if event.released > 0 {
        let made = format!("+{}", quantity::counted(event.released, "impression"));
        let effects = if of_all > 0 { usize::from(GAP) + counted(of_all).len() } else { 0 };
        let room = usize::from(width.saturating_sub(after(x))).saturating_sub(effects);
        // The event did not make them: it came when rankings were closed.
        let causes = [if event.is_last { LOG_END } else { RANKINGS_CLOSED }, CLOSED];
        let cause = causes.into_iter().find(|cause| cause.len() + made.len() <= room);
        x = say(x, pen, &[(cause.unwrap_or_default(), faint), (&made, base)]);
    }
    let mut hidden = event.more_effects;
    for (i, effect) in event.effects.iter().enumerate() {
        let words = Words::new(effect, glyphs);
        let rest = event.effects.len() - i + event.more_effects;
        let at = after(x);
        // The count of the rest keeps its word, unless nothing but a cut effect can be shown.
        let left = width.saturating_sub(at);
        let kept = |words: String| if rest > 1 { GAP + words.len() as u16 } else { 0 };
        let (long, short) = (kept(counted(rest - 1)), kept(count(rest - 1)));
        let has_word = usize::from(left.saturating_sub(long)) >= words.narrowest();
        let room = left.saturating_sub(if has_word { long } else { short });
        // The first effect is shown cut rather than not at all, unless something else is shown.
        let needed = if i > 0 { words.width() } else { words.narrowest() };
        if x > 0 && (needed > usize::from(room) || !has_word) {
            hidden += event.effects.len() - i;
            break;
        }
        x = at + words.draw(pen, (at, 0), room, base);
    }
    if event.is_far {
        x = say(x, pen, &[(glyphs.ellipsis, faint)]);
    }
    if hidden > 0 {
        let (short, long) = (count(hidden), counted(hidden));
        let fits = long.len() <= usize::from(width.saturating_sub(after(x)));
        x = say(x, pen, &[(if fits { &long } else { &short }, faint)]);
    }
    let at = after(x);
    if attributes && at + 4 < width {
        draw_attributes(event, &mut pen.part(at, 0, width - at, 1), base, faint);
    }
}
