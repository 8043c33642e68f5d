//! The help: every line of the command table under its heading, which can be searched.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use super::boxes;
use crate::ui::draw::line::{self, Piece};
use crate::ui::draw::text;
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
    /// A command with the first line of its words.
    Entry(&'static Entry, String),
    /// A further line of words.
    More(String),
    Blank,
}

/// The cells of words in a help whose inside is so many cells wide.
fn word_cells(width: u16) -> usize {
    usize::from(width).saturating_sub(2 + KEYS + 3).max(1)
}

/// The lines that contain `filter` in their keys, their words or their heading, for a help whose
/// inside is so many cells wide.
fn lines(filter: &str, width: u16) -> Vec<Line> {
    let cells = word_cells(width);
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
            for entry in entries {
                let mut words = text::wrap(entry.doc, cells, "").into_iter();
                lines.push(Line::Entry(entry, words.next().unwrap_or_default()));
                lines.extend(words.map(Line::More));
            }
        }
    }
    lines
}

/// How many lines the help has with this filter, where its inside is so many cells wide.
#[must_use]
pub fn height(filter: &str, width: u16) -> usize {
    lines(filter, width).len()
}

/// Draws the help over the screen.
pub(in crate::ui) fn draw(model: &Model, place: &HelpPlace, buf: &mut Buffer) {
    let (paint, theme) = (model.paint(), &model.theme);
    let areas = model.areas();
    let pane = areas.help();
    Clear.render(areas.cleared(&pane), buf);
    boxes::draw(&pane, "Help", "/ search  esc close", true, paint, buf);
    let rows = areas.help_rows();
    let gap = Span::raw(" ");
    let all = lines(&place.filter, pane.inner.width);
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
            Line::Entry(entry, words) => {
                let keys = entry.keys.join("  ");
                Piece::new(1, format!("  {keys:<KEYS$} "), theme.key).and(words, theme.text)
            }
            Line::More(words) => {
                Piece::new(1, " ".repeat(KEYS + 3), theme.key).and(words, theme.text)
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
    fn words_that_are_too_wide_go_on_below() {
        for width in [38, 74, 96] {
            let mut told: Vec<String> = Vec::new();
            for line in lines("", width) {
                match line {
                    Line::Entry(_, words) => told.push(words),
                    Line::More(words) => {
                        let entry = told.last_mut().unwrap();
                        entry.push(' ');
                        entry.push_str(&words);
                    }
                    Line::Heading(_) | Line::Blank => {}
                }
            }
            let mut docs: Vec<&str> = views::commands().map(|entry| entry.doc).collect();
            told.sort_unstable();
            docs.sort_unstable();
            assert_eq!(told, docs, "{width}");
        }
        assert!(height("", 74) > height("", 200));
    }

    #[test]
    fn every_line_of_the_table_is_in_the_help() {
        let listed = lines("", 100).iter().filter(|line| matches!(line, Line::Entry(..))).count();
        assert_eq!(listed, views::commands().count());
    }

    #[test]
    fn a_filter_keeps_what_contains_it() {
        assert_eq!(height("no such words", 100), 0);
        let found = lines("At The PROBLEM", 100);
        assert!(matches!(
            found.as_slice(),
            [Line::Heading(Group::View("Config")), Line::Entry(..)]
        ));
    }
}
