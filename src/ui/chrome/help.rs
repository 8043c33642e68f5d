//! The help: every line of the command table under its heading, which can be searched.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use super::boxes;
use crate::ui::draw::line::{self, Piece};
use crate::ui::input::command::{Entry, Group};
use crate::ui::model::{HelpPlace, Model};
use crate::ui::views;

/// The width of the keys, in cells.
const KEYS: usize = 13;

/// The headings in their order: those of views and lists stand in the middle.
fn groups() -> Vec<Group> {
    let (mut groups, last) = (vec![Group::Replay, Group::Move], [Group::Views, Group::Workbench]);
    for entry in views::commands() {
        if !groups.contains(&entry.group) && !last.contains(&entry.group) {
            groups.push(entry.group);
        }
    }
    groups.extend(last);
    groups
}

enum Line {
    Heading(Group),
    Entry(&'static Entry),
    Blank,
}

/// The lines that contain `filter` in their keys, their words or their heading.
fn lines(filter: &str) -> Vec<Line> {
    let wanted = filter.to_lowercase();
    let mut lines = Vec::new();
    for group in groups() {
        let whole = group.to_string().to_lowercase().contains(&wanted);
        let entries: Vec<&Entry> = views::commands()
            .filter(|entry| entry.group == group)
            .filter(|entry| {
                let has = |text: &&str| text.to_lowercase().contains(&wanted);
                whole || has(&entry.doc) || entry.keys.iter().any(has)
            })
            .collect();
        if !entries.is_empty() {
            if !lines.is_empty() {
                lines.push(Line::Blank);
            }
            lines.push(Line::Heading(group));
            lines.extend(entries.into_iter().map(Line::Entry));
        }
    }
    lines
}

/// How many lines the help has with this filter.
#[must_use]
pub fn height(filter: &str) -> usize {
    lines(filter).len()
}

/// Draws the help over the screen.
pub(in crate::ui) fn draw(model: &Model, place: &HelpPlace, buf: &mut Buffer) {
    let (paint, theme) = (model.paint(), &model.theme);
    let areas = model.areas();
    let pane = areas.help();
    Clear.render(pane.outer, buf);
    boxes::draw(&pane, "Help", "/ search  esc close", true, paint, buf);
    let rows = areas.help_rows();
    let gap = Span::raw(" ");
    let all = lines(&place.filter);
    let row = |i: usize| Rect {
        x: pane.inner.x + 1,
        y: pane.inner.y.saturating_add(i as u16),
        width: pane.inner.width.saturating_sub(2),
        height: 1,
    };
    for (i, line) in all.iter().skip(place.first_line).take(rows).enumerate() {
        let piece = match line {
            Line::Blank => continue,
            Line::Heading(group) => Piece::new(1, group.to_string(), theme.title),
            Line::Entry(entry) => {
                let keys = entry.keys.join("  ");
                Piece::new(1, format!("  {keys:<KEYS$} "), theme.key).and(entry.doc, theme.text)
            }
        };
        line::draw(vec![piece], vec![], &gap, paint, row(i), buf);
    }
    let foot = if all.is_empty() {
        format!("nothing contains `{}`", place.filter)
    } else {
        let last = (place.first_line + rows).min(all.len());
        let more = all.len() - last;
        match (more, place.filter.as_str()) {
            (0, "") => String::new(),
            (0, filter) => format!("lines with `{filter}`"),
            (more, _) => format!("{} {more} more", paint.glyphs.descending),
        }
    };
    let piece = Piece::new(1, foot, theme.faint);
    line::draw(vec![piece], vec![], &gap, paint, row(rows), buf);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_in_the_help() {
        let listed = lines("").iter().filter(|line| matches!(line, Line::Entry(_))).count();
        assert_eq!(listed, views::commands().count());
    }

    #[test]
    fn a_filter_keeps_what_contains_it() {
        assert_eq!(height("no such words"), 0);
        let found = lines("At The PROBLEM");
        assert!(matches!(found.as_slice(), [Line::Heading(Group::View("Config")), Line::Entry(_)]));
    }
}
