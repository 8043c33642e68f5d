//! A part of a value with its window: the interval in words, and the buckets as bars, of which
//! those outside the window are shaded.

use crate::base::Millis;
use crate::session::snapshot::{Part, WindowView};
use crate::ui::draw::glyphs::Glyphs;

use super::super::number;
use crate::ui::draw::chart;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::{self, Cut};

/// The rows that a window can make use of, and one that has no buckets to show.
const HIGHEST: u16 = 14;
const WITHOUT_BUCKETS: u16 = 3;
/// The widest that a bar grows, the gap behind it included.
const WIDEST_SLOT: u16 = 9;
/// A slot from which on a bar has its number above it.
const NUMBERED_SLOT: u16 = 4;

/// The rows that a part with this window can make use of.
pub(super) fn highest(window: &WindowView) -> u16 {
    if window.buckets.is_empty() { WITHOUT_BUCKETS } else { HIGHEST }
}

/// Draws a part in one line.
pub(super) fn draw_line(part: &Part, pen: &mut Pen<'_>) {
    let (theme, width) = (pen.theme(), pen.width());
    let value = number::reading(&part.reading);
    let x = pen.text(0, 0, width, &part.role, theme.faint) + 2;
    pen.text(x, 0, width.saturating_sub(x), &value, theme.value);
}

/// Draws the part: from two rows on with a heading, from three on with times below the bars,
/// from four on with the window in words, from six on with an axis.
pub(super) fn draw(part: &Part, pen: &mut Pen<'_>) {
    let (width, height) = (pen.width(), pen.height());
    let Some(window) = &part.window else {
        draw_line(part, pen);
        return;
    };
    if height > 1 {
        pen.rule(0, &part.role, &number::reading(&part.reading));
    }
    let heading = u16::from(height > 1);
    let mut words = lines(window, width, pen.glyphs());
    words.truncate(match height {
        _ if window.buckets.is_empty() => 2,
        0..4 => 0,
        4..9 => 1,
        _ => 2,
    });
    let faint = pen.theme().faint;
    for (line, y) in words.iter().zip(heading..) {
        pen.text(0, y, width, line, faint);
    }
    if window.buckets.is_empty() {
        return;
    }
    let above = heading + words.len() as u16;
    let labels = u16::from(height > 2);
    let axis = u16::from(height > 5);
    let slots = Slots::new(window.buckets.len(), width);
    let bars = height - above - labels - axis;
    draw_bars(window, &slots, &mut pen.part(0, above, width, bars));
    if axis > 0 {
        draw_axis(window, &slots, &mut pen.part(0, height - 2, width, 1));
    }
    if labels > 0 {
        draw_labels(window, &slots, &mut pen.part(0, height - 1, width, 1));
    }
}

/// The window in words, in one line if that fits, else in two.
fn lines(window: &WindowView, width: u16, glyphs: &Glyphs) -> Vec<String> {
    let interval = interval(window);
    let outside = if window.buckets.iter().any(|bucket| !bucket.inside) {
        format!(" ({} outside)", glyphs.shade)
    } else {
        String::new()
    };
    let line = format!("{} {} {interval}", window.words, glyphs.dot);
    let fits = |more: &str| text::width(&line) + text::width(more) <= usize::from(width);
    if fits(&outside) {
        vec![line + &outside]
    } else if fits("") {
        vec![line]
    } else {
        vec![window.words.clone(), interval + &outside]
    }
}

/// The interval that the window covers; `now` is said of a moment that the clock moves.
fn interval(window: &WindowView) -> String {
    let one_year = window.from.format("%Y") == window.to.format("%Y");
    let pattern = match (one_year, window.bucket < Millis(60_000)) {
        (true, false) => "%m-%d %H:%M",
        (true, true) => "%m-%d %H:%M:%S",
        (false, false) => "%Y-%m-%d %H:%M",
        (false, true) => "%Y-%m-%d %H:%M:%S",
    };
    let to = if window.ends_now { "now".to_owned() } else { window.to.format(pattern) };
    format!("from {} to {to}", window.from.format(pattern))
}

