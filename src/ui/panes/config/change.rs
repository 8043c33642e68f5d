//! What the last save of the config changed: outputs, values, lines.

use crate::session::snapshot::{Change, DiffLine};

use super::super::number;
use super::super::value_change::Words;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text;

/// Cells of a line's label.
const LABEL: u16 = 10;

/// The rows that all of it takes, its heading included.
pub(super) fn height(change: &Change) -> u16 {
    let diff = if change.diff.is_empty() { 0 } else { change.diff.len() + 1 };
    let moved = if change.largest.is_some() { 2 } else { 1 };
    u16::try_from(1 + outputs(change).count().max(1) + moved + diff).unwrap_or(u16::MAX)
}

/// The kinds of changed outputs that there are: sign, word, names.
fn outputs(change: &Change) -> impl Iterator<Item = (&'static str, &'static str, &[String])> {
    [
        ("+", "added", change.added.as_slice()),
        ("~", "changed", change.changed.as_slice()),
        ("-", "removed", change.removed.as_slice()),
    ]
    .into_iter()
    .filter(|(_, _, names)| !names.is_empty())
}

/// Draws the summary, and below it the lines that differ.
pub(super) fn draw(change: &Change, version: u32, pen: &mut Pen<'_>) {
    let (theme, width, height) = (pen.theme(), pen.width(), pen.height());
    pen.rule(
        0,
        &format!("Version {version}"),
        &format!("applied in {}", number::took(change.took)),
    );
    let mut y = 1;
    for (sign, word, names) in outputs(change) {
        let style = match sign {
            "+" => theme.good,
            "-" => theme.down,
            _ => theme.warning,
        };
        pen.pieces(0, y, LABEL - 1, &[(sign, style), (" ", style), (word, theme.faint)]);
        draw_names(names, y, pen);
        y += 1;
    }
    if y == 1 {
        pen.text(0, y, width, "no feature changed", theme.faint);
        y += 1;
    }
    y += draw_moved(change, y, pen) + 1;
    for ((kind, line), y) in change.diff.iter().zip(y..height) {
        let (sign, style) = match kind {
            DiffLine::Same => (" ", theme.faint),
            DiffLine::Added => ("+", theme.good),
            DiffLine::Removed => ("-", theme.down),
        };
        pen.pieces(0, y, width, &[(sign, style), (" ", style), (line.trim_end(), style)]);
    }
}

/// As many names as have room, and how many more there are.
fn draw_names(names: &[String], y: u16, pen: &mut Pen<'_>) {
    let theme = pen.theme();
    let room = usize::from(pen.width().saturating_sub(LABEL));
    let mut line = String::new();
    for (i, name) in names.iter().enumerate() {
        let rest = names.len() - i;
        let more = format!(", {rest} more");
        let comma = if i > 0 { ", " } else { "" };
        let name = text::clean(name);
        let kept = if rest > 1 { more.len() } else { 0 };
        if i > 0 && text::width(&line) + comma.len() + text::width(&name) + kept > room {
            line.push_str(&more);
            break;
        }
        line.push_str(comma);
        line.push_str(&name);
    }
    pen.text(LABEL, y, room as u16, &line, theme.text);
}

/// How many keys have a changed value, and the largest change; returns the rows.
fn draw_moved(change: &Change, y: u16, pen: &mut Pen<'_>) -> u16 {
    let (theme, glyphs, width) = (pen.theme(), pen.glyphs(), pen.width());
    let moved = if change.other_log {
        "not compared: the log changed and was read again".to_owned()
    } else {
        change.moved(true)
    };
    let room = width.saturating_sub(LABEL);
    pen.text(2, y, LABEL - 2, "values", theme.faint);
    pen.text(LABEL, y, room, &moved, theme.text);
    let Some(largest) = &change.largest else { return 1 };
    pen.text(2, y + 1, LABEL - 2, "largest", theme.faint);
    Words::new(largest, glyphs).draw(pen, (LABEL, y + 1), room, theme.text);
    2
}
