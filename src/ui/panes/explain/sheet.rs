//! An outline laid out for a width: which lines are in sight, how long ones are broken, where the
//! columns of tables are.

use std::collections::BTreeMap;

use super::ExplainPlace;
use super::columns::{Columns, start};
use crate::session::snapshot::{Moments, Node, Outline, OutlineCell};
use crate::ui::draw::glyphs::Glyphs;
use crate::ui::draw::text;

/// The fewest cells of a line that is broken.
const NARROWEST: u16 = 16;

/// A row of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line, an index into the outline's.
    pub node: usize,
    /// Which part of a line that is broken, from 0.
    pub part: usize,
    /// What it says; `None` for the row of a table that is not broken.
    pub(super) words: Option<String>,
    /// Where the words begin, of later parts or behind a number.
    pub(super) hang: u16,
}

/// An outline laid out.
pub struct Sheet<'o> {
    outline: &'o Outline,
    place: &'o ExplainPlace,
    glyphs: &'o Glyphs,
    moments: Moments,
    columns: BTreeMap<usize, Columns>,
    rows: Vec<Row>,
}

impl<'o> Sheet<'o> {
    /// Lays an outline out for a width.
    #[must_use]
    pub fn new(
        outline: &'o Outline,
        place: &'o ExplainPlace,
        width: u16,
        glyphs: &'o Glyphs,
    ) -> Self {
        let moments = Moments::From(outline.as_of);
        let (columns, rows) = (BTreeMap::new(), Vec::new());
        let mut sheet = Self { outline, place, glyphs, moments, columns, rows };
        let mut tables = BTreeMap::<usize, Vec<&Node>>::new();
        for node in &outline.nodes {
            if let Some(table) = node.table {
                tables.entry(table).or_default().push(node);
            }
        }
        for (table, nodes) in tables {
            let first = nodes.iter().map(|node| start(node.depth)).min().unwrap_or_default();
            let words = |cell: &OutlineCell| sheet.words(cell);
            let columns = Columns::new(nodes.into_iter(), words, (first, width));
            sheet.columns.insert(table, columns);
        }
        for node in outline.visible(|node| place.is_open(node)) {
            sheet.add(node, width);
        }
        sheet
    }

    /// Adds the rows of a line.
    fn add(&mut self, number: usize, width: u16) {
        let node = &self.outline.nodes[number];
        let room = width.saturating_sub(start(node.depth) + 1);
        let (words, hang) = match (node.cells.as_slice(), self.columns(node)) {
            ([only], _) => (self.words(only), 2),
            ([_, words], Some(columns)) => (self.words(words), columns.widths[0] + 2),
            _ => {
                self.rows.push(Row { node: number, part: 0, words: None, hang: 0 });
                return;
            }
        };
        let has_number = node.cells.len() > 1;
        let ellipsis = self.glyphs.ellipsis;
        let behind = room.saturating_sub(hang).max(NARROWEST.min(room));
        // Later parts hang behind the first: all are broken alike where a number stands first.
        let first = if has_number { behind } else { room };
        if text::width(&text::clean(&words)) <= usize::from(first) {
            self.rows.push(Row { node: number, part: 0, words: Some(words), hang });
            return;
        }
        for (part, line) in
            text::wrap(&words, usize::from(behind), ellipsis).into_iter().enumerate()
        {
            self.rows.push(Row { node: number, part, words: Some(line), hang });
        }
    }

    /// The rows of the screen.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The lines in sight.
    pub fn lines(&self) -> impl Iterator<Item = &Node> {
        let firsts = self.rows.iter().filter(|row| row.part == 0);
        firsts.map(|row| &self.outline.nodes[row.node])
    }

    /// The rows of the n-th line in sight: the first, and how many there are.
    #[must_use]
    pub fn rows_of(&self, line: usize) -> Option<(usize, usize)> {
        let firsts = self.rows.iter().enumerate().filter(|(_, row)| row.part == 0);
        let (first, row) = firsts.map(|(at, row)| (at, row.node)).nth(line)?;
        let count = self.rows[first..].iter().take_while(|other| other.node == row).count();
        Some((first, count))
    }

    pub(super) fn columns(&self, node: &Node) -> Option<&Columns> {
        self.columns.get(&node.table?)
    }

    pub(super) fn has_children(&self, node: usize) -> bool {
        self.outline.has_children(node)
    }

    pub(super) fn is_open(&self, node: usize) -> bool {
        self.place.is_open(&self.outline.nodes[node])
    }

    /// What a cell says, in the signs of the screen.
    pub(super) fn words(&self, cell: &OutlineCell) -> String {
        self.glyphs.words(&cell.words(self.moments)).into_owned()
    }
}
