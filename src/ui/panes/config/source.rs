//! The text of the config with line numbers, and below each line what is wrong with it.

use std::ops::Range;

use ratatui::style::Style;

use crate::diagnostic::{Diagnostic, Label, Report, Severity};
use crate::session::snapshot::Config;

use super::ConfigView;
use super::tint::{self, Role};
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text;

/// Cells before the line number: the sign of a problem and a space.
const MARGIN: u16 = 2;
/// Cells between the line number and the text.
const GAP: u16 = 2;
/// The cells that a message after its carets must have; otherwise it gets a line of its own.
const MESSAGE: u16 = 24;

/// Draws the text from `view.first_line` on.
pub(super) fn draw(config: &Config, report: &Report, view: &ConfigView, pen: &mut Pen<'_>) {
    let (text, height) = (&*config.text, pen.height());
    let count = text.lines().count();
    let digits = count.max(1).ilog10() as u16 + 1;
    let x = MARGIN + digits.max(3) + GAP;
    let mut start = 0;
    let mut y = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let span = start..start + line.len();
        start = span.end;
        if number < view.first_line {
            continue;
        }
        if y >= height {
            break;
        }
        let line = line.trim_end_matches(['\n', '\r']);
        let is_last = number + 1 == count;
        let faults: Vec<Fault> = faults(report, &span, is_last).collect();
        draw_line(line, number + 1, x, y, pen);
        if view.feature == Some(number + 1) && !config.stale {
            pen.sign(0, y, pen.glyphs().selected, pen.theme().faint);
        }
        draw_mark(&faults, view, y, pen);
        y += 1;
        for fault in faults {
            if y >= height {
                break;
            }
            y += draw_fault(&fault, line, span.start, view, x, y, pen);
        }
    }
    if count == 0 {
        let (width, style) = (pen.width(), pen.theme().faint);
        pen.text(MARGIN, 0, width, "the file is empty", style);
    }
}

/// A label that lies on a line, with the diagnostic it belongs to.
struct Fault<'a> {
    index: usize,
    diagnostic: &'a Diagnostic,
    label: &'a Label,
    primary: bool,
}

impl Fault<'_> {
    fn message(&self) -> &str {
        if self.primary && self.label.message.is_empty() {
            &self.diagnostic.message
        } else {
            &self.label.message
        }
    }
}

/// The labels that start on a line; those beyond the end of the text are on the last line.
fn faults<'a>(
    report: &'a Report,
    line: &'a Range<usize>,
    is_last: bool,
) -> impl Iterator<Item = Fault<'a>> {
    report.diagnostics.iter().enumerate().flat_map(move |(index, diagnostic)| {
        let labels = diagnostic.labels.iter().enumerate();
        labels.filter_map(move |(i, label)| {
            let start = label.span.start;
            let here = line.contains(&start) || (is_last && start >= line.end);
            here.then_some(Fault { index, diagnostic, label, primary: i == 0 })
        })
    })
}

fn draw_line(line: &str, number: usize, x: u16, y: u16, pen: &mut Pen<'_>) {
    let (theme, width) = (pen.theme(), pen.width());
    let digits = x - GAP - MARGIN;
    pen.right(MARGIN, y, digits, &number.to_string(), theme.faint, text::Cut::End);
    let styled: Vec<(&str, Style)> = tint::pieces(line)
        .into_iter()
        .map(|(piece, role)| {
            let style = match role {
                Role::Plain => theme.text,
                Role::Key => theme.name,
                Role::Mark | Role::Comment => theme.faint,
            };
            (piece, style)
        })
        .collect();
    pen.pieces(x, y, width.saturating_sub(x), &styled);
}

/// The sign of the worst fault of a line, before its number; with a bar if one is selected.
fn draw_mark(faults: &[Fault], view: &ConfigView, y: u16, pen: &mut Pen<'_>) {
    let Some(worst) = faults.iter().map(|fault| fault.diagnostic.severity).min() else { return };
    let (sign, style) = super::problems::sign(worst, pen);
    pen.sign(1, y, sign, style);
    if faults.iter().any(|fault| Some(fault.index) == view.problem) {
        let style = if view.focused { pen.theme().accent } else { pen.theme().faint };
        pen.sign(0, y, pen.glyphs().selected, style);
    }
}

/// Draws carets below the label's part of the line, and what is said of it; returns the rows.
fn draw_fault(
    fault: &Fault,
    line: &str,
    line_start: usize,
    view: &ConfigView,
    x: u16,
    y: u16,
    pen: &mut Pen<'_>,
) -> u16 {
    let width = pen.width();
    let (_, mut style) = super::problems::sign(fault.diagnostic.severity, pen);
    if Some(fault.index) != view.problem && fault.diagnostic.severity == Severity::Note {
        style = pen.theme().faint;
    }
    let from = floor(line, fault.label.span.start.saturating_sub(line_start));
    let to = floor(line, fault.label.span.end.saturating_sub(line_start)).max(from);
    let before = text::width(&text::clean(&line[..from]));
    let under = text::width(&text::clean(&line[from..to])).max(1);
    let at = x.saturating_add(before.try_into().unwrap_or(u16::MAX)).min(width.saturating_sub(1));
    let carets = under.min(usize::from(width.saturating_sub(at)));
    for dx in 0..carets as u16 {
        pen.sign(at + dx, y, "^", style);
    }
    let message = fault.message();
    if message.is_empty() {
        return 1;
    }
    let after = at + carets as u16 + 1;
    let room = width.saturating_sub(after);
    if room >= MESSAGE || text::width(message) <= usize::from(room) {
        pen.text(after, y, room, message, style);
        return 1;
    }
    pen.text(x, y + 1, width.saturating_sub(x), message, style);
    2
}

/// The last boundary of a character at or before a byte offset.
fn floor(line: &str, at: usize) -> usize {
    let mut at = at.min(line.len());
    while !line.is_char_boundary(at) {
        at -= 1;
    }
    at
}
