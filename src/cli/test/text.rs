//! Tests as text for people: what failed with the values that came and why, then counts and
//! coverage.

use unicode_width::UnicodeWidthStr as _;

use super::{Counts, Tested, Tests};
use crate::base::escape::printable;
use crate::base::quantity::{counted, listed};
use crate::explain::outline::{self, Moments};
use crate::scenario::{Cell, Coverage, Outcome};

/// The most outputs that a line of the coverage names.
const NAMED: usize = 6;
/// The most characters of a key in a row.
const KEY: usize = 60;

/// The lines of a report.
pub(super) fn text(tested: &[Tested], counts: Counts) -> Vec<String> {
    let mut lines = Vec::new();
    for Tested { config, tests } in tested {
        match tests {
            None => lines.push(format!("{config}: not run: the config has faults")),
            Some(tests) => of_config(config, tests, &mut lines),
        }
    }
    if tested.len() > 1 {
        let configs = counted(counts.configs, "config");
        lines.push(String::new());
        lines.push(format!("{configs}: {}", result(counts.tests, counts.failed)));
    }
    lines
}

fn result(tests: usize, failed: usize) -> String {
    match (tests, failed) {
        (0, _) => "no tests".to_owned(),
        (1, 0) => "1 test passes".to_owned(),
        (_, 0) => format!("{} pass", counted(tests, "test")),
        _ => format!(
            "{} of {} failed",
            crate::base::quantity::grouped(failed as u64),
            counted(tests, "test")
        ),
    }
}

fn of_config(config: &str, tests: &Tests, lines: &mut Vec<String>) {
    let failed: Vec<&Outcome> = tests.outcomes.iter().filter(|test| !test.passed()).collect();
    for test in &failed {
        lines.extend(of_test(config, test));
    }
    lines.push(format!("{config}: {}", result(tests.outcomes.len(), failed.len())));
    let Some(coverage) = &tests.coverage else { return };
    lines.push(format!(
        "  coverage {}: {} of {} outputs and boundaries",
        percent(coverage.percent()),
        coverage.reached,
        coverage.boundaries
    ));
    if let Some(least) = tests.uncovered {
        lines.push(format!("  below the {} that are asked for", percent(least)));
    }
    lines.extend(missing(coverage));
}

/// A share; only the whole is 100 %.
fn percent(percent: f64) -> String {
    format!("{} %", percent.floor())
}

/// What no test reaches.
fn missing(coverage: &Coverage) -> impl Iterator<Item = String> + '_ {
    coverage.missing.iter().flat_map(|missing| {
        let lack = missing.boundary.lack();
        [format!("  {lack}: {}", listed(&missing.outputs, NAMED)), format!("    {}", missing.hint)]
    })
}

/// What is wrong first.
pub(super) fn summary(test: &Outcome) -> String {
    let failed = test.cells.iter().find(|cell| !cell.passed);
    let of_cell = || {
        failed.map(|cell| {
            let (name, value) = (cell.name(), cell.value_words());
            format!("{name} at {} is {value}, expected {}", cell.written, cell.expected)
        })
    };
    test.problems.first().cloned().or_else(of_cell).unwrap_or_default()
}

/// A test that failed.
pub(super) fn of_test(config: &str, test: &Outcome) -> Vec<String> {
    let mut lines = vec![format!("FAILED {} ({config}:{})", test.name, test.line)];
    lines.extend(test.problems.iter().map(|problem| format!("  {problem}")));
    let failed: Vec<&Cell> = test.cells.iter().filter(|cell| !cell.passed).collect();
    if failed.is_empty() {
        lines.push(String::new());
        return lines;
    }
    let mut rows = vec![["at", "key", "output", "expected", "value"].map(str::to_owned)];
    rows.extend(failed.iter().map(|cell| row(cell)));
    lines.extend(table(&rows));
    let mut told: Vec<(&str, &Cell)> = Vec::new();
    for cell in failed {
        let Some(explanation) = &cell.explanation else { continue };
        // The live and the served value, and the sides, have one explanation.
        let is_told = told.iter().any(|(output, other)| {
            *output == cell.output && other.at == cell.at && other.key == cell.key
        });
        if is_told {
            continue;
        }
        told.push((&cell.output, cell));
        lines.push(String::new());
        let mut explained = outline::text(explanation, Moments::Whole, |node| !node.is_closed);
        while explained.last().is_some_and(|line| line.trim().is_empty()) {
            explained.pop();
        }
        let indented = explained.iter().map(|line| format!("  {line}").trim_end().to_owned());
        lines.extend(indented);
    }
    lines.push(String::new());
    lines
}

fn row(cell: &Cell) -> [String; 5] {
    let key = cell.key.iter().map(|part| format!("{}={}", part.name, part.value));
    let key: Vec<String> = key.collect();
    let mut key = if key.is_empty() { "(global)".to_owned() } else { key.join(" ") };
    if let Some((at, _)) = key.char_indices().nth(KEY) {
        key.replace_range(at.., "…");
    }
    let moment = Moments::Whole.text(cell.at);
    let at = if cell.written.starts_with(|c: char| c.is_ascii_digit())
        && cell.written.parse::<crate::base::Millis>().is_ok()
    {
        format!("{} ({moment})", cell.written)
    } else {
        moment
    };
    [at, key, cell.name(), cell.expected.clone(), cell.value_words()]
}

/// Rows with aligned columns.
fn table(rows: &[[String; 5]]) -> Vec<String> {
    let rows: Vec<[String; 5]> =
        rows.iter().map(|row| row.each_ref().map(|cell| printable(cell).into_owned())).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())))
        });
        format!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}
