//! Documents that are tests: their fenced blocks and their tables, in order.

use std::fmt::Write as _;

pub(crate) enum Part {
    Block(Block),
    Table(Table),
}

/// A fenced block: what stands behind its first fence, and its lines.
pub(crate) struct Block {
    pub(crate) info: String,
    pub(crate) body: String,
    /// Of the first fence, from 1.
    pub(crate) line: usize,
}

/// A table: its head, and its rows with their lines in the document.
pub(crate) struct Table {
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<(usize, Vec<String>)>,
}

/// The blocks and tables of a document; a block that is not closed is none.
pub(crate) fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut block: Option<Block> = None;
    let mut table: Option<Table> = None;
    for (at, line) in text.lines().enumerate() {
        if let Some(mut open) = block.take() {
            if line == "```" {
                parts.push(Part::Block(open));
            } else {
                writeln!(open.body, "{line}").unwrap();
                block = Some(open);
            }
            continue;
        }
        if let Some(info) = line.strip_prefix("```") {
            block = Some(Block { info: info.to_owned(), body: String::new(), line: at + 1 });
        }
        let Some(inner) = line.strip_prefix('|') else {
            parts.extend(table.take().map(Part::Table));
            continue;
        };
        let cells: Vec<String> = inner
            .trim_end()
            .trim_end_matches('|')
            .split('|')
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect();
        match &mut table {
            None => table = Some(Table { head: cells, rows: Vec::new() }),
            Some(_) if cells.iter().all(|cell| cell.chars().all(|c| c == '-' || c == ':')) => {}
            Some(table) => table.rows.push((at + 1, cells)),
        }
    }
    parts.extend(table.map(Part::Table));
    parts
}
