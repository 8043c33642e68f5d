//! The config and its problems. Beside the values it follows the selected feature.

use ratatui::buffer::Buffer;

use super::{Tab, View};
use crate::diagnostic::{Place, Severity};
use crate::session::snapshot::{Snapshot, Tone};
use crate::ui::chrome::boxes;
use crate::ui::draw::glyphs::Glyphs;
use crate::ui::draw::layout::{Pane, Slot, ViewId};
use crate::ui::draw::line::Piece;
use crate::ui::input::command::{Action, Entry, Group, Where, entries};
use crate::ui::model::Model;
use crate::ui::panes::config::{self, ConfigView};
use crate::ui::panes::problems;
use crate::ui::update::notice;

/// Its identity.
pub const CONFIG: ViewId = ViewId { name: "config", slot: Some(Slot::Corner) };

const SHOW: &[Entry] = entries! {
    Action::Show(CONFIG), "view-config" ["3"] Where::Views, Group::Views, "" "show the config and its problems";
};

const COMMANDS: &[Entry] = entries! {
    Action::NextProblem, "next-problem" ["e"] Where::View(CONFIG), Group::View("Config"), "problem" "next problem";
    Action::PreviousProblem, "previous-problem" ["E"] Where::View(CONFIG), Group::View("Config"), "problem" "previous problem";
    Action::UndoEdit, "undo-edit" ["u"] Where::View(CONFIG), Group::View("Config"), "" "take back what the workbench wrote to the config last";
};

pub(super) struct Config;

impl View for Config {
    fn id(&self) -> ViewId {
        CONFIG
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab { title: "Config", show: SHOW })
    }

    fn commands(&self) -> &'static [Entry] {
        COMMANDS
    }

    fn draw(&self, model: &Model, snapshot: &Snapshot, pane: &Pane, buf: &mut Buffer) {
        let (paint, focused) = (model.paint(), model.view == CONFIG);
        let view = ConfigView {
            first_line: model.config.first_line,
            problem: model.config.problem,
            feature: snapshot.detail.as_ref().map(|detail| detail.line),
            focused,
        };
        boxes::draw(pane, &config::title(&snapshot.config, paint), "", focused, paint, buf);
        let report = problems::report(snapshot);
        config::draw(&snapshot.config, &report, &view, paint, pane.inner, buf);
    }

    fn alarm(&self, snapshot: &Snapshot, glyphs: &Glyphs) -> Option<(String, bool)> {
        let report = problems::report(snapshot);
        match (report.count(Severity::Error), report.count(Severity::Warning)) {
            (0, 0) => None,
            (0, warnings) => Some((format!("{}{warnings} ", glyphs.alert), false)),
            (errors, _) => Some((format!("{}{errors} ", glyphs.bad), true)),
        }
    }

    fn status(&self, model: &Model, snapshot: &Snapshot) -> Vec<Piece> {
        let report = problems::report(snapshot);
        let counts = report.counts();
        if counts.is_empty() {
            return vec![Piece::new(5, "no problems ", model.theme.good)];
        }
        let style = if report.has_errors() { model.theme.error } else { model.theme.warning };
        vec![Piece::new(5, format!("{counts} "), style)]
    }

    fn scroll(&self, model: &mut Model, by: i64) {
        model.config.first_line = model.config.first_line.saturating_add_signed(by as isize);
        keep_in_view(model);
    }

    /// Scrolls to the selected fault, or else to the selected feature.
    fn shown(&self, model: &mut Model) {
        let detail = model.snapshot.as_ref().and_then(|snapshot| snapshot.detail.as_ref());
        let line = detail.map(|detail| detail.line);
        match (problem_place(model), line) {
            (Some(place), _) => reveal_line(model, place.line),
            (None, Some(line)) => reveal_line(model, line),
            (None, None) => {}
        }
    }

    fn settle(&self, model: &mut Model) {
        follow_feature(model);
        keep_in_view(model);
    }

    /// The selected fault, or else the first line on the screen.
    fn editor_place(&self, model: &Model) -> Option<(usize, usize)> {
        let place = problem_place(model).map(|place| (place.line, place.column));
        Some(place.unwrap_or((model.config.first_line + 1, 1)))
    }
}

/// Never scrolls beyond the config's last line.
fn keep_in_view(model: &mut Model) {
    let Some(snapshot) = &model.snapshot else { return };
    let lines = snapshot.config.text.lines().count();
    let last = lines.saturating_sub(super::rows(model, CONFIG).max(1));
    model.config.first_line = model.config.first_line.min(last);
}

/// Selects the next problem or the one before, around the ends, and tells it: what was said of
/// another one gives way.
pub(in crate::ui) fn step_problem(model: &mut Model, by: isize) {
    let Some(snapshot) = model.snapshot.clone() else { return };
    let report = problems::report(&snapshot);
    let count = report.diagnostics.len() as isize;
    if count == 0 {
        model.remark = Some((Tone::Good, "no problems".to_owned()));
        return;
    }
    let next = match model.config.problem {
        Some(at) => (at as isize + by).rem_euclid(count),
        None if by > 0 => 0,
        None => count - 1,
    };
    model.config.problem = Some(next as usize);
    reveal_problem(model);
    notice::dismiss(model);
    let problem = &report.diagnostics[next as usize];
    let tone = match problem.severity {
        Severity::Error => Tone::Error,
        Severity::Warning => Tone::Warning,
        Severity::Note => Tone::Note,
    };
    let place = problem.labels.first().map_or_else(String::new, |label| {
        let place = report.place(label.span.start);
        format!("{}:{} ", place.line, place.column)
    });
    let words = format!("{} of {count}: {place}{}", next + 1, problem.message);
    model.remark = Some((tone, words));
}

/// Scrolls the config so that the selected fault's line has a few lines above it.
pub(in crate::ui) fn reveal_problem(model: &mut Model) {
    if let Some(place) = problem_place(model) {
        reveal_line(model, place.line);
    }
}

/// While the config stands beside the values it is scrolled along: to the selected feature, when
/// another one is selected.
fn follow_feature(model: &mut Model) {
    let rows = super::rows(model, CONFIG);
    let detail = model.snapshot.as_ref().and_then(|snapshot| snapshot.detail.as_ref());
    let Some(line) = detail.map(|detail| detail.line).filter(|_| rows > 0) else { return };
    if model.view != CONFIG && model.config.followed != Some((line, rows)) {
        model.config.followed = Some((line, rows));
        reveal_line(model, line);
    }
}

/// Scrolls the config so that a line, counted from 1, has a few lines around it.
fn reveal_line(model: &mut Model, line: usize) {
    let line = line.saturating_sub(1);
    let rows = super::rows(model, CONFIG);
    let first = model.config.first_line;
    // Faults draw notes below their line, so its whole neighbourhood should be in view.
    if line < first + 1 || line + 4 >= first + rows {
        model.config.first_line = line.saturating_sub(rows / 3);
    }
    keep_in_view(model);
}

/// Where the selected fault is; `None` without one, or for a fault of the whole file.
fn problem_place(model: &Model) -> Option<Place> {
    let report = problems::report(model.snapshot.as_ref()?);
    let diagnostic = report.diagnostics.get(model.config.problem?)?;
    Some(report.place(diagnostic.labels.first()?.span.start))
}
