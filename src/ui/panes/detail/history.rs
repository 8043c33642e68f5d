//! A value over the replayed time, as a sparkline. It must not know what it is a value of.

use crate::base::{Millis, Timestamp};
use crate::session::snapshot::Detail;

use super::super::chart;
use super::super::number;
use super::super::pen::Pen;
use super::super::text::Cut;

/// The rows that it can make use of.
pub(super) const HIGHEST: u16 = 10;

/// Cells between the times at either end.
const GAP: u16 = 2;

/// Draws the history: a heading from two rows on, times below from three on.
pub(super) fn draw(detail: &Detail, pen: &mut Pen<'_>) {
    let (width, height) = (pen.width(), pen.height());
    let heading = u16::from(height > 1);
    let labels = u16::from(height > 2 && detail.history_span.is_some());
    if heading > 0 {
        let range = chart::extent(&detail.history).map_or_else(
            || "no value".to_owned(),
            |(low, high)| {
                format!("min {}, max {}", number::value(low, 12), number::value(high, 12))
            },
        );
        pen.rule(0, "so far", &range);
    }
    let bar = pen.theme().bar;
    let rows = height - heading - labels;
    let taken = chart::sparkline(&mut pen.part(0, heading, width, rows), &detail.history, bar);
    if let (1, Some((from, to))) = (labels, detail.history_span) {
        let faint = pen.theme().faint;
        let pattern = pattern(from, to);
        let y = height - 1;
        let (from, to) = (from.format(pattern), to.format(pattern));
        let start = pen.text(0, y, width, &from, faint) + GAP;
        // Below the last point, or as far left as it can stand.
        let end = taken.max(start + to.len() as u16).min(width);
        pen.right(start, y, end.saturating_sub(start), &to, faint, Cut::End);
    }
}

/// How exactly the ends of a span are told: days need no seconds.
fn pattern(from: Timestamp, to: Timestamp) -> &'static str {
    if to.since(from) < Millis::DAY { "%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" }
}
