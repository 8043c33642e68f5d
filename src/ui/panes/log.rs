//! What is known of the log as soon as it is read: how it is written, when its events are from, their
//! types, and which lines are rejected and why.

use ratatui::style::Style;

use crate::base::{Timestamp, quantity};
use crate::session::snapshot::{Log as About, MarkKind, MetadataFile, Profile, Snapshot};
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::{self, Cut};
use crate::ui::draw::theme::Theme;

/// The cells of labels, of counts and of percentages, each with the gap behind it.
const LABEL: u16 = 13;
const COUNT: u16 = 14;
const SHARE: u16 = 9;
/// The most cells of a name in front of its count.
const NAME: u16 = 32;

/// A line of it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::ui) enum Line {
    Blank,
    /// A heading, and what is said at its right end.
    Heading(String, String),
    /// A fact behind its label.
    Fact(&'static str, String),
    /// A name with its count and what is said of it.
    Count(String, u64, String),
    /// A part of a sentence; `true` if it says what to do.
    Words(String, bool),
}

impl Line {
    pub(in crate::ui) fn draw(&self, pen: &mut Pen<'_>) {
        let (theme, width): (&Theme, u16) = (pen.theme(), pen.width());
        match self {
            Self::Blank => {}
            Self::Heading(title, right) => pen.rule(0, title, right),
            Self::Fact(label, words) => {
                pen.text(0, 0, LABEL - 1, label, theme.faint);
                pen.text(LABEL, 0, width.saturating_sub(LABEL), words, theme.text);
            }
            Self::Count(name, count, said) => {
                let name_cells = NAME.min(width.saturating_sub(COUNT + SHARE).max(8));
                pen.name(0, 0, name_cells, name, theme.name);
                let count = quantity::grouped(*count);
                pen.right(name_cells, 0, COUNT - 2, &count, theme.value, Cut::End);
                let x = name_cells + COUNT;
                pen.text(x, 0, width.saturating_sub(x), said, theme.faint);
            }
            Self::Words(words, is_help) => {
                let style: Style = if *is_help { theme.faint } else { theme.warning };
                pen.text(0, 0, width, words, style);
            }
        }
    }
}

/// All lines, for a pane of this width.
pub(in crate::ui) fn lines(snapshot: &Snapshot, width: usize, ellipsis: &str) -> Vec<Line> {
    let (log, transport) = (&snapshot.source.about_log, &snapshot.transport);
    let mut lines = facts(log, ellipsis);
    let tallies = &snapshot.tallies;
    // Where metadata stand among events, both are steps of the replay.
    let (total, applied) = match log.events {
        Some(events) => (events, tallies.applied.saturating_sub(tallies.impressions)),
        None => (transport.total as u64, transport.cursor as u64),
    };
    let (total, applied) = (quantity::grouped(total), quantity::grouped(applied));
    lines.push(Line::Fact("events", format!("{total} ({applied} applied)")));
    lines.extend(metadata(log));
    let counts = [
        (tallies.impressions, "impressions"),
        (tallies.late, "late"),
        (tallies.reordered, "reordered"),
    ];
    for (count, label) in counts.into_iter().filter(|(count, _)| *count > 0) {
        lines.push(Line::Fact(label, quantity::grouped(count)));
    }
    for problem in &log.problems {
        lines.push(Line::Blank);
        let sentences = [(Some(&problem.text), false), (problem.help.as_ref(), true)];
        for (sentence, is_help) in sentences {
            let words = sentence.map_or_else(Vec::new, |sentence| {
                text::wrap(sentence, width.saturating_sub(2), ellipsis)
            });
            lines.extend(words.into_iter().map(|words| Line::Words(words, is_help)));
        }
    }
    match &snapshot.profile {
        // The profile itself says more about types and rejected lines.
        Profile::Read(_) => {}
        other => {
            let words = match other {
                Profile::Reading(share) => {
                    format!("reading the fields of the log: {} %", (share * 100.0).floor())
                }
                Profile::Unreadable(why) => format!("the fields of the log cannot be read: {why}"),
                Profile::Read(_) | Profile::Unknown | Profile::Waiting => String::new(),
            };
            if !words.is_empty() {
                let words = text::wrap(&words, width.saturating_sub(2), ellipsis);
                lines.push(Line::Blank);
                lines.extend(words.into_iter().map(|words| Line::Words(words, true)));
            }
            lines.extend(types(log));
            lines.extend(rejected(snapshot));
        }
    }
    lines.extend(log.metadata_files.iter().flat_map(rejected_in));
    lines
}

