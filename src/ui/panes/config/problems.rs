//! The list of what is wrong with the config.

use ratatui::style::Style;

use crate::diagnostic::{Diagnostic, Report, Severity};
use crate::session::snapshot::LintProgress;

use super::ConfigView;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text;

/// Cells before the text of a problem: the bar of the selected one, its sign, and a space.
const MARGIN: u16 = 3;

/// The sign and the style of a severity.
pub(super) fn sign(severity: Severity, pen: &Pen<'_>) -> (&'static str, Style) {
    let (theme, glyphs) = (pen.theme(), pen.glyphs());
    match severity {
        Severity::Error => (glyphs.bad, theme.error),
        Severity::Warning => (glyphs.alert, theme.warning),
        Severity::Note => (glyphs.dot, theme.faint),
    }
}

/// The rows that the list takes in so many cells, its heading included; `most` if it takes more.
pub(super) fn height(report: &Report, width: u16, most: u16) -> u16 {
    let mut rows = 1;
    for diagnostic in &report.diagnostics {
        if rows >= usize::from(most) {
            break;
        }
        // Any ellipsis is one cell wide, so the height does not depend on which.
        rows += Lines::new(diagnostic, width, "~").count();
    }
    rows.min(usize::from(most)) as u16
}

/// Draws the list under its heading, with the selected problem in view.
pub(super) fn draw(report: &Report, judged: LintProgress, view: &ConfigView, pen: &mut Pen<'_>) {
    let (width, height) = (pen.width(), pen.height());
    let ellipsis = pen.glyphs().ellipsis;
    let heading = u16::from(height > 1);
    if heading > 0 {
        let counts = report.counts();
        let said = judged.words().map_or_else(|| counts.clone(), |it| format!("{counts}; {it}"));
        pen.rule(0, "Problems", &said);
    }
    let rows = usize::from(height - heading);
    let mut y = heading;
    for index in first(report, view.problem.unwrap_or(0), rows, width)..report.diagnostics.len() {
        if y >= height {
            break;
        }
        let diagnostic = &report.diagnostics[index];
        let lines = Lines::new(diagnostic, width, ellipsis);
        if view.problem == Some(index) {
            let style = if view.focused { pen.theme().accent } else { pen.theme().faint };
            for dy in 0..lines.count() as u16 {
                pen.sign(0, y + dy, pen.glyphs().selected, style);
            }
        }
        y += draw_problem(report, diagnostic, &lines, y, pen);
    }
}

/// A problem broken into lines.
struct Lines {
    message: Vec<String>,
    help: Vec<String>,
}

impl Lines {
    fn new(diagnostic: &Diagnostic, width: u16, ellipsis: &str) -> Self {
        let cells = usize::from(width.saturating_sub(MARGIN));
        let message = text::wrap(&diagnostic.message, cells, ellipsis);
        let help = diagnostic.help.as_deref().unwrap_or_default();
        Self { message, help: text::wrap(help, cells, ellipsis) }
    }

    /// The line of place and code, and the wrapped ones.
    fn count(&self) -> usize {
        1 + self.message.len() + self.help.len()
    }
}

fn draw_problem(
    report: &Report,
    diagnostic: &Diagnostic,
    lines: &Lines,
    y: u16,
    pen: &mut Pen<'_>,
) -> u16 {
    let (theme, room) = (pen.theme(), pen.width().saturating_sub(MARGIN));
    let (sign, style) = sign(diagnostic.severity, pen);
    pen.sign(1, y, sign, style);
    let place = diagnostic.labels.first().map_or_else(String::new, |label| {
        let place = report.place(label.span.start);
        format!("{}:{} ", place.line, place.column)
    });
    let head = [(place.as_str(), theme.title), (diagnostic.code, style)];
    pen.pieces(MARGIN, y, room, &head);
    let message = lines.message.iter().map(|line| (line, theme.text));
    let help = lines.help.iter().map(|line| (line, theme.faint));
    for ((line, style), y) in message.chain(help).zip(y + 1..) {
        pen.text(MARGIN, y, room, line, style);
    }
    lines.count() as u16
}

/// The first problem to show, so that the selected one is in view as a whole.
fn first(report: &Report, selected: usize, rows: usize, width: u16) -> usize {
    let mut first = selected.min(report.diagnostics.len().saturating_sub(1));
    let mut taken = 0;
    for index in (0..=first).rev() {
        let Some(diagnostic) = report.diagnostics.get(index) else { break };
        taken += Lines::new(diagnostic, width, "~").count();
        if taken > rows {
            break;
        }
        first = index;
    }
    first
}