/// Where the bars lie.
struct Slots {
    /// The first bucket that has a bar: the oldest ones have none where there is no room.
    first: usize,
    /// Cells from bar to bar.
    slot: u16,
    /// Cells of a bar.
    bar: u16,
}

impl Slots {
    fn new(buckets: usize, width: u16) -> Self {
        let shown = buckets.min(usize::from(width)).max(1);
        let slot = (width / shown as u16).clamp(1, WIDEST_SLOT);
        Self { first: buckets - shown.min(buckets), slot, bar: if slot > 1 { slot - 1 } else { 1 } }
    }

    /// The buckets that have a bar, each with its first cell.
    fn of<'a, T>(&self, buckets: &'a [T]) -> impl DoubleEndedIterator<Item = (u16, &'a T)> {
        let slot = self.slot;
        buckets.iter().skip(self.first).enumerate().map(move |(i, b)| (i as u16 * slot, b))
    }
}

fn draw_bars(window: &WindowView, slots: &Slots, pen: &mut Pen<'_>) {
    let (theme, width, height) = (pen.theme(), pen.width(), pen.height());
    let numbered = height > 1 && slots.slot >= NUMBERED_SLOT;
    let bars = height - u16::from(numbered);
    let shown = || slots.of(&window.buckets).map(|(_, bucket)| bucket.value);
    let (foot, top) = (shown().fold(0.0, f64::min), shown().fold(0.0, f64::max));
    for (x, bucket) in slots.of(&window.buckets) {
        let (solid, style) = if bucket.inside {
            (None, theme.bar)
        } else {
            (Some(pen.glyphs().shade), theme.bar_outside)
        };
        let mut rows = 0;
        if bucket.value != 0.0 {
            let share = chart::share(bucket.value, foot, top);
            let mut part = pen.part(0, height - bars, width, bars);
            rows = chart::column(&mut part, x, slots.bar, share, solid, style);
        }
        if numbered {
            let text = number::value(bucket.value, usize::from(slots.bar));
            let style =
                if bucket.inside && bucket.value != 0.0 { theme.value } else { theme.faint };
            pen.right(x, height - 1 - rows, slots.bar, &text, style, Cut::End);
        }
    }
}

/// The line below the bars: heavy along the window.
fn draw_axis(window: &WindowView, slots: &Slots, pen: &mut Pen<'_>) {
    let (theme, glyphs) = (pen.theme(), pen.glyphs());
    for (x, bucket) in slots.of(&window.buckets) {
        let (sign, style) = if bucket.inside {
            (glyphs.track_done, theme.bar)
        } else {
            (glyphs.track_rest, theme.bar_outside)
        };
        for at in x..x + slots.slot {
            pen.sign(at, 0, sign, style);
        }
    }
    if slots.first > 0 {
        pen.sign(0, 0, glyphs.left, theme.faint);
    }
}

/// The starts of the buckets, as many as have room; the current one is `now`.
fn draw_labels(window: &WindowView, slots: &Slots, pen: &mut Pen<'_>) {
    const NOW: &str = "now";
    let (faint, accent, width) = (pen.theme().faint, pen.theme().accent, pen.width());
    let pattern = match window.bucket {
        length if length >= Millis::DAY => "%m-%d",
        length if length < Millis(60_000) => "%H:%M:%S",
        _ => "%H:%M",
    };
    let mut starts = slots.of(&window.buckets);
    let Some((current, _)) = starts.next_back() else { return };
    // Below a bar that is narrower than the word, the word ends with the bar.
    let cells = NOW.len() as u16;
    let now =
        (current + slots.bar.max(cells)).min(width.min(current + slots.bar)).saturating_sub(cells);
    pen.text(now, 0, cells, NOW, accent);
    let mut free = 0;
    for (x, bucket) in starts {
        let label = bucket.start.format(pattern);
        let x_end = x + label.len() as u16;
        if x >= free && x_end < now {
            pen.text(x, 0, width, &label, faint);
            free = x_end + 1;
        }
    }
}