/// What events are joined with.
fn metadata(log: &About) -> Vec<Line> {
    if log.metadata.is_empty() {
        return Vec::new();
    }
    let kinds = log.metadata.iter();
    let kinds: Vec<String> =
        kinds.map(|(name, lines)| format!("{} of {name}", quantity::grouped(*lines))).collect();
    let mut lines = vec![Line::Fact("metadata", kinds.join(", "))];
    let timeless = log.metadata_files.iter().filter(|file| file.is_timeless);
    lines.extend(
        timeless.map(|file| {
            Line::Fact("", format!("{}: no times, known from the beginning", file.name))
        }),
    );
    lines
}

/// How the log is written and when its events are from.
fn facts(log: &About, ellipsis: &str) -> Vec<Line> {
    let form = log.form.clone().map(|form| match log.unit {
        Some(unit) => format!("{form}; times in {unit}"),
        None => form,
    });
    let moment = |moment: Timestamp| moment.format("%Y-%m-%d %H:%M:%SZ");
    let span =
        log.span.map(|(first, last)| format!("{} {ellipsis} {}", moment(first), moment(last)));
    let facts = [("form", form), ("span", span)];
    facts.into_iter().filter_map(|(label, words)| Some(Line::Fact(label, words?))).collect()
}

/// The types of events with their counts and shares.
fn types(log: &About) -> Vec<Line> {
    if log.types.is_empty() {
        return Vec::new();
    }
    let count = quantity::counted(log.types.len() + log.more_types, "type");
    let mut lines = vec![Line::Blank, Line::Heading("Types".to_owned(), count)];
    // Without the rare ones that are not listed the shares would be of something else.
    let all: u64 = log.types.iter().map(|(_, count)| count).sum();
    lines.extend(log.types.iter().map(|(name, count)| {
        let is_whole = log.more_types == 0;
        let share = is_whole.then(|| format!("{:.1} %", *count as f64 * 100.0 / all.max(1) as f64));
        Line::Count(name.clone(), *count, share.unwrap_or_default())
    }));
    if log.more_types > 0 {
        lines.push(Line::Words(format!("{} more", quantity::grouped(log.more_types as u64)), true));
    }
    lines
}

/// The reasons for which lines are rejected, with the numbers of the first lines.
fn rejected(snapshot: &Snapshot) -> Vec<Line> {
    let tallies = &snapshot.tallies;
    let total = match tallies.rejected_total() {
        0 => "none".to_owned(),
        total => quantity::counted(total as usize, "line"),
    };
    let mut lines = vec![Line::Blank, Line::Heading("Rejected".to_owned(), total)];
    for (reason, count) in &tallies.rejected {
        let mut of_reason: Vec<u64> = snapshot
            .timeline
            .marks
            .iter()
            .filter_map(|mark| match mark.kind {
                MarkKind::Rejected { line, reason: why } if why == reason => Some(line),
                _ => None,
            })
            .collect();
        of_reason.sort_unstable();
        lines.push(Line::Count(reason.clone(), *count, first_lines(&of_reason, *count)));
    }
    lines
}

/// The same of a file of metadata; nothing if none of its lines is rejected.
fn rejected_in(file: &MetadataFile) -> Vec<Line> {
    if file.rejected.is_empty() {
        return Vec::new();
    }
    let total: u64 = file.rejected.iter().map(|(_, count, _)| count).sum();
    let heading = format!("Rejected in {}", file.name);
    let mut lines =
        vec![Line::Blank, Line::Heading(heading, quantity::counted(total as usize, "line"))];
    lines.extend(file.rejected.iter().map(|(reason, count, numbers)| {
        Line::Count(reason.clone(), *count, first_lines(numbers, *count))
    }));
    lines
}

/// The numbers of the first of so many lines.
fn first_lines(lines: &[u64], count: u64) -> String {
    let numbers: Vec<String> = lines.iter().map(|line| quantity::grouped(*line)).collect();
    let said = match numbers.len() {
        0 => return String::new(),
        1 => format!("line {}", numbers[0]),
        _ => format!("lines {}", numbers.join(" ")),
    };
    let more = if lines.len() as u64 == count { "" } else { " and more" };
    format!("{said}{more}")
}
