//! The config as it lies on disk, with its faults where they are; and what the last save changed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::quantity;
use crate::diagnostic::{Report, Severity};
use crate::session::snapshot::{Config, Unused};
use crate::ui::draw::paint::Paint;

use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::{self, Cut};

mod change;
mod problems;
mod source;
mod tint;

/// What of the config is on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigView {
    /// The first line of the text that is shown, from 0.
    pub first_line: usize,
    /// The selected problem, an index into the report's diagnostics.
    pub problem: Option<usize>,
    /// The line of the selected feature, from 1.
    pub feature: Option<usize>,
    /// Whether the keys go to this pane.
    pub focused: bool,
}

/// From this width on, problems and changes stand beside the text instead of below it.
const BESIDE: u16 = 90;
/// Below this height there is room for the text or the problems, not for both.
const BOTH: u16 = 6;

/// Draws the text; beside or below it the problems or, without any, what the last save changed;
/// above it, that the text is not in use, if it is not. `report` has all problems that are listed:
/// the config's own, and what else is wrong.
pub fn draw(
    config: &Config,
    report: &Report,
    view: &ConfigView,
    paint: Paint,
    area: Rect,
    buf: &mut Buffer,
) {
    let mut pen = Pen::new(paint, area, buf);
    let banner = u16::from(config.stale && pen.height() > 1);
    if banner > 0 {
        draw_banner(config, &mut pen);
    }
    let (width, height) = (pen.width(), pen.height() - banner);
    let mut pen = pen.part(0, banner, width, height);
    let has_problems = !report.diagnostics.is_empty();
    if !has_problems && config.change.is_none() {
        source::draw(config, report, view, &mut pen);
    } else if width >= BESIDE {
        let side = width * 2 / 5;
        let x = width - side;
        source::draw(config, report, view, &mut pen.part(0, 0, x - 3, height));
        let line = if paint.glyphs.boxes { "│" } else { "|" };
        for y in 0..height {
            pen.sign(x - 2, y, line, paint.theme.border);
        }
        draw_side(config, report, view, &mut pen.part(x, 0, side - 1, height));
    } else if height >= BOTH {
        let wanted = if has_problems {
            problems::height(report, width.saturating_sub(2), height)
        } else {
            config.change.as_ref().map_or(0, change::height)
        };
        // A problem that is not of a place in the text is worth more than it; and what the text does
        // not need is free.
        let is_beside = report.diagnostics.first().is_some_and(|it| it.labels.is_empty());
        let share = if is_beside { height * 3 / 5 } else { height * 2 / 5 };
        let lines = u16::try_from(config.text.lines().count()).unwrap_or(u16::MAX);
        let free = height.saturating_sub(lines.saturating_add(1));
        let side = wanted.clamp(2, share.max(free).max(3));
        source::draw(config, report, view, &mut pen.part(0, 0, width, height - side));
        draw_side(
            config,
            report,
            view,
            &mut pen.part(1, height - side, width.saturating_sub(2), side),
        );
    } else if has_problems {
        problems::draw(report, config.judged, view, &mut pen);
    } else {
        source::draw(config, report, view, &mut pen);
    }
}

/// The line of the text, from 0, that a problem's primary label points at.
#[must_use]
pub fn line_of(report: &Report, problem: usize) -> Option<usize> {
    let label = report.diagnostics.get(problem)?.labels.first()?;
    Some(report.place(label.span.start).line - 1)
}

/// Why what is on disk is not in use, where that is not for faults in its text.
#[must_use]
pub fn unused(config: &Config) -> Option<&'static str> {
    config.unused.map(|unused| match unused {
        Unused::Deleted => "file was deleted",
        Unused::Unreadable => "file cannot be read",
        Unused::LogUnreadable => "log cannot be read again",
    })
}

/// The pane's title: which file, and which version is in use.
#[must_use]
pub fn title(config: &Config, paint: Paint) -> String {
    let name = config.path.as_deref().map_or("built-in config".into(), |path| {
        text::fit(path, 40, paint.glyphs.ellipsis, Cut::Middle)
    });
    let dot = paint.glyphs.dot;
    if config.is_missing() {
        return format!("{name} {dot} not loaded");
    }
    let stale = if config.stale { format!(" {dot} STALE") } else { String::new() };
    format!("{name} {dot} version {}{stale}", config.version)
}

/// The problems, and below them, while the text is in use, what the last save changed.
fn draw_side(config: &Config, report: &Report, view: &ConfigView, pen: &mut Pen<'_>) {
    let (width, height) = (pen.width(), pen.height());
    let change = config.change.as_ref().filter(|_| !config.stale);
    if report.diagnostics.is_empty() {
        if let Some(change) = change {
            change::draw(change, config.version, pen);
        }
        return;
    }
    let wanted = problems::height(report, width, height);
    let left = height.saturating_sub(wanted + 1);
    match change {
        Some(change) if left > 1 => {
            problems::draw(report, config.judged, view, &mut pen.part(0, 0, width, wanted));
            change::draw(change, config.version, &mut pen.part(0, wanted + 1, width, left));
        }
        _ => problems::draw(report, config.judged, view, pen),
    }
}

fn draw_banner(config: &Config, pen: &mut Pen<'_>) {
    let (width, style) = (pen.width(), pen.theme().warning);
    let errors = quantity::counted(config.report.count(Severity::Error), "error");
    let why = unused(config).map_or_else(|| format!("file has {errors}"), str::to_owned);
    let (state, words) = if config.is_missing() {
        (" NOT LOADED ", format!("the file has {errors}, nothing is in use"))
    } else {
        (" STALE ", format!("the {why}, version {} stays in use", config.version))
    };
    let x = pen.text(0, 0, width, state, style.add_modifier(ratatui::style::Modifier::REVERSED));
    pen.text(x + 1, 0, width.saturating_sub(x + 1), &words, style);
}
