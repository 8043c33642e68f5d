//! What is in the log: parts with entries that fold, in columns that neighbours share.

use std::collections::BTreeSet;

use crate::session::snapshot::{LogProfile, ProfileEntry, ProfileSection};
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::{self, Cut};

/// The most cells of a name, and of a column.
const NAME: usize = 36;
const CELL: usize = 24;
/// Cells between columns, and those that a level is moved in by.
const GAP: usize = 2;
const INDENT: usize = 2;

/// A line of a profile.
#[derive(Clone, Copy, Debug)]
pub enum Line<'p> {
    /// Space above a part.
    Blank,
    /// The head of a part.
    Heading(&'p ProfileSection),
    /// An entry.
    Entry(Shown<'p>),
}

/// An entry as it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'p> {
    /// The entry.
    pub entry: &'p ProfileEntry,
    /// Those that it shares columns with, itself among them.
    siblings: &'p [ProfileEntry],
    /// How deep it is, from 0.
    depth: usize,
    /// Whether what it is made of is shown.
    pub is_open: bool,
}

/// The lines of a profile of which these entries are open, with the entries' names.
#[must_use]
pub fn lines<'p>(
    profile: &'p LogProfile,
    open: &BTreeSet<Vec<usize>>,
) -> Vec<(Vec<usize>, Line<'p>)> {
    let mut lines = Vec::new();
    for (number, section) in profile.sections.iter().enumerate() {
        lines.push((Vec::new(), Line::Blank));
        lines.push((Vec::new(), Line::Heading(section)));
        add(&mut lines, &section.entries, &[number], open);
    }
    lines
}

fn add<'p>(
    lines: &mut Vec<(Vec<usize>, Line<'p>)>,
    entries: &'p [ProfileEntry],
    parents: &[usize],
    open: &BTreeSet<Vec<usize>>,
) {
    for (number, entry) in entries.iter().enumerate() {
        let id = [parents, &[number]].concat();
        let is_open = open.contains(&id);
        let depth = parents.len() - 1;
        let shown = Shown { entry, siblings: entries, depth, is_open };
        lines.push((id.clone(), Line::Entry(shown)));
        if is_open {
            add(lines, &entry.entries, &id, open);
        }
    }
}

/// Draws a line; `is_selected` marks it.
pub(in crate::ui) fn draw(line: &Line<'_>, is_selected: bool, pen: &mut Pen<'_>) {
    match line {
        Line::Blank => {}
        Line::Heading(section) => pen.rule(0, &section.title, &section.said),
        Line::Entry(shown) => shown.draw(is_selected, pen),
    }
}

impl Shown<'_> {
    fn draw(&self, is_selected: bool, pen: &mut Pen<'_>) {
        let (theme, glyphs, width) = (pen.theme(), pen.glyphs(), pen.width());
        let base = if is_selected { theme.text.patch(theme.selected) } else { theme.text };
        if is_selected {
            pen.sign(0, 0, glyphs.selected, theme.accent);
        }
        let x = 1 + INDENT * self.depth;
        let sign = match (self.entry.entries.is_empty(), self.is_open) {
            (true, _) => "",
            (false, true) => glyphs.open,
            (false, false) => glyphs.closed,
        };
        pen.sign(x as u16, 0, sign, theme.faint);
        // What is told has the sign of the screen for what is left out.
        let told = |text: &str| text.replace('…', glyphs.ellipsis);
        let x = x + 2;
        let name_cells = self.name_cells().min(usize::from(width) / 2);
        pen.name(x as u16, 0, name_cells as u16, &told(&self.entry.name), theme.name.patch(base));
        let mut x = x + name_cells + if name_cells > 0 { GAP } else { 0 };
        for (place, cells) in self.columns().into_iter().enumerate().filter(|(_, cells)| *cells > 0)
        {
            let cell = self.entry.cells.get(place).map_or("", String::as_str);
            let (at, cells) = (x as u16, cells as u16);
            if is_number(cell) {
                pen.right(at, 0, cells, cell, theme.value.patch(base), Cut::End);
            } else {
                pen.text(at, 0, cells, cell, theme.faint.patch(base));
            }
            x += usize::from(cells) + GAP;
        }
        let left = width.saturating_sub(x as u16);
        pen.text(x as u16, 0, left, &told(&self.entry.words), base);
    }

    /// The cells of the names of its neighbours.
    fn name_cells(&self) -> usize {
        let names = self.siblings.iter().map(|entry| text::width(&text::clean(&entry.name)));
        names.max().unwrap_or_default().min(NAME)
    }

    /// The cells of the columns of its neighbours; none where they have none.
    fn columns(&self) -> Vec<usize> {
        let count = self.siblings.iter().map(|entry| entry.cells.len()).max().unwrap_or_default();
        let has_none = self.entry.cells.is_empty();
        let of = |place: usize| {
            let cells = self.siblings.iter().filter_map(|entry| entry.cells.get(place));
            cells.map(|cell| text::width(cell)).max().unwrap_or_default().min(CELL)
        };
        if has_none { Vec::new() } else { (0..count).map(of).collect() }
    }
}

/// Whether a cell is a number, which stands at the right.
fn is_number(cell: &str) -> bool {
    cell.starts_with(|letter: char| letter.is_ascii_digit() || matches!(letter, '~' | '<'))
}
