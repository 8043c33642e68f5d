//! A value over the replayed time, as a chart.

use crate::base::{Millis, Timestamp};
use crate::session::snapshot::Detail;

use super::super::number;
use super::super::plot;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::Cut;

/// The rows that it can make use of: all that there are.
pub(super) const HIGHEST: u16 = 200;

/// Cells between the times at either end.
const GAP: u16 = 2;

/// Draws the history: a heading from two rows on, times below from three on.
pub(super) fn draw(detail: &Detail, pen: &mut Pen<'_>) {
    let (width, height) = (pen.width(), pen.height());
    let history = &detail.history;
    let heading = u16::from(height > 1);
    let labels = u16::from(height > 2 && history.span.is_some());
    if heading > 0 {
        pen.rule(0, "history", &said(detail, pen.glyphs().ellipsis));
    }
    if let Some(extremes) = history.extremes {
        let rows = height - heading - labels;
        let part = &mut pen.part(0, heading, width, rows);
        plot::draw(part, &history.columns, history.cells, extremes, detail.live.number());
    }
    if let (1, Some((from, to))) = (labels, history.span) {
        let cells = plot::cells(width);
        let all = (history.cells as u16).min(cells);
        let pen = &mut pen.part(width - cells, height - 1, all, 1);
        let faint = pen.theme().faint;
        let pattern = pattern(from, to, all);
        let (from, to) = (from.format(pattern), to.format(pattern));
        let start = pen.text(0, 0, all, &from, faint) + GAP;
        if start + to.len() as u16 <= all {
            pen.right(start, 0, all - start, &to, faint, Cut::End);
        }
    }
}

/// The lowest and the highest value, and since when there is one.
fn said(detail: &Detail, ellipsis: &str) -> String {
    let history = &detail.history;
    let (Some((low, high)), Some(since)) = (history.extremes, history.since) else {
        let words = if history.is_unfinished { "being read" } else { "no value" };
        return words.to_owned();
    };
    let number = |number| number::value(number, 12);
    let day = since.format("%m-%d");
    format!("{} {ellipsis} {} since {day}", number(low), number(high))
}

/// How exactly the ends of a span are told in so many cells: days need no seconds.
fn pattern(from: Timestamp, to: Timestamp, cells: u16) -> &'static str {
    match (to.since(from) < Millis::DAY, cells) {
        (true, 32..) => "%m-%d %H:%M:%S",
        (true, _) => "%H:%M:%S",
        (false, 40..) => "%Y-%m-%d %H:%M",
        (false, _) => "%m-%d %H:%M",
    }
}
